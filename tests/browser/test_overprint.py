"""Every picture in a browser that has one family of fonts: no text over another, none out of its box."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.overprint import TOO_WIDE, overprints


@pytest.mark.parametrize("shape", ["realistic", "star", "chain", "mesh", "boutique", "long", "hostile"])
def test_no_text_stands_over_another_or_leaves_its_box(
    lone_font: Browser, drawn: Callable[[str], list[Path]], shape: str
) -> None:
    page = lone_font.new_page(reduced_motion="reduce")
    pictures = drawn(shape)
    assert len(pictures) > 5
    faults = {path.name: overprints(page, path.read_text(encoding="utf-8")) for path in pictures}
    page.close()
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_text_that_is_wider_than_its_room_is_seen(lone_font: Browser) -> None:
    page = lone_font.new_page()
    found = overprints(page, TOO_WIDE)
    page.close()
    assert any("stands over other" in fault for fault in found)
    assert any("leaves its box" in fault for fault in found)
