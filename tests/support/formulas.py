"""Random formulas over a random deployment, as a user writes them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from skewproof.model.deployment import Deployment, Kind
from skewproof.model.language import loads


def stating(raw: dict[str, Any], data: st.DataObject, count: int, *, failures: bool = False) -> Deployment:
    """The deployment, which states so many random formulas."""
    deployment = loads(yaml.safe_dump(raw, sort_keys=False))
    stated = {f"p{number}": data.draw(formulas(deployment)) for number in range(count)}
    stating_them = loads(yaml.safe_dump(raw | {"properties": stated}, sort_keys=False))
    return replace(stating_them, failures=failures)


def asking(raw: dict[str, Any], data: st.DataObject, count: int) -> dict[str, Any]:
    """The deployment with so many random formulas, and `min_available` here and there."""
    deployment = loads(yaml.safe_dump(raw, sort_keys=False))
    stated = {f"p{number}": data.draw(formulas(deployment)) for number in range(count)}
    components = copy.deepcopy(raw["components"])
    for name, component in components.items():
        replicas = component.get("replicas", 1)
        least = replicas if isinstance(replicas, int) else min(replicas.values())
        fits = deployment.components[name].kind.has_instances and least > 0 and not component.get("stays")
        if fits and data.draw(st.booleans()):
            component["min_available"] = data.draw(st.integers(1, least))
    return {**raw, "components": components, "properties": stated}


@st.composite
def formulas(draw: DrawFn, deployment: Deployment) -> str:
    """One formula of any modality; its predicates are an atom, negated or not, or two of them."""
    modality = draw(st.sampled_from(("always", "never", "eventually", "leads to", "before", "until")))
    left = draw(predicates(deployment))
    if modality in ("always", "never", "eventually"):
        return f"{modality} {left}"
    return f"{left} {modality} {draw(predicates(deployment))}"


@st.composite
def predicates(draw: DrawFn, deployment: Deployment) -> str:
    """An atom, negated or not, or two of them."""
    atoms = st.sampled_from(_atoms(deployment))
    shape = draw(st.sampled_from(("{}", "{}", "not {}", "({} and {})", "({} or not {})", "({} implies {})")))
    return shape.format(draw(atoms), draw(atoms))


def _atoms(deployment: Deployment) -> list[str]:
    atoms = ["done"]
    for step in deployment.pipeline:
        atoms += [f'{where} "{step.name}"' for where in ("in", "after", "before")]
    for name, component in deployment.components.items():
        if component.kind.has_instances:
            atoms += [f"{name}.up(V1)", f"{name}.up(V2)", f"{name}.up >= 1", f"all {name} at V2"]
        if component.kind is Kind.WORKER:
            atoms.append(f"{name}.suspended")
        if component.kind.has_schema:
            atoms.append(f"{name}.version == V2")
        if component.kind in (Kind.CACHE, Kind.BROKER):
            atoms += [f"V1 in {name}", f"V2 in {name}", f"{name} is empty"]
    return atoms
