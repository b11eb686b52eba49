"""The engines by name, each imported when it is asked for: the help and wrong input need none of them.

A new engine is a module with an `ENGINE` (`protocol.Engine`), and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct

from ...model.errors import SkewproofError

if TYPE_CHECKING:
    from .protocol import Engine

AUTO = "auto"
"""The choice among them."""


class Registered(Struct, frozen=True):
    """Where an engine is, and in a line what it is."""

    module: str
    summary: str


ENGINES: Mapping[str, Registered] = {
    "slice": Registered(
        ".slicing.engine",
        "each hop in the part of the deployment that it depends on; cost linear in the hops",
    ),
    "reference": Registered(".reference", "every state, listed; obviously right, and slow"),
    "symbolic": Registered(".symbolic.engine", "sets of states as decision diagrams; needs oxidd"),
}


class UnknownEngineError(SkewproofError, LookupError):
    """There is no engine of that name; the message names those that there are."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no engine {self.name!r}; there are {', '.join((AUTO, *ENGINES))}"


def engine(name: str) -> Engine:
    """The engine of this name, or the choice among them (`auto`). Raises `UnknownEngineError`."""
    if name != AUTO and name not in ENGINES:
        raise UnknownEngineError(name)
    module = ".choice" if name == AUTO else ENGINES[name].module
    found: Engine = import_module(module, __package__).ENGINE
    return found
