// The architecture: one layout, whose components change from scene to scene. A request travels along
// its hops and stops at the one that fails.

import { calm, svg } from "./dom.js";

const HEIGHT = 78;
const TRAVEL_MS = 650;
const FAILS_AT = 0.6;
const LEGIBLE = 0.72; // a drawing is not shrunk further than this; it scrolls
const BADGE_CHARS = 9;
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
  }

  /** Scrolls what holds the drawing to the place of the scene, where not all of it is in view. */
  reveal(holder, scene) {
    const target = this.arrows[scene.arrow] || (this.nodes[scene.at] || {}).group;
    if (!target || holder.scrollWidth <= holder.clientWidth) return;
    const [here, there] = [holder.getBoundingClientRect(), target.getBoundingClientRect()];
    holder.scrollLeft += there.left + there.width / 2 - here.left - here.width / 2;
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
    const said = svg("text", { class: "kind", y: 2 });
    const badges = svg("g", {});
    const title = svg("title", {});
    const clip = `${this.id}-c${index}`;
    const group = svg("g", { class: `node ${node.kind}`, transform: `translate(${x} ${y})` },
      title,
      svg("clipPath", { id: clip }, svg("rect", { x: 4 - width / 2, y: -HEIGHT / 2, width: width - 8, height: HEIGHT })),
      svg("path", { class: "shape", d: outline(node.kind, width) }),
      svg("g", { "clip-path": `url(#${clip})` }, svg("text", { class: "name", y: -13 }, middle(node.name, Math.floor((width - 12) / 8))), said),
      badges);
    return { group, title, said, badges, kind: node.kind, name: node.name, names: new Map(Object.entries(node.names || {})), width };
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
    node.said.textContent = [room || !more ? node.kind : "", more].filter(Boolean).join(", ");
    const acts = scene.at === index;
    const classes = ["node", node.kind, word.split(" ")[0], badges.length > 1 ? "mixed" : "", acts ? "acts" : "", acts && scene.fails ? "fails" : ""];
    node.group.setAttribute("class", classes.filter(Boolean).join(" "));
    node.badges.replaceChildren(...this.badges(badges, node.width, this.met(scene, index), node.names));
  }

  /** The version that the request meets at this component now. */
  met(scene, index) {
    if (scene.arrow === undefined) return null;
    const [start, end] = this.stage.arrows[scene.arrow];
    if (index === end && scene.provider) return scene.provider;
    return index === start ? scene.consumer : null;
  }

  badges(badges, room, met, names) {
    const texts = badges.map(([version, number]) => [version, short(names.get(version) || version), number === null ? "" : ` ×${number}`]);
    const width = (text) => 7.4 * [...text].length + 12;
    const total = (full) => texts.reduce((sum, [, name, number]) => sum + width(full ? name + number : name) + 5, -5);
    const full = total(true) <= room - 10;
    let x = -total(full) / 2;
    return texts.map(([version, name, number]) => {
      const text = full ? name + number : name;
      const { fill, text: ink } = this.colours.get(version) || { fill: "#777", text: "#fff" };
      const wide = width(text);
      const badge = svg("g", { class: version === met ? "badge met" : "badge", fill: ink, transform: `translate(${x} 10)` },
        svg("rect", { width: wide, height: 20, rx: 4, fill }),
        svg("text", { x: wide / 2, y: 14.5 }, text));
      x += wide + 5;
      return badge;
    });
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

/** A name cut to so many letters in its middle, so that its end stays. */
function middle(name, most) {
  const letters = [...name];
  const tail = Math.floor((most - 1) / 3);
  return letters.length > most ? `${letters.slice(0, most - 1 - tail).join("")}…${letters.slice(-tail).join("")}` : name;
}

function short(version) {
  const letters = [...version];
  return letters.length > BADGE_CHARS ? `${letters.slice(0, BADGE_CHARS - 1).join("")}…` : version;
}

/** The outline of a component, about its centre: what it is is told by its shape and in words. */
function outline(kind, width) {
  const [x, y] = [width / 2, HEIGHT / 2];
  switch (kind) {
    case "database":
      return `M${-x} ${8 - y}A${x} 8 0 0 1 ${x} ${8 - y}V${y - 8}A${x} 8 0 0 1 ${-x} ${y - 8}ZM${-x} ${8 - y}A${x} 8 0 0 0 ${x} ${8 - y}`;
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
