"""A unit that is tied to many others is left to other engines before it has cost much."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import VariableKey, instances_of
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines.slicing import profile
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.profile import is_no_further
from skewproof.properties.engines.slicing.restrict import Restriction
from skewproof.properties.engines.slicing.slice import Slice

ONE_AFTER_THE_OTHER = """
components: {a: {kind: service, replicas: 3}, b: {kind: service, replicas: 3, readiness: {V2: a.up(V2)}}}
requests: {r: [client calls a: x, a calls b: y]}
pipeline: [Roll: [deploy a b]]
changes: {b/y: {breaks: none}}
"""


@pytest.mark.parametrize("share", [None, 1_000_000])
def test_a_unit_that_is_not_small_ends_the_turn_of_who_has_a_share(
    share: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "SEARCHED", 10)
    task = Task(loads(ONE_AFTER_THE_OTHER))
    plan = SlicePlan(task.deployment, {}, task.compilation)
    profiles = profile.Profiles(plan, Restriction(plan), Limits(max_work=share))
    if share is None:
        assert profiles.of(instances_of("b")).finishes
    else:
        with pytest.raises(StateLimitError, match="10 states"):
            profiles.of(instances_of("b"))


def test_what_is_too_large_for_one_is_not_searched_for_those_tied_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched, search = list[Slice](), profile._profile

    def count(alone: Slice, unit: VariableKey, limits: Limits) -> profile.Profile:
        searched.append(alone)
        return search(alone, unit, limits)

    monkeypatch.setattr(profile, "_profile", count)
    task = Task(loads(ONE_AFTER_THE_OTHER))
    plan = SlicePlan(task.deployment, {}, task.compilation)
    for states in (10, 10, 9, 20):
        for name in "ab":
            with pytest.raises(StateLimitError, match=f"{states} states"):
                profile.Profiles(plan, Restriction(plan), Limits(max_states=states)).of(instances_of(name))
    assert len(searched) == 2, "and again where more is allowed"
    assert profile.Profiles(plan, Restriction(plan), Limits()).of(instances_of("b")).finishes


def test_who_was_picked_later_may_have_been_picked_anywhere_behind() -> None:
    assert is_no_further((0, 2), (1, 2), picked_later=False)
    assert not is_no_further((0, 2), (1, 1), picked_later=False)
    assert is_no_further((1, 2), (3, 2), picked_later=True)
    assert not is_no_further(
        (2, 1), (3, 1), picked_later=True
    )  # which lets it come to 1 only, if picked at 1
