"""The space of interleavings as a graph to draw: nodes are states or classes of them, edges events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.space import Space, shown, step_of
from ..model.system import Event, State
from ..model.variables import PIPELINE
from ..properties.verdict import Hazard
from .graphviz import escape, new_digraph, title_block
from .lattice import Lattice, Node, lattice
from .palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, PALE, PAPER
from .wording import count, failing_hop, shorten, sides, what_fails

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


_CHARS, _FACTS, _EVENTS = 36, 6, 2


def draw_hazard_space(space: Space, hazard: Hazard, bad: frozenset[State]) -> Digraph:
    """The space with the `bad` states, in which the hazard strikes, in red: whole if it is small, else states
    are put together by what matters to the hazard, and the title says by what.

    A thick frame marks what every run on its way into red passes. Raises `LookupError` if the hazard is
    no request's.
    """
    found = lattice(space, hazard, bad)
    graph = new_digraph(_title(space, hazard, found), rankdir="TB", nodesep="0.3", ranksep="0.45", pad="0.2")
    for node in found.nodes:
        _draw_node(graph, node, whole=not found.grouped)
    for node in found.nodes:
        for target, events in node.onward.items():
            label = "<BR/>".join(_told(list(events)))
            graph.edge(
                str(node.number),
                str(target),
                label=f"<{label}>",
                fontsize="8",
                color=GREY,
                fontcolor=INK,
                tooltip=" ",
            )
    return graph


def _title(space: Space, hazard: Hazard, found: Lattice) -> str:
    deployment = space.compiled.vocabulary.deployment
    left, right = (escape(shorten(side, 40)) for side in sides(hazard, failing_hop(deployment, hazard)))
    states = count(len(space.graph), "state")
    how = f"{states}, put together by {found.grouped}" if found.grouped else f"all {states}"
    fails = escape(shorten(what_fails(hazard), 60))
    red = f'<FONT COLOR="{ERROR_TEXT}"><B>× red</B></FONT>: a request can fail here'
    return title_block(
        [
            f'<FONT POINT-SIZE="16"><B>{left} → {right}</B></FONT>   {fails}',
            f'<FONT COLOR="{GREY}">{how}</FONT>',
            f"{red} · thick frame: every run into red passes here · double frame: the deployment is complete",
        ]
    )


def _draw_node(graph: Digraph, node: Node, *, whole: bool) -> None:
    graph.node(
        str(node.number),
        label=f"<{_node_label(node, whole)}>",
        tooltip=" ",
        shape="box",
        style="filled",
        color=ERROR if node.bad else INK,
        fillcolor=ERROR_PALE if node.bad else PALE if node.dominates else PAPER,
        penwidth="3" if node.dominates else "1",
        peripheries="2" if node.complete else "1",
    )


def _node_label(node: Node, whole: bool) -> str:
    lines = [f"<B>{escape(shorten(node.step, _CHARS))}</B>"]
    facts = [escape(shorten(fact, _CHARS)) for fact in node.facts]
    lines += facts if len(facts) <= _FACTS else [*facts[: _FACTS - 1], f"and {len(facts) - _FACTS + 1} more"]
    if node.bad:
        how_many = "" if whole else f" in {node.bad} of {node.states}"
        lines.append(f'<FONT COLOR="{ERROR_TEXT}"><B>× can fail{how_many}</B></FONT>')
    elif not whole:
        lines.append(f'<FONT COLOR="{GREY}" POINT-SIZE="9">{count(node.states, "state")}</FONT>')
    return "<BR/>".join(lines)


def _told(events: list[str]) -> list[str]:
    told = [f" {escape(shorten(event, _CHARS))}" for event in events]
    return told if len(told) <= _EVENTS else [*told[: _EVENTS - 1], f"and {len(told) - _EVENTS + 1} more"]


def _label(space: Space, state: State) -> str:
    """The step in bold, then what is not as it was at the start."""
    system = space.compiled.system
    lines = [f"<b>{escape(step_of(space.compiled, state))}</b>"]
    for name, life in space.compiled.vocabulary.lives.items():
        value = system.value(state, name)
        if name != PIPELINE and value != life.variable.initial:
            lines.append(escape(f"{life.subject}: {shown(value)}"))
    return "<br/>".join(lines)
