"""Numbers of any size, for reading."""

from __future__ import annotations

import pytest

from skewproof.model.resources.figures import write_figure


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1"),
        (15_422_400, "15,422,400"),
        (999_999_999, "999,999,999"),
        (1_000_000_000, "1.0e9"),
        (1_234_567_890, "1.2e9"),
        (9_960_000_000, "1.0e10"),
    ],
)
def test_figure(number: int, text: str) -> None:
    assert write_figure(number) == text


def test_figure_of_more_digits_than_python_prints() -> None:
    assert write_figure(10**6000) == "1.0e6000"
