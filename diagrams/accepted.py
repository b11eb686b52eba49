"""What is said of the entries of `accept`: what they take out of the verdict, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.deployment import Acceptance
from ..properties.verdict import AcceptedHazard, Answer, Hazard, HopHazard, JudgedAcceptance
from .statement import Statement, Tone
from .wording import count, tell_failure

_SHOWN = 3


def list_accept_statements(answer: Answer) -> Iterator[Statement]:
    """The statements, entry by entry in the order of the file; those that are void come last."""
    for one in answer.accept:
        yield from _of_entry(one)
    if answer.accepted and not answer.accept:  # not all hazards are known, so nothing is said of entries
        hazards = [accepted.hazard for accepted in answer.accepted]
        yield Statement("accepted", f"{count(len(hazards), 'hazard')}: {_named(hazards)}")


def tell_accepted(accepted: AcceptedHazard) -> str:
    """That the hazard is accepted, and why, in one line."""
    return f"accepted: {'; '.join(dict.fromkeys(_because(entry) for entry in accepted.by))}"


def _of_entry(one: JudgedAcceptance) -> Iterator[Statement]:
    entry = one.entry
    if one.accepted:
        told = f"{count(len(one.accepted), 'hazard')}, {_named(one.accepted)}{_where(entry)}"
        yield Statement("accepted", f"{told}: {_because(entry)}")
    for hazard, steps in one.outside:
        text = f"{_named([hazard])} is met in {', '.join(steps)} too, where no entry accepts it"
        yield Statement("sticks out", f"{text} ({_place(entry)})", Tone.WARNING)
    if one.is_void:
        text = f"after {entry.until} {entry} is accepted no more ({_place(entry)}): {entry.reason}"
        yield Statement("expired", text, Tone.WARNING)
    if one.is_needless:
        text = f"no hazard agrees with {entry} ({_place(entry)}): the entry can go"
        yield Statement("needless", text, Tone.WARNING)


def _named(hazards: list[Hazard] | tuple[Hazard, ...]) -> str:
    """The hazards by whom they are met, the first few of them."""
    names = list(dict.fromkeys(map(_name, hazards)))
    more = len(names) - _SHOWN
    return ", ".join(names) if more < 2 else f"{', '.join(names[:_SHOWN])} and {more} more"


def _name(hazard: Hazard) -> str:
    return f"{hazard.subject} ({tell_failure(hazard)})" if isinstance(hazard, HopHazard) else hazard.subject


def _where(entry: Acceptance) -> str:
    return "" if entry.within is None else f", in {', '.join(entry.within)} alone"


def _because(entry: Acceptance) -> str:
    return entry.reason if entry.until is None else f"{entry.reason} (until {entry.until})"


def _place(entry: Acceptance) -> str:
    return "" if entry.place is None else f"{entry.place.file}:{entry.place.line}"
