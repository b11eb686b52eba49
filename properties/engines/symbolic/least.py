"""A state of the least grade in a set."""

from __future__ import annotations

from ....model.compiler.system import State
from ....model.names import VariableKey
from .encoding import Encoding
from .grades import NEVER, Grades
from .library import Bdd

Choices = list[tuple[int, Bdd]]
"""The values (ranks) that a variable can have at a node, with the node that each leads to."""


def find_least(encoding: Encoding, ladders: Grades, states: Bdd) -> State:
    """A state of the least grade in a set that has one.

    By dynamic programming down the diagram, a variable at a time: linear in the diagram's nodes
    times the values of a domain. A variable that the diagram does not ask for takes its initial
    value, whose grade is 0.
    """
    names = [name for name in encoding.manager.bits if name in encoding.ranks]
    below = _nodes(encoding, names, states)
    best: dict[Bdd, tuple[int, int, Bdd]] = {}
    for name, nodes in zip(reversed(names), reversed(below), strict=True):
        ladder = ladders.get(name, (0,) * len(encoding.ranks[name]))
        for node, choices in nodes.items():
            best[node] = min(
                (ladder[rank] + (best[child][0] if child in best else 0), rank, child)
                for rank, child in choices
                if ladder[rank] != NEVER
            )
    ranks = {v.key: rank for v, rank in zip(encoding.system.variables, encoding.system.initial, strict=True)}
    node = states
    for name, nodes in zip(names, below, strict=True):
        if node in nodes:
            _, ranks[name], node = best[node]
    return tuple(ranks[v.key] for v in encoding.system.variables)


def _nodes(encoding: Encoding, names: list[VariableKey], states: Bdd) -> list[dict[Bdd, Choices]]:
    """The nodes at which a variable is asked for, variable by variable, with where its values lead."""
    manager = encoding.manager
    place = {bit: at for at, name in enumerate(names) for bit in manager.bits[name]}
    below: list[dict[Bdd, Choices]] = [{} for _ in names]
    if states != encoding.true:
        below[place[manager.diagrams.top(states)]][states] = []
    for name, nodes in zip(names, below, strict=True):
        for node, choices in nodes.items():
            for rank in encoding.ranks[name].values():
                child = manager.given(manager.assignment(name, rank), node)
                if child != encoding.false:
                    choices.append((rank, child))
                    if child != encoding.true:
                        below[place[manager.diagrams.top(child)]].setdefault(child, [])
    return below
