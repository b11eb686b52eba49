"""The picture of what is proven, and of what is declared."""

from __future__ import annotations

import pytest

from skewproof.diagrams.pictures.proof import MOST_ROWS, Fate, draw_proof, list_rows
from skewproof.model.language import loads
from skewproof.properties.checker import check
from skewproof.properties.verdict import Safe
from support.drawn_samples import PAIR, SHAPES, deployment, is_legible, judged


@pytest.mark.parametrize("name", [*SHAPES, "flagged"])
def test_proofs_are_legible(name: str) -> None:
    is_legible(draw_proof(deployment(name), judged(name)[0]))


@pytest.mark.parametrize("name", [*SHAPES, "flagged"])
def test_a_proof_is_red_where_a_hazard_is_and_green_where_a_mixed_pair_is_met(name: str) -> None:
    answer, _ = judged(name)
    versions = deployment(name).versions

    def direction(consumer: str | None, provider: str | None) -> int:
        assert consumer
        assert provider
        return int(versions.index(consumer) > versions.index(provider))

    broken = {
        (h.contract, direction(h.consumer_version, h.provider_version))
        for h in answer.at_hops
        if h.aspect is not None and h.consumer_version is not None
    }
    rows = list_rows(deployment(name), answer)
    red = {(r.contract, side) for r in rows for side in (0, 1) if r.fates[side] is Fate.BREAKS}
    assert red == broken
    met = {(p.contract, direction(p.consumer, p.provider)) for p in answer.compatible}
    green = {(r.contract, side) for r in rows for side in (0, 1) if r.fates[side] is Fate.FINE}
    assert green <= met
    worse = (Fate.BREAKS, Fate.UNKNOWN, Fate.HELD_APART, Fate.ASSUMED)
    for contract, side in met - green:
        assert next(r.fates[side] for r in rows if r.contract == contract) in worse
    canvas = draw_proof(deployment(name), answer)
    assert sum(box.what.endswith(": BREAKS") for box in canvas.boxes) == len(
        {one for one in broken if one[0] in {r.contract for r in rows[:MOST_ROWS]}}
    )
    assert (not broken) or not isinstance(answer.verdict, Safe)


def test_what_breaks_and_is_held_apart_says_by_what() -> None:
    written = loads(PAIR.format(first="back", second="front", breaks="[V2 -> V1]"))
    answer = check(written)
    assert isinstance(answer.verdict, Safe)
    (row,) = list_rows(written, answer)
    assert row.fates == (Fate.FINE, Fate.HELD_APART)
    (why,) = row.whys
    said = " ".join(line for box in draw_proof(written, answer).boxes for line in box.lines)
    assert why in said
    assert "Safe: what meets is fine, and what breaks never meets" in said
