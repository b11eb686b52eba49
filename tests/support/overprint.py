"""What can be wrong with a picture as a browser shows it: texts over each other, or out of their boxes."""

from __future__ import annotations

from playwright.sync_api import Page

SLACK = 1.5
"""Pixels by which boxes of texts may lie over each other, or texts leave theirs: roundings."""

TOO_WIDE = """<svg width='400' height='40'><rect x='4' y='4' width='70' height='14'/>
<text x='5' y='15' font-size='10'>much too wide for it</text>
<text x='60' y='15' font-size='10'>other</text></svg>"""
"""A text that leaves its box, and stands over another."""

FIND = """
([where, slack]) => {
  const area = ([l, t, r, b]) => (r - l) * (b - t);
  const root = document.querySelector(where);
  const box = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  const seen = (element) => getComputedStyle(element).visibility === "visible" && area(box(element)) > 0;
  const told = (element) => element.textContent.trim() && seen(element);
  const canvas = document.createElement("canvas").getContext("2d");
  // By characters and ink: the box of a text has more room around it in one browser than in the other.
  const inked = (element) => {
    canvas.font = getComputedStyle(element).font;
    const ink = canvas.measureText(element.textContent);
    const screen = element.getScreenCTM();
    const start = element.getStartPositionOfChar(0).matrixTransform(screen);
    const end = element.getEndPositionOfChar(element.getNumberOfChars() - 1).matrixTransform(screen);
    const [above, below] = [ink.actualBoundingBoxAscent, ink.actualBoundingBoxDescent];
    return [start.x, start.y - screen.d * above, end.x, start.y + screen.d * below];
  };
  const texts = [...root.querySelectorAll("text")].filter(told)
    .map((element) => ({ said: element.textContent, box: inked(element) }));
  const shapes = [...root.querySelectorAll("polygon, ellipse, rect, path.shape")].filter(seen).map(box);
  const across = (a, b) => Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const down = (a, b) => Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const leaves = (a, b) => Math.max(b[0] - a[0], b[1] - a[1], a[2] - b[2], a[3] - b[3]);
  const whole = box(root);
  const found = [];
  texts.forEach(({ said, box: one }, index) => {
    if (leaves(one, whole) > slack) found.push(`${said} leaves the picture`);
    for (const { said: other, box: two } of texts.slice(index + 1)) {
      if (across(one, two) > slack && down(one, two) > slack) found.push(`${said} stands over ${other}`);
    }
    const [x, y] = [(one[0] + one[2]) / 2, (one[1] + one[3]) / 2];
    const around = shapes.filter(([l, t, r, b]) => l < x && x < r && t < y && y < b)
      .sort((a, b) => area(a) - area(b))[0];
    const over = around ? Math.max(around[0] - one[0], one[2] - around[2]) : 0;
    if (over > slack) found.push(`${said} leaves its box by ${over}`);
  });
  return found;
}
"""
"""A function in the page, of what finds the picture there and of the slack."""


def alone(svg: str) -> str:
    """A page with nothing but the picture."""
    return f'<body style="margin:0">{svg[svg.index("<svg") :]}</body>'


def overprints(page: Page, svg: str) -> list[str]:
    """What is wrong with the picture on a page of its own, in words."""
    page.set_content(alone(svg))
    return overprints_of(page, "svg")


def overprints_of(page: Page, where: str) -> list[str]:
    """The same of the first picture on the page that the selector finds."""
    found: list[str] = page.evaluate(FIND, [where, SLACK])
    return found
