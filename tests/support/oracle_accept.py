"""The oracle's reading of `accept`: which hazards count for nothing (93)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from support.oracle_plan import Plan
from support.oracle_search import HazardKey

Entry = Mapping[str, Any]
MIN_AVAILABLE = "min_available of "
"""What a violation of it is called: this and the component's name (62)."""
TODAY = "2026-06-15"
"""The day on which random entries are judged."""


def entries_on(data: Mapping[str, Any], today: str) -> list[Entry]:
    """Those that are not over; dates of this form stand in the order of time."""
    return [entry for entry in data.get("accept", []) if str(entry.get("until", today)) >= today]


def is_hop_accepted(
    plan: Plan, entries: Iterable[Entry], key: HazardKey, places: Iterable[Collection[str]]
) -> bool:
    """Whether each place, told by the steps in which the pipelines stand there, has one that is named by an
    entry that agrees with what a hop meets (93, 101)."""
    return _covers([entry for entry in entries if _agrees(entry, _told_of(plan, key))], places)


def is_property_accepted(entries: Iterable[Entry], name: str, places: Iterable[Collection[str]]) -> bool:
    """As `is_hop_accepted`, of what no hop meets; of that `min_available` alone has a component."""
    told = {"kind": "property", "property": name}
    if name.startswith(MIN_AVAILABLE):
        told["component"] = name.removeprefix(MIN_AVAILABLE)
    return _covers([entry for entry in entries if _agrees(entry, told)], places)


def _told_of(plan: Plan, key: HazardKey) -> dict[str, str]:
    """What an entry can ask of the hazard, but for its id."""
    request = next(request for request in plan.requests if request.name == key.request)
    hop = request.hops[key.hop - 1]
    starts = key.kind == "interrupted" and key.consumer_version is not None
    told = {
        "kind": key.kind,
        "request": key.request,
        "contract": hop.contract,
        "component": request.component_of(0) if starts else hop.provider,
    }
    if key.aspect is not None:
        told |= {"aspect": key.aspect, "versions": f"{key.consumer_version} -> {key.provider_version}"}
    return told


def _agrees(entry: Entry, told: Mapping[str, str]) -> bool:
    for name in set(entry) - {"in", "reason", "until"}:
        asked, found = entry[name], told.get(name)
        every = name == "contract" and asked.endswith("/*")
        if found is None or (found.partition("/")[0] != asked[:-2] if every else found != asked):
            return False
    return True


def _covers(agreeing: list[Entry], places: Iterable[Collection[str]]) -> bool:
    anywhere = any("in" not in entry for entry in agreeing)
    named = {step for entry in agreeing for step in _steps(entry)}
    return bool(agreeing) and (anywhere or all(named & set(steps) for steps in places))


def _steps(entry: Entry) -> list[str]:
    steps = entry.get("in", [])
    return [steps] if isinstance(steps, str) else steps
