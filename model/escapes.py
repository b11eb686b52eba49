"""Text of a user's as it may be shown: nothing in it acts on a terminal, a log, or what reads logs."""

from __future__ import annotations

import re
import unicodedata

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (among them those that turn the direction of text), lone surrogates, line ends."""

_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\uffa0\U000e0000-\U000e0fff]")
"""Letters and marks that Unicode calls ignorable: they have no width, or a blank one."""

_SELECTOR = re.compile("[\ufe00-\ufe0f]")
"""Chooses the look of the character before it; behind any but a pictograph it cannot be seen."""

_COMMAND = re.compile(r"^(\s*):(?=:)")
"""At the beginning of a line GitHub's runner takes `::name::` for a command."""

_OLD_COMMAND = re.compile(r"#(?=#\w*\[)")
"""Anywhere in a line runners take `##[name]`, `##vso[name]` and `##teamcity[name]` for commands."""


def make_printable(text: str) -> str:
    r"""`text` with every character that could act on a terminal or a drawing, or hide there, as an escape.

    >>> print(make_printable("a\x1b[31mb\u202e"))
    a\x1b[31mb\u202e
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        write_escape(char) if _is_harmful(char, before) else char
        for before, char in zip(" " + text, text, strict=False)
    )


def write_escape(char: str) -> str:
    """The character as Python writes it in a text."""
    return char.encode("ascii", "backslashreplace").decode("ascii") if ord(char) > 127 else ascii(char)[1:-1]


def _is_harmful(char: str, before: str) -> bool:
    if unicodedata.category(char) in _UNPRINTABLE or _UNSEEN.match(char):
        return True
    return _SELECTOR.match(char) is not None and unicodedata.category(before) != "So"


def make_words_harmless(text: str) -> str:
    """Text that stands somewhere in a line, behind what begins it."""
    return _OLD_COMMAND.sub(r"\\x23", make_printable(text))


def make_line_harmless(text: str) -> str:
    r"""One line that is fit for a terminal and for the log of a runner, whatever stands in it.

    >>> print(make_line_harmless("::error::a\nb"))
    \x3a:error::a\nb
    """
    return _COMMAND.sub(r"\1\\x3a", make_words_harmless(text))


def make_harmless(text: str) -> str:
    """Lines that are fit for a terminal and for the log of a runner; of what acts there only their ends and
    tabs stay."""
    lines = ("\t".join(map(make_words_harmless, line.split("\t"))) for line in text.split("\n"))
    return "\n".join(_COMMAND.sub(r"\1\\x3a", line) for line in lines)
