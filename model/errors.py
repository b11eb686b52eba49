"""What can be wrong with what skewproof is given: one base class, and problems with places."""

from __future__ import annotations

from collections.abc import Iterable

from .codes import find_code
from .escapes import make_printable
from .frozen import dataclass
from .names import Place

PRINTED_PROBLEMS = 50
"""So many problems are printed; the rest is counted."""

PRINTED_WIDTH = 160
"""So many columns of a source line are printed, those around the caret."""


class SkewproofError(Exception):
    """Base of every error that skewproof raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a deployment file: what, where, and how to mend it.

    `code` is a word, stable from release to release, and `number` its code in the table. `length` counts
    the characters of the offending text from `place` on, within its line. `place is None` if the file
    could not be read at all.
    """

    code: str
    message: str
    place: Place | None = None
    source_line: str | None = None
    length: int = 1
    fix: str | None = None

    @property
    def number(self) -> str:
        """As `SKW201`."""
        return str(find_code(self.code))


class InvalidDeploymentError(SkewproofError):
    """A deployment that means nothing; `problems` holds all that was found, by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        # An alias reads the same text more than once: the same problem is told once.
        self.problems = tuple(sorted(dict.fromkeys(problems), key=_position))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return render_problems(self.problems)


def render_problems(problems: tuple[Problem, ...], limit: int = PRINTED_PROBLEMS) -> str:
    """The text of up to `limit` problems, and a word on how many more there are."""
    texts = [render_problem(problem) for problem in problems[:limit]]
    if len(problems) > limit:
        texts.append(f"… and {len(problems) - limit:,} more")
    return "\n".join(texts)


def render_problem(problem: Problem) -> str:
    """The text of a problem: one line that says it, the source line and a caret line.

    >>> print(render_problem(Problem("unknown-verb", "unknown verb `cals`", Place("d.yaml", 9, 12),
    ...                              "    - glue cals zed: cart", 4, "did you mean `calls`?")))
    d.yaml:9:12: unknown verb `cals`; did you mean `calls`?
          - glue cals zed: cart
                 ^^^^
    """
    place = f"{problem.place}: " if problem.place else ""
    fix = f"; {problem.fix}" if problem.fix else ""
    head = f"{place}{problem.message}{fix}"
    if problem.place is None or problem.source_line is None:
        return head
    return f"{head}\n{_underlined(problem.source_line, problem.place.column - 1, problem.length)}"


def _underlined(line: str, start: int, length: int) -> str:
    """The source line with carets below; of a very long line only the part around them."""
    first = max(0, start - PRINTED_WIDTH // 2) if len(line) > PRINTED_WIDTH else 0
    shown = "".join(
        char if char == "\t" or (char.isprintable() and make_printable(char) == char) else "�"
        for char in line[first:][:PRINTED_WIDTH]
    )
    start -= first
    # Tabs stay tabs below, so that the carets stand under the text whatever a terminal makes of them.
    padding = "".join("\t" if char == "\t" else " " for char in shown[:start].ljust(start))
    carets = "^" * max(1, min(length, len(shown) - start))
    return f"  {shown}\n  {padding}{carets}"


def _position(problem: Problem) -> tuple[str, int, int, str]:
    place = problem.place or Place("", 0, 0)
    return place.file, place.line, place.column, problem.message
