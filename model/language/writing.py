"""Requests as a deployment file has them: what is printed here can be pasted under `requests:`."""

from __future__ import annotations

import json
import re

from ..deployment import Hop, Request

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./ -]*[A-Za-z0-9_]|[A-Za-z0-9_]")
_NULL = "null"
_WORDS = frozenset({_NULL, "true", "false", "yes", "no", "on", "off"})


def write_request(request: Request, indent: int = 2) -> str:
    """The request's lines, its name `indent` columns in; reading them gives the same request."""
    margin = " " * indent
    hops = [f"{margin}  - {write_hop(hop)}" for hop in request.hops]
    return "\n".join([f"{margin}{write_title(request.name)}:", *hops])


def write_hop(hop: Hop) -> str:
    """The hop as a mapping of one key, as it stands behind `- `."""
    head, tail = _halves(hop)
    return f"{_scalar(head)}: {_scalar(tail)}"


def write_title(name: str) -> str:
    """The name of a request or a step, as a key or a line."""
    return _scalar(name)


def write_scalar(text: str) -> str:
    """A text as a scalar of YAML that stands in any place, in flow too."""
    plain = _PLAIN.fullmatch(text) and text[0].isalpha() and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=not text.isprintable())


def _halves(hop: Hop) -> tuple[str, str]:
    return hop.head, str(hop).removeprefix(f"{hop.head}: ")


def _scalar(text: str) -> str:
    """The text as a YAML scalar: plain where that is safe, in JSON's quotes elsewhere.

    JSON writes control characters and lone surrogates as escapes that YAML knows, but leaves those
    above U+007E as they are; what YAML refuses among them, no name can contain.
    """
    if _PLAIN.fullmatch(text) and text.lower() != _NULL:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
