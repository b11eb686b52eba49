"""The text of a deployment file, and how it is read."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from msgspec import Struct

from ...model.deployment import Deployment


class Load(Protocol):
    """Reads a text as the file was read: with the same second file (unless another text is given for it), and
    so on."""

    def __call__(self, text: str, *, changes: str | None = None) -> Deployment: ...


class EditedSource(Struct, frozen=True):
    """The text of a deployment file, how it is read, and the text and the name of its second file, if it has
    one."""

    text: str
    load: Load
    changes: str | None = None
    second: str = ""

    def edited(self, text: str, changes: str | None) -> EditedSource:
        """The same files with other texts; None: the second stays as it was."""
        if changes is None:
            return EditedSource(text, self.load, self.changes, self.second)
        return EditedSource(text, partial(self.load, changes=changes), changes, self.second)
