"""What only the answer tells: what did nothing in any run, what is left behind, what was said in vain."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.deployment import Deployment
from ...model.names import VariableKind
from ..verdict import Answer, EndUnit, JudgedAcceptance
from .slip import Slip


def list_answered(answer: Answer, deployment: Deployment) -> Iterator[Slip]:
    """Each of them; what a limit left open in the answer is missing."""
    for one in answer.end.in_vain:
        yield Slip("in-vain", one.action, one.why, one.place, "leave it out, or begin what it waits for")
    for unit in answer.end.units:
        yield from _of_unit(unit, deployment)
    for declared in answer.idle:
        why = (
            declared.cells[0].why if declared.cells else "each contract that it names has an entry of its own"
        )
        text = f"nothing can meet `{declared.says}` of {declared.entry}: {why}"
        fix = "add the action that brings what is missing, correct it, or leave it out"
        yield Slip("idle-declaration", f"{declared.entry} {declared.says}", text, declared.place, fix)
    for entry in answer.accept:
        yield from _of_entry(entry)
    for assumed in answer.assumptions:
        if not assumed.is_used:
            text = f"no hop is judged by `{assumed.text}`"
            yield Slip("needless-assumption", assumed.text, text, assumed.place, "leave it out")


def _of_unit(unit: EndUnit, deployment: Deployment) -> Iterator[Slip]:
    """What is left where nobody would leave it: a worker without work, and what no step moves."""
    if unit.kind is VariableKind.JOBS:
        text = f"{unit.name} is suspended when all is over"
        yield Slip("left-suspended", unit.name, text, unit.place, f"add `resume {unit.subject}`")
        return
    component = deployment.components.get(str(unit.subject))
    is_slow = component is not None and component.stays
    if unit.kind in (VariableKind.INSTANCES, VariableKind.SCHEMA) and _is_forgotten(unit) and not is_slow:
        fix = "move it, or say that the change is none of its"
        yield Slip("left-behind", unit.name, unit.why, unit.place, fix)


def _is_forgotten(unit: EndUnit) -> bool:
    return unit.short.startswith(("nothing ", "no step "))


def _of_entry(one: JudgedAcceptance) -> Iterator[Slip]:
    entry = one.entry
    if one.is_void:
        text = f"{entry} is accepted no more after {entry.until}"
        yield Slip("expired-acceptance", str(entry), text, entry.place, "mend it, or give it another day")
    elif one.is_needless:
        text = f"no hazard agrees with {entry}"
        yield Slip("needless-acceptance", str(entry), text, entry.place, "leave it out")
