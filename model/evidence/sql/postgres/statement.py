"""One statement of PostgreSQL, and where it stands."""

from __future__ import annotations

from msgspec import Struct

from ...judgement import Spot
from ..operations import Lasting, Opaque
from .expressions import Told


class PostgresStatement(Struct, frozen=True):
    """A statement between two bytes of a text in UTF-8."""

    source: bytes
    file: str
    begin: int
    length: int

    def spot(self, told: Told | None = None) -> Spot:
        """The line of a part, or of the statement's first word."""
        at = int((told or {}).get("location", -1))
        at = self._find_start() if at < 0 else at
        return Spot(self.file, self.source.count(b"\n", 0, at) + 1)

    def _find_start(self) -> int:
        """Where the first word stands."""
        at = self.begin
        while at < len(self.source) and self.source[at : at + 1].isspace():
            at += 1
        while self.source[at : at + 2] == b"--":  # a comment belongs to no statement
            end = self.source.find(b"\n", at)
            at = len(self.source) if end < 0 else end + 1
            while at < len(self.source) and self.source[at : at + 1].isspace():
                at += 1
        return at

    @property
    def text(self) -> str:
        """What is written, without what stands around it."""
        end = self.begin + self.length if self.length else len(self.source)
        return self.source[self._find_start() : end].decode("utf-8", "replace").strip()

    def opaque(self, what: str, table: str | None = None, lasting: Lasting = Lasting.CHANGED) -> Opaque:
        """The statement as one of which no rule knows what it does."""
        return Opaque(what, self.text, table, self.spot(), lasting)

    def rights(self, what: str, table: str | None, lasting: Lasting) -> Opaque:
        """The statement as one about who may do what."""
        return Opaque(what, self.text, table, self.spot(), lasting, is_about_rights=True)
