// The deployment, event by event: what can happen now stands on buttons, what would break now is red. A story of
// the checker's is a way to walk, and can be left at any moment.

import { Architecture } from "./architecture.js";
import { count, h, sign } from "./dom.js";
import { System } from "./system.js";

const NARROW = matchMedia("(max-width: 760px)");
const GROUPS = [
  ["hop", "The request"],
  ["pipeline", "The pipeline"],
  ["move", "The rollout"],
  ["write", "Other traffic"],
];
const MOST_LISTED = 60;

export class Explorer {
  constructor(content) {
    this.content = content;
    this.world = content.world;
    this.build();
    NARROW.addEventListener("change", () => this.show());
    this.enter(this.world.stories.length ? this.world.stories[0].side : Math.min(1, this.world.sides.length - 1));
  }

  build() {
    const { sides, stories } = this.world;
    const options = sides.map(({ request }, number) => h("option", { value: number }, request === null ? "no request: the rollout alone" : request));
    this.chosen = h("select", { id: "side", onchange: () => this.enter(Number(this.chosen.value)) }, options);
    this.stories = h("select", { id: "walk", onchange: () => this.walk(Number(this.stories.value)) },
      h("option", { value: -1 }, "none: every event is mine to choose"),
      stories.map(({ title }, number) => h("option", { value: number }, title)));
    this.place = h("p", { class: "scene", role: "status" });
    this.flags = h("p", { class: "flags" });
    this.picture = h("div", { class: "picture", tabindex: "0", role: "region", "aria-label": "Architecture" });
    this.next = h("button", { type: "button", class: "toggle", onclick: () => this.follow() }, "Next event of the story");
    this.undo = h("button", { type: "button", onclick: () => this.jump(this.at - 1) }, "Undo");
    this.again = h("button", { type: "button", onclick: () => this.jump(0) }, "From the start");
    this.buttons = h("div", { class: "choices" });
    this.way = h("ol", { class: "scenes" });
    this.element = h("section", { class: "explorer", "aria-labelledby": "explorer", onkeydown: (event) => this.key(event) },
      h("h2", { id: "explorer" }, "Walk through it"),
      h("p", { class: "chosen" }, h("label", { for: "side" }, "Request under watch "), this.chosen,
        stories.length ? [h("label", { for: "walk" }, "Story to walk along "), this.stories] : null),
      this.world.left_out.length ? h("p", { class: "left" }, `${count(this.world.left_out.length, "request")} left out, because the page would be too large: ${this.world.left_out.join(", ")}. The option --request chooses one.`) : null,
      h("div", { class: "stage" },
        h("div", { class: "play" }, this.place, this.flags, this.picture,
          h("div", { class: "controls", role: "group", "aria-label": "Way" }, this.undo, this.again, stories.length ? this.next : null),
          h("p", { class: "keys" }, "Keys: ← undo, → next event of the story, Home to the start")),
        h("div", { class: "telling" },
          h("h3", {}, "What can happen now"), this.buttons,
          h("h3", {}, "The way here"), this.way)));
  }

  /** Begins with a request, at the start. */
  enter(side) {
    this.system = new System(this.world, side);
    this.side = side;
    this.shape = null;
    this.chosen.value = side;
    this.story = null;
    this.stories.value = -1;
    this.begin();
  }

  /** Begins a story of the checker's. */
  walk(number) {
    if (number < 0) {
      this.story = null;
      return this.show();
    }
    const story = this.world.stories[number];
    this.enter(story.side);
    this.story = story.events;
    this.stories.value = number;
    return this.show();
  }

  begin() {
    this.states = [this.system.initial];
    this.taken = [];
    this.show();
  }

  get at() {
    return this.taken.length;
  }

  get state() {
    return this.states[this.at];
  }

  take(number) {
    if (this.story && this.story[this.at] !== number) {
      this.story = null; // it goes another way from here
      this.stories.value = -1;
    }
    this.states.push(this.system.successor(this.state, number));
    this.taken.push(number);
    this.show(true);
  }

  jump(at) {
    if (at < 0 || at >= this.states.length) return;
    this.states.length = at + 1;
    this.taken.length = at;
    this.show();
  }

  follow() {
    if (this.story && this.at < this.story.length) this.take(this.story[this.at]);
  }

  show(moves = false) {
    const { content, system, state } = this;
    const breaking = system.breaking(state);
    const last = this.at ? system.events[this.taken[this.at - 1]] : null;
    const shape = NARROW.matches ? "tall" : "wide";
    if (this.shape !== shape) this.draw(shape);
    const scene = this.scene(last, breaking, moves);
    this.architecture.show(this.standings(), scene, this.trodden());
    this.architecture.reveal(this.picture, scene);
    const standing = this.world.pipelines.map(([index, positions]) => positions[state[index]]);
    const underWay = standing.filter((position) => position[3]);
    const step = (underWay.length ? underWay : standing).map((position) => position[0]).join(" + ");
    const action = standing.map((position) => position[1]).filter(Boolean).join(" + ");
    const stopped = standing.some((position) => position[2]) ? "failed: " : "";
    this.place.replaceChildren(h("span", { class: "step" }, step), stopped, action || (last ? "" : "before the deployment"));
    this.flags.replaceChildren(...this.world.flags.map(([name, index]) => {
      const value = system.value(state, index);
      return h("span", { class: value }, `flag ${name} is ${value}`);
    }));
    this.undo.disabled = this.again.disabled = this.at === 0;
    this.next.disabled = !this.story || this.at >= this.story.length;
    this.list(breaking);
    this.tellWay();
  }

