"""The shortest story of a hazard, as a sequence picture: one row an event, one column a component."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from ..model.compiler.system import EventKind
from ..model.deployment import Deployment, Hop
from ..properties.verdict import Hazard, HopHazard, PropertyHazard, TraceEvent
from .condense import NO_WAY_BACK, ToldEvent, condense, split_event, tell_left_out
from .graphviz import build_digraph, build_legend, build_title_block, escape, stack_lines
from .palette import (
    ERROR,
    ERROR_PALE,
    ERROR_TEXT,
    GREY,
    INK,
    MOVE_PALE,
    PALE,
    PAPER,
    REQUEST_PALE,
    WRITE_PALE,
)
from .wording import count, find_hop, fold, shorten, tell_failure, tell_hazard, tell_sides

if TYPE_CHECKING:
    from graphviz import Digraph

MOST_ROWS = 60
"""So many events are drawn at most, the last ones; the picture says how many came before."""

_LANE_CHARS, _TEXT_CHARS, _TEXT_LINES = 22, 34, 6
_PIPELINE = "pipeline"
_FILLS = {
    EventKind.MOVE: MOVE_PALE,
    EventKind.PIPELINE: PALE,
    EventKind.WRITE: WRITE_PALE,
    EventKind.HOP: REQUEST_PALE,
}


class _Box(Struct, frozen=True):
    """An event in the grid: the first and the last lane that it covers, and its lines of text."""

    first: int
    last: int
    lines: tuple[str, ...]
    fill: str
    fails: bool = False


def draw_story(deployment: Deployment, hazard: Hazard) -> Digraph:
    """The events that matter to the hazard, from top to bottom, each in the lane of its component.

    A hop of the request spans the lanes from its consumer to its provider; the failing one is red.
    Events that are left out (`condense`) are counted where they were. Limit: of a long story the last
    `MOST_ROWS` events are drawn.
    """
    story = hazard.whole_story
    told = condense(story)
    shown = told[-MOST_ROWS:]
    lanes = list_lanes(deployment, hazard, [row.event for row in shown])
    rows = [_header(lanes)]
    if len(shown) < len(told):
        rows.append(_gap(f"{count(len(told) - len(shown), 'earlier event')} not drawn", len(lanes)))
    for before, row in zip((None, *shown), shown, strict=False):
        if row.passed:
            left_out = story[row.number - 1 - row.passed : row.number - 1]
            rows.append(_gap(f"… {tell_left_out(left_out)}", len(lanes)))
        if row.begins_loop(hazard.loop):
            rows.append(_gap("from here on, for ever:", len(lanes)))
        if row.begins_loop(hazard.turn):
            rows.append(_gap(NO_WAY_BACK, len(lanes)))
        fails = hazard.ends and row is shown[-1]
        is_new = before is None or bool(row.passed) or before.event.step != row.event.step
        rows.append(
            _row(row, _box(deployment, hazard, row, lanes, fails=fails), len(lanes), tells_step=is_new)
        )
    if hazard.stays:
        rows.append(_gap("and so it stays: nothing is left that must happen", len(lanes)))
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="5">{"".join(rows)}</TABLE>'
    graph = build_digraph(_title(deployment, hazard, [row.event for row in shown]), pad="0.2")
    graph.node("story", label=f"<{table}>", shape="plain", tooltip=" ")
    return graph


def _title(deployment: Deployment, hazard: Hazard, events: Sequence[TraceEvent]) -> str:
    said = [escape(line) for line in fold(tell_hazard(hazard, deployment), 80)]
    said.append(_legend(hazard, {event.kind for event in events}))
    if isinstance(hazard, PropertyHazard):
        name = escape(shorten(hazard.property, 60))
        return build_title_block([f'<FONT POINT-SIZE="16"><B>{name}</B></FONT>', *said])
    left, right = (escape(shorten(side, 60)) for side in tell_sides(hazard, deployment))
    strikes = "inevitable" if hazard.inevitable else "race"
    lines = [
        f'<FONT POINT-SIZE="16"><B>{escape(shorten(hazard.request, 60))}</B>, hop {hazard.hop}</FONT>',
        f'<FONT COLOR="{ERROR}"><B>{left} → {right}</B></FONT>   {escape(shorten(tell_failure(hazard), 60))}',
        f'<FONT COLOR="{GREY}">{hazard.severity}, {strikes}, {_span(hazard)}</FONT>',
    ]
    return build_title_block([*lines, *said])


def _span(hazard: HopHazard) -> str:
    """How long the request is in flight."""
    if not hazard.span:
        return "a quick request: no step begins while it is in flight"
    return (
        f"a slow request: {count(hazard.span, 'step')} {'begins' if hazard.span == 1 else 'begin'} meanwhile"
    )


_KINDS = {
    EventKind.MOVE: "a move of the rollout",
    EventKind.PIPELINE: "the pipeline",
    EventKind.WRITE: "other traffic",
    EventKind.HOP: "the request",
}


def _legend(hazard: Hazard, kinds: Collection[EventKind]) -> str:
    """What the colours mean of those events that are drawn."""
    chips = [(f'BGCOLOR="{_FILLS[kind]}"', words) for kind, words in _KINDS.items() if kind in kinds]
    if hazard.ends:
        fails = f'BORDER="2" COLOR="{ERROR}" BGCOLOR="{ERROR_PALE}"'
        chips.append((fails, "× fails" if isinstance(hazard, HopHazard) else "what must hold does not hold"))
    return build_legend(chips)


def list_lanes(deployment: Deployment, hazard: Hazard, events: Sequence[TraceEvent]) -> tuple[str, ...]:
    """The pipeline, if it does something, whoever takes part in the request, then who else does something."""
    seen = {_PIPELINE: None} if any(event.kind is EventKind.PIPELINE for event in events) else {}
    for event in events:
        if event.kind is EventKind.HOP:
            hop = find_event_hop(deployment, hazard, event)
            seen.update(dict.fromkeys((hop.consumer, hop.provider)))
    seen.update(
        dict.fromkeys(find_owner(deployment, event) for event in events if event.kind is not EventKind.HOP)
    )
    return tuple(seen)


def find_event_hop(deployment: Deployment, hazard: Hazard, event: TraceEvent) -> Hop:
    assert isinstance(hazard, HopHazard), "only the story of a request has hops"
    return find_hop(deployment, hazard.request, event.hop or hazard.hop)


def find_owner(deployment: Deployment, event: TraceEvent) -> str:
    """The lane of an event that is no hop: for a contract's the lane of its provider."""
    if event.kind is EventKind.PIPELINE:
        return _PIPELINE
    if event.owner in deployment.components:
        return event.owner
    providers = {str(contract): contract.provider for contract in deployment.contracts}
    return providers.get(event.owner, event.owner)


