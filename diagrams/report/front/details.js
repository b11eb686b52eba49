// What the failing hop rests on: the compatibility matrix, and the lines of the files to blame.

import { h, heard, sign } from "./dom.js";

/** Every pair of versions: which break, and which the story meets. */
export function matrix(hazard) {
  const table = hazard.matrix;
  if (!table) return null;
  const met = (row, column) => row === table.met[0] && column === table.met[1];
  return h("figure", { class: "matrix" },
    h("figcaption", {}, "Which pairs break"),
    h("table", {},
      h("thead", {},
        h("tr", {}, h("td", {}), h("th", { colspan: table.versions.length, scope: "colgroup" }, `${table.provider} →`)),
        h("tr", {}, h("td", { class: "side" }, `${table.consumer} ↓`), table.versions.map((version) => h("th", { scope: "col" }, version)))),
      h("tbody", {}, table.versions.map((row, r) =>
        h("tr", {}, h("th", { scope: "row" }, row), table.versions.map((column, c) => {
          const broken = table.broken[r][c];
          return h("td", { class: `${broken ? "broken" : "fine"} ${met(row, column) ? "met" : ""}` },
            sign(broken ? "bad" : "good"), broken ? "breaks" : "fine", met(row, column) ? heard(", the pair met here") : null);
        }))))),
    h("p", {}, "Ringed: the pair that this story meets."));
}

/** The places in the user's files, each with its lines. */
export function blame(hazard) {
  if (!hazard.quotes.length) return null;
  return h("figure", { class: "blame" },
    h("figcaption", {}, "Where it comes from"),
    h("ul", {}, hazard.quotes.map((quote) =>
      h("li", {},
        h("p", {}, quote.what, quote.where ? [" ", h("span", { class: "where" }, quote.where)] : null),
        lines(quote)))));
}

export function lines(quote) {
  if (!quote.lines.length) return null;
  return h("pre", { class: quote.first ? "numbered" : "" }, quote.lines.map((line, index) =>
    h("code", { class: index ? "" : "named" },
      quote.first ? h("span", { class: "number", "aria-hidden": "true" }, String(quote.first + index)) : null, line)));
}
