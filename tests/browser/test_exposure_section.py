"""How bad it is, in the report, in both browsers: bars and a curve that are seen, texts beside them."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from skewproof.diagrams.report import compose
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.checker import check
from skewproof.properties.exposure.measure import find_exposure
from support.firefox import ask_firefox
from support.picture_samples import HOSTILE, LONG, named

from .conftest import WIDE, Open

NARROW = (390, 740)
LOOK = """
() => {
  const box = (element) => element.getBoundingClientRect();
  const section = document.querySelector(".exposure");
  const bars = [...section.querySelectorAll(".bars svg")].map((bar) => box(bar).width);
  const texts = [...section.querySelectorAll("dt, dd span, figcaption, .curve span, p")];
  const found = [];
  texts.forEach((one, index) => {
    const [a, range] = [box(one), document.createRange()];
    range.selectNodeContents(one);
    const said = box(range);
    if (said.right > innerWidth || said.left < 0) found.push(`${one.textContent} leaves the page`);
    if (said.width > a.width + 1) found.push(`${one.textContent} leaves its room`);
    for (const other of texts.slice(index + 1)) {
      const b = box(other);
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 1) found.push(`${one.textContent} stands over ${other.textContent}`);
    }
  });
  return { bars, curve: box(section.querySelector(".curve svg")).width, found };
}
"""


SIZES = (WIDE, NARROW)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Reports of a rollout whose step has a long name, and a hostile one."""
    return [_write(name, tmp_path_factory.mktemp("rates") / "report.html") for name in (LONG, HOSTILE)]


def _write(name: str, path: Path) -> Path:
    told = "'" + name.replace("'", "''") + "'"
    rates = f"traffic: {{{told}: 50/s}}\ndurations: {{spawn: 20s, retire: 5s}}\n"
    deployment = loads(named(name) + rates)
    found = find_exposure(deployment, Limits())
    path.write_text(compose(deployment, check(deployment), exposure=found), encoding="utf-8")
    return path


def hold(seen: dict[str, Any], width: int) -> None:
    assert len(seen["bars"]) == 2
    assert min(seen["bars"]) > width / 2, "a bar that cannot be seen tells nothing"
    assert seen["curve"] > width / 2
    assert seen["found"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chromium_shows_bars_and_texts_side_by_side(visit: Open, pages: list[Path], scheme: str) -> None:
    for path, size in product(pages, SIZES):
        hold(visit(path, size, color_scheme=scheme).evaluate(LOOK), size[0])


def test_firefox_shows_bars_and_texts_side_by_side(pages: list[Path]) -> None:
    asked: list[dict[str, Any]] = [
        {"url": path.as_uri(), "size": size} for path, size in product(pages, SIZES)
    ]
    for seen, page in zip(ask_firefox(asked, LOOK, []), asked, strict=True):
        hold(seen, page["size"][0])
