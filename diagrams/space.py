"""The space of interleavings as a graph to draw: nodes are states or classes of them, edges events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..model.compiler.space import Space, find_step, show_value
from ..model.compiler.system import Event, State
from ..model.names import is_pipeline
from ..properties.verdict import HopHazard
from .barriers import Arrow
from .graphviz import build_digraph, build_legend, build_paper, build_title_block, escape, stack_lines
from .lattice import Lattice, StateClass, build_lattice, find_left
from .palette import CUT, ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, PALE, PAPER
from .wording import count, fold, shorten, tell_failure, tell_sides

if TYPE_CHECKING:
    from graphviz import Digraph


def draw_space(space: Space) -> Digraph:
    """The whole graph, state by state, in breadth-first order.

    Nothing lays out thousands of nodes in comfort: draw small spaces, query large ones. Of a part of a space
    the nodes at its border are dashed.
    """
    graph = build_digraph(escape(space.compiled.vocabulary.deployment.system), rankdir="LR")
    number = {state: str(index) for index, state in enumerate(space.graph)}
    for state, name in number.items():
        graph.node(
            name,
            label=f"<{_label(space, state)}>",
            shape="box",
            peripheries=str(1 + (state in space.complete)),
            **({"style": "dashed"} if state in space.border else {}),
        )
    event: Event
    for source, target, event in space.graph.edges(data="event"):
        graph.edge(number[source], number[target], label=f"<{escape(event.text)}>")
    return graph


_CHARS, _LINES, _FACTS, _EVENTS, _CUTS = 44, 6, 6, 3, 6


def draw_hazard_space(
    space: Space, hazard: HopHazard, bad: frozenset[State], others: Sequence[frozenset[State]] | None = None
) -> Digraph:
    """The space with the `bad` states, in which the hazard strikes, in red: whole if it is small, else states
    are put together by what matters to the hazard, and the title says by what.

    A thick frame marks what every run on its way into red passes; dashed blue arrows with a number are a
    least cut: the fewest without which no run comes into red (`lattice.Lattice` says what that means where
    states are put together). `others` are where the other hazards of the release strike: what the cut does to
    them is told, and to forbid it is advised only where no hazard at a hop is left. None: nobody looked.
    """
    found = build_lattice(space, hazard, bad)
    graph = build_digraph(
        _title(space, hazard, found, others), rankdir="TB", nodesep="0.3", ranksep="0.45", pad="0.2"
    )
    for node in found.nodes:
        _draw_node(graph, node, whole=not found.grouped)
    number = {arrow: index for index, arrow in enumerate(found.cut or (), start=1)}
    for node in found.nodes:
        for target in node.onward:
            _draw_arrow(graph, node, target, number.get((node.number, target)))
    return graph


def _draw_arrow(graph: Digraph, node: StateClass, target: int, cut: int | None) -> None:
    """An arrow with its events; with the number of a cut it is dashed, and says its pipeline's events too."""
    events = node.events(target) if cut is None else list(node.onward[target])
    told = [escape(line) for event in _first(events) for line in fold(event, _CHARS, _LINES)]
    label, look = build_paper(told, PAPER), {"color": GREY}
    if cut is not None:
        label, look = build_paper([_badge(cut), *told]), {"color": CUT, "style": "dashed", "penwidth": "3"}
    ends = str(node.number), str(target)
    graph.edge(*ends, label=f"<{label}>", fontsize="9", fontcolor=INK, tooltip=" ", **look)


def _badge(number: int) -> str:
    return f'<FONT COLOR="{CUT}" POINT-SIZE="11"><B>cut {number}</B></FONT>'


def _title(space: Space, hazard: HopHazard, found: Lattice, others: Sequence[frozenset[State]] | None) -> str:
    deployment = space.compiled.vocabulary.deployment
    left, right = (escape(shorten(side, 40)) for side in tell_sides(hazard, deployment))
    states = f"{count(len(space.graph), 'state')}, with what other traffic does"
    how = f"{states}, put together by {found.grouped}" if found.grouped else f"all {states}"
    fails = escape(shorten(tell_failure(hazard), 60))
    frames = [
        (f'BGCOLOR="{ERROR_PALE}" BORDER="1" COLOR="{ERROR}"', f"{_RED}: a request can fail here"),
        (f'BGCOLOR="{PALE}" BORDER="3" COLOR="{INK}"', "thick frame: every run into red passes here"),
        (f'BGCOLOR="{PAPER}" BORDER="1" COLOR="{INK}"', "double frame: the deployment is complete"),
    ]
    return build_title_block(
        [
            f'<FONT POINT-SIZE="16"><B>{left} → {right}</B></FONT>   {fails}',
            f'<FONT COLOR="{GREY}">{how}</FONT>',
            build_legend(frames),
            *_cut_in_words(space, found, others),
        ]
    )


