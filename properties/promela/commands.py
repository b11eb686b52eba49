"""Events as guarded commands: those that do the same to different values become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from ...model.compiler.system import Event, EventKind, Guard, System, Value
from ...model.names import VariableKey
from .encoding import Axis, AxisEncoding, AxisKind, Vector


class GuardedCommand(Struct, frozen=True):
    """`guard -> updates`, the statements of one indivisible step; `texts` are what the events say."""

    kind: EventKind
    owner: str
    hop: int | None
    texts: tuple[str, ...]
    guard: Guard
    updates: tuple[str, ...]


def build_commands(system: System, encodings: Mapping[VariableKey, AxisEncoding]) -> list[GuardedCommand]:
    """The events of the system, in their order, merged where one guard can say it for several."""
    found = [_command(event, encodings) for event in system.events]
    names = [variable.key for variable in system.variables]
    while len(merged := _merged_over(names, found)) < len(found):
        found = merged
    return found


def _command(event: Event, encodings: Mapping[VariableKey, AxisEncoding]) -> GuardedCommand:
    updates = [
        update
        for name, value in event.effect.items()
        for update in _updates(encodings[name], event.guard.get(name, frozenset()), value)
    ]
    return GuardedCommand(event.kind, event.owner, event.hop, (event.text,), event.guard, tuple(updates))


def _updates(encoding: AxisEncoding, before: frozenset[Value], after: Value) -> Iterable[str]:
    """What is assigned; relative to the value before where the guard fixes it."""
    reached = encoding.vectors[after]
    if len(before) != 1:
        return [_assign(axis, code) for axis, code in zip(encoding.axes, reached, strict=True)]
    (value,) = before
    return _steps(encoding.axes, encoding.vectors[value], reached)


def _steps(axes: tuple[Axis, ...], here: Vector, there: Vector) -> Iterable[str]:
    for axis, old, new in zip(axes, here, there, strict=True):
        if old == new:
            continue
        if axis.kind is AxisKind.COUNT and abs(new - old) == 1:
            yield f"{axis.name}{'++' if new > old else '--'}"
        else:
            yield _assign(axis, new)


def _assign(axis: Axis, code: int) -> str:
    return f"{axis.name} = {axis.code(code)}"


def _merged_over(names: list[VariableKey], found: list[GuardedCommand]) -> list[GuardedCommand]:
    for name in names:
        order: list[list[GuardedCommand]] = []
        rows: dict[object, list[GuardedCommand]] = {}
        for command in found:
            if name not in command.guard:
                order.append([command])
                continue
            row = rows.setdefault(_but_for(name, command), [])
            if not row:
                order.append(row)
            row.append(command)
        found = [row[0] if len(row) == 1 else _merged(name, row) for row in order]
    return found


def _but_for(name: VariableKey, command: GuardedCommand) -> object:
    """All that must be equal for two commands to differ in the values of one variable only."""
    guard = frozenset(item for item in command.guard.items() if item[0] != name)
    return command.kind, command.owner, command.hop, guard, command.updates


def _merged(name: VariableKey, row: list[GuardedCommand]) -> GuardedCommand:
    first = row[0]
    allowed = frozenset[Value]().union(*(command.guard[name] for command in row))
    guard = {**first.guard, name: allowed}
    return GuardedCommand(first.kind, first.owner, first.hop, _texts(row), guard, first.updates)


def _texts(row: list[GuardedCommand]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for command in row for text in command.texts))
