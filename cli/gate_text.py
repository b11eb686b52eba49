"""What `gate` answers, for people: where it stands, whether to go on, wait or go back, and the stories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from ..diagrams.wording import count, tell_failure, tell_hazard, tell_sides
from ..model.compiler.moves import Position
from ..model.compiler.system import EventKind
from ..model.deployment import Deployment
from ..model.observed.sightings import InstancesSeen, tell_sighting
from ..properties.gate.answer import GateAnswer, GateVerdict, HazardAhead, WhatIsAhead
from ..properties.gate.sightings import tell_place
from ..properties.gate.standing import Doubt
from ..properties.verdict import Hazard, HopHazard, PropertyHazard
from .page import Page, Screen
from .property_text import SEVERITY_STYLE
from .story_text import render_story
from .styled import Text

_LABEL = 12
MANY = 6
"""So many of a kind are named; the rest is counted."""


def render_gate(answer: GateAnswer, deployment: Deployment, screen: Screen, *, everything: bool) -> None:
    """Prints the answer; with `everything` also how it may have come to stand so, and all that was seen."""
    page = Page(screen)
    _render_head(page, answer)
    most = None if everything else MANY
    _list(page, "seen", (f"{tell_sighting(one)} ({one.source})" for one in answer.sightings), most)
    _list(page, "left out", (f"{one.what}: {one.why}" for one in answer.left_out), most)
    if answer.doubts:
        _list(page, "disagrees", [*map(_doubt, answer.doubts), *_hint(answer.doubts)], None)
    _list(page, "stands", (f"in {tell_place(place)}" for place in answer.places), most)
    unseen = (f"{key}: {_values(values)}" for key, values in answer.unseen)
    _list(page, "not seen", unseen, most)
    if answer.places:
        _list(page, "go on", [_go_on(answer.onward)], None)
        _list(page, "wait", _wait(answer), None)
        _list(page, "rollback", _rollback(answer, deployment), None)
    _render_hazards(page, deployment, "Going on", answer.onward, everything)
    for pipeline, ahead in answer.rollbacks.items():
        title = "Rolling back" if pipeline is None else f"Rolling back {pipeline}"
        _render_hazards(page, deployment, title, ahead, everything)


def _render_head(page: Page, answer: GateAnswer) -> None:
    mark, style = {
        GateVerdict.SAFE: (f"{page.glyphs.safe} SAFE FROM HERE", "bold green"),
        GateVerdict.UNSAFE: (f"{page.glyphs.unsafe} UNSAFE FROM HERE", "bold red"),
        GateVerdict.UNKNOWN: ("? UNKNOWN", "bold yellow"),
    }[answer.verdict]
    page.line(Text().append(mark, style).append(f"   {page.clean(answer.system)}"))
    if answer.reason:
        page.paragraph(Text(page.clean(answer.reason)), 2, hang=2)


def _list(page: Page, label: str, texts: Iterable[str], most: int | None) -> None:
    every = list(texts)
    shown = every if most is None or len(every) <= most + 1 else every[:most]
    for number, text in enumerate(shown):
        start = Text(f"  {label if number == 0 else '':<{_LABEL}}", "bold")
        page.paragraph(start.append(Text(page.clean(text), "")), hang=_LABEL + 2)
    if len(shown) < len(every):
        page.line(Text(f"  {'':<{_LABEL}}and {len(every) - len(shown)} more (--all)", "dim"))


def _doubt(one: Doubt) -> str:
    model = _values(one.allowed) if one.allowed else "nothing that goes with the rest"
    return f"{tell_sighting(one.sighting)} ({one.sighting.source}); beside the others the model has: {model}"


def _hint(doubts: Iterable[Doubt]) -> Iterator[str]:
    """What can be done where numbers may be all that disagrees."""
    if any(isinstance(one.sighting, InstancesSeen) and one.sighting.is_exact for one in doubts):
        yield "numbers must be those of the file: `--versions-only` compares which versions are up"


def _values(values: tuple[str, ...]) -> str:
    more = f" or {len(values) - MANY} more" if len(values) > MANY else ""
    return " or ".join(values[:MANY]) + more


def _go_on(onward: WhatIsAhead) -> str:
    told = _counted(onward)
    if onward.hazards or onward.open:
        return told
    return "no hazard can be met from here to the end" + (f", but {told}" if told else "")


def _counted(ahead: WhatIsAhead) -> str:
    parts = []
    if ahead.hazards:
        steps = dict.fromkeys(place.step for one in ahead.hazards for place in one.places)
        parts.append(f"{count(len(ahead.hazards), 'hazard')} can be met, in {', '.join(steps)}")
    if ahead.accepted:
        parts.append(f"{len(ahead.accepted)} accepted")
    parts += [f"not judged: {one}" for one in ahead.open]
    return "; ".join(parts)


def _wait(answer: GateAnswer) -> Iterator[str]:
    """Until when one may; of several pipelines, and how far each may go on while the others wait."""
    first = {pipeline: answer.first_unsafe(pipeline) for pipeline in answer.pipelines}
    here = [place for place in first.values() if place is not None and answer.is_here(place)]
    if here:
        told = " and ".join(tell_place(place) for place in here)
        yield f"not here: a hazard can be met in {told}, where it can stand now"
    elif answer.onward.open:
        yield "not known: not all was judged"
    elif None in first:
        place = first[None]
        yield "as long as you like, in every step" if place is None else f"here, and {_until(place)}"
    elif not answer.onward.hazards:
        yield "as long as you like, in every step of every pipeline"
    else:
        yield "here, with all pipelines, as long as you like; while the others wait"
        for pipeline, place in first.items():
            yield f"{pipeline} may go on {'to its end' if place is None else _until(place)}"


def _until(place: Position) -> str:
    return f"until it goes on to {tell_place(place)}: there a hazard can be met"


def _rollback(answer: GateAnswer, deployment: Deployment) -> Iterator[str]:
    if deployment.rollback is None:
        yield "the file says of none (`rollback:`)"
    elif not answer.rollbacks:
        yield "nothing that comes from here on can fail"
    for pipeline, back in answer.rollbacks.items():
        whose = "" if pipeline is None else f"{pipeline}: "
        is_told = back.hazards or back.open
        yield whose + (_counted(back) if is_told else "safe: a failure from here leads to no hazard")


def _render_hazards(
    page: Page, deployment: Deployment, title: str, ahead: WhatIsAhead, everything: bool
) -> None:
    for number, one in enumerate(ahead.hazards, start=1):
        page.line()
        _render_title(page, deployment, f"{title} {number}", one.hazard)
        page.paragraph(Text(page.clean(_explain(deployment, one.hazard))), 4)
        page.paragraph(Text("can be met in ").append(page.clean(_places(one.places))), 4, hang=2)
        _render_halves(page, one, everything)


def _render_title(page: Page, deployment: Deployment, title: str, hazard: Hazard) -> None:
    head = Text(f"{title}  ", "bold")
    if isinstance(hazard, HopHazard):
        left, right = tell_sides(hazard, deployment)
        head.append(f"{page.clean(left)} {page.glyphs.arrow} {page.clean(right)}   ")
        head.append(page.clean(tell_failure(hazard)))
    else:
        head.append(page.clean(hazard.property))
    page.ends(head, Text(hazard.severity, SEVERITY_STYLE[hazard.severity]))


def _explain(deployment: Deployment, hazard: Hazard) -> str:
    if isinstance(hazard, PropertyHazard):
        return hazard.explanation
    return f"{hazard.request}, hop {hazard.hop}: {tell_hazard(hazard, deployment)}"


def _places(places: tuple[Position, ...]) -> str:
    told = [tell_place(place) for place in places]
    more = f" and {len(told) - MANY} more" if len(told) > MANY else ""
    return "; ".join(told[:MANY]) + more


def _render_halves(page: Page, one: HazardAhead, everything: bool) -> None:
    """The story in two halves; of the one that lies behind only what the request did, unless all is asked."""
    before, after = one.hazard.trace[: one.seen_at], one.hazard.trace[one.seen_at :]
    if everything and before:
        page.paragraph(Text("so it may have come to stand as it was seen:", "dim"), 4)
        render_story(page, structs.replace(one.hazard, trace=before))
    begun = [event for event in before if event.kind is EventKind.HOP]
    if begun and not everything:
        page.paragraph(Text(f"the request has begun by then: {page.clean(begun[-1].text)}", "dim"), 4)
    page.paragraph(Text("from there:", "dim"), 4)
    render_story(page, structs.replace(one.hazard, trace=after))
