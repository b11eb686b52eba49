"""The player holds: whatever the architecture, it fits on a screen, and shows where the story stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from skewproof.diagrams.report import compose
from skewproof.model.language import loads
from skewproof.properties.checker import check
from support.overprint import overprints_of
from support.picture_samples import HOSTILE, LONG, chain, named, star

from .conftest import PHONE, WIDE, Open
from .test_accessibility import serious_faults

ACCEPTED = """
components: {front: {kind: service}, back: {kind: service}}
requests: {ask: [client calls front: page, front calls back: answer]}
pipeline: [One: [deploy front], Two: [deploy back]]
changes: {back/answer: {breaks: both}}
accept: [{contract: back/answer, reason: we live with it, until: 2099-01-01}]
"""
NAMES = """
components: {a-service-of-which-the-name-is-long: {kind: service}, recommendationservice: {kind: service},
  a_database_with.a-very-long-name-of-sixty-letters-and-some-more: {kind: database}}
requests:
  ask: [client calls a-service-of-which-the-name-is-long: page,
    a-service-of-which-the-name-is-long calls recommendationservice: answer,
    recommendationservice writes a_database_with.a-very-long-name-of-sixty-letters-and-some-more: rows]
pipeline: [One: [deploy a-service-of-which-the-name-is-long], Two: [deploy recommendationservice]]
changes: {recommendationservice/answer: {breaks: both}}
"""


def report(text: str, folder: Path) -> Path:
    path = folder / "report.html"
    deployment = loads(text)
    path.write_text(compose(deployment, check(deployment)), encoding="utf-8")
    return path


def drawn(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".story .node .name").all_text_contents()]


@pytest.mark.parametrize("text", [star(20), chain(100)], ids=["star", "chain"])
def test_the_player_fits_on_a_screen(visit: Open, tmp_path: Path, text: str) -> None:
    page = visit(report(text, tmp_path))
    stage, play = page.locator(".stage"), page.get_by_role("button", name="Play")
    top, button = stage.bounding_box(), play.bounding_box()
    assert top
    assert button
    assert button["y"] + button["height"] - top["y"] < 700
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_long_way_is_folded(visit: Open, tmp_path: Path) -> None:
    page = visit(report(chain(100), tmp_path))
    assert drawn(page) == ["client", "s0", "s48", "s49", "s50", "47 more"]
    folded = page.locator(".story .node.components title").text_content() or ""
    assert folded.splitlines()[1:] == [f"s{number}" for number in range(1, 48)]
    expect(page.locator(".arrow.failing")).to_have_count(1)


def test_the_list_stands_at_the_failing_step(visit: Open, tmp_path: Path) -> None:
    stated = "properties: {stays old: always not s99.up(V2)}"  # of a property every event is told
    page = visit(report(chain(100).replace("{breaks: both}", "{breaks: none}") + stated, tmp_path))
    events = page.locator(".story .scenes")
    page.wait_for_function("document.querySelector('.story .scenes').scrollTop > 1000")
    inside = "([list, line]) => line.top >= list.top && line.bottom <= list.bottom"
    boxes = [
        one.evaluate("e => e.getBoundingClientRect().toJSON()") for one in (events, events.locator("li").last)
    ]
    assert page.evaluate(inside, boxes)
    page.locator(".controls input").fill("0")
    assert events.evaluate("list => list.scrollTop") == 0


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_what_is_accepted_has_its_card_and_its_story(
    visit: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = visit(report(ACCEPTED, tmp_path), size, color_scheme="dark" if size == PHONE else "light")
    expect(page.locator(".banner .verdict")).to_contain_text("Safe")
    expect(page.get_by_role("heading", name="What breaks")).to_have_count(0)
    card = page.locator("[aria-labelledby=accepted] .hazard")
    expect(card).to_contain_text("accepted: we live with it (until 2099-01-01)")
    expect(page.locator("td.cell.accepted")).to_have_count(2)
    assert serious_faults(page) == []
    card.click()
    expect(page.locator("#story")).to_be_focused()
    expect(page.locator(".account")).to_contain_text("we live with it")


def test_paper_shows_every_step_in_which_something_breaks(visit: Open, tmp_path: Path) -> None:
    """On a screen the steps are scrolled to; paper is as narrow as it is."""
    page = visit(report(chain(100), tmp_path), (720, 1000))
    page.wait_for_function("document.querySelector('.scroller').scrollLeft > 1000")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for cell in (*page.locator("td.cell.inevitable").all(), page.locator("tbody th .request")):
        box = cell.bounding_box()
        assert box
        assert 0 <= box["x"] < box["x"] + box["width"] <= 720
    expect(page.locator("td.cell.inevitable")).to_have_count(2)
    expect(page.locator(".onpaper")).to_have_text("Steps in which nothing can break are not printed.")
    expect(page.locator(".paper section")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


VERSIONS = """
versions: [2024.10.1-rc1, 2024.11.0]
components: {app: {kind: client}, api: {kind: service, replicas: 2}}
requests: {ask: [app calls api: profile]}
pipeline: [Roll: [deploy api]]
changes: {api/profile: {breaks: both}}
"""


def test_long_versions_are_below_each_other(visit: Open, tmp_path: Path) -> None:
    page = visit(report(VERSIONS, tmp_path))
    badges = page.locator(".story .node.service .badge text").all_text_contents()
    assert badges == ["2024.10.1-rc1 ×2", "2024.11.0 ×1"]


SHAPES = {
    "versions": VERSIONS,
    "names": NAMES,
    "long": named(LONG),
    "hostile": named(HOSTILE),
    "star": star(20),
    "chain": chain(100),
}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Their reports."""
    return {name: report(text, tmp_path_factory.mktemp(name)) for name, text in SHAPES.items()}


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_no_text_of_the_drawing_is_clipped(
    lone_font: Browser, shapes: dict[str, Path], size: tuple[int, int]
) -> None:
    page = lone_font.new_page(viewport={"width": size[0], "height": size[1]})
    for name, path in shapes.items():
        page.goto(path.as_uri())
        assert overprints_of(page, ".story svg.architecture") == [], name
    page.close()
