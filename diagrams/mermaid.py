"""Story and architecture as Mermaid, for comments where it is rendered: a sequence diagram, a flowchart.

Every text from a user's file is written in characters that mean nothing to Mermaid, all others by their
numbers (`#59;` is a semicolon), so that no name can end its label, style anything or link anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..model.compiler.stepview import StepView, Suspension
from ..model.compiler.system import EventKind
from ..model.deployment import Deployment
from ..model.escapes import make_printable
from ..properties.verdict import Hazard, HopHazard
from .architecture import Breaking, find_broken, list_edges, list_participants, tell_edge
from .condense import NO_WAY_BACK, ToldEvent, condense, split_event, tell_left_out
from .palette import ERROR, ERROR_PALE
from .story import find_event_hop, find_owner, list_lanes
from .wording import shorten, tell_hazard

MOST_EVENTS, MOST_COMPONENTS = 60, 60
"""Of a longer story the last events are written; of a larger architecture first what breaks."""
_HARMLESS = re.compile(r"[^A-Za-z0-9 _.,/()+×→…-]")
_END = re.compile(r"\bend\b", re.IGNORECASE)
_LONGEST = 120


def escape_mermaid(text: str) -> str:
    """The text, to be read as it is wherever a label stands.

    >>> escape_mermaid('a;b "end"')
    'a#59;b #34;e#110;d#34;'
    """
    shown = _HARMLESS.sub(lambda found: f"#{ord(found[0])};", make_printable(shorten(text, _LONGEST)))
    return _END.sub(lambda found: f"{found[0][0]}#{ord(found[0][1])};{found[0][2]}", shown)


# --- the story ---


def write_story(deployment: Deployment, hazard: Hazard) -> str:
    """The story as a sequence diagram: the events that are told, and where the request fails."""
    return "\n".join(_story(deployment, hazard)) + "\n"


def _story(deployment: Deployment, hazard: Hazard) -> Iterator[str]:
    told = condense(hazard.whole_story)
    shown = told[-MOST_EVENTS:]
    lanes = list_lanes(deployment, hazard, [row.event for row in shown]) or ("pipeline",)
    yield f"%% {escape_mermaid(tell_hazard(hazard, deployment))}"
    yield "sequenceDiagram"
    for index, lane in enumerate(lanes):
        yield f"    participant p{index} as {escape_mermaid(lane)}"
    whole = f"p0,p{len(lanes) - 1}" if len(lanes) > 1 else "p0"
    if len(shown) < len(told):
        yield f"    Note over {whole}: {len(told) - len(shown)} earlier events"
    step = None
    for row in shown:
        if row.passed:
            left_out = hazard.whole_story[row.number - 1 - row.passed : row.number - 1]
            yield f"    Note over {whole}: … {escape_mermaid(tell_left_out(left_out))}"
        if row.event.step != step:
            step = row.event.step
            yield f"    Note over {whole}: {escape_mermaid(step)}"
        if row.begins_loop(hazard.loop):
            yield f"    Note over {whole}: from here on, for ever"
        if row.begins_loop(hazard.turn):
            yield f"    Note over {whole}: {escape_mermaid(NO_WAY_BACK)}"
        yield from _event(deployment, hazard, row, lanes, fails=hazard.ends and row is told[-1])
    if hazard.stays:
        yield f"    Note over {whole}: and so it stays"


def _event(
    deployment: Deployment, hazard: Hazard, row: ToldEvent, lanes: Sequence[str], *, fails: bool
) -> Iterator[str]:
    who, what = split_event(row.event)
    sign = "× " if fails else ""
    if row.event.kind is EventKind.HOP:
        hop = find_event_hop(deployment, hazard, row.event)
        ends = lanes.index(hop.consumer), lanes.index(hop.provider)
        line = (
            f"    p{ends[0]}{'-x' if fails else '->>'}p{ends[1]}: {row.number} {sign}{escape_mermaid(what)}"
        )
    else:
        owner = lanes.index(find_owner(deployment, row.event))
        said = what if who in (lanes[owner], "pipeline") else f"{who}: {what}"
        line = f"    Note over p{owner}: {row.number} {sign}{escape_mermaid(said)}"
    if fails:
        red, green, blue = (int(ERROR_PALE[at : at + 2], 16) for at in (1, 3, 5))
        yield from (f"    rect rgb({red}, {green}, {blue})", line, "    end")
    else:
        yield line


# --- the architecture ---


def write_architecture(deployment: Deployment, view: StepView, hazards: Sequence[Hazard] | None) -> str:
    """The architecture at a step as a flowchart: the versions that can be met, red where something breaks."""
    return "\n".join(_architecture(deployment, view, hazards)) + "\n"


def _architecture(deployment: Deployment, view: StepView, hazards: Sequence[Hazard] | None) -> Iterator[str]:
    broken = find_broken(deployment, view, hazards or ())
    edges = list_edges(deployment)
    ends = [end for consumer, provider, _ in broken for end in (consumer, provider)]
    names = list(dict.fromkeys((*ends, *list_participants(deployment))))[:MOST_COMPONENTS]
    ids = {name: f"c{index}" for index, name in enumerate(names)}
    yield f"%% {escape_mermaid(view.step)}"
    yield "flowchart LR"
    for name, node in ids.items():
        yield f'    {node}["{escape_mermaid(name)}<br>{_versions(deployment, view, name)}"]'
    red = []
    drawn = [edge for edge in edges if edge[0] in ids and edge[1] in ids]
    for index, edge in enumerate(drawn):
        consumer, provider, verb = edge
        label = escape_mermaid(tell_edge(verb, edges[edge]))
        if found := broken.get(edge):
            red.append(str(index))
            label += "".join(f"<br>× {escape_mermaid(text)}" for text in _pairs(found))
        yield f'    {ids[consumer]} -->|"{label}"| {ids[provider]}'
    if red:
        yield f"    linkStyle {','.join(red)} stroke:{ERROR},stroke-width:3px"
    left_out = len(list_participants(deployment)) - len(names)
    if left_out:
        yield f'    more["{left_out} more"]'


def _pairs(found: Breaking) -> Iterator[str]:
    for (subject, pair), hazards in found.items():
        requests = list(dict.fromkeys(h.request for h in hazards if isinstance(h, HopHazard)))
        yield f"{subject}: {pair} ({', '.join(requests[:2])})"


def _versions(deployment: Deployment, view: StepView, name: str) -> str:
    component = deployment.components.get(name)
    if component is None:
        return "client without a version"
    seen = view.components[name]
    nobody = "nobody up" if component.kind.has_instances else "unchanged"
    names = [deployment.name_version(name, version) for version in seen.versions]
    said = escape_mermaid(" / ".join(names) or nobody)
    words = {Suspension.NEVER: "", Suspension.MAYBE: ", may be suspended", Suspension.ALWAYS: ", suspended"}
    return said + words[seen.suspended]
