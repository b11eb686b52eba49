"""The report: how large it is, how long it takes to make, and to open in a browser.

    python benchmarks/report.py [RUNS]

Opens each report RUNS (5) times in headless Chromium, from disk, and prints the median of the time until
the first frame with everything in it. The answer on 200 services is made by hand: `report_samples.py`.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from skewproof.diagrams.report import compose  # noqa: E402 - the tests' support stands beside, not in, the package
from skewproof.model.deployment import Deployment  # noqa: E402
from skewproof.model.language import load  # noqa: E402
from skewproof.properties.checker import check  # noqa: E402
from skewproof.properties.verdict import Answer  # noqa: E402
from support.report_samples import many_services_answer  # noqa: E402

SCCOS = ROOT / "examples" / "sccos"
FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def answers() -> Iterator[tuple[str, Deployment, Answer]]:
    for release in ("realistic", "pessimistic"):
        deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / f"{release}.yaml")
        yield f"SCCOS, {release}", deployment, check(deployment)
    yield "200 services", *many_services_answer(200)


def opened_s(browser: Browser, path: Path) -> float:
    """Seconds until the page has drawn its first whole frame."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate(FRAME)
    taken = time.perf_counter() - start
    page.close()
    return taken


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    program = shutil.which("chromium")
    assert program, "install chromium"
    print(f"{'report':22}{'hazards':>8}{'kB':>8}{'made, s':>10}{'opened, s':>11}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for name, deployment, answer in answers():
            start = time.perf_counter()
            page = compose(deployment, answer).encode()
            made = time.perf_counter() - start
            path = Path(folder) / "report.html"
            path.write_bytes(page)
            opened = statistics.median(opened_s(browser, path) for _ in range(runs))
            size = len(page) / 1000
            print(f"{name:22}{len(answer.hazards):8}{size:8.0f}{made:10.2f}{opened:11.2f}")
        browser.close()


if __name__ == "__main__":
    main()
