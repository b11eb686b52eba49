"""What must not matter does not: names, strangers, the order of what has nothing in common; and what
makes a release milder makes no hazard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.system import State
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.engines.registry import ENGINES, engine
from skewproof.properties.lookups.listing import list_lookups
from skewproof.properties.strategies import deployment_data, deployments
from skewproof.properties.verdict import Answer, HopHazard, Unknown
from support.metamorphosis import Data, names_of, renamed, side_by_side, with_stranger
from support.profiles import tried

Told = dict[tuple[Any, ...], tuple[Any, ...]]


def judged(data: Data) -> Answer:
    return check(loads(json.dumps(data)))


def key(hazard: HopHazard, names: Mapping[str, str] | None = None) -> tuple[Any, ...]:
    """What makes it the same hazard, with other names for what the file names."""
    request = (names or {}).get(str(hazard.request), hazard.request)
    return request, hazard.hop, hazard.kind, hazard.aspect, hazard.consumer_version, hazard.provider_version


def told(answer: Answer, names: Mapping[str, str] | None = None) -> Told:
    """Each hazard with all that is told of it but its story, whose length alone is."""
    new = names or {}
    return {
        key(h, names): (
            {new.get(step, step) for step in h.window},
            h.inevitable,
            h.span,
            h.severity,
            h.for_ever,
            len(h.trace),
        )
        for h in answer.at_hops
    }


@tried(30)
@given(deployment_data(), st.randoms(use_true_random=False))
def test_names_do_not_matter(data: Data, random: Any) -> None:
    """Their order in the alphabet does not, either."""
    names = names_of(data)
    fresh = [f"n{number}" for number in range(len(names))]
    random.shuffle(fresh)
    mapping = dict(zip(names, fresh, strict=True))
    before, after = judged(data), judged(renamed(data, mapping))
    assert told(after) == told(before, mapping)
    assert after.avoidable == before.avoidable
    assert {str(c) for c in after.residue} == {
        f"{mapping[c.provider]}/{mapping[c.subject]}" for c in before.residue
    }
    assert after.statistics is not None
    assert before.statistics is not None
    assert after.statistics.interleavings == before.statistics.interleavings


@tried(20)
@given(deployment_data())
def test_a_stranger_does_not_matter(data: Data) -> None:
    before, after = judged(data), judged(with_stranger(data, deployed=False))
    assert told(after) == told(before)
    assert after.avoidable == before.avoidable


@tried(12)
@given(deployment_data())
def test_a_stranger_that_is_deployed_at_the_end_does_not_matter(data: Data) -> None:
    """What can be met after the last step can be met in the stranger's step, too; nothing else changes
    (without `max_span`: one more step is one more that a request can outlive). What comes to pass
    only when all steps are over is met after it as before, by a request that outlives it: a longer story."""
    data = {name: part for name, part in data.items() if name != "assume"}
    before, after = told(judged(data)), told(judged(with_stranger(data, deployed=True)))
    comes_late = bool(data.get("flags")) or "start " in json.dumps(data["pipeline"])
    assert after.keys() == before.keys()
    for hazard, (window, inevitable, span, severity, for_ever, length) in before.items():
        late = {"Strange"} if "(after)" in window else set()
        then = after[hazard]
        assert then[0] - {"Strange"} == window
        assert (set() if comes_late else late) <= then[0] <= window | late
        assert then[1:] == (inevitable, then[2], severity, for_ever, then[5])
        if late and comes_late:
            assert span <= then[2] <= span + 1
            assert length <= then[5]
        else:
            assert (then[2], then[5]) == (span, length)


@tried(30)
@given(deployment_data(), st.data())
def test_a_compatible_change_adds_no_hazard(data: Data, choice: st.DataObject) -> None:
    assume(data["changes"])
    contract = choice.draw(st.sampled_from(sorted(data["changes"])))
    milder = data["changes"] | {contract: data["changes"][contract] | {"breaks": "none"}}
    before, after = told(judged(data)), told(judged(data | {"changes": milder}))
    assert after.items() <= before.items()


@tried(12)
@given(deployment_data(), deployment_data())
def test_the_order_of_what_has_nothing_in_common_does_not_matter(left: Data, right: Data) -> None:
    """But for the length of the stories: what comes first is told on the way to what comes second."""
    left, right = ({name: part for name, part in data.items() if name != "assume"} for data in (left, right))
    both = side_by_side(left, right)
    assume(both is not None)
    assert both is not None
    few = Limits(max_states=30_000)
    before, after = (check(loads(json.dumps(data)), limits=few) for data in both)
    assume(not isinstance(before.verdict, Unknown) and not isinstance(after.verdict, Unknown))
    assert {k: v[:-1] for k, v in told(after).items()} == {k: v[:-1] for k, v in told(before).items()}


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_says_the_same(name: str) -> None:
    @tried(12)
    @given(deployments())
    def agrees(deployment: Deployment) -> None:
        assume(engine(name).refuses(Task(deployment)) is None)  # slices: a flag that nobody enables, for one
        ours, theirs = check(deployment), check(deployment, engine=name)
        assert told(theirs) == told(ours)
        assert (theirs.avoidable, theirs.residue, theirs.unjudged) == (
            ours.avoidable,
            ours.residue,
            ours.unjudged,
        )

    agrees()


@tried(20)
@given(deployments())
def test_no_shorter_run_meets_the_hazard(deployment: Deployment) -> None:
    """Every run that is shorter than a story ends in states at which that hop does not break."""
    lengths = {key(hazard): len(hazard.trace) for hazard in check(deployment).at_hops if hazard.hop}
    for request in deployment.requests:
        compiled = compile_deployment(deployment, request)
        for hazard, events in fewest(compiled).items():
            assert lengths[request.name, *hazard] == events


def fewest(compiled: Compiled) -> dict[tuple[Any, ...], int]:
    """For each broken pair that some run meets, the fewest events with which one does, the failing hop
    counted; by trying all runs, one event longer each time, until they reach nothing new."""
    broken = [pair for pair in list_lookups(compiled) if pair.is_broken]
    met: dict[tuple[Any, ...], int] = {}
    seen: set[State] = set()
    frontier, events = {compiled.system.initial}, 1
    while frontier:
        for pair in broken:
            what = pair.hop, pair.kind, pair.aspect, pair.consumer_version, pair.provider_version
            if what not in met and any(compiled.system.holds(state, pair.guard) for state in frontier):
                met[what] = events
        seen |= frontier
        frontier = {
            compiled.system.successor(state, event)
            for state in frontier
            for event in compiled.system.enabled(state)
        } - seen
        events += 1
    return met
