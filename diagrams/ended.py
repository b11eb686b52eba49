"""What is said of the end: what stands where nobody would expect it, and what of the pipeline did nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.compiler.version_names import replace_versions
from ..model.deployment import Deployment
from ..model.names import Contract, Place, VariableKind
from ..properties.verdict import Answer, EndUnit, HopHazard, Stand, write_stand
from .statement import Statement
from .wording import count, tell_sides

UNITS = 6
"""So many units are told in one line."""
LINES = 3
"""So many are told with their places."""
WAYS = 2
"""So many ways in which one unit can end, and so many hazards by what is left over."""
NAMES = 8
FOLDED = "--format json has them all"


def list_end_statements(answer: Answer) -> Iterator[Statement]:
    """Nothing, if everything is as it should be when the deployment is over."""
    units = answer.end.units
    if units:
        yield Statement("at the end", write_end(answer, UNITS, FOLDED))
    yield from _lines([(unit.place, unit.why) for unit in units if unit.why])
    yield from _lines([(one.place, one.why) for one in answer.end.in_vain], "in vain")
    if back := answer.end.after_rollback:
        yield Statement("rolled back", f"a rollback can end with {_listed(answer, back, UNITS, FOLDED)}")


def write_end(answer: Answer, most: int, rest: str = "") -> str:
    """At most so many units in a line, as `back 4×V1 1×V2 (never promoted); cron suspended`; nothing where
    all is as expected. `rest` says where to find those that are folded away."""
    return _listed(answer, answer.end.units, most, rest)


def _listed(answer: Answer, units: tuple[EndUnit, ...], most: int, rest: str) -> str:
    more = [f"{len(units) - most} more", *filter(None, [rest])] if len(units) > most else []
    return "; ".join([*(_unit(answer, unit) for unit in units[:most]), *more])


def _lines(told: list[tuple[Place | None, str]], label: str = "") -> Iterator[Statement]:
    """A line each, behind one label; what is folded away is counted."""
    for index, (place, why) in enumerate(told[:LINES]):
        yield Statement(label if index == 0 else "", f"{place}: {why}" if place else why)
    if len(told) > LINES:
        yield Statement("", f"and {len(told) - LINES} more; --format json has them all")


def _unit(answer: Answer, unit: EndUnit) -> str:
    reason = f" ({unit.short})" if unit.short else ""
    owner = unit.subject.provider if isinstance(unit.subject, Contract) else unit.subject
    names = answer.version_names.get(str(owner), {}) if unit.kind is not VariableKind.CONTENT else {}
    return f"{unit.name} {replace_versions(names, _stands(unit))}{reason}"


def _stands(unit: EndUnit) -> str:
    """Of content all that can lie there; of others each way in which they can stand."""
    if unit.kind is VariableKind.CONTENT:
        every: Stand = tuple(sorted({part for stand in unit.stands for part in stand}))
        return write_stand(every, unit.kind)
    ways = [write_stand(stand, unit.kind) for stand in unit.stands]
    more = [f"{count(len(ways) - WAYS, 'other way')}"] if len(ways) > WAYS else []
    return " or ".join([*ways[:WAYS], *more])


# --- what old forms break ---


def list_residue_statements(answer: Answer, deployment: Deployment) -> Iterator[Statement]:
    """Where old forms may stay, with what they break when all is over."""
    label = "residue"
    for contract, ids in answer.residue_breaks.items():
        broken = [hazard for hazard in answer.at_hops if hazard.id in ids]
        yield Statement(label, f"{contract}: old forms may stay, and break {_broken(broken, deployment)}")
        label = ""
    if harmless := [str(c) for c in answer.residue if c not in answer.residue_breaks]:
        more = f" and {len(harmless) - NAMES} more" if len(harmless) > NAMES else ""
        names = f"{', '.join(harmless[:NAMES])}{more}"
        text = f"{names}: old forms may stay; they break nothing at the end, the next release meets them"
        yield Statement(label, text)


def _broken(hazards: list[HopHazard], deployment: Deployment) -> str:
    told = []
    for hazard in hazards[:WAYS]:
        left, right = tell_sides(hazard, deployment)
        told.append(f"{hazard.request} for ever ({left} -> {right}, hop {hazard.hop})")
    more = [f"{count(len(hazards) - WAYS, 'more hazard')}"] if len(hazards) > WAYS else []
    return ", ".join([*told, *more])
