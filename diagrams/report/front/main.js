// Puts the page together from the data that stands in it.

import { Architecture } from "./architecture.js";
import { h } from "./dom.js";
import { Explorer } from "./explorer.js";
import { Player } from "./player.js";
import { Printing } from "./printing.js";
import { banner, changes, exposure, grounds, hazardList } from "./summary.js";
import { Timeline } from "./timeline.js";

function show(content) {
  document.title = `${content.verdict}: ${content.system}`;
  const printing = new Printing(content);
  const report = document.getElementById("report");
  const [timeline, parts] = content.hazards.length ? told(content) : untold(content);
  report.append(banner(content), ...[...parts, exposure(content), walkable(content), changes(content), grounds(content), printing.element].filter(Boolean));
  addEventListener("beforeprint", () => {
    timeline.rewind();
    printing.fill();
  });
  addEventListener("afterprint", () => printing.empty());
}

/** The parts of a report with hazards; the worst is open from the start. */
function told(content) {
  const open = (number, among) => {
    history.replaceState(null, "", `#${encodeURIComponent(content.hazards[number].id)}`);
    player.open(number, among);
    player.title.focus({ preventScroll: true });
    player.element.scrollIntoView({ block: "start", behavior: "auto" });
  };
  const timeline = new Timeline(content, open);
  const player = new Player(content, (hazard, step) => timeline.mark(hazard, step));
  requestAnimationFrame(() => [timeline, player].forEach((part) => part.reveal()));
  player.open(Math.max(0, content.hazards.findIndex((hazard) => `#${encodeURIComponent(hazard.id)}` === location.hash)));
  return [timeline, [...hazardList(content, open), timeline.element, player.element]];
}

function untold(content) {
  const timeline = new Timeline(content, () => {});
  return [timeline, [timeline.element, resting(content)]];
}

/** The explorer, made when it is opened: most readers have their answer before. */
function walkable(content) {
  if (!content.world) return h("p", { class: "left" }, "To walk through this rollout event by event, `skewproof explore` makes a page of its own.");
  const walk = h("details", { class: "walk" }, h("summary", {}, "Walk through it: take any event, leave any story"));
  walk.addEventListener("toggle", () => walk.append(new Explorer(content).element), { once: true });
  return walk;
}

/** The architecture before the deployment, where no story is to be told. */
function resting(content) {
  const shape = matchMedia("(max-width: 760px)").matches ? "tall" : "wide";
  const stage = content.stages[content.start.stage];
  const architecture = new Architecture(stage, content.versions, shape);
  architecture.show(content.start.nodes, {}, new Set());
  return h("section", { class: "rest", "aria-labelledby": "rest" },
    h("h2", { id: "rest" }, "The application before the deployment"),
    h("div", { class: "picture", tabindex: "0", role: "region", "aria-label": "Architecture" }, architecture.element),
    stage.left_out ? h("p", { class: "left" }, `${stage.left_out} more components are not drawn.`) : null);
}

show(JSON.parse(document.getElementById("content").textContent));
