"""Plans as text: what each does, what it costs, what is proven of it, and the edit as a unified diff."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..diagrams.wording import count
from ..model.deployment.prices import IN_CODE
from ..properties.verdict import HopHazard
from .output import say

if TYPE_CHECKING:
    from ..model.deployment import Deployment
    from ..properties.repair.finishing import RepairPlan
    from ..properties.repair.repair import Nearest, Repair, Untouched
    from ..properties.repair.source import EditedSource
    from ..properties.verdict import Answer


def print_repair(repair: Repair, deployment: Deployment, answer: Answer, source: EditedSource) -> None:
    """Everything that was found."""
    for line in _lines(repair, deployment, answer, source):
        say(line)


def write_diff(plan: RepairPlan, source: EditedSource, file: str) -> str:
    """The edits of a plan as a unified diff, of the second file too where that is edited."""
    told = [_diff(source.text, plan.text, file)]
    if plan.changes is not None and source.changes is not None:
        told.append(_diff(source.changes, plan.changes, source.second))
    return "\n".join(told)


def _diff(before: str, after: str, file: str) -> str:
    """As `git apply` takes it where skewproof was called: `a//srv/d.yaml` is the name of no file there."""
    file = _name(file)
    lines = unified_diff(before.splitlines(), after.splitlines(), f"a/{file}", f"b/{file}", lineterm="")
    return "\n".join(lines)


def spell_repair(repair: Repair, source: EditedSource, file: str) -> dict[str, Any]:
    """Everything that was found, as JSON has it."""
    return {
        "plans": [_spell(plan, source, file) for plan in repair.plans],
        "unwritten": list(repair.unwritten),
        "untouched": [
            {"hazard": one.hazard, "tried": one.tried, "names": list(one.names)} for one in repair.untouched
        ],
        "nearest": None
        if repair.nearest is None
        else {"remedies": [one.told for one in repair.nearest.remedies], "left": list(repair.nearest.left)},
        "proposed": repair.proposed,
        "checks": repair.checks,
        "cut_short": repair.cut_short,
        "seconds": round(repair.seconds, 3),
        "warrant": repair.warrant.name.lower(),
        "spent": repair.spent,
    }


def _spell(plan: RepairPlan, source: EditedSource, file: str) -> dict[str, Any]:
    proof = plan.certificate.proof if plan.certificate else None
    return {
        "price": plan.price,
        "kinds": [str(kind) for kind in plan.kinds],
        "to_build": [str(kind) for kind in plan.kinds if kind in IN_CODE],
        "remedies": [
            {"kind": str(remedy.kind), "price": remedy.price, "told": remedy.told} for remedy in plan.remedies
        ],
        "steps": _count_new_steps(plan, source.text),
        "certified": None
        if proof is None
        else {"proven": len(proof.proven), "left_open": list(proof.left_open)},
        "diff": write_diff(plan, source, file),
    }


def _count_new_steps(plan: RepairPlan, text: str) -> int:
    """So many lines the file has more."""
    return len(plan.text.splitlines()) - len(text.splitlines())


def _lines(repair: Repair, deployment: Deployment, answer: Answer, source: EditedSource) -> Iterator[str]:
    hazards = len(answer.hazards)
    found = f"{hazards} hazard{'s' * (hazards != 1)}"
    yield f"{found}, {repair.proposed} remedies proposed for what takes part"
    yield f"{repair.checks:,} checks in {repair.seconds:.1f} s"
    if repair.cut_short:
        took = f"took longer than {repair.longest:g} s and told nothing"
        yield f"{repair.cut_short:,} of them {took}: with more --seconds one may take a tenth of them"
    for number, plan in enumerate(repair.plans, start=1):
        yield ""
        yield f"plan {number}, price {plan.price}: {', '.join(map(str, plan.kinds))}"
        for remedy in plan.remedies:
            first, *more = remedy.told.split("\n")
            yield f"  {first} ({remedy.price})"
            yield from (f"    {line}" for line in more)
        yield f"  checked whole: safe; {_tell_certificate(plan)}"
        yield from tell_to_build(plan)
        yield write_diff(plan, source, deployment.file)
    yield ""
    yield from _tell_exposures(repair, deployment, source)
    yield _tell_warrant(repair)
    yield from (f"  not written: {why}" for why in repair.unwritten)
    for untouched in repair.untouched:
        yield from _tell_untouched(untouched)
    if repair.nearest is not None:
        yield from _tell_nearest(repair.nearest)
    if not repair.plans:
        yield from _tell_both_ways(answer)
        yield from _tell_unsplit(deployment)


def _name(file: str) -> str:
    path, here = Path(os.path.abspath(file)), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else file.lstrip("/")


MOST_STATES = 50_000
"""So many states may a deployment have for its exposure to be told beside its plans."""


def _tell_exposures(repair: Repair, deployment: Deployment, source: EditedSource) -> Iterator[str]:
    """Where the file says how often requests come: how many fail as it stands, and how long each plan
    takes, in which none does."""
    if not deployment.timing.traffic or not repair.plans:
        return
    from ..model.resources.limits import Limits
    from ..properties.exposure.measure import find_exposure
    from .exposure_text import tell_in_a_line

    limits = Limits(max_states=MOST_STATES)
    yield f"as it stands: {tell_in_a_line(find_exposure(deployment, limits))}"
    for number, plan in enumerate(repair.plans, start=1):
        found = find_exposure(source.load(plan.text, changes=plan.changes), limits)
        yield f"plan {number}, price {plan.price}: {tell_in_a_line(found)}"


def tell_to_build(plan: RepairPlan) -> Iterator[str]:
    """A warning: an edited file changes no code."""
    kinds = [str(kind) for kind in plan.kinds if kind in IN_CODE]
    if kinds:
        yield f"  build it first ({', '.join(kinds)}): the file then says so of code, which nobody has read"


def _tell_untouched(untouched: Untouched) -> Iterator[str]:
    """A hazard that nothing takes away, and why."""
    if untouched.tried == 0:
        names = ", ".join(untouched.names)
        yield f"  hazard {untouched.hazard}: every remedy for {names} is out of the question by `prices`"
        return
    yield (
        f"  hazard {untouched.hazard}: none of {untouched.tried} remedies takes it away, alone or with "
        f"others that were tried; in it take part {', '.join(untouched.names)}"
    )


def _tell_both_ways(answer: Answer) -> Iterator[str]:
    """The contracts of which no order helps, each once."""
    met: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
    for one in answer.hazards:
        if isinstance(one, HopHazard) and one.consumer_version and one.provider_version:
            own = met.setdefault((str(one.contract), str(one.aspect)), {})
            own[one.consumer_version, one.provider_version] = None
    for (contract, aspect), pairs in met.items():
        both = [f"{a} and {b}" for a, b in pairs if a < b and (b, a) in pairs]
        if both:
            yield (
                f"  {contract} ({aspect}) breaks both ways between {', '.join(both)}: whichever comes first, "
                "one of the two is met. No order helps; a flag, a release more, or tolerance may"
            )


def _tell_unsplit(deployment: Deployment) -> Iterator[str]:
    """Why no release was split, as far as that is seen at once."""
    many = len(deployment.versions)
    if many > 2:
        yield f"  no release was split: that is done for two versions, and these are {many}"
    elif deployment.pipelines:
        yield "  no release was split: that is done for one pipeline"


def _tell_nearest(nearest: Nearest) -> Iterator[str]:
    """What helps a part, and what that leaves."""
    yield "  nearest, and no plan:"
    yield from (f"    {remedy.told} ({remedy.price})" for remedy in nearest.remedies)
    hazards = [one for one in nearest.left if " " not in one]
    others = [one for one in nearest.left if " " in one]
    if hazards:
        yield f"    which leaves hazard{'s' * (len(hazards) > 1)} {', '.join(hazards)}"
    yield from (f"    which is no plan: {one}" for one in others)


def _tell_certificate(plan: RepairPlan) -> str:
    if plan.certificate is None:
        return f"no certificate ({plan.uncertified})"
    proof = plan.certificate.proof
    proven = f"its certificate proves {count(len(proof.proven), 'claim')}"
    return proven if proof.is_whole else f"{proven} and leaves {len(proof.left_open)} open"


def _tell_warrant(repair: Repair) -> str:
    from ..properties.repair.search import Warrant

    if repair.plans:
        spent = f" ({repair.spent} spent)" if repair.spent and repair.warrant is Warrant.NONE else ""
        return f"cheapest: {repair.warrant}{spent}"
    if repair.spent:
        return f"no plan found within {repair.spent}; a larger budget may find one (--checks, --seconds)"
    return "no plan with these remedies"
