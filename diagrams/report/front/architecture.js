// The architecture: one layout, whose components change from scene to scene. A request travels along
// its hops and stops at the one that fails.

import { calm, fit, measure, parts, svg } from "./dom.js";

const HEIGHT = 78;
const TRAVEL_MS = 650;
const FAILS_AT = 0.6;
const LEGIBLE = 0.72; // a drawing is not shrunk further than this; it scrolls
const TALLEST = 430; // as high as a drawing is where it can be: the player fits on a screen
const BADGE = 12.5; // the size of a version's letters
const SMALL_BADGE = 11; // where two are below each other
const NAME = 14;
const KIND = 12;
const LONG_NAME = 12; // of a name in two lines
const ROOMY = 120; // narrower boxes say what they are by their shape alone when there is more to say

let drawn = 0;

export class Architecture {
  /** `shape` is "wide" or "tall": which of the stage's two layouts. */
  constructor(stage, versions, shape) {
    this.stage = stage;
    this.colours = new Map(versions.map(([name, fill, text]) => [name, { fill, text }]));
    this.layout = stage[shape];
    this.id = `a${(drawn += 1)}`;
    this.arrows = this.layout.curves.map((d) => svg("path", { d, class: "arrow", "marker-end": this.tip("idle") }));
    this.nodes = stage.nodes.map((node, index) => this.node(node, index));
    this.traveller = svg("circle", { class: "traveller", r: 8 });
    this.cross = svg("g", { class: "cross" }, svg("circle", { r: 12 }), svg("path", { d: "M-5-5L5 5M5-5L-5 5" }));
    const [width, height] = this.layout.size;
    this.element = svg("svg", { class: "architecture", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "" },
      svg("defs", {}, ["idle", "trodden", "failing"].map((kind) => this.marker(kind))),
      this.arrows, this.nodes.map((node) => node.group), this.traveller, this.cross);
    this.element.style.minWidth = `${LEGIBLE * width}px`;
    this.element.style.maxWidth = `min(100%, ${Math.max(LEGIBLE, Math.min(1, TALLEST / height)) * width}px)`;
  }

  /** Scrolls what holds the drawing to the place of the scene, where not all of it is in view. */
  reveal(holder, scene) {
    const target = this.arrows[scene.arrow] || (this.nodes[scene.at] || {}).group;
    if (!target) return;
    const [here, there] = [holder.getBoundingClientRect(), target.getBoundingClientRect()];
    holder.scrollLeft += there.left + there.width / 2 - here.left - here.width / 2;
    holder.scrollTop += there.top + there.height / 2 - here.top - here.height / 2;
  }

  tip(kind) {
    return `url(#${this.id}-${kind})`;
  }

  marker(kind) {
    return svg("marker", { id: `${this.id}-${kind}`, class: kind, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 8, markerHeight: 8, orient: "auto", markerUnits: "userSpaceOnUse" },
      svg("path", { d: "M0 0L10 5L0 10z" }));
  }

  node(node, index) {
    const [x, y] = this.layout.centres[index];
    const width = this.layout.node;
    const lines = inLines(node.name, width - 14);
    const badges = svg("g", lines.length > 1 ? { transform: "translate(0 4)" } : {});
    const [size, first] = lines.length > 1 ? ["name long", -21] : [measure(node.name, NAME) > width - 14 ? "name long" : "name", -13];
    const said = svg("text", { class: "kind", y: lines.length > 1 ? 7 : 2 });
    const title = svg("title", {});
    const group = svg("g", { class: `node ${node.kind}`, transform: `translate(${x} ${y})` },
      title,
      svg("path", { class: "shape", d: outline(node.kind, width) }),
      lines.map((line, at) => svg("text", { class: size, y: first + 14 * at }, line)),
      said, badges);
    const names = new Map(Object.entries(node.names || {}));
    return { group, title, said, badges, kind: node.kind, name: node.name, names, width };
  }

