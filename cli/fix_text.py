"""Plans as text: what each does, what it costs, what is proven of it, and the edit as a unified diff."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from .output import say

if TYPE_CHECKING:
    from ..model.deployment import Deployment
    from ..properties.repair.finishing import Plan
    from ..properties.repair.repair import Repair
    from ..properties.verdict import Answer


def print_repair(repair: Repair, deployment: Deployment, answer: Answer, text: str) -> None:
    """Everything that was found."""
    for line in _lines(repair, deployment, answer, text):
        say(line)


def write_diff(before: str, after: str, file: str) -> str:
    """The edit as a unified diff."""
    lines = unified_diff(before.splitlines(), after.splitlines(), f"a/{file}", f"b/{file}", lineterm="")
    return "\n".join(lines)


def spell_repair(repair: Repair, text: str, file: str) -> dict[str, Any]:
    """Everything that was found, as JSON has it."""
    return {
        "plans": [_spell(plan, text, file) for plan in repair.plans],
        "unwritten": list(repair.unwritten),
        "untouched": [
            {"hazard": one.hazard, "tried": one.tried, "names": list(one.names)} for one in repair.untouched
        ],
        "proposed": repair.proposed,
        "checks": repair.checks,
        "seconds": round(repair.seconds, 3),
        "warrant": repair.warrant.name.lower(),
        "spent": repair.spent,
    }


def _spell(plan: Plan, text: str, file: str) -> dict[str, Any]:
    proof = plan.certificate.proof if plan.certificate else None
    return {
        "price": plan.price,
        "kinds": [str(kind) for kind in plan.kinds],
        "remedies": [
            {"kind": str(remedy.kind), "price": remedy.price, "told": remedy.told} for remedy in plan.remedies
        ],
        "steps": _count_new_steps(plan, text),
        "certified": None
        if proof is None
        else {"proven": len(proof.proven), "left_open": list(proof.left_open)},
        "diff": write_diff(text, plan.text, file),
    }


def _count_new_steps(plan: Plan, text: str) -> int:
    """So many lines the file has more."""
    return len(plan.text.splitlines()) - len(text.splitlines())


def _lines(repair: Repair, deployment: Deployment, answer: Answer, text: str) -> Iterator[str]:
    hazards = len(answer.hazards)
    found = f"{hazards} hazard{'s' * (hazards != 1)}"
    yield f"{found}, {repair.proposed} remedies proposed for what takes part"
    yield f"{repair.checks:,} checks in {repair.seconds:.1f} s"
    for number, plan in enumerate(repair.plans, start=1):
        yield ""
        yield f"plan {number}, price {plan.price}: {', '.join(map(str, plan.kinds))}"
        for remedy in plan.remedies:
            first, *more = remedy.told.split("\n")
            yield f"  {first} ({remedy.price})"
            yield from (f"    {line}" for line in more)
        yield f"  checked whole: safe; {_tell_certificate(plan)}"
        yield write_diff(text, plan.text, deployment.file)
    yield ""
    yield _tell_warrant(repair)
    yield from (f"  not written: {why}" for why in repair.unwritten)
    for untouched in repair.untouched:
        yield (
            f"  hazard {untouched.hazard}: none of {untouched.tried} remedies takes it away, alone or with "
            f"others that were tried; in it take part {', '.join(untouched.names)}"
        )


def _tell_certificate(plan: Plan) -> str:
    if plan.certificate is None:
        return f"no certificate ({plan.uncertified})"
    proof = plan.certificate.proof
    proven = f"its certificate proves {len(proof.proven)} claims"
    return proven if proof.is_whole else f"{proven} and leaves {len(proof.left_open)} open"


def _tell_warrant(repair: Repair) -> str:
    from ..properties.repair.search import Warrant

    if repair.plans:
        spent = f" ({repair.spent} spent)" if repair.spent and repair.warrant is Warrant.NONE else ""
        return f"cheapest: {repair.warrant}{spent}"
    if repair.spent:
        return f"no plan found within {repair.spent}; more of them may find one (--checks, --seconds)"
    return "no plan with these remedies"
