// The timeline: requests against steps. Cells that can break are buttons, walked by the arrow keys.

import { breakable, count, h, heard, sign } from "./dom.js";

const SIGNS = { inevitable: "bad", race: "race", accepted: "accepted" };
const ROWS_AT_ONCE = 60;
const MANY_ROWS = 40;
const MOST_ACTIONS = 4;
const MOST_EVEN = 40; // so many are printed where all are alike: report.css leaves out the others
const MOST_PRINTED = 16; // so many steps have room on paper as they are on a screen

export class Timeline {
  constructor(content, open) {
    this.content = content;
    this.times = content.timeline;
    this.open = open;
    this.body = h("tbody", {});
    this.hot = new Set(this.times.rows.flatMap((row) => row.cells.map((cell) => cell.column)));
    this.headers = this.times.columns.map((column, index) => this.header(column, index));
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-labelledby": "when" }, this.table());
    this.rows = this.ordered();
    this.shown = 0;
    this.more = h("button", { type: "button", class: "extend", onclick: () => this.extend() });
    this.element = h("section", { class: "times", "aria-labelledby": "when" },
      h("h2", { id: "when" }, this.hot.size ? "When it breaks" : "Every request at every step"), this.legend(), this.scroller, this.more,
      this.unprinted());
    this.extend();
  }

  /** What is said on paper of steps for which it has no room. */
  unprinted() {
    const steps = this.times.columns.length;
    if (this.hot.size && steps > MOST_PRINTED) return h("p", { class: "onpaper" }, "Steps in which nothing can break are not printed.");
    return steps > MOST_EVEN ? h("p", { class: "onpaper" }, `${MOST_EVEN} of ${steps} steps are printed: all are alike.`) : null;
  }

  /** Of many requests those that break come first. */
  ordered() {
    const rows = this.times.rows;
    if (rows.length <= MANY_ROWS) return rows;
    return [...rows.filter((row) => row.cells.length), ...rows.filter((row) => !row.cells.length)];
  }

  legend() {
    if (!this.times.judged) return h("p", { class: "legend" }, "Nothing was judged.");
    const safe = h("span", {}, h("span", { class: "key safe" }, sign("good")), " safe: cannot break here, proven for every interleaving");
    if (!this.hot.size) return h("p", { class: "legend" }, safe);
    const met = new Set(this.times.rows.flatMap((row) => row.cells.map((cell) => cell.status)));
    return h("p", { class: "legend" }, safe,
      met.has("accepted") ? h("span", {}, h("span", { class: "key accepted" }, sign("accepted")), " can break here, and the team accepts it") : null,
      met.has("race") ? h("span", {}, h("span", { class: "key race" }, sign("race")), " can break here: a race, which some timings avoid") : null,
      met.has("inevitable") ? h("span", {}, h("span", { class: "key inevitable" }, sign("bad")), " can break here: of a hazard that is inevitable, whatever the timing it strikes, here or in another of its steps") : null,
      this.times.avoidable ? h("span", {}, this.times.avoidable) : null);
  }

