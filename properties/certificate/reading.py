"""Reads the parts of a certificate: what is not exactly as it must be is refused."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from ...model.compiler.life_variables import Standing
from ...model.compiler.system import System, Value, Variable
from .diagram import NOT_LED_TO, Diagram, Edge, Node, find_flaw
from .rules import AwaitedState, CertificateRefusedError, Idle, InvariantState, Label, Labelled, Rank

SHAPE = {"variables", "levels", "labels"}
Spelled = str | int | None


def spell(value: Value) -> Hashable:
    """A variable's value as JSON has it: a text, a number or null."""
    if isinstance(value, Standing):
        ended = ", ".join(map(str, sorted(value.ended)))
        return f"{value.state}; ended: {ended}" if ended else value.state
    return value


class DiagramReader:
    """Reads diagrams. `values` has for each variable, by name, the values that edges name by their
    numbers."""

    def __init__(self, values: Mapping[str, tuple[Spelled, ...]]) -> None:
        self._values = values

    def diagram(self, given: Mapping[str, Any], system: System, where: str) -> Labelled:
        """The diagram of a claim or a part of progress."""
        by_name = {str(variable.key): variable for variable in system.variables}
        names = read_list(given["variables"], f"`variables` of {where}")
        known = [by_name[name] for name in names if isinstance(name, str) and name in by_name]
        if len(known) < len(names) or len(set(names)) < len(names):
            raise CertificateRefusedError(f"{where}: `variables` are not variables of the system, each once")
        levels = read_list(given["levels"], f"`levels` of {where}")
        if len(levels) != len(known):
            raise CertificateRefusedError(f"{where}: there is not a level for each variable")
        nodes: list[tuple[Node, ...]] = []
        most, more = 1, f"{where}: {NOT_LED_TO}"  # what is too long is refused before it is read
        for variable, level in zip(known, levels, strict=True):
            bits, told = self._bits_of(variable), _read_at_most(most, level, more)
            nodes.append(tuple(_read_node(variable, bits, one) for one in told))
            most = sum(map(len, nodes[-1]))
        labels = tuple(_read_label(one, where) for one in _read_at_most(most, given["labels"], more))
        if flaw := find_flaw(nodes, len(labels)):
            raise CertificateRefusedError(f"{where}: {flaw}")
        return Labelled(where, Diagram(tuple(known), tuple(nodes)), labels)

    def _bits_of(self, variable: Variable) -> list[int]:
        """For each value of the table its rank in the variable's domain, as a bit; 0 where it is not
        there."""
        ranks = {(type(spell(value)), spell(value)): rank for rank, value in enumerate(variable.domain)}
        told = self._values.get(str(variable.key), ())
        return [1 << ranks[type(value), value] if (type(value), value) in ranks else 0 for value in told]


def _read_at_most(most: int, given: object, more: str) -> list[Any]:
    told = read_list(given, "a level, a node or `labels`")
    if len(told) > most:
        raise CertificateRefusedError(more)
    return told


def _read_node(variable: Variable, bits: list[int], given: object) -> Node:
    more = f"a node has more edges than `{variable.key}` has values"
    edges = _read_at_most(len(variable.domain), given, more)
    return tuple(_read_edge(variable, bits, edge) for edge in edges)


def _read_edge(variable: Variable, bits: list[int], given: object) -> Edge:
    edge, found = read_list(given, "an edge"), 0
    if len(edge) != 2:
        raise CertificateRefusedError("an edge is no pair of values and a node")
    for one in read_list(edge[0], "the values of an edge"):
        ends = one if isinstance(one, list) and len(one) == 2 else (one, one)
        first, last = (read_number(end, "a value") for end in ends)
        chosen = bits[first : last + 1]
        if not chosen or last >= len(bits) or not all(chosen):
            raise CertificateRefusedError(f"`{variable.key}` cannot have the values {one!r:.80}")
        for bit in chosen:
            found |= bit
    return found, read_number(edge[1], "a node")


def read_values(given: object) -> dict[str, tuple[Spelled, ...]]:
    """The table of values, by the names of their variables. Raises `CertificateRefusedError`."""
    if not isinstance(given, dict):
        raise CertificateRefusedError("`values` is no mapping")
    told = {name: read_list(values, f"the values of `{name:.80}`") for name, values in given.items()}
    for name, values in told.items():
        if not all(value is None or type(value) in (str, int) for value in values):
            raise CertificateRefusedError(f"the values of `{name:.80}` are not texts, numbers or null")
    return {name: tuple(values) for name, values in told.items()}


def _read_label(given: object, where: str) -> Label:
    match read_list(given, f"a label of {where}"):
        case ["held"]:
            return InvariantState()
        case ["idle"]:
            return Idle()
        case ["goal", number]:
            return AwaitedState(read_number(number, "a goal"))
        case ["rank", rank, event]:
            return Rank(read_number(rank, "a rank"), read_number(event, "an event"))
        case _:
            raise CertificateRefusedError(f"{where}: what is no label: {given!r:.80}")


def read_mapping(given: object, what: str, keys: set[str]) -> Mapping[str, Any]:
    """The mapping, if it has these keys and no other. Raises `CertificateRefusedError`."""
    if not isinstance(given, dict) or set(given) != keys:
        raise CertificateRefusedError(
            f"{what} is no mapping of {', '.join(f'`{key}`' for key in sorted(keys))}"
        )
    return given


def read_list(given: object, what: str) -> list[Any]:
    """The list, if it is one. Raises `CertificateRefusedError`."""
    if not isinstance(given, list):
        raise CertificateRefusedError(f"{what} is no list")
    return given


def read_plain(given: object, what: str) -> str | int:
    """The text or number, if it is one; a truth value is none. Raises `CertificateRefusedError`."""
    if type(given) is not str and type(given) is not int:
        raise CertificateRefusedError(f"{what} is no text or number")
    return given


def read_number(given: object, what: str) -> int:
    """The number, if it is one from 0; a truth value is none, nor is 2.0. Raises
    `CertificateRefusedError`."""
    if type(given) is not int or given < 0:
        raise CertificateRefusedError(f"{what} is no number from 0: {given!r:.80}")
    return given
