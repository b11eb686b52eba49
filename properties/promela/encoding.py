"""A variable's values as numbers that a person can read: counters, bits, and named choices.

The kernel's variables have states of machines as values. Promela gets what those states mean: how
many instances of each version serve, which forms lie in a store, which moves have ended. Where a
meaning does not tell all values apart, or none is known, the variable is a choice of named values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import NamedTuple

from msgspec import Struct

from ...model.compiler.life_variables import Standing
from ...model.compiler.space import show_value
from ...model.compiler.system import Value, Variable
from ...model.compiler.variables import Vocabulary
from ...model.names import (
    PIPELINE,
    REQUEST,
    WATCHED,
    Contract,
    VariableKey,
    VariableKind,
    instances_of,
    is_pipeline,
)
from .names import Identifiers

Vector = tuple[int, ...]
"""What one value is on each axis of its variable."""


class AxisKind(Enum):
    """How an axis is declared and spoken of."""

    COUNT = auto()
    BIT = auto()
    ORDER = auto()
    """Named values that follow each other: versions, the pipeline's positions."""
    CHOICE = auto()


class Axis(Struct, frozen=True):
    """One Promela variable: its name, the codes that occur (ascending), and their constants."""

    name: str
    kind: AxisKind
    codes: tuple[int, ...]
    constants: Mapping[int, str]
    note: str

    def code(self, code: int) -> str:
        """The code as it is written."""
        return self.constants.get(code, str(code))


class AxisEncoding(Struct, frozen=True):
    """A variable of the kernel as axes; `vectors` tells its values apart."""

    variable: Variable
    axes: tuple[Axis, ...]
    vectors: Mapping[Value, Vector]


class NamedConstant(NamedTuple):
    """A named value: what it is written for, and what a person calls it."""

    code: int
    note: str


