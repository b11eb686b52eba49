// Opens pages in Firefox and prints what they answer. Standard input, as JSON: {judges, program, ask, given, pages},
// where `ask` is the source of a function of `given`, and each page is {url or html, size: [width, height]}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { judges, program, ask, given, pages } = JSON.parse(readFileSync(0, "utf8"));
const { default: puppeteer } = await import(createRequire(judges).resolve("puppeteer-core"));
const firefox = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const answers = [];
try {
  const page = await firefox.newPage();
  let errors;
  page.on("pageerror", (error) => errors.push(String(error)));
  for (const { url, html, size } of pages) {
    errors = [];
    await page.setViewport({ width: size[0], height: size[1] });
    if (url) await page.goto(url);
    else await page.setContent(html);
    answers.push({ answer: await page.evaluate(`(${ask})(${JSON.stringify(given)})`), errors });
  }
} finally {
  await firefox.close();
}
console.log(JSON.stringify(answers));
