"""The shop's release on the real thing: what the model predicts is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_harness import ExpandContract, Shop

from skewproof.model.deployment import Aspect
from skewproof.properties import check
from skewproof.properties.harness import Comparison, Result, Trial, as_test_case, find_failures, learn
from skewproof.properties.harness.learning import collect_breaks
from skewproof.properties.harness.mixed import load_deployment
from skewproof.properties.verdict import Safe

TestShop = as_test_case(Shop, is_strict=True)
TestExpandContract = as_test_case(ExpandContract, is_strict=True)

FOUR = {
    "a renamed column met by old code": ("check out", 3, Aspect.SCHEMA),
    "a cache entry of the old form read by new code": ("show product", 2, Aspect.CONTENT),
    "a message of another version met by the worker": ("ship order", 1, Aspect.CONTENT),
    "a price in another unit, which decodes and is wrong": ("show basket", 2, Aspect.CALL),
}


def predicted(harness: Shop) -> set[tuple[object, ...]]:
    """The hazards that the model finds, as request, hop, aspect and pair."""
    hazards = check(load_deployment(harness)).hazards
    return {(h.request, h.hop, h.aspect, h.consumer_version, h.provider_version) for h in hazards}


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
    assert min(len(result.story) for result in runs) <= 14  # a dozen; chance finds it by other ways, too


def test_the_wrong_price_is_no_error_but_corruption(found: list[Result]) -> None:
    wrong = [result.failure for result in found if result.run.request == "show basket"]
    assert wrong
    assert all(failure is not None and failure.is_corruption for failure in wrong)


def test_reality_shows_each_hazard_of_the_model_and_no_other(shop: Comparison) -> None:
    shop.tour()
    assert {(request, *pair[:4]) for request, pair in shop.seen} == predicted(Shop())
    assert shop.unpredicted == []
    assert len(predicted(Shop())) == 7


def test_the_same_release_in_three_is_safe_in_the_model_and_in_reality() -> None:
    answer = check(load_deployment(ExpandContract()))
    assert answer.verdict == Safe()
    with Trial(ExpandContract()) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        comparison.tour()
        assert comparison.is_complete
        assert comparison.toured > 80
        assert (comparison.seen, comparison.unpredicted) == ({}, [])


def test_what_the_three_break_is_what_their_code_breaks() -> None:
    by_hand = load_deployment(ExpandContract()).changes or {}
    with Trial(ExpandContract()) as trial:
        learned = collect_breaks(learn(trial))
    assert learned == {(c, a): pairs for c, change in by_hand.items() for a, pairs in change.breaks.items()}


def test_what_is_left_behind_breaks_the_last_release_in_the_model_and_in_reality(tmp_path: Path) -> None:
    """Nothing forces the old entries and messages out: months later, V4 meets them."""
    text = Path(ExpandContract.deployment).read_text("utf-8")
    line = next(line for line in text.splitlines() if "Leave nothing old behind" in line)
    file = tmp_path / "left-behind.yaml"
    file.write_text(text.replace(f"{line}\n", ""), "utf-8")

    class LeftBehind(ExpandContract):
        deployment = file

    with Trial(LeftBehind()) as trial:
        comparison = Comparison(trial)
        comparison.tour()
    readers = (("show product", 2), ("ship order", 1))
    old_data = {(*reader, Aspect.CONTENT, "V4", form) for reader in readers for form in ("V1", "V2")}
    assert {(request, *pair[:4]) for request, pair in comparison.seen} == old_data == predicted(LeftBehind())
    assert comparison.unpredicted == []
