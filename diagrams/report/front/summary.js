// The verdict in plain words, what breaks, and what the verdict rests on.

import { lines } from "./details.js";
import { count, h, sign, svg } from "./dom.js";

const SIGNS = { safe: "good", unsafe: "bad", unknown: "unknown" };
const WORDS = { safe: "Safe", unsafe: "Unsafe", unknown: "Unknown" };
const MOST_LISTED = 5;
const MOST_CHANGES = 20;
const MOST_OTHERS = 3;

export function banner(content) {
  const release = content.release ? `, release ${content.release}` : "";
  return h("header", { class: `banner ${content.verdict}` },
    h("p", { class: "verdict" }, sign(SIGNS[content.verdict]), h("strong", {}, WORDS[content.verdict])),
    h("div", {},
      h("h1", {}, content.headline),
      h("p", { class: "subject" }, content.system + release)));
}

/** The worst causes in words, each a way into the stories of its hazards. */
export function hazardList(content, open) {
  const causes = new Map();
  content.hazards.forEach((hazard, index) => {
    if (!causes.has(hazard.cause)) causes.set(hazard.cause, []);
    causes.get(hazard.cause).push(index);
  });
  const of = (accepted) => [...causes.values()].filter(([first]) => Boolean(content.hazards[first].accepted) === accepted);
  return [
    cards(content, "breaks", "What breaks", of(false), open),
    cards(content, "accepted", "What can break, and the team accepts", of(true), open),
  ];
}

function cards(content, id, title, causes, open) {
  if (!causes.length) return null;
  const listed = causes.slice(0, MOST_LISTED);
  const more = causes.length - listed.length;
  return h("section", { "aria-labelledby": id },
    h("h2", { id }, title),
    h("ol", { class: "hazards" }, listed.map((among) => item(content.hazards, among, open))),
    more ? h("p", { class: "more" }, `${count(more, "more cause")}, in the timeline below.`) : null);
}

function item(hazards, among, open) {
  const [index] = among;
  const hazard = hazards[index];
  return h("li", {},
    h("button", { type: "button", class: "hazard", "data-hazard": index, onclick: () => open(index) },
      h("span", { class: "line" },
        chip(hazard),
        h("b", {}, hazard.request),
        pair(hazard) ? h("span", { class: "pair" }, pair(hazard)) : null,
        h("span", { class: "when" }, hazard.when)),
      h("span", { class: "said" }, hazard.sentence),
      among.length > 1 ? h("span", { class: "also" }, also(hazards, among)) : null,
      hazard.accepted ? h("span", { class: "note" }, hazard.accepted) : null,
      hazard.note ? h("span", { class: "note" }, `The change says: ${hazard.note}`) : null));
}

/** The other hazards of a cause: their requests, as far as there is room. */
function also(hazards, among) {
  const others = [...new Set(among.map((index) => hazards[index].request))].slice(1);
  if (!others.length) return count(among.length, "hazard") + " of this cause";
  const rest = others.length - MOST_OTHERS;
  return `also breaks ${others.slice(0, MOST_OTHERS).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

export function chip(hazard) {
  if (hazard.accepted) return h("span", { class: "chip accepted" }, "accepted");
  return hazard.inevitable
    ? h("span", { class: "chip inevitable" }, sign("bad"), "inevitable")
    : h("span", { class: "chip race" }, sign("race"), "race");
}

export function pair(hazard) {
  return hazard.right ? `${hazard.left} → ${hazard.right}` : hazard.left;
}

/** The changes of the release, as the files say them. */
export function changes(content) {
  if (!content.changes.length) return null;
  const more = content.changes.length - MOST_CHANGES;
  return h("section", { class: "changes", "aria-labelledby": "changes" },
    h("h2", { id: "changes" }, "What the release changes"),
    h("ul", { class: "blame" }, content.changes.slice(0, MOST_CHANGES).map((change) =>
      h("li", {}, h("p", {}, h("b", {}, change.what), " ", h("span", { class: "where" }, change.where || "")), lines(change)))),
    more > 0 ? h("p", { class: "more" }, `${count(more, "more change")}.`) : null);
}

/** How bad it is: what is expected to fail in each step, and when. */
export function exposure(content) {
  const found = content.exposure;
  if (!found) return null;
  return h("section", { class: "exposure", "aria-labelledby": "exposure" },
    h("h2", { id: "exposure" }, "How bad it is"),
    h("p", {}, found.told),
    found.bars.length
      ? h("dl", { class: "bars" }, found.bars.map(([step, figure, share]) =>
        h("div", {}, h("dt", {}, step), h("dd", {}, bar(share), h("span", {}, figure)))))
      : null,
    found.curve.length
      ? h("figure", {},
        h("figcaption", {}, found.worst),
        h("div", { class: "curve", "aria-hidden": "true" },
          h("span", {}, found.ends[0]), h("span", { class: "low" }, "0"), curve(found.curve),
          h("span", { class: "first" }, "0 s"), h("span", { class: "last" }, found.ends[1])))
      : null,
    h("p", { class: "more" }, found.bounds));
}

function bar(share) {
  return svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: Math.max(0.5, 100 * share), height: 8 }));
}

function curve(points) {
  const at = ([x, y]) => `${(100 * x).toFixed(2)},${(40 * (1 - y)).toFixed(2)}`;
  const worst = points.reduce((one, other) => (other[1] > one[1] ? other : one));
  return svg("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("line", { x1: 100 * worst[0], x2: 100 * worst[0], y1: 0, y2: 40 }),
    svg("polyline", { points: points.map(at).join(" ") }));
}

/** How it was proven, and what was taken for granted. */
export function grounds(content) {
  return h("section", { class: "grounds", "aria-labelledby": "grounds" },
    h("h2", { id: "grounds" }, "What is proven, and what is assumed"),
    h("dl", {}, content.statements.map(([label, text, tone]) =>
      h("div", { class: tone }, h("dt", {}, label), h("dd", {}, text)))),
    content.statistics.length
      ? h("dl", { class: "figures" }, content.statistics.map(([label, text]) =>
        h("div", {}, h("dt", {}, label), h("dd", {}, text))))
      : null);
}
