"""Whether a failure in a step leaves a safe rollback."""

from __future__ import annotations

import time

from skewproof.model.compiler.task import Task
from skewproof.model.resources.limits import Limits, StateLimitError, TimeLimitError
from skewproof.properties.temporal.way_back import WaysBack, find_ways_back
from support.tiny import deployment

TEXT = """
components: {{a: {{kind: service}}, b: {{kind: service}}, db: {{kind: database}}}}
requests: {{ask: [client calls a: x, a calls b: y, b reads db: t]}}
pipeline: {pipeline}
rollback: {rollback}
changes: {changes}
"""
SAFE = "{b/y: {breaks: none}, db/t: {breaks: none}}"


def ways(
    pipeline: str, rollback: str = "[R: [rollback a b]]", changes: str = SAFE, more: str = ""
) -> dict[str, bool | None]:
    text = TEXT.format(pipeline=pipeline, rollback=rollback, changes=changes) + more
    return dict(find_ways_back(Task(deployment(text, failures=True))).steps)


def test_a_compatible_release_has_a_way_back_from_each_step() -> None:
    assert ways("[One: [deploy b], Two: [deploy a]]") == {"One": True, "Two": True}


def test_without_failures_or_a_rollback_there_is_nothing_to_say() -> None:
    text = TEXT.format(pipeline="[One: [deploy a]]", rollback="[R: [rollback a]]", changes=SAFE)
    assert find_ways_back(Task(deployment(text))).steps == ()
    alone = text.replace("rollback: [R: [rollback a]]\n", "")
    assert find_ways_back(Task(deployment(alone, failures=True))).steps == ()


def test_a_hazard_of_the_rollback_blames_the_steps_that_lead_to_it() -> None:
    """New a must not call old b, and the rollback takes both back at once: safe while a is old."""
    changes = "{b/y: {breaks: [V2 -> V1]}}"
    assert ways("[One: [deploy b], Two: [deploy a], Three]", changes=changes) == {
        "One": True,
        "Two": False,
        "Three": True,
    }


def test_a_rollback_in_the_right_order_is_safe() -> None:
    changes = "{b/y: {breaks: [V2 -> V1]}}"
    found = ways("[One: [deploy b], Two: [deploy a]]", "[R: [rollback a], S: [rollback b]]", changes)
    assert all(found.values())


def test_a_rollback_that_takes_nothing_back_stays_half_way() -> None:
    assert ways("[One: [deploy b a]]", "[R: []]", "{b/y: {breaks: [V1 -> V2]}}") == {"One": False}


def test_a_hazard_on_the_way_forward_blames_no_step_before_it() -> None:
    changes = "{b/y: {breaks: [V1 -> V2]}, db/t: {breaks: none}}"
    assert ways("[One: [migrate db], Two: [deploy b a]]", changes=changes)["One"]


def test_a_violated_property_of_the_rollback_counts() -> None:
    more = "properties: {new: never in R and db.version == V2}\n"
    assert ways("[One: [deploy a], Two: [migrate db]]", more=more) == {"One": True, "Two": False}


def test_what_is_irreversible_has_no_way_back() -> None:
    found = ways("[One: [deploy b], Two: [irreversible migrate db], Three: [deploy a]]")
    assert found == {"One": True, "Two": False, "Three": False}


def limited(limits: Limits) -> WaysBack:
    """A safe way back from One and none from Two, as the deployment alone shows in 20 states; with the
    request it has 84."""
    text = TEXT.format(
        pipeline="[One: [deploy b], Two: [migrate db]]", rollback="[R: [rollback a b]]", changes=SAFE
    )
    text += "properties: {new: never in R and db.version == V2}\n"
    return find_ways_back(Task(deployment(text, failures=True), limits=limits))


def test_where_a_limit_is_hit_a_way_back_is_unknown_unless_it_is_known_to_be_none() -> None:
    found = limited(Limits(max_states=83))
    assert found.steps == (("One", None), ("Two", False))
    assert isinstance(found.limit, StateLimitError)
    enough = limited(Limits(max_states=84))
    assert (enough.steps, enough.limit) == ((("One", True), ("Two", False)), None)


def test_when_time_is_up_nothing_is_known() -> None:
    found = limited(Limits(deadline_s=time.monotonic() - 1))
    assert found.steps == (("One", None), ("Two", None))
    assert isinstance(found.limit, TimeLimitError)
