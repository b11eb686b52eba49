"""The report in a real browser: what it tells, how it is walked, and what it cannot be made to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from skewproof.diagrams.report import compose
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from support.command import skewproof
from support.large_shop import large_shop
from support.report_samples import HARMFUL_NAMES, hostile_file

from .conftest import PHONE, SCCOS, WIDE, Open

Reports = Callable[[str], Path]
FAILING = "zed V1 writes database: cart_item: redis/product, obtained in form V1, meets V2"


@pytest.fixture
def realistic(visit: Open, reports: Reports) -> Page:
    return visit(reports("realistic"))


def node(page: Page, name: str) -> str:
    """What the drawing says of a component, between its name and the next."""
    said = page.locator(".story svg.architecture").get_attribute("aria-label") or ""
    return dict(part.split(": ", 1) for part in said.split("; "))[name]


def scene(page: Page) -> int:
    return int(page.locator(".controls input").input_value())


def test_the_first_screen_tells_which_request_breaks_when_and_why(realistic: Page) -> None:
    first_screen = realistic.locator(".banner, .hazards li")
    expect(first_screen).to_contain_text([
        "“add to cart” breaks while release realistic is being deployed, first in Run_install.",
        "inevitable" "add to cart" "redis/product V1 → database V2"
        "from Run_install on, and still when the deployment is complete",
        "zed V1 → database V2" "from Run_install to Deploy_Spryker_services"
        "Old zed writes cart_item to database, but database already has the new schema."
        "The change says: column dropped; product removed",
        "race" "add to cart" "glue V1 → zed V2" "during Deploy_Spryker_services",
        "glue V2 → zed V1",
    ])  # fmt: skip
    for told in first_screen.all():
        box = told.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= WIDE[1]


@pytest.mark.parametrize(
    ("release", "verdict"),
    [("compatible", "Safe"), ("unknown", "Unknown"), ("flagged", "Safe"), ("pessimistic", "Unsafe")],
)
def test_every_verdict_has_a_report(visit: Open, reports: Reports, release: str, verdict: str) -> None:
    page = visit(reports(release))
    expect(page.locator(".banner .verdict")).to_contain_text(verdict)
    expect(page.locator(".timeline tbody:last-child tr")).to_have_count(4)
    expect(page.locator("svg.architecture .node")).to_have_count(8)
    assert bool(page.locator("td.cell button").count()) == (verdict == "Unsafe")
    words = {"Safe": "safe", "Unknown": "not judged"}
    if verdict in words:
        expect(page.locator("td.cell", has_text=words[verdict])).to_have_count(4 * 14)


def test_a_cell_says_what_it_is_in_words_and_opens_its_stories(realistic: Page) -> None:
    cell = realistic.locator("td.cell.inevitable button").nth(1)
    expect(cell).to_have_text("can break×4 4 hazards")
    cell.click()
    expect(realistic.locator("#story")).to_be_focused()
    expect(realistic.locator(".pager")).to_contain_text("hazard 1 of 4")
    pairs = []
    for _ in range(4):
        pairs.append(realistic.locator(".account .pair").inner_text())
        realistic.get_by_role("button", name="Next hazard").click()
    assert len(set(pairs)) == 4
    expect(realistic.locator(".account .pair")).to_have_text(pairs[0])
    realistic.locator("td.cell.inevitable button").nth(2).click()
    expect(realistic.locator(".account .pair")).to_have_text("redis/product V1 → database V2")
    expect(realistic.locator(".pager")).to_be_hidden()


def test_the_story_opens_where_it_fails(realistic: Page) -> None:
    expect(realistic.locator(".scene")).to_contain_text(FAILING)
    expect(realistic.locator(".cross")).to_have_class("cross seen")
    expect(realistic.locator(".arrow.failing")).to_have_count(1)
    expect(realistic.locator(".badge.met")).to_have_text(["V1 ×2", "V2"])
    expect(realistic.locator("th[aria-current]")).to_contain_text("Run_install")


def test_the_components_change_from_scene_to_scene(realistic: Page) -> None:
    slider = realistic.locator(".controls input")
    slider.fill("0")
    expect(realistic.locator(".scene")).to_have_text("Before the deployment")
    assert (node(realistic, "database"), node(realistic, "scheduler")) == ("V1", "V1")
    expect(realistic.locator(".cross.seen")).to_have_count(0)
    slider.fill("1")
    expect(realistic.locator(".scene")).to_contain_text("schema V1 → V2")
    assert (node(realistic, "database"), node(realistic, "scheduler")) == ("V2", "V2 and suspended")
    assert node(realistic, "rabbitmq") == "unchanged"
    slider.fill("2")
    expect(realistic.locator(".arrow.running")).to_have_count(1)
    expect(realistic.locator(".badge.met")).to_have_text("V1 ×3")


def test_play_runs_to_the_failing_hop_and_pause_holds_it(visit: Open, reports: Reports) -> None:
    page = visit(reports("realistic"))
    page.clock.install()
    page.get_by_role("button", name="Play").click()
    assert scene(page) == 0
    page.clock.run_for(3500)
    assert scene(page) == 2
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(5000)
    assert scene(page) == 2
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(20000)
    expect(page.locator(".scene")).to_contain_text(FAILING)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator(".cross.seen")).to_have_count(1)


def test_previous_and_next_stop_at_the_ends(realistic: Page) -> None:
    expect(realistic.get_by_role("button", name="Next scene")).to_be_disabled()
    realistic.get_by_role("button", name="Previous scene").click()
    assert scene(realistic) == 5
    realistic.locator(".scenes button").first.click()
    expect(realistic.get_by_role("button", name="Previous scene")).to_be_disabled()
    realistic.get_by_role("button", name="Next scene").click()
    assert scene(realistic) == 1


def test_the_story_is_told_by_keys_alone(realistic: Page) -> None:
    keys = realistic.keyboard
    realistic.locator(".hazard").first.focus()
    keys.press("Enter")
    expect(realistic.locator("#story")).to_be_focused()
    keys.press("ArrowLeft")
    assert scene(realistic) == 5
    keys.press("Home")
    keys.press("ArrowRight")
    assert scene(realistic) == 1
    keys.press("End")
    expect(realistic.locator(".scene")).to_contain_text(FAILING)
    keys.press("Shift+ArrowRight")
    expect(realistic.locator(".pager")).to_contain_text("hazard 2 of 4")
    keys.press("Home")
    keys.press("Space")
    expect(realistic.get_by_role("button", name="Pause")).to_be_visible()
    keys.press("Space")
    expect(realistic.get_by_role("button", name="Play")).to_be_visible()


def test_the_timeline_is_walked_by_keys_alone(visit: Open, reports: Reports) -> None:
    page = visit(reports("pessimistic"))
    cells = page.locator("td.cell button")
    assert page.locator("td.cell button[tabindex='0']").count() == 1
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("tbody tr", has_text="add to cart").locator("button").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#story")).to_have_text("How “add to cart” breaks")
    expect(page.locator("#story")).to_be_focused()


def test_the_matrix_rings_the_pair_that_is_met(realistic: Page) -> None:
    cells = realistic.locator(".story .matrix tbody td")
    expect(cells).to_have_text(["fine", "breaks, the pair met here", "fine", "fine"])
    expect(realistic.locator(".story .matrix .met")).to_have_text("breaks, the pair met here")
    realistic.get_by_role("button", name="Next hazard").click()
    realistic.get_by_role("button", name="Next hazard").click()
    expect(cells).to_have_text(["fine", "breaks, the pair met here", "breaks", "fine"])


def test_the_lines_to_blame_are_those_of_the_files(realistic: Page) -> None:
    quotes = realistic.locator(".story .blame li")
    expect(quotes).to_have_count(3)
    expect(quotes.nth(0)).to_contain_text("breaks: {schema: [V1 -> V2], token: [V1 -> V2]}")
    expect(quotes.nth(1)).to_contain_text("- zed writes database: cart_item using redis/product")
    expect(quotes.nth(2)).to_contain_text("- Run_install: [migrate database, resume scheduler, start sync")
    for quote in quotes.all():
        where = quote.locator(".where").inner_text()
        file, line = where.rsplit(":", 1)
        named = Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert named.strip() in quote.locator(".named").inner_text()


def test_background_moves_run_on_past_their_step(realistic: Page) -> None:
    bars = realistic.locator(".bars tr")
    expect(bars).to_have_count(2)
    expect(bars.nth(0).locator(".bar.on")).to_have_attribute("colspan", "6")
    expect(bars.nth(0)).to_have_text("sync redisin the background; nothing awaits it")


@pytest.mark.parametrize("size", [WIDE, PHONE])
@pytest.mark.parametrize("release", ["realistic", "compatible"])
def test_the_page_is_no_wider_than_the_screen(
    visit: Open, reports: Reports, release: str, size: tuple[int, int]
) -> None:
    page = visit(reports(release), size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_phone_sees_the_first_cell_that_breaks(visit: Open, reports: Reports) -> None:
    page = visit(reports("realistic"), PHONE)
    page.wait_for_function("document.querySelector('.scroller').scrollLeft > 0")
    box = page.locator("td.cell button").first.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= PHONE[0] - box["width"]


def test_with_reduced_motion_nothing_travels(visit: Open, reports: Reports) -> None:
    page = visit(reports("realistic"), reduced_motion="reduce")
    page.locator(".controls input").fill("1")
    page.get_by_role("button", name="Next scene").click()
    there = page.locator(".traveller").get_attribute("transform")
    page.wait_for_timeout(200)
    assert page.locator(".traveller").get_attribute("transform") == there


def test_paper_holds_every_hazard_with_its_story(visit: Open, reports: Reports) -> None:
    page = visit(reports("realistic"))
    assert page.locator(".paper section").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    sheets = page.locator(".paper section")
    expect(sheets).to_have_count(4)
    for sheet in sheets.all():
        expect(sheet.locator("svg.architecture .cross.seen")).to_be_visible()
        expect(sheet.locator(".matrix")).to_be_visible()
        expect(sheet.locator(".events .fails")).to_be_visible()
    expect(page.locator(".story")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(sheets).to_have_count(0)


def test_keys_outside_the_story_are_the_browsers_own(realistic: Page) -> None:
    realistic.keyboard.press("Home")
    realistic.keyboard.press("ArrowLeft")
    assert scene(realistic) == 6


def test_a_link_opens_the_hazard_that_it_names(visit: Open, reports: Reports) -> None:
    page = visit(reports("realistic"))
    page.locator(".hazard").nth(2).click()
    told = page.locator(".account .pair").inner_text()
    page.reload()
    expect(page.locator(".account .pair")).to_have_text(told)


def test_flags_are_told(visit: Open, tmp_path: Path) -> None:
    deployment = load(SCCOS / "enable-early.yaml", SCCOS / "releases" / "flagged.yaml")
    path = tmp_path / "flags.html"
    path.write_text(compose(deployment, check(deployment)), encoding="utf-8")
    page = visit(path)
    expect(page.locator(".flags")).to_have_text("flag new-cart is on")
    page.locator(".controls input").fill("0")
    expect(page.locator(".flags")).to_have_text("flag new-cart is off")


def test_the_changes_are_told_as_the_files_say_them(visit: Open, reports: Reports) -> None:
    page = visit(reports("compatible"))
    expect(page.locator(".changes li")).to_have_count(4)
    expect(page.locator(".changes li").first).to_contain_text("a column added that may be null")


# --- many services -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes about 200 services."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "shop.yaml").write_text(large_shop(200), encoding="utf-8")
    run = skewproof("report", "shop.yaml", "-o", "report.html", cwd=folder)
    assert (run.returncode, run.stderr) == (0, "")
    return folder / "report.html"


def test_a_report_of_200_services_stays_small_enough_to_use(visit: Open, large: Path) -> None:
    assert large.stat().st_size < 500_000
    page = visit(large)
    expect(page.locator("h1")).to_have_text(
        "40 of 80 requests break while this release is being deployed, first in Migrate."
    )
    assert page.evaluate("document.querySelectorAll('*').length") < 6000
    rows = page.locator(".timeline tbody:last-child tr")
    expect(rows).to_have_count(60)
    page.get_by_role("button", name="Show more requests: 20 of 80 are not shown").click()
    expect(rows).to_have_count(80)
    expect(page.locator(".story .node")).to_have_count(6)
    expect(page.locator(".picture .left")).to_have_text(
        "210 other components of the deployment are not drawn: "
        "until it breaks, this request meets none of them."
    )


CLIPPED = """
() => [...document.querySelectorAll("th span, td span, .cards *, .story *")]
  .filter((e) => e.scrollHeight > e.clientHeight + 2 && getComputedStyle(e).overflowY === "hidden")
  .filter((e) => !e.closest(".heard")).map((e) => [e.className, getComputedStyle(e).webkitLineClamp, e.title])
