"""Which parts are alike but for names, and for the order of what they are made of."""

from __future__ import annotations

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.language import loads
from skewproof.properties.engines.slicing.spelling import Spelling, spell, spell_loosely

TEXT = """
components: {a: {kind: service}, b: {kind: service MORE}, m: {kind: cache}}
requests:
  a looks: [client calls a: look, a reads m: x]
  b looks: [client calls b: look, b reads m: x]
pipelines: {front: [One: [deploy a b]], back: [Two: [sync m]]}
changes: {m/x: {breaks: none}}
"""


def spell_both(more: str = "", *, loosely: bool = True) -> tuple[Spelling, Spelling]:
    """The whole with the request of each service under watch."""
    deployment = loads(TEXT.replace(" MORE", more))
    compiled = [compile_deployment(deployment, request) for request in deployment.requests]
    one, other = map(spell_loosely if loosely else spell, compiled)
    return one, other


def test_parts_that_have_their_variables_in_another_order_are_alike() -> None:
    one, other = spell_both()
    assert one.key == other.key
    strict, otherwise = spell_both(loosely=False)
    assert strict.key != otherwise.key, "stories are told in the order of events"


def test_what_is_met_in_one_is_told_of_the_other() -> None:
    one, other = spell_both()
    met = [pair for pair in other.pairs if pair is not None]
    assert one.translate(other, met) == {pair for pair in one.pairs if pair is not None}


def test_parts_in_which_others_live_otherwise_are_not_alike() -> None:
    for more in (", strategy: recreate", ", replicas: 2", ", max_surge: 0, max_unavailable: 1"):
        one, other = spell_both(more)
        assert one.key != other.key
