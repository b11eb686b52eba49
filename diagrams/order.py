"""A plan in waves as a graph, or the requirements that exclude every order: what must be over before what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from ..model.deployment import Deployment
from ..properties.ordering.actions import PlannedAction, Waves
from ..properties.ordering.planner import Plan
from ..properties.ordering.requirements import Requirement
from ..properties.verdict import HopHazard
from .graphviz import build_digraph, build_paper, build_title_block, escape
from .palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, PALE, PAPER
from .wording import count, fold, tell_sides

if TYPE_CHECKING:
    from graphviz import Digraph

_CHARS = 30
MOST_WAYS = 3
"""So many ways to satisfy a requirement are drawn; how many more there are is told beside the last."""


def draw_order(found: Plan, deployment: Deployment) -> Digraph:
    """Waves from the left, each a box of actions, with an arrow for each pair of a requirement; or the
    contradiction, its circle in red where it is one, and dashed where there are several ways. Of what is not
    known the reason alone."""
    graph = build_digraph(_title(found, deployment), rankdir="LR", nodesep="0.35", ranksep="0.9", pad="0.2")
    graph.attr("node", shape="box", style="filled", fillcolor=PALE, color=GREY, fontcolor=INK)
    ids = {action: f"a{number}" for number, action in enumerate(found.actions)}
    if found.reason:
        graph.node("reason", label=found.reason.replace("\\", "\\\\"), shape="plain", style="", tooltip=" ")
    elif found.waves is not None:
        _draw_waves(graph, found.waves, ids)
        _draw_arrows(graph, _list_satisfied(found.needed, found.waves), ids, deployment, colour=INK)
    else:
        named = {action for one in found.contradiction for pair in one.pairs[:MOST_WAYS] for action in pair}
        for action in (action for action in found.actions if action in named):
            look = {"fillcolor": ERROR_PALE, "color": ERROR} if found.cycle else {}
            graph.node(ids[action], label=f"<{escape(str(action))}>", tooltip=" ", **look)
        _draw_arrows(graph, found.contradiction, ids, deployment, colour=ERROR)
        _draw_helpless(graph, found.contradiction, deployment)
    return graph


def _title(found: Plan, deployment: Deployment) -> str:
    lines = [f"<B>{escape(deployment.system)}</B>"]
    if found.reason:
        lines.append("It is not known whether there is a safe order")
    elif found.waves is not None:
        lines.append(f"Safe in {count(len(found.waves), 'wave')}; an arrow: over before the other begins")
    else:
        what = "these go round in a circle" if found.cycle else "these cannot be had together"
        lines.append(f"No safe order of {count(len(found.actions), 'action')}: {what}")
        lines += [
            f"Split {escape(' and '.join(map(str, one.contracts)))} in two releases" for one in found.splits
        ]
    return build_title_block(lines)


def _draw_waves(
    graph: Digraph, waves: Iterable[Iterable[PlannedAction]], ids: Mapping[PlannedAction, str]
) -> None:
    first: list[str] = []
    for number, wave in enumerate(waves, start=1):
        actions = list(wave)
        with graph.subgraph(name=f"cluster_{number}") as box:
            box.attr(label=f"<wave {number}>", color=GREY, labeljust="l", style="rounded")
            for action in actions:
                box.node(ids[action], label=f"<{escape(str(action))}>", tooltip=" ")
        first.append(ids[actions[0]])
    for here, there in pairwise(first):
        graph.edge(here, there, style="invis", weight="10")


def _list_satisfied(needed: Iterable[Requirement], waves: Waves) -> Iterator[Requirement]:
    """The requirements, each by one of its pairs that the plan has, of both sides of the hazard if there is
    such a one; one for each pair."""
    number = {action: at for at, wave in enumerate(waves) for action in wave}
    drawn: set[tuple[PlannedAction, PlannedAction]] = set()
    for one in sorted(needed, key=lambda one: len(one.pairs)):
        have = [pair for pair in one.pairs if number[pair[0]] < number[pair[1]]]
        pair = max(have, key=lambda pair: _count_sides(one, pair))
        if pair not in drawn:
            drawn.add(pair)
            yield Requirement((pair,), one.hazard)


def _count_sides(one: Requirement, pair: tuple[PlannedAction, PlannedAction]) -> int:
    """How many of the two actions bring a side of the hazard elsewhere."""
    hazard = one.hazard
    sides = {hazard.consumer, hazard.provider} if isinstance(hazard, HopHazard) else set()
    return sum(action.name in sides for action in pair)


def _draw_arrows(
    graph: Digraph,
    requirements: Iterable[Requirement],
    ids: Mapping[PlannedAction, str],
    deployment: Deployment,
    *,
    colour: str,
) -> None:
    for one in requirements:
        shown = one.pairs[:MOST_WAYS]
        for number, (first, then) in enumerate(shown, start=1):
            more = len(one.pairs) - len(shown) if number == len(shown) else 0
            said = [*_why(one, deployment), *([f"or {more} other ways"] if more else [])]
            label = build_paper([escape(line) for line in said], PAPER)
            graph.edge(
                ids[first],
                ids[then],
                label=f"<{label}>",
                color=colour,
                fontcolor=ERROR_TEXT if colour == ERROR else INK,
                fontsize="9",
                style="solid" if len(one.pairs) == 1 else "dashed",
                tooltip=" ",
            )


def _draw_helpless(graph: Digraph, requirements: Iterable[Requirement], deployment: Deployment) -> None:
    """What no order helps against."""
    for number, one in enumerate(one for one in requirements if not one.pairs):
        label = build_paper([escape(line) for line in ("no order helps:", *_why(one, deployment))])
        graph.node(f"n{number}", label=f"<{label}>", fillcolor=ERROR_PALE, color=ERROR, tooltip=" ")


def _why(one: Requirement, deployment: Deployment) -> list[str]:
    """What would be met else, in a few words."""
    hazard = one.hazard
    if hazard is None:
        return ["the next of the same"]
    if not isinstance(hazard, HopHazard):
        return list(fold(f"else {hazard.property}", _CHARS))
    left, right = tell_sides(hazard, deployment)
    return list(fold(f"else {left} meets {right} ({hazard.contract})", _CHARS))
