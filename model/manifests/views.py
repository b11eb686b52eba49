"""Values of a foreign document: a view that never fails where something is missing or of another type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from ..language.document import Mapping, Scalar, Sequence, YamlNode
from ..names import Place

_INTEGER = re.compile(r"[0-9]{1,9}")
_TRUE = frozenset({"true", "True", "TRUE", "yes", "on"})


class View(Struct, frozen=True):
    """A value, or nothing; `above` is where to point if it is nothing."""

    node: YamlNode | None
    above: Place

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.node.place if self.node is not None else self.above

    @property
    def is_there(self) -> bool:
        return self.node is not None and not (isinstance(self.node, Scalar) and self.node.is_null)

    def at(self, *keys: str) -> View:
        """What stands below the keys."""
        view = self
        for key in keys:
            view = view._child(key)
        return view

    def _child(self, name: str) -> View:
        for key, value in self.node.entries if isinstance(self.node, Mapping) else ():
            if key.text == name:
                return View(value, key.place)
        return View(None, self.place)

    def entries(self) -> Iterator[tuple[Scalar, View]]:
        """The keys and values of a mapping; none of anything else."""
        for key, value in self.node.entries if isinstance(self.node, Mapping) else ():
            yield key, View(value, key.place)

    def items(self) -> Iterator[View]:
        """The members of a list; none of anything else."""
        for value in self.node.items if isinstance(self.node, Sequence) else ():
            yield View(value, value.place)

    @property
    def text(self) -> str | None:
        """The text of a scalar that is not null."""
        return self.node.text if isinstance(self.node, Scalar) and not self.node.is_null else None

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, Sequence)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, Mapping)

    @property
    def integer(self) -> int | None:
        """A number from 0 on that is written as one."""
        return int(self.text) if self.text is not None and _INTEGER.fullmatch(self.text) else None

    @property
    def is_true(self) -> bool:
        return self.text in _TRUE

    def texts(self) -> Iterator[tuple[str, Place]]:
        """A text, or the texts of a list."""
        for view in (self, *self.items()):
            if view.text is not None:
                yield view.text, view.place

    def walk(self) -> Iterator[View]:
        """Itself and all below, in the order of the file; documents have a limited depth."""
        yield self
        for _, value in self.entries():
            yield from value.walk()
        for value in self.items():
            yield from value.walk()
