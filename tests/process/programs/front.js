// A storefront for tests: node front.js PORT BACKEND; passes on what it is asked.
const http = require("http");
const [port, backend] = process.argv.slice(2);
const [host, backendPort] = backend.split(":");

http
  .createServer((asked, answer) => {
    const chunks = [];
    asked.on("data", (chunk) => chunks.push(chunk));
    asked.on("end", () => {
      const passed = http.request(
        { host, port: backendPort, method: asked.method, path: asked.url, headers: { "Content-Type": "application/json" }, timeout: Number(process.env.PATIENCE_MS || 60000) },
        (response) => {
          answer.writeHead(response.statusCode);
          response.pipe(answer);
        },
      );
      passed.on("timeout", () => passed.destroy(new Error("timeout")));
      passed.on("error", (error) => {
        console.log(`Error: ${error.message}`);
        answer.writeHead(502);
        answer.end();
      });
      passed.end(Buffer.concat(chunks));
    });
  })
  .listen(Number(port), "127.0.0.1");
