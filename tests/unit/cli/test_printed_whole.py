"""A verdict is printed whole or not at all."""

from __future__ import annotations

import pytest

from skewproof.cli.page import Page
from skewproof.cli.render_text import printed_whole
from skewproof.cli.styled import Text
from skewproof.model.resources.limits import TimeLimitError


def test_what_is_all_there_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with printed_whole() as screen:
        Page(screen).line(Text("SAFE"))
        assert capsys.readouterr().out == ""
    assert capsys.readouterr().out == "SAFE\n"


def test_a_limit_on_the_way_leaves_no_half_of_a_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    def tell() -> None:
        with printed_whole() as screen:
            Page(screen).line(Text("SAFE"))
            raise TimeLimitError

    with pytest.raises(TimeLimitError):
        tell()
    assert capsys.readouterr().out == ""


def test_a_terminal_has_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with printed_whole() as screen:
        Page(screen).line(Text().append("SAFE", "bold green").append(" 1"))
    assert capsys.readouterr().out == "\x1b[1;32mSAFE\x1b[0m 1\n"
