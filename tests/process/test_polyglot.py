"""The polyglot example on real processes and real stores: what its file says is what happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polyglot_harness
import pytest
from polyglot_harness import HERE, Polyglot, PolyglotInSteps

from skewproof.model.deployment import Aspect
from skewproof.properties import check
from skewproof.properties.harness import Comparison, Finding, Learned, Result, Trial, learn
from skewproof.properties.harness.learning import collect_breaks
from skewproof.properties.harness.mixed import load_deployment
from skewproof.properties.harness.tour import find_tour
from skewproof.properties.verdict import Safe

FOUR = {
    ("show product", 2, Aspect.CONTENT): (Finding.BREAKS, "Cannot read properties of undefined"),
    ("show basket", 2, Aspect.CALL): (Finding.CORRUPTS, "the customer sees {'total': 'NaN EUR'}"),
    ("check out", 3, Aspect.SCHEMA): (Finding.BREAKS, 'UndefinedColumn: column "quantity" of relation'),
    ("ship order", 1, Aspect.CONTENT): (Finding.BREAKS, "ValueError: no handler for the message"),
}
"""A cached form, a call, a column and a message, each with its evidence."""


@pytest.fixture(scope="module", autouse=True)
def use_servers(servers: Mapping[str, str]) -> Iterator[None]:
    assert (HERE / "node_modules").exists(), "run examples/polyglot/setup.sh first"
    polyglot_harness.SERVERS.update(servers)
    yield
    polyglot_harness.SERVERS.clear()


@pytest.fixture(scope="module")
def learned() -> tuple[Learned, ...]:
    with Trial(Polyglot()) as trial:
        assert trial.alone == ()
        return learn(trial)


@pytest.mark.parametrize("what", FOUR, ids=str)
def test_each_of_the_four_is_found_with_its_evidence(
    what: tuple[str, int, Aspect], learned: tuple[Learned, ...]
) -> None:
    found = [
        lesson for lesson in learned if (lesson.trait.request, lesson.trait.hop, lesson.trait.aspect) == what
    ]
    finding, words = FOUR[what]
    assert [lesson.finding for lesson in found] == [finding, finding]
    assert words in found[0].evidence


def test_what_is_learned_is_what_the_file_says(learned: tuple[Learned, ...]) -> None:
    by_hand = load_deployment(Polyglot()).changes or {}
    declared = {(c, a): pairs for c, change in by_hand.items() for a, pairs in change.breaks.items()}
    assert collect_breaks(learned) == declared
    assert all(lesson.finding is not Finding.UNTRIED for lesson in learned)


def run_mixed_stops(comparison: Comparison, versions: set[str]) -> dict[tuple[str, int, str, str], Result]:
    """Of each pair of two of the versions that meet at a changed contract, in some interleaving, one run."""
    changed = set(comparison.trial.deployment.changed)
    found: dict[tuple[str, int, str, str], Result] = {}
    for name, course in comparison.courses.items():
        for stop in find_tour(course).stops:
            encounter = stop.encounter
            hop = course.request.hops[encounter.hop - 1]
            met = encounter.callee or encounter.found or encounter.schema
            key = name, encounter.hop, encounter.caller or "", met or ""
            if hop.contract in changed and encounter.caller != met and {encounter.caller, met} <= versions:
                found[key] = found.get(key) or comparison.run(stop.run)
    return found


def is_served(results: dict[tuple[str, int, str, str], Result]) -> bool:
    return not any(r.failure or r.undeclared or r.waits or r.impossible for r in results.values())


def test_the_same_release_in_three_is_safe_in_the_model_and_in_reality() -> None:
    """In the step that first speaks the new, whoever is met has learned to listen in the step before."""
    assert check(load_deployment(PolyglotInSteps())).verdict == Safe()
    with Trial(PolyglotInSteps()) as trial:
        assert trial.alone == ()
        met = run_mixed_stops(Comparison(trial), {"V2", "V3"})
    assert {(request, hop) for request, hop, *_ in met} >= {(request, hop) for request, hop, _ in FOUR}
    assert is_served(met)


@pytest.mark.exhaustive
def test_each_step_of_the_three_is_safe_in_reality() -> None:
    with Trial(PolyglotInSteps()) as trial:
        met = run_mixed_stops(Comparison(trial), set(trial.deployment.versions))
    assert len(met) >= 18
    assert is_served(met)
