"""axe-core, run over the report as it is opened and while a story plays."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import PHONE, WIDE, Open

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def serious_faults(page: Page) -> list[Any]:
    page.evaluate(f"() => {{ {AXE} }}")
    violations = page.evaluate("axe.run(document).then(found => found.violations)")
    return [
        (fault["id"], [node["html"] for node in fault["nodes"]][:3], fault["nodes"][0]["failureSummary"])
        for fault in violations
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_no_serious_fault_in_an_unsafe_report(
    visit: Open, reports: Callable[[str], Path], size: tuple[int, int], scheme: str
) -> None:
    page = visit(reports("realistic"), size, color_scheme=scheme)
    assert serious_faults(page) == []
    page.locator(".controls input").fill("2")
    assert serious_faults(page) == []


@pytest.mark.parametrize(
    ("release", "size", "scheme"),
    [
        ("pessimistic", PHONE, "light"),
        ("pessimistic", WIDE, "dark"),
        ("compatible", PHONE, "dark"),
        ("compatible", WIDE, "light"),
        ("unknown", WIDE, "dark"),
        ("unknown", PHONE, "light"),
    ],
)
def test_no_serious_fault_in_other_reports(
    visit: Open, reports: Callable[[str], Path], release: str, size: tuple[int, int], scheme: str
) -> None:
    assert serious_faults(visit(reports(release), size, color_scheme=scheme)) == []


def test_axe_finds_a_fault_that_is_there(visit: Open, reports: Callable[[str], Path]) -> None:
    page = visit(reports("compatible"))
    page.evaluate("document.body.append(document.createElement('button'))")
    assert [fault for fault, *_ in serious_faults(page)] == ["button-name"]
