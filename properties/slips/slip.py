"""One slip, as a value."""

from __future__ import annotations

from msgspec import Struct

from ...model.codes import MessageCode, find_code
from ...model.names import Place


class Slip(Struct, frozen=True):
    """What is said without effect, or against what is likely meant: `word` is that of its code, `subject`
    what it is about, `text` says it and `fix` what to write instead, both in words."""

    word: str
    subject: str
    text: str
    place: Place | None
    fix: str

    @property
    def code(self) -> MessageCode:
        return find_code(self.word)
