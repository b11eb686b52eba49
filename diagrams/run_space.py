"""Of a space that is too large to be listed the part that a hazard's story passes, with its border."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from ..model.compiler.compile import Compiled
from ..model.compiler.system import Event, State
from ..properties.verdict import HopHazard
from .following import follow
from .graphviz import build_digraph, build_legend, build_paper, build_title_block, escape, stack_lines
from .palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, PAPER
from .seen import HazardView
from .wording import count, fold, shorten, tell_failure, tell_sides

if TYPE_CHECKING:
    from graphviz import Digraph

MOST_BOXES = 14
"""So many boxes are drawn, the last ones."""

_CHARS, _LINES, _EVENTS = 44, 6, 2


class RunBox(Struct, frozen=True):
    """States of a run that follow each other and look alike at the hazard's two ends: at which steps they
    are, what is seen there, how many they are. `leave` are the texts of events that can happen in them and
    lead to no state of the run; `entered` is the one by which the run came here."""

    steps: tuple[str, ...]
    facts: tuple[str, ...]
    states: int
    leave: tuple[str, ...]
    entered: str

    @property
    def step(self) -> str:
        """Where the pipeline stands, or the first and the last of several steps."""
        return self.steps[0] if len(self.steps) == 1 else f"{self.steps[0]} … {self.steps[-1]}"


def list_run_boxes(compiled: Compiled, hazard: HopHazard) -> tuple[RunBox, ...]:
    """The story of the hazard in the system with its request, up to the hop that fails; none for a story that
    does not happen there."""
    trace = hazard.trace[:-1]
    taken = list(follow(trace, compiled.system))
    if len(taken) < len(trace):
        return ()
    states = [compiled.system.initial, *(one.reached for one in taken)]
    entered = ["", *(one.event.text for one in taken)]
    view = HazardView(compiled, states, hazard, tells_all=True)
    run = list(zip(states, entered, strict=True))
    return tuple(
        _box(compiled, view, list(group), frozenset(states))
        for _, group in groupby(run, lambda one: (view.facts(one[0]), one[0] == states[-1]))
    )


def _box(
    compiled: Compiled, view: HazardView, group: Sequence[tuple[State, str]], run: frozenset[State]
) -> RunBox:
    states = [state for state, _ in group]
    return RunBox(
        steps=tuple(dict.fromkeys(map(view.step, states))),
        facts=view.facts(states[0]),
        states=len(states),
        leave=tuple(dict.fromkeys(_leaving(compiled, states, run))),
        entered=group[0][1],
    )


def _leaving(compiled: Compiled, states: Iterable[State], run: frozenset[State]) -> Iterator[str]:
    event: Event
    for state in states:
        for event, reached in compiled.system.successors(state):
            if reached not in run:
                yield event.text


def draw_run_space(compiled: Compiled, hazard: HopHazard, why: str) -> Digraph | None:
    """The boxes of the run into red from top to bottom, and beside each, dashed, what else can happen there
    and leads out of the picture. `why` says why the whole is not drawn. None where there is no such run.

    No frame and no cut is drawn: both speak of all runs, and these are not listed.
    """
    boxes = list_run_boxes(compiled, hazard)
    if not boxes:
        return None
    shown = boxes[-MOST_BOXES:]
    title = _title(compiled, hazard, boxes, len(boxes) - len(shown), why)
    graph = build_digraph(title, rankdir="TB", nodesep="0.3", ranksep="0.45", pad="0.2")
    for number, box in enumerate(shown):
        last = number == len(shown) - 1
        _draw_box(graph, str(number), box, bad=last)
        if not last:
            told = fold(shown[number + 1].entered, _CHARS, _LINES)
            label = build_paper([escape(line) for line in told], PAPER)
            ends = str(number), str(number + 1)
            graph.edge(*ends, label=f"<{label}>", color=GREY, fontsize="9", fontcolor=INK, tooltip=" ")
        if box.leave:
            _draw_border(graph, str(number), box.leave)
    return graph


def _draw_box(graph: Digraph, name: str, box: RunBox, *, bad: bool) -> None:
    lines = [f"<B>{escape(line)}</B>" for line in fold(box.step, _CHARS, _LINES)]
    lines += [escape(line) for fact in box.facts for line in fold(fact, _CHARS, _LINES)]
    if bad:
        lines.append(f'<FONT COLOR="{ERROR_TEXT}"><B>× can fail</B></FONT>')
    lines.append(f'<FONT COLOR="{GREY}" POINT-SIZE="9">{count(box.states, "state")}</FONT>')
    look = {"color": ERROR, "fillcolor": ERROR_PALE} if bad else {"color": INK, "fillcolor": PAPER}
    label = f"<{stack_lines(lines)}>"
    graph.node(name, label=label, shape="box", style="filled", tooltip=" ", **look)


def _draw_border(graph: Digraph, name: str, leave: Sequence[str]) -> None:
    """Beside the box, what leads out of the picture."""
    first = leave if len(leave) <= _EVENTS else leave[: _EVENTS - 1]
    told = [
        f"<I>not drawn: where {count(len(leave), 'other event')} {'leads' if len(leave) == 1 else 'lead'}</I>"
    ]
    told += [escape(line) for text in first for line in fold(text, _CHARS, 2)]
    if len(leave) > len(first):
        told.append(f"and {len(leave) - len(first)} more")
    border = f"{name} out"
    look = {"color": GREY, "style": "dashed", "fontcolor": INK}
    graph.node(border, label=f"<{stack_lines(told)}>", shape="box", fontsize="9", tooltip=" ", **look)
    graph.edge(name, border, constraint="false", tooltip=" ", **look)
    graph.body.append(f'\t{{rank=same; "{name}"; "{border}"}}\n')


def _title(compiled: Compiled, hazard: HopHazard, boxes: Sequence[RunBox], before: int, why: str) -> str:
    deployment = compiled.vocabulary.deployment
    left, right = (escape(shorten(side, 40)) for side in tell_sides(hazard, deployment))
    states = count(sum(one.states for one in boxes), "state")
    fails = escape(shorten(tell_failure(hazard), 60))
    how = f"a part of the space, which has {escape(why)}: the {states} of a shortest run into red"
    earlier = [f"{count(before, 'earlier box')} not drawn"] if before else []
    frames = [
        (f'BGCOLOR="{ERROR_PALE}" BORDER="1" COLOR="{ERROR}"', "× red: the request can fail here"),
        (
            f'BGCOLOR="{PAPER}" BORDER="1" STYLE="dashed" COLOR="{GREY}"',
            "dashed: the border of what is drawn",
        ),
    ]
    return build_title_block(
        [
            f'<FONT POINT-SIZE="16"><B>{left} → {right}</B></FONT>   {fails}',
            *(f'<FONT COLOR="{GREY}">{line}</FONT>' for line in (how, *earlier)),
            build_legend(frames),
        ]
    )
