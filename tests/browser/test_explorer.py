"""The explorer in a browser: along a story, off it, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from skewproof.diagrams.report import compose_explorer
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from support.large_shop import large_shop
from support.picture_samples import chain

from .conftest import PHONE, SCCOS, WIDE, Open, deployed
from .test_accessibility import serious_faults


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    path.write_text(compose_explorer(deployment, check(deployment)), encoding="utf-8")
    return path


def walk_to_the_end(page: Page) -> None:
    page.get_by_label("Story to walk along").select_option(index=1)
    while page.get_by_role("button", name="Next event of the story").is_enabled():
        page.get_by_role("button", name="Next event of the story").click()


def test_a_story_leads_to_what_breaks(visit: Open, explorer: Path) -> None:
    page = visit(explorer)
    assert page.locator(".choices .fails").count() == 0
    walk_to_the_end(page)
    expect(page.locator(".choices p.fails").first).to_contain_text("would break now")
    assert page.locator(".choices button.fails").count() == 1
    assert page.locator("path.arrow.failing").count() == 1
    assert page.locator(".explorer .scenes li").last.get_attribute("aria-current") == "step"


def test_the_worst_story_is_the_first(visit: Open, explorer: Path) -> None:
    stories = visit(explorer).get_by_label("Story to walk along").locator("option")
    assert stories.nth(1).inner_text().startswith("add to cart: redis/product V1 meets database V2")


def test_a_stall_can_be_walked_to_where_it_waits(visit: Open, tmp_path: Path) -> None:
    """Its story ends where no way leads to the end any more, before the first step; it goes on from there."""
    deployment = load(SCCOS.parent / "stories" / "rabbitmq-flags" / "stopped-node.yaml")
    path = tmp_path / "stall.html"
    path.write_text(compose_explorer(deployment, check(deployment)), encoding="utf-8")
    page = visit(path)
    walk_to_the_end(page)
    expect(page.locator(".explorer .scenes li").last).to_contain_text("spawn 3.12")
    assert page.locator(".explorer .scenes li").count() > 10


def test_names_are_broken_between_their_words_on_a_phone(visit: Open, tmp_path: Path) -> None:
    deployment = deployed("boutique")
    path = tmp_path / "boutique.html"
    path.write_text(compose_explorer(deployment, check(deployment)), encoding="utf-8")
    lines = visit(path, PHONE).locator(".explorer svg.architecture .node text.name")
    said = [line.text_content() or "" for line in lines.all()]
    assert {"checkout", "productcatalog", "service"} <= set(said)
    assert not {"checkou", "productcata"} & set(said)


def test_a_story_can_be_left_at_any_moment(visit: Open, explorer: Path) -> None:
    page = visit(explorer)
    walk_to_the_end(page)
    length = page.locator(".explorer .scenes li").count()
    page.locator(".explorer .scenes li button").nth(length - 4).click()
    other = page.locator(".choices button.event:not(.planned)").first
    said = other.locator(".what").inner_text()
    other.click()
    assert page.locator(".explorer .scenes li").last.locator(".what").inner_text() == said
    assert page.get_by_label("Story to walk along").input_value() == "-1"
    assert page.get_by_role("button", name="Next event of the story").is_disabled()


def test_the_keyboard_goes_all_the_way(visit: Open, explorer: Path) -> None:
    page = visit(explorer)
    page.get_by_label("Story to walk along").select_option(index=1)
    page.get_by_role("region", name="Architecture").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.locator(".explorer .scenes li").count() == 6
    page.keyboard.press("ArrowLeft")
    assert page.locator(".explorer .scenes li").count() == 5
    page.keyboard.press("Home")
    assert page.locator(".explorer .scenes li").count() == 1
    page.locator(".choices button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".explorer .scenes li").count() == 2


def test_another_request_begins_at_the_start(visit: Open, explorer: Path) -> None:
    page = visit(explorer)
    walk_to_the_end(page)
    page.get_by_label("Request under watch").select_option("browse product")
    assert page.locator(".explorer .scenes li").count() == 1
    assert page.locator(".choices .fails").count() == 0


def test_where_the_story_stands_is_in_view(visit: Open, tmp_path: Path) -> None:
    """Of forty services in a row a screen shows few; with less motion nothing travels there."""
    deployment, path = loads(chain(40)), tmp_path / "chain.html"
    path.write_text(compose_explorer(deployment, check(deployment)), encoding="utf-8")
    page = visit(path, reduced_motion="reduce")
    walk_to_the_end(page)
    place = page.locator("path.arrow.failing").bounding_box()
    picture = page.locator(".picture").bounding_box()
    assert place
    assert picture
    assert picture["x"] <= place["x"] < place["x"] + place["width"] <= picture["x"] + picture["width"]
    expect(page.locator(".cross.seen")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_no_serious_fault(visit: Open, explorer: Path, size: tuple[int, int], scheme: str) -> None:
    page = visit(explorer, size, color_scheme=scheme)
    walk_to_the_end(page)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_fifty_services_have_room_in_a_page(visit: Open, tmp_path: Path) -> None:
    deployment = loads(large_shop(50))
    path = tmp_path / "large.html"
    path.write_text(compose_explorer(deployment, check(deployment)), encoding="utf-8")
    assert path.stat().st_size < 1_000_000
    page = visit(path)
    page.locator(".choices button").first.click()
    assert page.locator(".explorer .scenes li").count() == 2


def test_a_report_has_it_where_it_is_asked_for(visit: Open, reports: Callable[[str], Path]) -> None:
    page = visit(reports("realistic"))
    assert page.locator(".explorer").count() == 0
    page.get_by_text("Walk through it: take any event").click()
    walk_to_the_end(page)
    assert page.locator(".explorer .choices p.fails").count() > 0
    page.get_by_text("Walk through it: take any event").click()
    page.get_by_text("Walk through it: take any event").click()
    assert page.locator(".explorer").count() == 1
