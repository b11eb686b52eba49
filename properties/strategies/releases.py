"""Random changes for a given deployment: what a release of it might do to its contracts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ...model.deployment import Aspect, Change, Deployment, Kind, Severity
from ...model.names import Contract


def releases(deployment: Deployment) -> SearchStrategy[Deployment]:
    """The deployment with random changes in place of its own: any contract that a hop meets, broken
    between any neighbouring versions, in all aspects or in some, of any severity.

    Shrinks to no change, then to the contract that is met first, one pair, all aspects.
    """
    return _changes(deployment).map(lambda changes: replace(deployment, changes=changes))


@st.composite
def _changes(draw: DrawFn, deployment: Deployment) -> dict[Contract, Change]:
    return {
        contract: draw(_change(deployment, contract))
        for contract in deployment.contracts
        if draw(st.booleans())
    }


@st.composite
def _change(draw: DrawFn, deployment: Deployment, contract: Contract) -> Change:
    steps = list(zip(deployment.versions, deployment.versions[1:], strict=False))
    pairs = [pair for step in steps for pair in (step, step[::-1])]
    broken = draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True).map(frozenset))
    aspects = draw(st.one_of(st.just([*Aspect]), st.lists(st.sampled_from(Aspect), min_size=1, unique=True)))
    is_database = deployment.components[contract.provider].kind is Kind.DATABASE
    return Change(
        contract,
        dict.fromkeys(aspects, broken),
        severity=draw(st.sampled_from([Severity.ERROR, Severity.DEGRADED, Severity.CORRUPTION])),
        rows_kept=is_database and draw(st.booleans()),
    )