def _box(
    deployment: Deployment, hazard: Hazard, row: ToldEvent, lanes: Sequence[str], *, fails: bool
) -> _Box:
    event = row.event
    who, what = split_event(event)
    if event.kind is not EventKind.HOP:
        lane = lanes.index(find_owner(deployment, event))
        text = what if who in (lanes[lane], _PIPELINE) else f"{who}: {what}"
        return _Box(lane, lane, _lines(text, 1), _FILLS[event.kind], fails)
    hop = find_event_hop(deployment, hazard, event)
    ends = sorted((lanes.index(hop.consumer), lanes.index(hop.provider)))
    lines = _lines(what, ends[1] - ends[0] + 1)
    if fails:
        assert isinstance(hazard, HopHazard), "only the story of a request has hops"
        left, right = tell_sides(hazard, deployment)
        lines = (*lines, f"× {shorten(left, 40)} → {shorten(right, 40)}")
    return _Box(ends[0], ends[1], lines, _FILLS[event.kind], fails)


def _lines(text: str, lanes: int) -> tuple[str, ...]:
    """The text in lines that fit into so many lanes, its middle cut when there are too many."""
    return tuple(fold(text, _TEXT_CHARS * lanes, _TEXT_LINES))


def _header(lanes: Iterable[str]) -> str:
    names = (stack_lines([f"<B>{line}</B>" for line in _folded(lane, _LANE_CHARS)]) for lane in lanes)
    cells = "".join(f'<TD BGCOLOR="{INK}"><FONT COLOR="{PAPER}">{name}</FONT></TD>' for name in names)
    return f"<TR><TD></TD><TD></TD>{cells}</TR>"


def _folded(text: str, width: int) -> list[str]:
    return [escape(line) for line in fold(text, width)]


def _gap(text: str, lanes: int) -> str:
    words = f'<FONT COLOR="{GREY}" POINT-SIZE="9"><I>{text}</I></FONT>'
    return f'<TR><TD></TD><TD></TD><TD COLSPAN="{lanes}" ALIGN="LEFT" CELLPADDING="1">{words}</TD></TR>'


def _row(row: ToldEvent, box: _Box, lanes: int, *, tells_step: bool) -> str:
    step = stack_lines(_folded(row.event.step, _LANE_CHARS + 6), "LEFT") if tells_step else ""
    cells = [
        f'<TD ALIGN="RIGHT"><FONT COLOR="{GREY}">{row.number}</FONT></TD>',
        f'<TD ALIGN="LEFT"><FONT COLOR="{GREY}">{step}</FONT></TD>' if step else "<TD></TD>",
        *_empty(box.first),
        _filled(box),
        *_empty(lanes - box.last - 1),
    ]
    return f"<TR>{''.join(cells)}</TR>"


def _empty(lanes: int) -> list[str]:
    """Lanes in which nothing happens."""
    return [f'<TD><FONT COLOR="{GREY}">·</FONT></TD>'] * lanes


def _filled(box: _Box) -> str:
    border = f'BORDER="2" COLOR="{ERROR}" BGCOLOR="{ERROR_PALE}"' if box.fails else f'BGCOLOR="{box.fill}"'
    lines = [escape(line) for line in box.lines]
    if box.fails:
        lines = [f"<B>{line}</B>" for line in lines]
        lines[-1] = f'<FONT COLOR="{ERROR_TEXT}">{lines[-1]}</FONT>'
    span = f'COLSPAN="{box.last - box.first + 1}" ' if box.last > box.first else ""
    return f"<TD {span}{border}>{stack_lines(lines)}</TD>"
