"""The report: how large it is, how long it takes to make, and to open in a browser.

    python benchmarks/report.py [RUNS]

Runs `skewproof report` RUNS (5) times on each deployment, and opens what it wrote RUNS times in headless
Chromium, from disk. Prints the medians: of the whole command, of the time until the first frame with
everything in it, and of how long the page takes to show another hazard's story in it.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.large_shop import large_shop  # noqa: E402 - the tests' support stands beside, not in, the package

SCCOS = ROOT / "examples" / "sccos"
SKEWPROOF = shutil.which("skewproof", path=sysconfig.get_path("scripts"))
FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def deployments(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each with its name and the command's arguments."""
    for release in ("realistic", "pessimistic"):
        changes = SCCOS / "releases" / f"{release}.yaml"
        yield f"SCCOS, {release}", [str(SCCOS / "deployment.yaml"), "--changes", str(changes)]
    for services in (50, 200, 500):
        file = folder / f"{services}.yaml"
        file.write_text(large_shop(services), encoding="utf-8")
        yield f"{services} services", [str(file)]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def make(arguments: list[str], path: Path) -> None:
    assert SKEWPROOF, "the console script is not installed"
    subprocess.run([SKEWPROOF, "report", *arguments, "-o", str(path)], check=True, stdout=subprocess.DEVNULL)


def opened_s(browser: Browser, path: Path) -> tuple[float, float]:
    """Seconds until the page has drawn its first whole frame, and from a click to another hazard's."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    first = seconds(lambda: _frame(page, lambda: page.goto(path.as_uri())))
    other = seconds(lambda: _frame(page, page.locator("td.cell button").last.click))
    page.close()
    return first, other


def _frame(page: Page, work: Callable[[], object]) -> None:
    work()
    page.evaluate(FRAME)


def hazards_in(page: bytes) -> int:
    found = re.search(rb'<script type="application/json"[^>]*>(.*?)</script>', page, flags=re.DOTALL)
    assert found
    return len(json.loads(found[1])["hazards"])


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    program = shutil.which("chromium")
    assert program, "install chromium"
    print(f"{'report':20}{'hazards':>8}{'kB':>7}{'command, s':>12}{'opened, s':>11}{'other hazard, s':>17}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        path = Path(folder) / "report.html"
        for name, arguments in deployments(Path(folder)):
            made = statistics.median(seconds(partial(make, arguments, path)) for _ in range(runs))
            page = path.read_bytes()
            times = [opened_s(browser, path) for _ in range(runs)]
            first, other = (statistics.median(column) for column in zip(*times, strict=True))
            size = len(page) / 1000
            print(f"{name:20}{hazards_in(page):8}{size:7.0f}{made:12.2f}{first:11.2f}{other:17.2f}")
        browser.close()


if __name__ == "__main__":
    main()
