"""Certificates made up by a program, and held against the oracle: what `verify` accepts of them is true.

Each claim is forged by itself, so that one lie that is refused does not hide another; what was accepted is
then put together.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.errors import TooManyCasesError
from skewproof.model.deployment import Deployment
from skewproof.model.errors import InvalidDeploymentError
from skewproof.properties.certificate.claims import NARROWED, Name, list_claims
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.verify import NO_STALL, Proof, verify
from support.certified_truth import Truth, find_truth
from support.forging import Data, Forger, Lie
from support.formulas import asking, predicates
from support.rich_deployments import rich_deployments
from support.safe_deployments import DAY, read
from support.several_pipelines import several_pipelines

FEW = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=300, derandomize=False)
FORMULAS = 5
RUNS = 3
PARTS = 10
"""Workers take a part each."""


@dataclass(frozen=True)
class Holder:
    """Holds what is accepted of one deployment against what is true of it."""

    deployment: Deployment
    truth: Truth
    forger: Forger
    seen: Counter[str]

    def accepts(self, claims: list[Data], progress: list[Data], runs: list[list[int]]) -> Proof | None:
        """What is proven; None: the certificate is refused."""
        try:
            proof = verify(self.deployment, self.forger.certificate(claims, progress, runs), DAY)
        except CertificateRefusedError:
            return None
        self.truth.check(proof)
        return proof

    def hold(self) -> None:
        progress = self._find_progress()
        claims, runs = self._find_claims(progress), self._find_runs()
        proof = self.accepts(claims, progress, runs)
        assert proof is not None, "what is accepted one by one is accepted together"
        self.seen["whole"] += proof.is_whole
        self.seen["of something, though the deployment is unsafe"] += not self.truth.is_safe

    def _find_progress(self) -> list[Data]:
        """Parts that are accepted; none, where none are."""
        found: list[Data] = []
        for parts in self.forger.forge_progress(self._choose(NO_STALL)):
            proof = self.accepts([], parts, [])
            self._count(NO_STALL, "progress", is_accepted=proof is not None and NO_STALL in proof.proven)
            if proof and NO_STALL in proof.proven:
                found = parts
        return found

    def _find_claims(self, progress: list[Data]) -> list[Data]:
        found = {}
        for claim in list_claims(self.forger.alone):
            for forged in self.forger.forge_claim(claim, self._choose(claim.text)):
                proof = self.accepts([forged], progress, [])
                self._count(claim.text, told_of(claim.name), is_accepted=proof is not None)
                if proof:
                    found[claim.name] = forged
        return list(found.values())

    def _find_runs(self) -> list[list[int]]:
        found = []
        for run in self.forger.forge_runs(RUNS):
            proof = self.accepts([], [], [run])
            self.seen["runs, accepted" if proof else "runs, refused"] += 1
            if proof:
                found.append(run)
        return found

    def _choose(self, claim: str) -> Collection[Lie]:
        """For what is untrue each lie, for what is true few: there the least that is right is a proof."""
        return (
            list(Lie) if self._is_untrue(claim) else [Lie.NOTHING, *self.forger.chance.sample(list(Lie), 2)]
        )

    def _count(self, claim: str, kind: str, *, is_accepted: bool) -> None:
        untrue = ", untrue" if self._is_untrue(claim) else ""
        self.seen[f"{kind}{untrue}, {'accepted' if is_accepted else 'refused'}"] += 1

    def _is_untrue(self, claim: str) -> bool:
        return claim.removesuffix(NARROWED) in self.truth.untrue


def told_of(name: Name) -> str:
    """What kind of claim that is."""
    kind, about = str(name[0]), str(name[1])
    if kind != "formula":
        return kind
    words = ("always ", "never ", "eventually ", " leads to ", " before ", " until ")
    return next(word.strip() for word in words if word in about)


def tie(data: Data, more: st.DataObject) -> Data:
    """The deployment, of which an action waits for something; which may never come."""
    data = copy.deepcopy(data)
    own = [data[key] for key in ("pipeline", "pipelines", "releases") if key in data]
    actions = more.draw(st.sampled_from(list(list_actions(own))))
    at = more.draw(st.integers(0, len(actions) - 1))
    actions[at] += f" when {more.draw(predicates(read(data)))}"
    return data


def list_actions(given: Any) -> Iterator[list[str]]:
    """The lists of actions, in pipelines however deep."""
    if isinstance(given, dict):
        yield from (one for own in given.values() for one in list_actions(own))
    elif isinstance(given, list) and given and all(isinstance(one, str) and " " in one for one in given):
        yield given
    elif isinstance(given, list):
        yield from (one for own in given for one in list_actions(own))


def hold(data: Data, more: st.DataObject, seen: Counter[str], *, failures: bool) -> None:
    if more.draw(st.integers(0, 2)) == 0:
        data = tie(data, more)
    try:
        asked = asking(data, more, FORMULAS)
        deployment = read(asked, failures=failures).on(DAY)
        compiled = compile_deployment(deployment)
    except (InvalidDeploymentError, TooManyCasesError):
        return
    truth = find_truth(asked, deployment, failures=failures)
    if truth is None:
        seen["too large for the oracle"] += 1
        return
    seen["deployments"] += 1
    chance = Random(more.draw(st.integers(0, 2**32)))
    Holder(deployment, truth, Forger(compiled, chance), seen).hold()


SAFETY, LIVENESS = ("hop", "always", "never", "before", "setback"), ("eventually", "leads to", "until")


def check_counts(seen: Counter[str], kinds: Collection[str], most: int) -> None:
    """A test that accepts nothing shows nothing, and one that is never lied to shows no more."""
    assert sum(seen[f"{kind}, accepted"] for kind in kinds) > most, seen
    assert sum(seen[f"{kind}, untrue, refused"] for kind in kinds) > most, seen


def test_nothing_forged_that_is_accepted_is_untrue() -> None:
    seen: Counter[str] = Counter()

    @seed(1)
    @settings(FEW, max_examples=20, derandomize=False)
    @given(rich_deployments(), st.data(), st.booleans())
    def run(data: Data, more: st.DataObject, failures: bool) -> None:
        hold(data, more, seen, failures=failures)

    run()
    for kinds in (SAFETY, LIVENESS, ["progress"]):
        check_counts(seen, kinds, 5)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_forged_that_is_accepted_is_untrue_on_thousands(part: int) -> None:
    seen: Counter[str] = Counter()
    drawn = several_pipelines(most=2) if part % 4 == 3 else rich_deployments()

    @seed(part)
    @MANY
    @given(drawn, st.data(), st.booleans())
    def run(data: Data, more: st.DataObject, failures: bool) -> None:
        hold(data, more, seen, failures=failures)

    run()
    print(f"part {part}: {dict(seen)}")  # noqa: T201 - how many there were is told beside; run with -s
    for kind in (*SAFETY, *LIVENESS, "progress"):
        check_counts(seen, [kind], 10)
