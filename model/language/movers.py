"""Of several pipelines that run at once no two move the same thing: nothing says which goes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..deployment import Action, Instruction, Step
from ..names import Place
from .components import Components
from .reader import Reader, Word, quote

Moved = tuple[str, str, str | None]
"""What an action moves: `instances` or `schema`, whose, and of a store which subject (None: all)."""

_WHAT: dict[Instruction, str] = {
    Instruction.DEPLOY: "instances",
    Instruction.PROMOTE: "instances",
    Instruction.ROLLBACK: "instances",
    Instruction.SCALE: "instances",
    Instruction.MIGRATE: "schema",
    Instruction.RECONFIGURE: "schema",
    Instruction.REVERT: "schema",
    Instruction.SYNC: "content",
    Instruction.BACKFILL: "content",
    Instruction.PURGE: "content",
    Instruction.EXPIRE: "content",
    Instruction.SUSPEND: "jobs",
    Instruction.RESUME: "jobs",
    Instruction.ENABLE: "flag",
    Instruction.DISABLE: "flag",
}
"""`drain` and `await` move nothing."""


def check_movers(reader: Reader, components: Components, steps: Iterable[Step]) -> None:
    """Reports each action that moves what another pipeline moves; rollbacks belong to their pipelines."""
    first: dict[Moved, tuple[str, Action]] = {}
    for step in steps:
        for action in step.actions if step.pipeline is not None else ():
            for moved in _list_moved(components, action):
                other = next((by for known, by in first.items() if _overlap(known, moved)), None)
                if other is None:
                    first[moved] = str(step.pipeline), action
                elif other[0] != step.pipeline:
                    _report(reader, moved, str(step.pipeline), action, other)


def _list_moved(components: Components, action: Action) -> Iterator[Moved]:
    what = _WHAT.get(action.instruction)
    for target in action.targets if what is not None else ():
        yield str(what), target.name, target.subject
        component = components.by_name.get(target.name)
        if action.instruction is Instruction.DEPLOY and component is not None:
            yield from (("schema", database, None) for database in component.migrates)


def _overlap(one: Moved, other: Moved) -> bool:
    return one[:2] == other[:2] and (one[2] == other[2] or None in (one[2], other[2]))


def _report(reader: Reader, moved: Moved, pipeline: str, action: Action, other: tuple[str, Action]) -> None:
    what, name, subject = moved
    whose = quote(name if subject is None else f"{name}/{subject}")
    told = f"the flag {whose}" if what == "flag" else f"the {what} of {whose}"
    message = f"{quote(pipeline)} and {quote(other[0])} both move {told}, and nothing says which goes first"
    text = str(action)
    at = Word(text, action.place or Place("", 1, 1), len(text), False)
    line = f" (line {other[1].place.line})" if other[1].place else ""
    reader.report("moved-twice", message, at, f"leave it to `{other[1]}`{line}, or put both in one pipeline")
