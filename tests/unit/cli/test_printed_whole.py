"""A verdict is printed whole or not at all."""

from __future__ import annotations

import pytest

from skewproof.cli.render_text import printed_whole
from skewproof.model.resources.limits import TimeLimitError


def test_what_is_all_there_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with printed_whole() as console:
        console.print("SAFE")
        assert capsys.readouterr().out == ""
    assert capsys.readouterr().out == "SAFE\n"


def test_a_limit_on_the_way_leaves_no_half_of_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    def tell() -> None:
        with printed_whole() as console:
            console.print("SAFE")
            raise TimeLimitError

    with pytest.raises(TimeLimitError):
        tell()
    assert capsys.readouterr().out == ""
