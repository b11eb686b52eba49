"""The space of interleavings as a graph to draw: nodes are states, edges events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.space import Space, shown, step_of
from ..model.system import Event, State
from ..model.variables import PIPELINE
from .graphviz import escape, new_digraph

if TYPE_CHECKING:
    from graphviz import Digraph


def draw_space(space: Space) -> Digraph:
    """The whole graph, state by state, in breadth-first order.

    Nothing lays out thousands of nodes in comfort: draw small spaces, query large ones.
    """
    graph = new_digraph(escape(space.compiled.vocabulary.deployment.system), rankdir="LR")
    number = {state: str(index) for index, state in enumerate(space.graph)}
    for state, name in number.items():
        graph.node(
            name,
            label=f"<{_label(space, state)}>",
            shape="box",
            peripheries=str(1 + (state in space.complete)),
        )
    event: Event
    for source, target, event in space.graph.edges(data="event"):
        graph.edge(number[source], number[target], label=f"<{escape(event.text)}>")
    return graph


def _label(space: Space, state: State) -> str:
    """The step in bold, then what is not as it was at the start."""
    system = space.compiled.system
    lines = [f"<b>{escape(step_of(space.compiled, state))}</b>"]
    for name, life in space.compiled.vocabulary.lives.items():
        value = system.value(state, name)
        if name != PIPELINE and value != life.variable.initial:
            lines.append(escape(f"{life.subject}: {shown(value)}"))
    return "<br/>".join(lines)
