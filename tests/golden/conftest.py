"""The golden files: compared by default, written anew with `--golden-write`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

FILES = Path(__file__).parent / "files"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden-write", action="store_true", help="write the golden files anew instead of comparing"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """A check that `text` is what the golden file of that name holds."""
    writes = request.config.getoption("--golden-write", default=False)

    def check(name: str, text: str) -> None:
        path = FILES / name
        if writes:
            FILES.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text, f"{name} differs; `make golden` writes it anew"

    return check
