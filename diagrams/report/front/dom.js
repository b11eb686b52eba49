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

/** A sign for those who see the page; what it means stands beside it. */
export function sign(text) {
  return h("span", { class: "sign", "aria-hidden": "true" }, text);
}

/** A long name that may be broken at its joints. */
export function breakable(name) {
  const parts = name.split(/(?<=[_\-/.: ])|(?<=\p{Ll})(?=\p{Lu})/u);
  return parts.flatMap((part, index) => (index ? [document.createElement("wbr"), part] : [part]));
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

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
