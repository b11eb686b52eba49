// The story of one hazard: a slider over its scenes, play and pause, and the architecture beside them.

import { Architecture } from "./architecture.js";
import { blame, matrix } from "./details.js";
import { count, h, icon, sign } from "./dom.js";
import { chip, pair } from "./summary.js";

const SCENE_MS = 1600;
const NARROW = matchMedia("(max-width: 760px)");

export class Player {
  /** `watch(hazard, step)` is told what is on. */
  constructor(content, watch) {
    this.content = content;
    this.watch = watch;
    this.among = content.hazards.map((_, index) => index);
    this.build();
    NARROW.addEventListener("change", () => this.stage());
  }

  build() {
    const button = (name, label, act) =>
      (this[name] = h("button", { type: "button", "aria-label": label, title: label, onclick: act }, icon(name)));
    this.title = h("h2", { id: "story", tabindex: "-1" });
    this.text = h("div", { class: "account" });
    this.place = h("span", {});
    this.pager = h("p", { class: "pager" },
      button("before", "Previous hazard", () => this.page(-1)), this.place,
      button("after", "Next hazard", () => this.page(1)));
    this.picture = h("div", { class: "picture", tabindex: "0", role: "region", "aria-label": "Architecture" });
    this.said = h("p", { class: "scene", role: "status" });
    this.flags = h("p", { class: "flags" });
    this.slider = h("input", { type: "range", min: 0, value: 0, "aria-label": "Scene of the story", oninput: () => this.go(Number(this.slider.value)) });
    this.controls = h("div", { class: "controls", role: "group", "aria-label": "Story" },
      button("back", "Previous scene", () => this.go(this.at - 1)),
      (this.toggle = h("button", { type: "button", class: "toggle", onclick: () => this.playOrPause() })),
      button("next", "Next scene", () => this.go(this.at + 1)),
      this.slider);
    this.list = h("ol", { class: "scenes" });
    this.facts = h("div", { class: "facts" });
    this.ending = h("p", { class: "ending" });
    this.left = h("p", { class: "left" });
    this.element = h("section", { class: "story", tabindex: "-1", "aria-labelledby": "story", onkeydown: (event) => this.key(event) },
      h("div", { class: "head" }, this.title, this.pager),
      this.text,
      h("div", { class: "stage" },
        h("div", { class: "play" }, this.said, this.flags, this.picture, this.controls,
          h("p", { class: "keys" }, "Keys: ← → scene, Home End, space to play, shift ← → hazard")),
        h("div", { class: "telling" }, h("h3", {}, "Step by step"), this.list, this.ending, this.left)),
      this.facts);
  }

  /** Opens a hazard, by default among all of them, at the scene in which it strikes. */
  open(number, among) {
    this.pause();
    this.among = among || this.content.hazards.map((_, index) => index);
    this.number = number;
    this.hazard = this.content.hazards[number];
    this.frames = standings(this.hazard);
    this.tell();
    this.stage();
  }

  page(step) {
    const at = this.among.indexOf(this.number);
    const next = this.among[(at + step + this.among.length) % this.among.length];
    this.open(next, this.among);
  }

  tell() {
    const { hazard } = this;
    const many = this.among.length > 1;
    this.title.replaceChildren(`How ${hazard.how}`);
    this.left.hidden = !hazard.left_out;
    this.place.textContent = `hazard ${this.among.indexOf(this.number) + 1} of ${this.among.length}`;
    this.pager.hidden = !many;
    this.text.replaceChildren(...description(hazard));
    this.list.replaceChildren(...hazard.scenes.map((scene, index) => this.line(scene, index)));
    this.slider.max = hazard.scenes.length - 1;
    this.ending.textContent = hazard.ending;
    this.left.textContent = `Left out: ${hazard.left_out}.`;
    this.facts.replaceChildren(...[matrix(hazard), blame(hazard)].filter(Boolean));
  }

  line(scene, index) {
    const before = this.hazard.scenes[index - 1];
    const entered = scene.step && (!before || before.step !== scene.step);
    return h("li", {},
      entered ? h("span", { class: "step" }, scene.step) : null,
      h("button", { type: "button", class: `event ${scene.kind} ${scene.fails ? "fails" : ""}`, onclick: () => this.go(index) }, ...words(scene)));
  }

  /** The architecture, in the layout that fits the screen. */
  stage() {
    if (!this.hazard) return;
    const stage = this.content.stages[this.hazard.stage];
    this.architecture = new Architecture(stage, this.content.versions, NARROW.matches ? "tall" : "wide");
    const note = stage.left_out
      ? h("p", { class: "left" }, `${count(stage.left_out, "other component")} of the deployment ${stage.left_out === 1 ? "is" : "are"} not drawn: until it breaks, this request meets none of them.`)
      : null;
    this.picture.replaceChildren(...[this.architecture.element, note].filter(Boolean));
    this.go(this.hazard.scenes.length - 1, false);
  }

