"""What is not so of a random deployment, in the words of `verify`: what no certificate may be taken to prove.

The formulas are judged by the reference engine, on all states; it is held against Spin
(`test_properties_against_spin.py`). The oracle judges everything else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from skewproof.model.deployment import Deployment
from skewproof.properties.certificate.claims import NARROWED
from skewproof.properties.certificate.verify import Proof
from skewproof.properties.temporal.questions import list_properties
from skewproof.properties.verdict import PropertyHazard
from support.compare import violations
from support.oracle import Judgement, TooManyStatesError, judge, name_of
from support.oracle_accept import MIN_AVAILABLE, TODAY, entries_on, is_property_accepted
from support.safe_deployments import MOST_STATES


@dataclass(frozen=True)
class Truth:
    """What is not so of a deployment, as `verify` would say it."""

    untrue: frozenset[str]
    is_safe: bool

    def check(self, proof: Proof) -> None:
        assert not self.untrue & {text.removesuffix(NARROWED) for text in proof.proven}
        assert self.is_safe or not proof.is_whole


def find_truth(data: dict[str, Any], deployment: Deployment, *, failures: bool) -> Truth | None:
    """None where the oracle would need too long."""
    known = {key: value for key, value in data.items() if key != "properties"}
    try:
        judged = judge(known, failures=failures, most_states=MOST_STATES)
    except TooManyStatesError:
        return None
    violated = [one.property for one in violations(deployment) if not _is_accepted(data, one)]
    untrue = [*_broken_hops(deployment, judged), *_idle(judged)]
    asked = [one for one in list_properties(deployment) if one.name in violated]
    untrue += [f"{one.name}: {one.formula}" for one in asked]
    _compare_what_is_available(judged, violated)
    untrue += ["that the pipeline cannot stall"] if judged.stall else []
    untrue += [
        f"that nothing is taken back too late: {name_of(key)}"
        for key in judged.properties
        if key not in judged.accepted
    ]
    is_safe = judged.verdict == "safe" and not violated
    return Truth(frozenset(untrue), is_safe)


def _is_accepted(data: dict[str, Any], hazard: PropertyHazard) -> bool:
    return is_property_accepted(entries_on(data, TODAY), hazard.property, hazard.places_met)


def _broken_hops(deployment: Deployment, judged: Judgement) -> list[str]:
    requests = {request.name: request for request in deployment.requests}
    found = []
    for name, hop, kind, *_ in judged.hazards.keys() - judged.accepted:
        text = f"hop {hop} of `{name}`: {requests[name].hops[hop - 1]}"
        found.append(f"that `{name}` is never cut off" if kind == "interrupted" else text)
    return found


def _idle(judged: Judgement) -> list[str]:
    return [f"that something could meet `{says}` of {entry}" for entry, says in judged.coverage.idle]


def _compare_what_is_available(judged: Judgement, violated: Collection[str]) -> None:
    """Of `min_available` the engine says what the oracle says."""
    found = {str(one) for one in judged.formulas.keys() - judged.accepted}
    assert {one.partition(": ")[0] for one in found} == {n for n in violated if n.startswith(MIN_AVAILABLE)}
