"""Which statements of a file have an effect: what is rolled back has none.

Source: PostgreSQL documentation, ROLLBACK, SAVEPOINT, ROLLBACK TO SAVEPOINT, PREPARE TRANSACTION.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .operations import Opaque, Operation


@dataclass
class Transaction:
    """What a file has done so far; `begun` is where in it an open transaction begins (None: none is open)."""

    done: list[Operation] = field(default_factory=list)
    begun: int | None = None
    points: list[tuple[str, int]] = field(default_factory=list)

    def end(self, at_end: Opaque) -> list[Operation]:
        """All that was done. Whether what is still open at the end of a file ever has an effect is not
        known."""
        return self.done if self.begun is None else [*self.done, at_end]

    def control(self, kind: str, name: str, unknown: Opaque) -> None:
        """Takes in a statement about transactions; `unknown` is what it is where nobody knows its effect."""
        match kind.removeprefix("TRANS_STMT_"):
            case "BEGIN" | "START":
                self._begin()
            case "COMMIT":
                self._close()
            case "ROLLBACK" if self.begun is not None:
                del self.done[self.begun :]
                self._close()
            case "SAVEPOINT":
                self.points.append((name, len(self.done)))
            case "RELEASE" if self._find(name) is not None:
                del self.points[self._find(name) :]
            case "ROLLBACK_TO" if (found := self._find(name)) is not None:
                del self.done[self.points[found][1] :]
                del self.points[found + 1 :]
            case _:
                self.done.append(unknown)
                self._close()

    def _begin(self) -> None:
        self.begun = len(self.done) if self.begun is None else self.begun

    def _close(self) -> None:
        self.begun = None
        self.points.clear()

    def _find(self, name: str) -> int | None:
        """The latest point of that name."""
        names = [one for one, _ in self.points]
        return max((index for index, one in enumerate(names) if one == name), default=None)