  go(number, moves = true) {
    const last = this.hazard.scenes.length - 1;
    const forward = number === this.at + 1;
    this.at = Math.max(0, Math.min(last, number));
    const scene = this.hazard.scenes[this.at];
    const trodden = new Set(this.hazard.scenes.slice(0, this.at).map((earlier) => earlier.arrow));
    this.architecture.show(this.frames[this.at], { ...scene, moves: moves && forward }, trodden);
    this.said.replaceChildren(...caption(scene));
    this.said.className = `scene ${scene.fails ? "fails" : ""}`;
    this.flags.replaceChildren(...scene.flags.map(([name, state]) => h("span", { class: state }, `flag ${name} is ${state}`)));
    this.slider.value = this.at;
    this.slider.setAttribute("aria-valuetext", `${this.at} of ${last}: ${this.said.textContent}`);
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === last;
    [...this.list.children].forEach((line, index) => {
      if (index === this.at) line.setAttribute("aria-current", "step");
      else line.removeAttribute("aria-current");
    });
    this.reveal();
    this.watch(this.number, scene.step);
    if (this.at === last) this.pause();
  }

  /** Brings into view where the story stands, once the player is on the page. */
  reveal() {
    this.architecture.reveal(this.picture, this.hazard.scenes[this.at]);
    this.follow();
  }

  /** Scrolls the list, and nothing else, to where the story stands. */
  follow() {
    const line = this.list.children[this.at];
    this.list.scrollTop = line.offsetTop - this.list.offsetTop - (this.list.clientHeight - line.offsetHeight) / 2;
  }

  playOrPause() {
    if (this.timer) return this.pause();
    if (this.at === this.hazard.scenes.length - 1) this.go(0);
    this.timer = setInterval(() => this.go(this.at + 1), SCENE_MS);
    this.said.setAttribute("aria-live", "off");
    this.look("Pause", "pause");
    return null;
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.said.setAttribute("aria-live", "polite");
    this.look("Play", "play");
  }

  look(label, name) {
    this.toggle.replaceChildren(icon(name), label);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.hazard.scenes.length - 1;
    const onButton = event.target.closest("button") !== null;
    const acts = {
      ArrowLeft: () => (event.shiftKey ? this.page(-1) : this.go(this.at - 1)),
      ArrowRight: () => (event.shiftKey ? this.page(1) : this.go(this.at + 1)),
      Home: () => this.go(0),
      End: () => this.go(last),
      " ": onButton ? null : () => this.playOrPause(),
    };
    const act = acts[event.key];
    if (!act || (event.key.startsWith("Arrow") && event.target === this.picture && this.picture.scrollWidth > this.picture.clientWidth)) return;
    event.preventDefault();
    act();
  }
}

/** How every component stands at each scene: the scenes tell what changes. */
export function standings(hazard) {
  const all = [];
  let now = {};
  for (const scene of hazard.scenes) {
    now = { ...now, ...scene.nodes };
    all.push(now);
  }
  return all;
}

export function description(hazard) {
  const slow = hazard.span === 0 ? null
    : `Only a request that is still in flight while ${count(hazard.span, "step")} ${hazard.span === 1 ? "begins" : "begin"} can meet it.`;
  return [
    h("p", { class: "line" }, chip(hazard), pair(hazard) ? h("b", { class: "pair" }, pair(hazard)) : null, h("span", { class: "what" }, hazard.what), h("span", { class: "severity" }, `severity ${hazard.severity}`)),
    h("p", { class: "sentence" }, hazard.sentence),
    hazard.accepted ? h("p", {}, hazard.accepted) : null,
    h("p", { class: "circumstances" }, `It can ${hazard.kind === "property" ? "happen" : "strike"} ${hazard.when}; ${hazard.certainty}. `, slow),
    hazard.note ? h("p", { class: "note" }, `The change says: ${hazard.note}`) : null,
    hazard.help ? h("p", { class: "help" }, hazard.help) : null,
  ].filter(Boolean);
}

function words(scene) {
  if (scene.kind === "start") return [h("span", { class: "number" }, "0"), h("span", { class: "what" }, "Before the deployment")];
  return [
    h("span", { class: "number" }, String(scene.number)),
    h("span", {},
      scene.fails ? sign("bad") : null,
      scene.who ? h("span", { class: "who" }, scene.who) : null,
      h("span", { class: "what" }, scene.what)),
  ];
}

function caption(scene) {
  if (scene.kind === "start") return ["Before the deployment"];
  const who = scene.who ? h("b", {}, `${scene.who} `) : "";
  return [h("span", { class: "step" }, scene.step), scene.fails ? sign("bad") : "", who, scene.what];
}
