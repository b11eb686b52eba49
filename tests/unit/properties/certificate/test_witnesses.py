"""Runs: what their states show, and what is no run."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.language import loads
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.runs import find_runs
from skewproof.properties.certificate.verify import list_left_open, verify
from skewproof.properties.certificate.witnesses import replay
from skewproof.properties.certificate.write import certify

TEXT = """
components: {a: {kind: service}, b: {kind: service}, redis: {kind: cache}}
requests: {ask: [client calls a: x, a calls b: y, b reads redis: r, b writes redis: r]}
pipeline: [One: [deploy b], Two: [deploy a]]
changes: {b/y: {breaks: [V2 -> V1]}, redis/r: {breaks: none}}
"""
COMPILED = compile_deployment(loads(TEXT))
NUMBERS = {id(event): number for number, event in enumerate(COMPILED.system.events)}
NEW_A = (COMPILED.vocabulary.up("a", "V2"),)
NEW_B = (COMPILED.vocabulary.up("b", "V2"),)
OLD_B = (COMPILED.vocabulary.up("b", "V1"),)


def test_without_a_run_the_start_is_seen() -> None:
    seen = replay(COMPILED, [])
    assert len(seen.states) == 1
    assert seen.positions(OLD_B) == {0}
    assert not seen.positions(NEW_B)
    assert not seen.positions(())


def test_a_run_that_is_found_shows_both_sides() -> None:
    seen = replay(COMPILED, find_runs(COMPILED, NUMBERS, Limits()))
    assert seen.positions(NEW_A) == {2}
    assert seen.positions(OLD_B) <= {0, 1}
    assert seen.can_both_hold(NEW_A, NEW_B)
    assert not seen.can_both_hold(NEW_A, OLD_B)


def test_positions_are_those_of_the_states() -> None:
    """By bits, as by a look at each state."""
    seen = replay(COMPILED, find_runs(COMPILED, NUMBERS, Limits()))
    for key in (instances_of("a"), instances_of("b")):
        for value in COMPILED.vocabulary.lives[key].domain:
            guard = {key: frozenset({value})}
            wanted = [state[0] for state in seen.states if COMPILED.system.holds(state, guard)]
            assert seen.positions((guard,)) == set(wanted)


@pytest.mark.parametrize("run", [[10**6], [len(COMPILED.system.events) - 1, 0, 0, 0], [1]])
def test_what_cannot_happen_is_no_run(run: list[int]) -> None:
    with pytest.raises(CertificateRefusedError, match="a run: "):
        replay(COMPILED, [run])


IDLE = """
components: {a: {kind: service}, db: {kind: database}}
requests: {ask: [client calls a: x, a reads db: r]}
pipeline: [One: [deploy a]]
changes: {a/x: {breaks: none}, db/r: {breaks: [V1 -> V2]}}
"""


def test_what_nothing_brings_is_not_proven_by_any_run() -> None:
    told = "that something could meet `breaks` of db/r"
    assert told in list_left_open(loads(IDLE))
    assert told in certify(loads(IDLE), Limits()).proof.left_open


def test_what_an_action_would_bring_needs_no_run() -> None:
    """A side that no run shows is excused if an action of the file would bring it."""
    certificate = certify(loads(TEXT), Limits()).content
    assert verify(loads(TEXT), {**certificate, "runs": []}).is_whole