"""


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_what_has_no_room_ends_in_an_ellipsis_and_is_told_whole_on_hover(
    visit: Open, large: Path, size: tuple[int, int]
) -> None:
    clipped = visit(large, size).evaluate(CLIPPED)
    assert "actions" in {name for name, _, _ in clipped}
    assert all(lines.isdecimal() and whole for _, lines, whole in clipped), clipped


def test_a_report_of_200_services_is_used_as_any_other(visit: Open, large: Path) -> None:
    page = visit(large)
    scroller = page.locator(".scroller")
    assert scroller.evaluate("box => box.scrollHeight > box.clientHeight")
    cell = page.locator("tbody tr", has_text="sign in 04").locator("td.cell button", has_text="×2").first
    cell.click()
    expect(page.locator("#story")).to_have_text("How “sign in 04” breaks")
    expect(page.locator(".story")).to_contain_text("hazard 1 of 2")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".story .cross.seen")).to_have_count(0)


# --- a file that means harm ---------------------------------------------------------------------


@pytest.fixture
def hostile(visit: Open, tmp_path: Path) -> Page:
    deployment = loads(hostile_file())
    answer = check(deployment)
    assert len(answer.hazards) > 4
    path = tmp_path / "hostile.html"
    path.write_text(compose(deployment, answer), encoding="utf-8")
    return visit(path)


def test_no_name_becomes_markup_or_script(hostile: Page) -> None:
    assert hostile.locator("script").count() == 2
    for tag in ("img", "iframe", "object", "embed", "base", "form", "link"):
        assert hostile.locator(tag).count() == 0
    expect(hostile.locator(".subject")).to_contain_text(HARMFUL_NAMES[0])
    for name in HARMFUL_NAMES:
        expect(hostile.locator(".timeline .request").get_by_text(name, exact=True)).to_have_count(1)
    for number in range(min(8, hostile.locator("td.cell button").count())):
        hostile.locator("td.cell button").nth(number).click()
        hostile.keyboard.press("Home")
        hostile.keyboard.press("ArrowRight")
    hostile.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert hostile.evaluate("[...document.querySelectorAll('*')].every(e => !e.getAttribute('onerror'))")


def test_hostile_names_fit_the_screen(hostile: Page) -> None:
    for size in (WIDE, PHONE):
        hostile.set_viewport_size({"width": size[0], "height": size[1]})
        assert hostile.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_policy_forbids_what_the_script_never_does(chromium: Browser, reports: Reports) -> None:
    page = chromium.new_page()
    page.goto(reports("realistic").as_uri())
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content") or ""
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>x</b>'")
    with pytest.raises(Error, match="TrustedScript"):
        page.evaluate("document.createElement('script').text = 'window.ran = true'")
    page.close()
