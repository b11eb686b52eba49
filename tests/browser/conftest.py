"""A headless Chromium, and reports opened in it from disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Playwright, expect, sync_playwright

from skewproof.cli.draw import Picture, draw_all
from skewproof.diagrams.report import compose
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.checker import check
from support.large_shop import large_shop
from support.picture_samples import HOSTILE, LONG, chain, named, star

SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, PHONE = (1280, 800), (360, 740)

Open = Callable[..., Page]


PATIENCE_MS = 300_000


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright


def launch(playwright: Playwright, **env: str) -> Browser:
    """A Chromium that sees these variables beside our own."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert program, "the report is tested in a real browser: install chromium (apt-get install chromium)"
    seen: dict[str, str | float | bool] = {**os.environ, **env}
    return playwright.chromium.launch(executable_path=program, args=FLAGS, env=seen, timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


FONTS = ("DejaVu Sans", "Liberation Sans")


@pytest.fixture(scope="session", params=FONTS)
def lone_fonts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fontconfig's settings of a machine that has one family of fonts."""
    found = subprocess.run(
        ["fc-list", f":family={request.param}", "file"], capture_output=True, text=True, check=True
    ).stdout
    assert found, f"{request.param} is missing: apt-get install fonts-dejavu-core fonts-liberation"
    folder = tmp_path_factory.mktemp("fonts")
    fonts = Path(found.splitlines()[0].rstrip(": ")).parent
    settings = folder / "fonts.conf"
    settings.write_text(f"<fontconfig><dir>{fonts}</dir><cachedir>{folder}</cachedir></fontconfig>")
    return settings


@pytest.fixture(scope="session")
def lone_font(lone_fonts: Path, playwright: Playwright) -> Iterator[Browser]:
    """A Chromium on such a machine."""
    browser = launch(playwright, FONTCONFIG_FILE=str(lone_fonts))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes the report of a release of SCCOS, once; `unknown` is a report on no changes."""
    folder = tmp_path_factory.mktemp("reports")

    def report(release: str) -> Path:
        path = folder / f"{release}.html"
        if not path.exists():
            changes = None if release == "unknown" else SCCOS / "releases" / f"{release}.yaml"
            deployment = load(SCCOS / "deployment.yaml", changes)
            path.write_text(compose(deployment, check(deployment)), encoding="utf-8")
        return path

    return report


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Open]:
    """Opens a file; at the end of the test the page must have said nothing and asked for nothing else."""
    contexts: list[BrowserContext] = []
    heard: list[str] = []
    allowed: set[str] = set()

    def dismiss(dialog: Dialog) -> None:
        heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def visit(path: Path, size: tuple[int, int] = WIDE, **context: Any) -> Page:
        contexts.append(chromium.new_context(viewport={"width": size[0], "height": size[1]}, **context))
        contexts[-1].set_default_timeout(PATIENCE_MS)
        page = contexts[-1].new_page()
        page.on("console", lambda message: heard.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("request", lambda request: heard.append(f"request: {request.url}"))
        page.on("dialog", dismiss)
        page.goto(path.as_uri())
        allowed.add(f"request: {path.as_uri()}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [said for said in heard if said not in allowed] == []


BOUTIQUE = Path(__file__).parents[1] / "golden" / "files" / "imported" / "online-boutique.yaml"
CHANGES = """
changes:
  cartservice/api: {breaks: [V1 -> V2], note: a field more in AddItem}
  paymentservice/api: {breaks: [V2 -> V1], note: Charge wants a currency}
  productcatalogservice/api: {breaks: both, note: prices in cents}
"""
_FIVE = (Picture.LANES, Picture.MAP, Picture.PROOF, Picture.MOMENT, Picture.FILM)
PART = {
    "star": (Picture.ARCHITECTURE, Picture.LANES, Picture.MOMENT, Picture.STORY, Picture.FILM),
    "chain": (*_FIVE, Picture.STORY, Picture.SPACE),
    "mesh": (*_FIVE, Picture.SPACE),
    "boutique": (*_FIVE, Picture.STORY),
}
"""What is drawn of what has too many states for the others."""


def deployed(shape: str) -> Deployment:
    match shape:
        case "realistic":
            return load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
        case "star":
            return loads(star(20))
        case "chain":
            return loads(chain(100))
        case "mesh":
            return loads(large_shop(50))
        case "boutique":
            return loads(BOUTIQUE.read_text(encoding="utf-8"), changes=CHANGES)
        case _:
            return loads(named(LONG if shape == "long" else HOSTILE))


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Path]]:
    """The pictures of a shape, drawn once."""
    done: dict[str, list[Path]] = {}

    def draw(shape: str) -> list[Path]:
        if shape not in done:
            folder = tmp_path_factory.mktemp(shape)
            kinds = PART.get(shape, tuple(Picture))
            done[shape] = [*draw_all(deployed(shape), {}, folder, "svg", Limits(), kinds)]
        return [path for path in done[shape] if path.suffix == ".svg"]

    return draw
