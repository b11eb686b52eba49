// The page of the explorer alone.

import { h } from "./dom.js";
import { Explorer } from "./explorer.js";
import { banner } from "./summary.js";

function show(content) {
  document.title = `explore: ${content.system}`;
  document.getElementById("report").append(banner(content), new Explorer(content).element);
}

show(JSON.parse(document.getElementById("content").textContent));
