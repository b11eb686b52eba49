"""The shortest story of a hazard, as a sequence picture: one row an event, one column a component."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..model.deployment import Deployment, Hop
from ..model.system import EventKind
from ..properties.verdict import Hazard, TraceEvent
from .condense import Told, condense, who_and_what
from .graphviz import escape, new_digraph, title_block
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
from .wording import count, failing_hop, hop_of, printable, sentence, shorten, sides, what_fails

if TYPE_CHECKING:
    from graphviz import Digraph

MOST_ROWS = 60
"""So many events are drawn at most, the last ones; the picture says how many came before."""

_LANE_CHARS, _TEXT_CHARS, _TEXT_LINES = 22, 26, 6
_PIPELINE = "pipeline"
_FILLS = {
    EventKind.MOVE: MOVE_PALE,
    EventKind.PIPELINE: PALE,
    EventKind.WRITE: WRITE_PALE,
    EventKind.HOP: REQUEST_PALE,
}


@dataclass(frozen=True, slots=True)
class _Box:
    """An event in the grid: the first and the last lane that it covers, and its lines of text."""

    first: int
    last: int
    lines: tuple[str, ...]
    fill: str
    fails: bool = False


def draw_story(deployment: Deployment, hazard: Hazard) -> Digraph:
    """The events in their order from top to bottom, each in the lane of its component.

    A hop of the request spans the lanes from its consumer to its provider; the failing one is red.
    Events that only move the pipeline along are counted. Limit: of a long story the last
    `MOST_ROWS` events are drawn.
    """
    told = condense(hazard.trace)
    shown = told[-MOST_ROWS:]
    lanes = _lanes(deployment, hazard, [row.event for row in shown])
    rows = [_header(lanes)]
    if len(shown) < len(told):
        rows.append(_gap(f"{count(len(told) - len(shown), 'earlier event')} not drawn", len(lanes)))
    for row in shown:
        if row.passed:
            rows.append(_gap(f"… the pipeline goes on: {count(row.passed, 'event')}", len(lanes)))
        if hazard.loop is not None and row.number - row.passed <= hazard.loop + 1 <= row.number:
            rows.append(_gap("from here on, for ever:", len(lanes)))
        fails = hazard.loop is None and row is shown[-1]
        rows.append(_row(row, _box(deployment, hazard, row, lanes, fails=fails), len(lanes)))
    if hazard.loop == len(hazard.trace):
        rows.append(_gap("and so it stays: nothing is left that must happen", len(lanes)))
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="5">{"".join(rows)}</TABLE>'
    graph = new_digraph(_title(deployment, hazard), pad="0.2")
    graph.node("story", label=f"<{table}>", shape="plain", tooltip=" ")
    return graph


def _title(deployment: Deployment, hazard: Hazard) -> str:
    said = [escape(line) for line in textwrap.wrap(shorten(printable(sentence(hazard, deployment)), 240), 80)]
    if hazard.request is None:
        name = escape(shorten(hazard.property or str(hazard.kind), 60))
        return title_block([f'<FONT POINT-SIZE="16"><B>{name}</B></FONT>', *said])
    left, right = (escape(shorten(side, 60)) for side in sides(hazard, failing_hop(deployment, hazard)))
    strikes = "inevitable" if hazard.inevitable else "race"
    lines = [
        f'<FONT POINT-SIZE="16"><B>{escape(shorten(hazard.request, 60))}</B>, hop {hazard.hop}</FONT>',
        f'<FONT COLOR="{ERROR}"><B>{left} → {right}</B></FONT>   {escape(shorten(what_fails(hazard), 60))}',
        f'<FONT COLOR="{GREY}">{hazard.severity}, {strikes}, span {hazard.span}</FONT>',
    ]
    return title_block([*lines, *said])


def _lanes(deployment: Deployment, hazard: Hazard, events: Sequence[TraceEvent]) -> tuple[str, ...]:
    """The pipeline, then whoever takes part in the request, then who else does something."""
    seen: dict[str, None] = {_PIPELINE: None}
    for event in events:
        if event.kind is EventKind.HOP:
            hop = _hop(deployment, hazard, event)
            seen.update(dict.fromkeys((hop.consumer, hop.provider)))
    seen.update(
        dict.fromkeys(_owner(deployment, event) for event in events if event.kind is not EventKind.HOP)
    )
    return tuple(seen)


def _hop(deployment: Deployment, hazard: Hazard, event: TraceEvent) -> Hop:
    hop = event.hop or hazard.hop
    assert hazard.request is not None, "only the story of a request has hops"
    assert hop is not None, "an event of a request is one of its hops"
    return hop_of(deployment, hazard.request, hop)


def _owner(deployment: Deployment, event: TraceEvent) -> str:
    """The lane of an event that is no hop: for a contract's the lane of its provider."""
    if event.kind is EventKind.PIPELINE:
        return _PIPELINE
    if event.owner in deployment.components:
        return event.owner
    providers = {str(contract): contract.provider for contract in deployment.contracts}
    return providers.get(event.owner, event.owner)


def _box(deployment: Deployment, hazard: Hazard, row: Told, lanes: Sequence[str], *, fails: bool) -> _Box:
    event = row.event
    who, what = who_and_what(event)
    if event.kind is not EventKind.HOP:
        lane = lanes.index(_owner(deployment, event))
        text = what if who in (lanes[lane], _PIPELINE) else f"{who}: {what}"
        return _Box(lane, lane, _lines(text, 1), _FILLS[event.kind], fails)
    hop = _hop(deployment, hazard, event)
    ends = sorted((lanes.index(hop.consumer), lanes.index(hop.provider)))
    lines = _lines(what, ends[1] - ends[0] + 1)
    if fails:
        left, right = sides(hazard, hop)
        lines = (*lines, f"× {shorten(left, 40)} → {shorten(right, 40)}")
    return _Box(ends[0], ends[1], lines, _FILLS[event.kind], fails)


def _lines(text: str, lanes: int) -> tuple[str, ...]:
    """The text in lines that fit into so many lanes, cut when there are too many."""
    lines = textwrap.wrap(printable(text), _TEXT_CHARS * lanes) or [""]
    return tuple(lines if len(lines) <= _TEXT_LINES else [*lines[: _TEXT_LINES - 1], "…"])


def _header(lanes: Iterable[str]) -> str:
    cells = "".join(
        f'<TD BGCOLOR="{INK}"><FONT COLOR="{PAPER}"><B>{escape(shorten(lane, _LANE_CHARS))}</B></FONT></TD>'
        for lane in lanes
    )
    return f"<TR><TD></TD><TD></TD>{cells}</TR>"


def _gap(text: str, lanes: int) -> str:
    words = f'<FONT COLOR="{GREY}" POINT-SIZE="9"><I>{text}</I></FONT>'
    return f'<TR><TD></TD><TD></TD><TD COLSPAN="{lanes}" ALIGN="LEFT" CELLPADDING="1">{words}</TD></TR>'


def _row(row: Told, box: _Box, lanes: int) -> str:
    step = escape(shorten(row.event.step, _LANE_CHARS + 6))
    cells = [
        f'<TD ALIGN="RIGHT"><FONT COLOR="{GREY}">{row.number}</FONT></TD>',
        f'<TD ALIGN="LEFT"><FONT COLOR="{GREY}">{step}</FONT></TD>',
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
    return f"<TD {span}{border}>{'<BR/>'.join(lines)}</TD>"