  table() {
    const crowd = this.times.columns.length > MOST_PRINTED ? (this.hot.size ? "crowded" : "crowded even") : "";
    return h("table", { class: `timeline ${crowd}`, onkeydown: (event) => this.walk(event) },
      h("caption", { class: "heard" }, "Requests by the steps of the pipeline"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "corner" }, "request"), this.headers)),
      h("tbody", { class: "bars" }, this.times.bars.map((bar) => this.bar(bar))),
      this.body);
  }

  header(column, index) {
    const hot = this.hot.has(index);
    const width = hot ? "hot" : this.hot.size ? "quiet" : "even";
    const outside = column.name.startsWith("(");
    return h("th", { scope: "col", class: `step ${width} ${outside ? "outside" : ""}`, title: column.name },
      h("span", { class: "name" }, breakable(column.name)),
      hot && column.actions.length ? h("span", { class: "actions", title: column.actions.join(", ") }, actions(column.actions)) : null);
  }

  bar(bar) {
    const columns = this.times.columns.length;
    const until = bar.to === null ? columns : bar.to + 1;
    const end = bar.to === null ? "nothing awaits it" : `until ${this.times.columns[bar.to].name}`;
    return h("tr", {},
      h("th", { scope: "row" }, h("b", {}, bar.label), h("span", { class: "background" }, `in the background; ${end}`)),
      bar.from ? h("td", { colspan: bar.from }) : null,
      h("td", { colspan: until - bar.from, class: bar.to === null ? "bar on" : "bar" }, h("span", {})),
      until < columns ? h("td", { colspan: columns - until }) : null);
  }

  extend() {
    const next = this.rows.slice(this.shown, this.shown + ROWS_AT_ONCE);
    this.body.append(...next.map((row) => this.row(row)));
    this.shown += next.length;
    const left = this.rows.length - this.shown;
    this.more.hidden = !left;
    this.more.textContent = `Show more requests: ${left} of ${this.rows.length} are not shown`;
    this.rove();
  }

  row(row) {
    const cells = new Map(row.cells.map((cell) => [cell.column, cell]));
    return h("tr", {},
      h("th", { scope: "row" }, h("span", { class: "request", title: row.name }, row.name), h("span", { class: "path", title: row.path }, row.path)),
      this.times.columns.map((_, index) => this.cell(cells.get(index), index)));
  }

  cell(cell, index) {
    const place = this.hot.has(index) ? "hot" : "quiet";
    if (!this.times.judged) return h("td", { class: `cell unjudged ${place}` }, sign("unknown"), heard("not judged"));
    if (!cell) return h("td", { class: `cell safe ${place}` }, sign("good"), heard("safe"));
    const many = cell.hazards.length > 1;
    return h("td", { class: `cell ${cell.status} ${place}` },
      h("button", { type: "button", tabindex: "-1", "data-hazards": cell.hazards.join(" "), "data-column": index,
        onclick: () => this.open(cell.hazards[0], cell.hazards) },
      sign(SIGNS[cell.status]), h("span", { class: "status" }, cell.status === "accepted" ? "accepted" : cell.word),
      many ? h("span", { class: "many" }, `×${cell.hazards.length}`, heard(` ${count(cell.hazards.length, "hazard")}`)) : null));
  }

  /** One cell can be reached by the tabulator, the others by the arrow keys. */
  rove(chosen) {
    const buttons = [...this.body.querySelectorAll("button")];
    const current = chosen || buttons.find((button) => button.tabIndex === 0) || buttons[0];
    for (const button of buttons) button.tabIndex = button === current ? 0 : -1;
  }

  walk(event) {
    const here = event.target.closest("td button");
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!here || !steps || event.ctrlKey || event.metaKey || event.altKey) return;
    const found = steps[0] ? this.above(here, steps[0]) : this.beside(here, steps[1]);
    event.preventDefault();
    event.stopPropagation();
    if (!found) return;
    this.rove(found);
    found.focus();
  }

  beside(here, step) {
    const buttons = [...here.closest("tr").querySelectorAll("button")];
    return buttons[buttons.indexOf(here) + step];
  }

  /** The nearest cell of the next row that has one. */
  above(here, step) {
    const rows = [...this.body.rows];
    const distance = (button) => Math.abs(button.dataset.column - here.dataset.column);
    for (let at = rows.indexOf(here.closest("tr")) + step; rows[at]; at += step) {
      const [nearest] = [...rows[at].querySelectorAll("button")].sort((a, b) => distance(a) - distance(b));
      if (nearest) return nearest;
    }
    return null;
  }

  /** Marks the cells of the hazard that is told, and the step at which its story stands. */
  mark(hazard, step) {
    for (const button of this.body.querySelectorAll("button")) {
      button.classList.toggle("told", button.dataset.hazards.split(" ").includes(String(hazard)));
    }
    this.times.columns.forEach((column, index) => {
      if (column.name === step) this.headers[index].setAttribute("aria-current", "step");
      else this.headers[index].removeAttribute("aria-current");
    });
  }

  /** Shows all from its start, as paper does. */
  rewind() {
    this.scroller.scrollTo(0, 0);
  }

  /** Brings the first cell that breaks into view, on a screen too narrow for all of them. */
  reveal() {
    const button = this.body.querySelector("button");
    const corner = this.scroller.querySelector("th");
    if (!button || this.scroller.scrollWidth <= this.scroller.clientWidth) return;
    this.scroller.scrollLeft = button.parentElement.offsetLeft - corner.offsetWidth - 4;
  }
}

function actions(all) {
  const left = all.length - MOST_ACTIONS;
  return left > 1 ? `${all.slice(0, MOST_ACTIONS).join(", ")} and ${left} more` : all.join(", ");
}
