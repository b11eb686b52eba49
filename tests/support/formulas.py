"""Random formulas over a random deployment, as a user writes them."""

from __future__ import annotations

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


@st.composite
def formulas(draw: DrawFn, deployment: Deployment) -> str:
    """One formula of any modality; its predicates are an atom, negated or not, or two of them."""
    modality = draw(st.sampled_from(("always", "never", "eventually", "leads to", "before", "until")))
    left = draw(_predicate(deployment))
    if modality in ("always", "never", "eventually"):
        return f"{modality} {left}"
    return f"{left} {modality} {draw(_predicate(deployment))}"


@st.composite
def _predicate(draw: DrawFn, deployment: Deployment) -> str:
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
