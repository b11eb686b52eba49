"""A headless Chromium, and reports opened in it from disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from skewproof.diagrams.report import compose
from skewproof.model.language import load
from skewproof.properties.checker import check

SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, PHONE = (1280, 800), (360, 740)

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert program, "the report is tested in a real browser: install chromium (apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
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
