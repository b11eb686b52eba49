"""Whether a name fits a pattern of a stranger: an expression that could take for ever is not tried."""

from __future__ import annotations

import re
from functools import lru_cache

from ..sides import UnjudgedError

MAX_LENGTH = 100
"""Of a pattern, and of a name that is held against one."""
_MAX_WILD = 12
"""Of a name that is held against a pattern which may take exponential time."""

ANYTHING = frozenset({"", ".*", "^.*$", "^.*", ".*$", "[\\s\\S]*", "^[\\s\\S]*$"})
"""Patterns that every text fits."""

_PREFIX = re.compile(r"\^([A-Za-z0-9_ :/#@-]*)")
_GROUP_REPEATED = re.compile(r"\)[*+{]")
_QUANTIFIER = re.compile(r"(?<!\\)[*+{]")
_FOREIGN = re.compile(r"\\[pPkKcuxAZzGQE1-9]|\(\?(?!:)")
"""What ECMA-262 and Python read in two ways, or one of them does not know; and references to groups."""


class UntriedPatternError(UnjudgedError):
    """Whether a name fits a pattern is not known."""


def fits_pattern(name: str, pattern: str) -> bool:
    """Whether a name fits, somewhere in it, as `patternProperties` asks (JSON Schema 2020-12, 10.3.2.2).

    Raises `UntriedPatternError`: with two quantifiers at most, none of them at a group, a match takes at
    most cubic time; others are tried at short names alone.
    """
    is_short = len(name) <= (MAX_LENGTH if _is_tame(pattern) else _MAX_WILD)
    if not is_short or len(pattern) > MAX_LENGTH or _FOREIGN.search(pattern):
        raise UntriedPatternError(f"whether `{name[:60]}` fits the pattern `{pattern[:60]}` is not tried")
    try:
        return re.search(_translate(pattern), name) is not None
    except re.error:
        raise UntriedPatternError(f"`{pattern[:60]}` is no pattern") from None


@lru_cache(maxsize=1_000)
def _is_tame(pattern: str) -> bool:
    return not _GROUP_REPEATED.search(pattern) and len(_QUANTIFIER.findall(pattern)) <= 2


def _translate(pattern: str) -> str:
    """`$` means the very end in ECMA-262, and `\\d` and its like have ASCII alone."""
    return "(?a)" + re.sub(r"(?<!\\)\$", r"\\Z", pattern)


def covers(wide: str, narrow: str) -> bool:
    """Whether each name of one pattern surely fits another one."""
    prefix = _find_prefix(wide)
    if wide in ANYTHING or wide == narrow:
        return True
    return prefix is not None and wide == f"^{prefix}" and (_find_prefix(narrow) or "").startswith(prefix)


def are_apart(one: str, other: str) -> bool:
    """Whether surely no name fits both patterns: they begin in two ways."""
    begins = [_find_prefix(pattern) for pattern in (one, other)]
    if None in begins:
        return False
    short, long_ = sorted(map(str, begins), key=len)
    return not long_.startswith(short)


def _find_prefix(pattern: str) -> str | None:
    """The text with which each name of a pattern begins; None where nothing is known of it."""
    found = _PREFIX.match(pattern)
    if found is None or "|" in pattern:
        return None
    text, after = found[1], pattern[found.end() :]
    return text[:-1] if after[:1] in ("*", "?", "+", "{") else text