class Encoder:
    """Encodes the variables of one deployment; equal constants are defined once."""

    def __init__(self, vocabulary: Vocabulary, notes: Mapping[VariableKey, str]) -> None:
        """`notes` says of variables what they stand for."""
        self._vocabulary = vocabulary
        self._versions = vocabulary.deployment.versions
        self._notes = notes
        self._names = Identifiers()
        self.constants: dict[str, NamedConstant] = {}
        self._none = self._constant("NONE", 0, "none")
        self._version = {
            v: self._constant(f"VERSION {v}", n, v) for n, v in enumerate(self._versions, start=1)
        }

    def name(self, text: str) -> str:
        """An identifier of the model's own that nothing else has."""
        return self._names.fresh(text)

    def encode(self, variable: Variable) -> AxisEncoding:
        """The variable by its meaning; by a choice of its values where that does not tell them apart."""
        columns = self._columns(variable)
        vectors = {value: tuple(column[value] for _, column in columns) for value in variable.domain}
        if len(set(vectors.values())) < len(vectors):
            columns = [self._choice(variable, {value: _told(value) for value in variable.domain})]
            vectors = {value: (columns[0][1][value],) for value in variable.domain}
        return AxisEncoding(variable, tuple(axis for axis, _ in columns), vectors)

    def _constant(self, text: str, code: int, note: str) -> str:
        name = self._names.fresh(text.upper())
        self.constants[name] = NamedConstant(code, note)
        return name

    def _columns(self, variable: Variable) -> list[tuple[Axis, dict[Value, int]]]:
        """Each axis with the code that each value has on it."""
        vocabulary, domain = self._vocabulary, variable.domain
        standings = [value for value in domain if isinstance(value, Standing)]
        if len(standings) < len(domain):
            return [self._plain(variable)]
        ended = sorted(frozenset[int]().union(*(value.ended for value in standings)))
        return [*self._states(variable, standings), *(self._ended(vocabulary, domain, n) for n in ended)]

    def _plain(self, variable: Variable) -> tuple[Axis, dict[Value, int]]:
        numbers: dict[Value, int] = {value: value for value in variable.domain if isinstance(value, int)}
        if len(numbers) < len(variable.domain):
            return self._choice(variable, {value: _told(value) for value in variable.domain})
        note = self._notes.get(variable.key, str(variable.key))
        return _count(self.name(_called(variable.key)), numbers, note)

    def _states(self, variable: Variable, values: list[Standing]) -> Iterable[tuple[Axis, dict[Value, int]]]:
        vocabulary, key = self._vocabulary, variable.key
        if key.kind is VariableKind.INSTANCES:
            return self._counters(key.owner, values)
        if key.kind is VariableKind.CONTENT and all(value.state in vocabulary.forms.held for value in values):
            return [self._form(key.contract, values, version) for version in self._versions]
        return [self._choice(variable, {value: value.state for value in values})]

    def _counters(self, component: str, values: list[Standing]) -> Iterable[tuple[Axis, dict[Value, int]]]:
        counts = self._vocabulary.rollouts[component].counts
        for version in self._versions:
            found: dict[Value, int] = {value: counts[value.state].get(version, 0) for value in values}
            yield _count(
                self.name(f"{instances_of(component)} {version}"),
                found,
                f"instances of {component} {version}",
            )

    def _form(
        self, contract: Contract, values: list[Standing], version: str
    ) -> tuple[Axis, dict[Value, int]]:
        held = self._vocabulary.forms.held
        axis = _bit(self.name(f"holds {contract} {version}"), f"{contract} holds form {version}")
        return axis, {value: int(version in held[value.state]) for value in values}

    def _ended(
        self, vocabulary: Vocabulary, domain: Iterable[Value], number: int
    ) -> tuple[Axis, dict[Value, int]]:
        told = next((m for m in vocabulary.moves if m.number == number), None)
        what = f"{told.instruction} {told.subject}" if told else f"move {number}"
        axis = _bit(self.name(f"ended {number} {what}"), f"this move has ended: {what}")
        return axis, {v: int(number in v.ended) for v in domain if isinstance(v, Standing)}

    def _choice(self, variable: Variable, told: Mapping[Value, str]) -> tuple[Axis, dict[Value, int]]:
        """Versions have the same constants everywhere; other values constants of their variable."""
        key = variable.key
        kind, codes, constants = AxisKind.ORDER, dict[Value, int](), dict[int, str]()
        for number, (value, text) in enumerate(told.items()):
            if {*told.values()} <= {str(None), *self._versions}:
                constant = self._version.get(text, self._none)
            elif is_pipeline(key):
                constant = self._constant(f"AT {text.partition(':')[0]}", number, text)
            else:
                kind, constant = AxisKind.CHOICE, self._constant(f"{key} {text}", number, text)
            codes[value] = self.constants[constant].code
            constants[codes[value]] = constant
        note = self._notes.get(key, str(key))
        return Axis(self.name(_called(key)), kind, tuple(sorted({*codes.values()})), constants, note), codes


def _called(key: VariableKey) -> str:
    """Our own words begin the names of most variables; the others get one."""
    own = {PIPELINE: "stands at", REQUEST: "hops done", WATCHED: "is watched"}
    if is_pipeline(key) and key != PIPELINE:
        return f"{key.owner} stands at"
    return own.get(key, str(key) if key.subject is not None else f"value of {key}")


def _told(value: Value) -> str:
    """A value with all that it holds, where that is more than a state."""
    ended = f" ended {sorted(value.ended)}" if isinstance(value, Standing) and value.ended else ""
    return show_value(value) + ended


def _count(name: str, found: Mapping[Value, int], note: str) -> tuple[Axis, dict[Value, int]]:
    return Axis(name, AxisKind.COUNT, tuple(sorted({*found.values()})), {}, note), dict(found)


def _bit(name: str, note: str) -> Axis:
    return Axis(name, AxisKind.BIT, (0, 1), {}, note)