  /** The components as they stand, the hops that were run, and what happens now. */
  show(standings, scene, trodden) {
    this.nodes.forEach((node, index) => this.stand(node, standings[index], scene, index));
    this.arrows.forEach((arrow, index) => {
      const kind = scene.arrow === index ? (scene.fails ? "failing" : "running") : trodden.has(index) ? "trodden" : "idle";
      arrow.setAttribute("class", `arrow ${kind}`);
      arrow.setAttribute("marker-end", this.tip(kind === "running" ? "trodden" : kind));
    });
    this.element.setAttribute("aria-label", this.spoken(standings));
    this.travel(scene);
  }

  stand(node, standing, scene, index) {
    const { badges, word, notes } = standing;
    node.title.textContent = [`${node.name}, ${node.kind}`, ...notes].join("\n");
    const more = word || (badges.length > 1 ? "both" : "");
    const room = node.width > ROOMY;
    const both = more ? `${node.kind}, ${more}` : node.kind;
    const fits = room && measure(both, KIND) <= node.width - 14;
    node.badges.replaceChildren(...this.badges(standing, node.width, this.met(scene, index), node.names));
    const below = node.badges.querySelector(".small") !== null;
    node.said.textContent = below ? word : fit(fits || !more ? both : more, node.width - 14, KIND);
    const acts = scene.at === index;
    const classes = ["node", node.kind, word.split(" ")[0], badges.length > 1 ? "mixed" : "", acts ? "acts" : "", acts && scene.fails ? "fails" : ""];
    node.group.setAttribute("class", classes.filter(Boolean).join(" "));
  }

  /** The version that the request meets at this component now. */
  met(scene, index) {
    if (scene.arrow === undefined) return null;
    const [start, end] = this.stage.arrows[scene.arrow];
    if (index === end && scene.provider) return scene.provider;
    return index === start ? scene.consumer : null;
  }

  /** The versions side by side; two that have no room so are below each other, for they matter more than their kind. */
  badges({ badges, word }, room, met, called) {
    const versions = badges.map(([version]) => version);
    const names = versions.map((version) => called.get(version) || version);
    const full = badges.map(([, number], at) => (number === null ? names[at] : `${names[at]} ×${number}`));
    const beside = (texts) => texts.reduce((sum, text) => sum + measure(text, BADGE) + 17, -5) <= room - 10;
    if (beside(full)) return this.row(versions, full, met);
    if (beside(names)) return this.row(versions, names, met);
    if (names.length !== 2) return this.row(versions, names.map((name) => fit(name, (room - 5) / names.length - 17, BADGE)), met);
    const below = full.map((text, at) => fit(measure(text, SMALL_BADGE) > room - 26 ? names[at] : text, room - 26, SMALL_BADGE));
    return versions.map((version, at) => this.badge(version, below[at], met, { x: -(measure(below[at], SMALL_BADGE) + 12) / 2, y: (word ? 6 : 0) + 17 * at, small: true }));
  }

  row(versions, texts, met) {
    let x = -texts.reduce((sum, text) => sum + measure(text, BADGE) + 17, -5) / 2;
    return versions.map((version, at) => {
      const badge = this.badge(version, texts[at], met, { x, y: 10, small: false });
      x += measure(texts[at], BADGE) + 17;
      return badge;
    });
  }

  badge(version, text, met, { x, y, small }) {
    const { fill, text: ink } = this.colours.get(version) || { fill: "#777", text: "#fff" };
    const width = measure(text, small ? SMALL_BADGE : BADGE) + 12;
    return svg("g", { class: `badge ${version === met ? "met" : ""} ${small ? "small" : ""}`, fill: ink, transform: `translate(${x} ${y})` },
      svg("rect", { width, height: small ? 15 : 20, rx: 4, fill }),
      svg("text", { x: width / 2, y: small ? 11.5 : 14.5 }, text));
  }

  spoken(standings) {
    return this.nodes.map((node, index) => {
      const { badges, word } = standings[index];
      return `${node.name}: ${[...badges.map(([version]) => node.names.get(version) || version), word].filter(Boolean).join(" and ")}`;
    }).join("; ");
  }

