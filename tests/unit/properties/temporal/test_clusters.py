"""Clusters: what of several pipelines a question about the rest can leave out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.life_variables import Standing
from skewproof.model.compiler.system import EventKind
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import Contract, content_of, instances_of, pipeline_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.temporal.clusters import Clusters

TEXT = """
components:
  web: {kind: service}
  api: {kind: service}
  job: {kind: worker}
  queue: {kind: broker}
  cache: {kind: cache}
requests:
  visit: [client calls web: page, web calls api: order]
  keep: [client calls api: page, api writes cache: form]
  put: [client calls web: page, web publishes queue: m]
  work: [job consumes queue: m]
pipelines: {front: [A: [FRONT]], back: [B: [BACK]], jobs: [D: [JOBS]]}
changes: {api/order: {breaks: both}, cache/form: {breaks: none}CHANGES}
"""
WEB, API, JOB = (instances_of(name) for name in ("web", "api", "job"))
FRONT, BACK, JOBS = (pipeline_of(name) for name in ("front", "back", "jobs"))
CACHED, QUEUED = content_of(Contract("cache", "form")), content_of(Contract("queue", "m"))
QUEUE = ", queue/m: {breaks: none}"


def clusters(
    front: str = "deploy web", back: str = "deploy api", jobs: str = "deploy job", changes: str = ""
) -> Clusters:
    text = (
        TEXT.replace("FRONT", front).replace("BACK", back).replace("JOBS", jobs).replace("CHANGES", changes)
    )
    return Clusters(Task(loads(text)).alone, Limits())


def is_spared(made: Clusters, *names: object) -> bool:
    return any(set(names) <= some for some in made.spared)


def test_what_an_event_speaks_of_is_in_one_cluster_and_pipelines_are_in_none() -> None:
    made = clusters(changes=QUEUE)
    together = next(some for some in made.sets if JOB in some)
    assert content_of(Contract("queue", "m")) in together, "messages that are taken may be waited for"
    assert {WEB, API}.isdisjoint(together)
    assert frozenset({FRONT, BACK, JOBS}).isdisjoint(frozenset().union(*made.sets))
    assert sum(map(len, made.sets)) == len(frozenset().union(*made.sets)), "each is in one"


def test_what_one_pipeline_moves_and_always_ends_is_spared() -> None:
    made = clusters()
    assert is_spared(made, WEB)
    assert is_spared(made, API)
    assert is_spared(made, CACHED)


def test_a_store_needs_who_writes_there_and_not_the_other_way_round() -> None:
    made = clusters()
    assert made.around([API]) == {API, BACK}
    assert made.around([CACHED]) == {CACHED, API, BACK}


def test_what_two_pipelines_move_is_not() -> None:
    made = clusters(changes=QUEUE, front="deploy web, drain queue")
    assert not is_spared(made, JOB), "front drains what they take whom jobs deploys"
    assert made.around([QUEUED]) >= {WEB, FRONT, JOBS, JOB}


def test_what_others_make_cheaper_is_kept_with_them() -> None:
    """A sync takes two events. If what others write took the old form away as well, it would take none."""
    made = clusters(back="deploy api, sync cache").compiled
    written = next(
        event
        for event in made.system.events
        if event.kind is EventKind.WRITE and Standing("V1") in event.guard.get(CACHED, ())
    )
    tidy = replace(written, effect={CACHED: Standing("V2")})
    for more, spared in (((), True), ((tidy,), False)):
        system = replace(made.system, events=(*made.system.events, *more))
        assert is_spared(Clusters(replace(made, system=system), Limits()), CACHED) is spared


@pytest.mark.parametrize(
    ("front", "kept"),
    [
        ("deploy web when api.up(V2)", {API, BACK, FRONT}),
        ("await web when api.up(V2), deploy web", {API, BACK, FRONT}),
        ("await web when back done, deploy web", {BACK, FRONT}),
        ("deploy web", {FRONT}),
    ],
)
def test_around_is_all_that_has_a_say(front: str, kept: set[object]) -> None:
    found = clusters(front).around([WEB])
    assert found >= {WEB, *kept}
    assert JOBS not in found
    assert (API in found) == (API in kept)


def test_what_may_never_end_is_kept_with_its_pipeline() -> None:
    """The first consumer of the queue is suspended for good: draining it may take for ever."""
    made = clusters(front="suspend job, drain queue", jobs="", changes=QUEUE)
    assert not is_spared(made, content_of(Contract("queue", "m")))
    assert content_of(Contract("queue", "m")) in made.around([FRONT])


def test_more_states_than_are_allowed_are_not_spared() -> None:
    made = Clusters(clusters().compiled, Limits(max_states=2))
    assert not is_spared(made, WEB)
