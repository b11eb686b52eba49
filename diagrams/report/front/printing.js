// On paper there is nothing to click: every hazard with its story, as it stands when it strikes.

import { Architecture } from "./architecture.js";
import { blame, matrix } from "./details.js";
import { h, sign } from "./dom.js";
import { description, standings } from "./player.js";

const MOST_PRINTED = 40;

export class Printing {
  constructor(content) {
    this.content = content;
    this.element = h("div", { class: "paper", "aria-hidden": "true" });
  }

  fill() {
    const hazards = this.content.hazards.slice(0, MOST_PRINTED);
    const more = this.content.hazards.length - hazards.length;
    this.element.replaceChildren(...hazards.map((hazard, index) => this.sheet(hazard, index)),
      ...(more ? [h("p", {}, `${more} more hazards are not printed.`)] : []));
  }

  empty() {
    this.element.replaceChildren();
  }

  sheet(hazard, index) {
    const last = hazard.scenes.length - 1;
    const architecture = new Architecture(this.content.stages[hazard.stage], this.content.versions, "wide");
    const trodden = new Set(hazard.scenes.slice(0, last).map((scene) => scene.arrow));
    const sheet = h("section", {},
      h("h2", {}, `Hazard ${index + 1} of ${this.content.hazards.length}: ${hazard.request}`),
      description(hazard),
      architecture.element,
      h("table", { class: "events" }, h("tbody", {}, hazard.scenes.slice(1).map(row))),
      hazard.ending ? h("p", {}, hazard.ending) : null,
      h("div", { class: "facts" }, matrix(hazard), blame(hazard)));
    architecture.show(standings(hazard)[last], { ...hazard.scenes[last], moves: false }, trodden);
    return sheet;
  }
}

function row(scene) {
  return h("tr", { class: scene.fails ? "fails" : "" },
    h("td", {}, String(scene.number)), h("td", {}, scene.step),
    h("td", {}, scene.fails ? sign("bad") : null, scene.who ? `${scene.who}: ${scene.what}` : scene.what));
}