  /** The request runs along the arrow of this scene; at the failing hop it stops half-way. */
  travel(scene) {
    cancelAnimationFrame(this.frame);
    const path = this.arrows[scene.arrow];
    if (scene.fails && scene.at !== undefined) return this.failAtNode(scene.at);
    this.traveller.classList.toggle("seen", Boolean(path));
    this.cross.classList.remove("seen");
    if (!path) return;
    const length = path.getTotalLength();
    const end = scene.fails ? FAILS_AT : 1;
    const arrive = () => {
      this.put(path, length * end);
      if (scene.fails) this.fail(path.getPointAtLength(length * FAILS_AT));
    };
    if (calm() || !scene.moves) return arrive();
    const start = performance.now();
    const step = (now) => {
      const share = Math.min(1, (now - start) / TRAVEL_MS);
      this.put(path, length * end * share);
      if (share < 1) this.frame = requestAnimationFrame(step);
      else arrive();
    };
    this.put(path, 0);
    this.frame = requestAnimationFrame(step);
  }

  put(path, at) {
    const { x, y } = path.getPointAtLength(at);
    this.traveller.setAttribute("transform", `translate(${x} ${y})`);
  }

  /** What fails where no hop is run: the instance is taken away under the request. */
  failAtNode(index) {
    const [x, y] = this.layout.centres[index];
    this.fail({ x: x + this.layout.node / 2 - 4, y: y - HEIGHT / 2 + 4 });
  }

  fail({ x, y }) {
    this.traveller.classList.remove("seen");
    this.cross.setAttribute("transform", `translate(${x} ${y})`);
    this.cross.classList.add("seen");
  }
}

/** A part of a name, taken apart before a word that many names end in. */
function inWords(part) {
  return part.split(/(?<=[a-z]{3})(?=(?:service|server|worker|database|gateway|manager|controller|consumer|frontend|backend)s?$)/);
}

/** A name in one line, or in smaller ones: two at most, the second of which is cut in its middle where it must be. */
function inLines(name, room) {
  const fits = (text) => measure(text, LONG_NAME) <= room;
  const joints = parts(name);
  const words = [joints, joints.flatMap(inWords)].find((found) => found.every(fits)) || (fits(joints[0]) ? joints : null);
  const pieces = words || [...name];
  const whole = measure(name, LONG_NAME);
  const half = words || whole > 2 * room - LONG_NAME ? room : whole / 2; // two halves read better
  let first = "";
  let at = 0;
  while (at < pieces.length && fits(first + pieces[at]) && measure(first, LONG_NAME) < half) first += pieces[at++];
  const rest = pieces.slice(at).join("");
  return rest ? [first, fit(rest, room, LONG_NAME)] : [first];
}

/** The outline of a component, about its centre: what it is is told by its shape and in words. */
function outline(kind, width) {
  const [x, y] = [width / 2, HEIGHT / 2];
  switch (kind) {
    case "database":
      return `M${-x} ${6 - y}A${x} 6 0 0 1 ${x} ${6 - y}V${y - 6}A${x} 6 0 0 1 ${-x} ${y - 6}ZM${-x} ${6 - y}A${x} 6 0 0 0 ${x} ${6 - y}`;
    case "cache":
      return `M${-x} ${-y}H${16 - x + 30}L${16 - x + 38} ${8 - y}H${x}V${y}H${-x}Z`;
    case "broker":
      return `M${14 - x} ${-y}H${x - 14}A14 ${y} 0 0 1 ${x - 14} ${y}H${14 - x}A14 ${y} 0 0 1 ${14 - x} ${-y}ZM${x - 14} ${-y}A14 ${y} 0 0 0 ${x - 14} ${y}`;
    case "worker":
      return `M${14 - x} ${-y}H${x - 14}L${x} ${14 - y}V${y - 14}L${x - 14} ${y}H${14 - x}L${-x} ${y - 14}V${14 - y}Z`;
    case "client":
      return `M${30 - x} ${-y}H${x - 30}A30 ${y} 0 0 1 ${x - 30} ${y}H${30 - x}A30 ${y} 0 0 1 ${30 - x} ${-y}Z`;
    default:
      return `M${8 - x} ${-y}H${x - 8}A8 8 0 0 1 ${x} ${8 - y}V${y - 8}A8 8 0 0 1 ${x - 8} ${y}H${8 - x}A8 8 0 0 1 ${-x} ${y - 8}V${8 - y}A8 8 0 0 1 ${8 - x} ${-y}Z`;
  }
}
