"""The polyglot example on real processes and real stores: what its file says is what happens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polyglot_harness
import pytest
import yaml
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


@dataclass(frozen=True)
class Mutant:
    """A patch of V1: in a file, what stands there and what stands there then; the requests that show it, and
    what is told of it."""

    file: str
    here: str
    there: str
    requests: tuple[str, ...]
    told: str


MUTANTS = {
    "a call": Mutant(
        "backend.py",
        'int(request.args["quantity"])}',
        'int(request.args["quantity"]) + 1}',
        ("show basket",),
        "V1 alone does not serve `show basket`: the customer sees {'total': '39.99 EUR'}",
    ),
    "a column": Mutant(
        "backend.py",
        "(product, quantity) VALUES (%s, %s)",
        "(quantity, product) VALUES (%s, NULL) -- %s",
        ("check out",),
        "V1 alone does not serve `check out`: HTTP 500: ",
    ),
    "a cached form": Mutant(
        "worker.py",
        '"price_cents": cents',
        '"cents": cents',
        ("refresh cache", "show product"),
        "V1 alone does not serve `show product`: the customer sees {'name': 'Teapot', 'price': 'NaN EUR'}",
    ),
    "a message": Mutant(
        "backend.py",
        '{"type": "OrderPlaced", "order": number}',
        '{"type": "OrderPlaced", "number": number}',
        ("check out", "ship order"),
        "V1 alone does not serve `ship order`: its connection to the broker ended while it had the message: "
        "KeyError: 'order'",
    ),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_a_mutant_of_each_is_told_from_the_original(what: str, tmp_path: Path) -> None:
    mutant = MUTANTS[what]
    folder = tmp_path / "v1"
    shutil.copytree(HERE / "v1", folder)
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    text = (folder / mutant.file).read_text()
    assert text.count(mutant.here) == 1
    (folder / mutant.file).write_text(text.replace(mutant.here, mutant.there))
    described = yaml.safe_load(Polyglot.deployment.read_text())
    requests = {name: described["requests"][name] for name in mutant.requests}
    (tmp_path / "few.yaml").write_text(yaml.safe_dump({**described, "requests": requests, "changes": {}}))

    class Mutated(Polyglot):
        deployment = tmp_path / "few.yaml"
        folders: ClassVar[Mapping[str, Path]] = {"V1": folder, "V2": HERE / "v2"}

    with Trial(Mutated()) as trial:
        assert [str(failure)[: len(mutant.told)] for failure in trial.alone] == [mutant.told]
