// Elements from values. Text is only ever text: nothing here parses markup, and the page's policy
// (trusted types) would not let it.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; attributes that begin with `on` are listeners, `undefined`, `null` and `false` are left out. */
export function h(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text for those who hear the page. */
export function heard(text) {
  return h("span", { class: "heard" }, text);
}

const SIGNS = {
  bad: ["M3 3L13 13M13 3L3 13"],
  good: ["M2 9L6 13L14 3"],
  race: ["M8 2A6 6 0 0 1 8 14A6 6 0 0 1 8 2", "M8 2A6 6 0 0 0 8 14Z"],
  accepted: ["M5 5L11 11M11 5L5 11M8 1A7 7 0 0 1 8 15A7 7 0 0 1 8 1"],
  unknown: ["M5 5A3 3 0 1 1 8 8.5V10M8 13V13.5"],
};

/** A sign for those who see the page; what it means stands beside it. Drawn, because fonts lack some of them. */
export function sign(name) {
  const [line, area] = SIGNS[name].map((d) => svg("path", { d }));
  if (area) area.setAttribute("fill", "currentColor");
  return svg("svg", { class: "sign", viewBox: "0 0 16 16", "aria-hidden": "true" }, [line, area]);
}

/** A name, taken apart at its joints. */
export function parts(name) {
  return name.split(/(?<=[_\-/.: ])|(?<=\p{Ll})(?=\p{Lu})/u);
}

/** A long name that may be broken at its joints. */
export function breakable(name) {
  return parts(name).flatMap((part, index) => (index ? [document.createElement("wbr"), part] : [part]));
}

const ICONS = {
  back: "M2 2h3v12H2zM14 2v12L6 8z",
  next: "M11 2h3v12h-3zM2 2l8 6l-8 6z",
  play: "M3 1l11 7l-11 7z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  before: "M12 1v14L3 8z",
  after: "M4 1l9 7l-9 7z",
};

/** A small drawing on a button; drawn, because fonts lack half of these signs. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

export function count(number, noun) {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}

const pen = document.createElement("canvas").getContext("2d");

/** How wide a text is, in pixels, in the font that this browser draws the page in. */
export function measure(text, size, weight = 600) {
  pen.font = `${weight} ${size}px ${getComputedStyle(document.documentElement).fontFamily}`;
  return pen.measureText(text).width;
}

/** The text, cut in its middle where there is no room for all of it, so that its end stays. */
export function fit(text, room, size, weight) {
  const letters = [...text];
  let shown = text;
  for (let most = letters.length - 1; most > 2 && measure(shown, size, weight) > room; most -= 1) {
    const tail = Math.floor((most - 1) / 3);
    shown = `${letters.slice(0, most - 1 - tail).join("")}…${letters.slice(letters.length - tail).join("")}`;
  }
  return shown;
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
