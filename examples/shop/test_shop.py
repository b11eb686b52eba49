"""The shop's release on the real thing: what the model predicts is what happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from shop_harness import Contract, Expand, Shop, Switch

from skewproof.model.deployment import Aspect
from skewproof.properties import check
from skewproof.properties.harness import Code, Comparison, Result, Trial, as_test_case, find_failures
from skewproof.properties.harness.mixed import load_deployment

TestShop = as_test_case(Shop, is_strict=True)
TestExpand = as_test_case(Expand, is_strict=True)
TestSwitch = as_test_case(Switch, is_strict=True)
TestContract = as_test_case(Contract, is_strict=True)

FOUR = {
    "a renamed column met by old code": ("check out", 3, Aspect.SCHEMA),
    "a cache entry of the old form read by new code": ("show product", 2, Aspect.CONTENT),
    "a message of another version met by the worker": ("ship order", 1, Aspect.CONTENT),
    "a price in another unit, which decodes and is wrong": ("show basket", 2, Aspect.CALL),
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Comparison]:
    with Trial(Shop()) as trial:
        yield Comparison(trial)


@pytest.fixture(scope="module")
def found(shop: Comparison) -> list[Result]:
    return find_failures(shop, max_examples=200)


@pytest.mark.parametrize("what", FOUR)
def test_hypothesis_finds_each_of_the_four_and_shrinks_it(what: str, found: list[Result]) -> None:
    request, hop, aspect = FOUR[what]
    runs = [
        result
        for result in found
        if result.run.request == request and any((p.hop, p.aspect) == (hop, aspect) for p in result.blamed)
    ]
    assert runs
    print(what, *runs[0].story, sep="\n  ")  # noqa: T201 - shown with -s
    assert min(len(result.story) for result in runs) <= 12


def test_the_wrong_price_is_no_error_but_corruption(found: list[Result]) -> None:
    wrong = [result.failure for result in found if result.run.request == "show basket"]
    assert wrong
    assert all(failure is not None and failure.is_corruption for failure in wrong)


def test_reality_shows_each_hazard_of_the_model_and_no_other(shop: Comparison) -> None:
    shop.tour()
    predicted = {
        (h.request, h.hop, h.aspect, h.consumer_version, h.provider_version)
        for h in check(load_deployment(Shop())).hazards
    }
    assert {(request, *pair) for request, pair in shop.seen} == predicted
    assert shop.unpredicted == []
    assert len(predicted) == 7


def test_without_the_step_between_three_of_the_four_come_back(tmp_path: Path) -> None:
    """The column alone is dropped when no code uses it any more, by the order of the pipeline."""
    file = tmp_path / "skipped.yaml"
    file.write_text(Path(Contract.deployment).read_text("utf-8").replace("[V3, V4]", "[V2, V4]"), "utf-8")

    class Skipped(Contract):
        deployment = file
        code: ClassVar[Mapping[str, Code]] = {"V2": Switch.code["V2"], "V4": Contract.code["V4"]}

    with Trial(Skipped()) as trial:
        comparison = Comparison(trial)
        comparison.tour()
    hurt = {wrong.result.run.request for wrong in comparison.unpredicted}
    assert hurt == {request for request, _, _ in FOUR.values()} - {"check out"}


@pytest.mark.parametrize("release", [Expand, Switch, Contract])
def test_the_same_release_in_three_is_safe_in_the_model_and_in_reality(release: type[Shop]) -> None:
    answer = check(load_deployment(release()))
    assert answer.hazards == ()
    assert release is not Switch or answer.residue == (), "the contract step counts on that"
    with Trial(release()) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        comparison.tour()
        assert comparison.is_complete
        assert comparison.toured > 20
        assert (comparison.seen, comparison.unpredicted) == ({}, [])
