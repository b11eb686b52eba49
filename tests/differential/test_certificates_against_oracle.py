"""Certificates of random safe deployments, bent, and held against the oracle: what is accepted is true."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache, partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from skewproof.model.deployment import Deployment
from skewproof.model.resources.limits import Limits
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.verify import Proof, verify
from skewproof.properties.certificate.write import certify
from support.certificate_mutations import mutate
from support.certified_truth import find_truth
from support.formulas import asking
from support.rich_deployments import rich_deployments
from support.safe_deployments import DAY, MOST_STATES, make_safe, read
from support.several_pipelines import several_pipelines

MUTATIONS = 5
FEW = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),  # what fails is small already, and to make it smaller takes minutes
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=300, derandomize=False)
PARTS = 10
"""Workers take a part each. Of ten examples seven can be made safe, so that there are some 2,000."""
WHOLE_SHARE = 0.9
"""Of the safe deployments so many have a certificate of everything."""


def accepted(deployment: Deployment, certificate: object) -> Proof | None:
    try:
        return verify(deployment, certificate, DAY)
    except CertificateRefusedError:
        return None


def hold(data: dict[str, Any], more: st.DataObject, seen: Counter[str], *, failures: bool) -> None:
    """A certificate of the deployment made safe, as it is and bent, for it and for what it was."""
    given_data = asking(data, more, 4)
    safe_data = make_safe(given_data, failures=failures)
    if safe_data is None:
        return
    safe, unsafe = read(safe_data, failures=failures), read(given_data, failures=failures)
    truths = [
        (one, cache(partial(find_truth, of, one, failures=failures)))  # asked of what is accepted alone
        for one, of in ((safe, safe_data), (unsafe, given_data))
    ]
    made = certify(safe, Limits(max_states=MOST_STATES), DAY)
    seen["safe"] += 1
    seen["whole"] += made.proof.is_whole
    seen.update(f"left open: {text.split(' of ')[0].split(':')[0]}" for text in made.proof.left_open)
    certificate = json.loads(json.dumps(made.content))
    chance = Random(more.draw(st.integers(0, 2**32)))
    for bent in [certificate, *(mutate(certificate, chance) for _ in range(MUTATIONS))]:
        for deployment, find in truths:
            proof = accepted(deployment, bent)
            seen["accepted" if proof else "refused"] += 1
            if proof is None or not proof.proven:
                continue
            truth = find()
            if truth is None:
                seen["accepted, too large for the oracle"] += 1
            else:
                truth.check(proof)
                seen["accepted of what is unsafe, in part"] += not truth.is_safe


@FEW
@given(rich_deployments(), st.data(), st.booleans())
def test_nothing_that_is_accepted_is_untrue(
    data: dict[str, Any], more: st.DataObject, failures: bool
) -> None:
    hold(data, more, Counter(), failures=failures)


@settings(FEW, max_examples=6)
@given(several_pipelines(most=2), st.data(), st.booleans())
def test_nothing_that_is_accepted_of_several_pipelines_is_untrue(
    data: dict[str, Any], more: st.DataObject, failures: bool
) -> None:
    hold(data, more, Counter(), failures=failures)


@pytest.mark.exhaustive
def test_nothing_that_is_accepted_of_several_pipelines_is_untrue_on_a_hundred() -> None:
    seen: Counter[str] = Counter()

    @seed(0)
    @settings(MANY, max_examples=150)
    @given(several_pipelines(most=2), st.data(), st.booleans())
    def run(data: dict[str, Any], more: st.DataObject, failures: bool) -> None:
        hold(data, more, seen, failures=failures)

    run()
    print(dict(seen))  # noqa: T201 - the share is told beside; run with -s
    assert seen["whole"] >= WHOLE_SHARE * seen["safe"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_that_is_accepted_is_untrue_on_thousands(part: int) -> None:
    seen: Counter[str] = Counter()

    @seed(part)
    @MANY
    @given(rich_deployments(), st.data(), st.booleans())
    def run(data: dict[str, Any], more: st.DataObject, failures: bool) -> None:
        hold(data, more, seen, failures=failures)

    run()
    print(f"part {part}: {dict(seen)}")  # noqa: T201 - the share is told beside; run with -s
    assert seen["whole"] >= WHOLE_SHARE * seen["safe"]