_RED = f'<FONT COLOR="{ERROR_TEXT}"><B>× red</B></FONT>'


def _cut_in_words(space: Space, found: Lattice, others: Sequence[frozenset[State]] | None) -> list[str]:
    """What leads into red, and what becomes of the release without it; or why there is no cut."""
    how = "dashed, <B>cut</B>"
    if found.cut is None and found.nodes[0].bad:
        return ["No cut: the hazard is there before the deployment begins."]
    if found.cut is None:
        if found.finer is None:
            return ["No cut between these boxes: other traffic, which nobody can forbid, leads into red."]
        found, how = found.finer, "<B>cut</B>, within these boxes and so not drawn"
    if not found.cut:
        return []
    these = "this move" if len(found.cut) == 1 else f"these {len(found.cut)} moves"
    end = "can still complete" if found.completes else "cannot complete then"
    fact = f"{how}: without {these} no run comes into red; the deployment {end}"
    lines = [f'<FONT COLOR="{CUT}">{fact}</FONT>']
    if others is not None:
        lines.append(f'<FONT COLOR="{CUT}">{_of_the_release(space, found, others)}</FONT>')
    for index, arrow in enumerate(found.cut[:_CUTS], start=1):
        lines.append(f"{_badge(index)}  {_forbidden(found, arrow)}")
    if len(found.cut) > _CUTS:
        lines.append(f"and {len(found.cut) - _CUTS} more")
    return lines


def _of_the_release(space: Space, found: Lattice, others: Sequence[frozenset[State]]) -> str:
    """Whether that is advice: checked on all hazards at hops that the release has."""
    left = find_left(space, found, others)
    if not left.met and found.completes:
        return "Of the whole release: forbid that, and no hazard at a hop is left."
    if not left.met:
        return "No advice for the release: without that it is not deployed at all."
    turned = f", {left.turned} of them now whatever the timing" if left.turned else ""
    return f"No advice for the release: {count(left.met, 'other hazard')} can still be met then{turned}."


def _forbidden(found: Lattice, arrow: Arrow) -> str:
    """The events of the arrow, and where it starts."""
    here, there = (found.nodes[end] for end in arrow)
    where = ", ".join(here.facts[:_FACTS])
    told = escape(shorten(" or ".join(_first(list(here.onward[there.number]))), 100))
    return f"{told}, while {escape(shorten(where, 100))}" if where else told


def _draw_node(graph: Digraph, node: StateClass, *, whole: bool) -> None:
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


def _node_label(node: StateClass, whole: bool) -> str:
    lines = [f"<B>{escape(line)}</B>" for line in fold(node.step, _CHARS, _LINES)]
    shown = node.facts if len(node.facts) <= _FACTS else node.facts[: _FACTS - 1]
    lines += [escape(line) for fact in shown for line in fold(fact, _CHARS, _LINES)]
    if more := len(node.facts) - len(shown):
        lines.append(f"and {more} more")
    if node.bad:
        lines.append(f'<FONT COLOR="{ERROR_TEXT}"><B>× can fail</B></FONT>')
    if node.is_settled:
        lines.append("<I>safe from here on</I>")
    if not whole:
        lines.append(f'<FONT COLOR="{GREY}" POINT-SIZE="9">{count(node.states, "state")}</FONT>')
    return stack_lines(lines)


def _first(events: list[str]) -> list[str]:
    return (
        events
        if len(events) <= _EVENTS
        else [*events[: _EVENTS - 1], f"and {len(events) - _EVENTS + 1} more"]
    )


def _label(space: Space, state: State) -> str:
    """The step in bold, then what is not as it was at the start."""
    system = space.compiled.system
    lines = [f"<b>{escape(find_step(space.compiled, state))}</b>"]
    for name, life in space.compiled.vocabulary.lives.items():
        value = system.value(state, name)
        if not is_pipeline(name) and value != life.variable.initial:
            lines.append(escape(f"{life.subject}: {show_value(value)}"))
    return stack_lines(lines)
