"""What the other tests here ask of Chromium, asked of Firefox: texts, widths, and the way to what fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from skewproof.diagrams.report import compose, compose_explorer
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from support.firefox import ask_firefox
from support.overprint import FIND, SLACK, TOO_WIDE, alone
from support.picture_samples import chain

from .conftest import PHONE, SCCOS, WIDE

WALK_THE_REPORT = """
() => {
  const [one, all] = [(where) => document.querySelector(where), (where) => document.querySelectorAll(where)];
  const slider = one(".controls input");
  const opened = { scene: slider.value, failing: all(".arrow.failing").length };
  slider.value = "0";
  slider.dispatchEvent(new Event("input"));
  one("[aria-label='Next scene']").click();
  return {
    fits: document.documentElement.scrollWidth <= innerWidth,
    listed: one(".story .scenes").getBoundingClientRect().height > 0,
    opened, scene: slider.value,
  };
}
"""

WALK_THE_EXPLORER = """
() => {
  const one = (where) => document.querySelector(where);
  const story = one("select#walk");
  story.selectedIndex = 1;
  story.dispatchEvent(new Event("change"));
  const buttons = [...document.querySelectorAll("button")];
  const next = buttons.find((button) => button.textContent === "Next event of the story");
  while (!next.disabled) next.click();
  return [one(".choices p.fails").textContent, document.querySelectorAll("path.arrow.failing").length];
}
"""


@pytest.mark.parametrize("shape", ["realistic", "hostile"])
def test_no_text_stands_over_another_or_leaves_its_box(
    lone_fonts: Path, drawn: Callable[[str], list[Path]], shape: str
) -> None:
    pictures = drawn(shape)
    pages = [{"html": alone(path.read_text(encoding="utf-8")), "size": WIDE} for path in pictures]
    faults = ask_firefox(pages, FIND, ["svg", SLACK], FONTCONFIG_FILE=str(lone_fonts))
    assert {path.name: found for path, found in zip(pictures, faults, strict=True) if found} == {}


def test_a_text_that_is_wider_than_its_room_is_seen() -> None:
    (found,) = ask_firefox([{"html": alone(TOO_WIDE), "size": WIDE}], FIND, ["svg", SLACK])
    assert any("stands over other" in fault for fault in found)
    assert any("leaves its box" in fault for fault in found)


def test_reports_fit_and_are_walked(tmp_path: Path) -> None:
    files = {"realistic": load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")}
    files["chain"] = loads(chain(100))
    for name, deployment in files.items():
        (tmp_path / name).with_suffix(".html").write_text(
            compose(deployment, check(deployment)), encoding="utf-8"
        )
    pages = [
        {"url": (tmp_path / f"{name}.html").as_uri(), "size": size}
        for name in files
        for size in (WIDE, PHONE)
    ]
    answers = ask_firefox(pages, WALK_THE_REPORT, [])
    for answer in answers:
        assert answer["fits"]
        assert answer["listed"]
        assert answer["opened"]["failing"] == 1
        assert int(answer["opened"]["scene"]) > 1
        assert answer["scene"] == "1"


def test_the_explorer_walks_to_what_breaks(tmp_path: Path) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    path = tmp_path / "explorer.html"
    path.write_text(compose_explorer(deployment, check(deployment)), encoding="utf-8")
    ((said, failing),) = ask_firefox([{"url": path.as_uri(), "size": WIDE}], WALK_THE_EXPLORER, [])
    assert "would break now" in said
    assert failing == 1