  /** The architecture that the request meets, in the layout that fits the screen. */
  draw(shape) {
    this.stage = this.content.stages[this.content.drawn[this.side]];
    this.architecture = new Architecture(this.stage, this.content.versions, shape);
    this.picture.replaceChildren(this.architecture.element);
    this.shape = shape;
  }

  node(name) {
    const at = this.stage.nodes.findIndex((node) => node.name === name);
    return at < 0 ? undefined : at;
  }

  arrow(consumer, provider) {
    const ends = [this.node(consumer), this.node(provider)];
    const at = this.stage.arrows.findIndex(([start, end]) => start === ends[0] && end === ends[1]);
    return at < 0 ? undefined : at;
  }

  /** What the drawing shows of the last event; red where the request would break now. */
  scene(last, breaking, moves) {
    const failing = breaking.find(({ ends }) => ends);
    const [from, to, consumer, provider] = failing ? failing.ends : last ? last.slice(4) : [];
    const arrow = this.arrow(from, to);
    if (arrow !== undefined) return { arrow, consumer, provider, fails: Boolean(failing), moves };
    return { at: this.node(from), fails: Boolean(failing), moves };
  }

  /** How each component stands: the looks of its variables, joined. */
  standings() {
    return this.stage.nodes.map(({ name }) => this.world.looks[name]).map(({ word, parts }) => join(word, parts.map(([index, looks, which]) => looks[which[this.state[index]]]), this.content.versions));
  }

  trodden() {
    return new Set(this.taken.map((number) => this.arrow(...this.system.events[number].slice(4, 6))).filter((arrow) => arrow !== undefined));
  }

  list(breaking) {
    const enabled = this.system.enabled(this.state);
    const bad = new Set(enabled.filter((number) => breaking.some((one) => this.fails(number, one))));
    const groups = GROUPS.map(([kind, title]) => this.group(title, kind, enabled.filter((number) => this.system.events[number][1] === kind), breaking, bad));
    const over = h("p", { class: "left" }, "Nothing can happen any more.");
    const shown = groups.filter(Boolean);
    this.buttons.replaceChildren(...(shown.length ? shown : [over]));
  }

  group(title, kind, numbers, breaking, bad) {
    const failing = kind === "hop" ? breaking.filter(({ event }) => event === undefined) : [];
    if (!numbers.length && !failing.length) return null;
    const more = numbers.length - MOST_LISTED;
    return h("div", { class: "group", role: "group", "aria-label": title },
      h("h4", {}, title),
      failing.map(({ text }) => h("p", { class: "event fails" }, sign("bad"), h("span", { class: "what" }, `would break now: ${text}`))),
      numbers.slice(0, MOST_LISTED).map((number) => this.button(number, bad.has(number), kind === "hop")),
      more > 0 ? h("p", { class: "left" }, `and ${more} more`) : null);
  }

  /** Whether the event is the one that breaks. */
  fails(number, { event, hop, taken }) {
    if (event !== undefined) return event === number;
    const [, kind, , changes, , , consumer, provider] = this.system.events[number];
    const meets = (version, wanted) => wanted === null || version === wanted;
    return kind === "hop" && this.system.reaches(changes) === hop && meets(consumer, taken[0]) && meets(provider, taken[1]);
  }

  button(number, fails, isHop) {
    const next = this.story && this.story[this.at] === number;
    return h("button", { type: "button", class: `event ${fails ? "fails" : ""} ${next ? "planned" : ""}`, "data-event": number, onclick: () => this.take(number) },
      fails ? sign("bad") : null,
      h("span", { class: "what" }, this.system.events[number][0], fails ? (isHop ? ": breaks" : ": cuts the request off") : "", next ? " (the story)" : ""));
  }

  tellWay() {
    const lines = this.taken.map((number, index) => [this.system.events[number][0], index + 1]);
    this.way.replaceChildren(...[["Before the deployment", 0], ...lines].map(([text, at]) =>
      h("li", at === this.at ? { "aria-current": "step" } : {},
        h("button", { type: "button", class: "event", onclick: () => this.jump(at) }, h("span", { class: "number" }, String(at)), h("span", { class: "what" }, text)))));
    const current = this.way.lastElementChild;
    this.way.scrollTop = current.offsetTop - this.way.offsetTop;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
    const acts = { ArrowLeft: () => this.jump(this.at - 1), ArrowRight: () => this.follow(), Home: () => this.jump(0) };
    const act = acts[event.key];
    if (!act || (event.target === this.picture && this.picture.scrollWidth > this.picture.clientWidth)) return;
    event.preventDefault();
    act();
  }
}

/** One look of several: versions in their order, every note, the last word. */
function join(word, looks, versions) {
  const badges = versions.map(([name]) => looks.flatMap((look) => look.badges).find(([version]) => version === name)).filter(Boolean);
  return { badges, word: looks.map((look) => look.word).filter(Boolean).at(-1) || word, notes: looks.flatMap((look) => look.notes) };
}
