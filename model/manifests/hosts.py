"""Addresses in texts: which hosts a variable, an argument or a file of settings names."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_SCANNED = 200_000
"""Characters of one text; a longer one is a file that nobody means as an address."""

_URL = re.compile(
    r"(?<![\w.+-])[a-z][a-z0-9+.-]{0,30}://(?:[^/@\s]{0,300}@)?([A-Za-z0-9][\w.-]{0,250})", re.I
)
_PORT = re.compile(r"(?<![\w.@/-])([A-Za-z0-9][\w.-]{0,250}):[0-9]{1,5}(?![\w.])")
_BEHIND_LOGIN = re.compile(r"@([A-Za-z0-9][\w.-]{0,250}):[0-9]{1,5}(?![\w.])")
_IN_BRACKETS = re.compile(r"@(?:tcp|udp)\(([A-Za-z0-9][\w.-]{0,250})")
_PAIR = re.compile(
    r"(?:^|[;,\s?&])(?:host|server|data source|addr|address|endpoint|bootstrap\.servers)\s{0,5}=\s{0,5}"
    r"([A-Za-z0-9][\w.-]{0,250})",
    re.I,
)
_PATTERNS = (_URL, _PORT, _BEHIND_LOGIN, _IN_BRACKETS, _PAIR)
_BARE = re.compile(r"[A-Za-z0-9][\w.-]{0,250}(?:\s{0,5},\s{0,5}[A-Za-z0-9][\w.-]{0,250}){0,50}")
_ADDRESS = (
    "host hosts hostname addr addrs address addresses url urls uri uris endpoint endpoints server servers "
    "broker brokers upstream upstreams dsn target backend peer peers node nodes origin domain proxy "
    "bootstrap connection gateway"
)
_WORDS = frozenset(_ADDRESS.split())
_GLUED = re.compile(r"([a-z]{2,40}?)(host|url|uri|dsn)")
"""`PGHOST`, `DBURL`."""
_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_OWN = frozenset({"localhost", "host", "hostname"})
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


def list_hosts(name: str, value: str) -> Iterator[str]:
    """The hosts that a value names; a bare word is one only if the name of the variable says so.

    >>> list(list_hosts("DB_URL", "postgres://u:p@db/shop")), list(list_hosts("CART", "cart:7070"))
    (['db'], ['cart'])
    >>> list(list_hosts("FLAGD_HOST", "flagd")), list(list_hosts("SERVICE_NAME", "cart"))
    (['flagd'], [])
    """
    text = value.strip()
    if len(text) > MAX_SCANNED:
        return
    for pattern in _PATTERNS:
        yield from (found[1] for found in pattern.finditer(text))
    if _BARE.fullmatch(text) and says_address(name):
        yield from (part.strip() for part in text.split(","))


def list_local_hosts(name: str, value: str) -> Iterator[str]:
    """The hosts of an address that have no domain: they must be somewhere beside who names them."""
    if says_address(name) and len(value) <= MAX_SCANNED:
        for pattern in (_URL, _PORT):
            for found in pattern.finditer(value.strip()):
                if _LOCAL.fullmatch(found[1]) and found[1].lower() not in _OWN:
                    yield found[1]
    bare = value.strip()
    if "host" in list_words(name) and _LOCAL.fullmatch(bare) and bare.lower() not in _OWN:
        yield bare


def says_address(name: str) -> bool:
    """Whether a variable is called as one that holds an address (`API_URL`, `PGHOST`)."""
    return bool(_WORDS & list_words(name))


def list_words(name: str) -> set[str]:
    """The words of a variable's name, in small letters; what libpq and others write as one counts as two."""
    words = {word.lower() for word in _SPLIT.split(name[:300])}
    glued = [found for word in words if (found := _GLUED.fullmatch(word))]
    return words.union(*(found.groups() for found in glued))
