"""Realms: which pipelines and variables have to do with each other."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.properties.temporal.realms import Realms, list_pipelines

TEXT = """
components:
  web: {kind: service}
  api: {kind: service}
  job: {kind: worker}
  queue: {kind: broker}
  db: {kind: database}
requests:
  visit: [client calls web: page, web calls api: order, api writes db: order]
  put: [client calls web: page, web publishes queue: m]
  work: [job consumes queue: m]
pipelines: {front: [A: [FRONT]], back: [B: [deploy api], C: [migrate db]], jobs: [D: [JOBS]]}
changes: {api/order: {breaks: both}, db/order: {breaks: none}CHANGES}
"""
QUEUE = ", queue/m: {breaks: none}"


def parted(front: str = "deploy web", jobs: str = "deploy job", changes: str = "") -> set[frozenset[str]]:
    text = TEXT.replace("FRONT", front).replace("JOBS", jobs).replace("CHANGES", changes)
    realms = Realms(Task(loads(text)).alone)
    assert sum(map(len, realms.sets)) == len(frozenset().union(*realms.sets)), "each is in one"
    return {names for some in realms.sets if (names := list_pipelines(some))}


APART = {frozenset({"front"}), frozenset({"back"}), frozenset({"jobs"})}


def test_requests_join_nothing() -> None:
    assert parted() == APART, "web calls api, but neither has to do with how the other rolls"


@pytest.mark.parametrize(
    "front",
    [
        "deploy web when back done",
        "'deploy web when after \"back: B\"'",
        "deploy web when all api at V2",
        "deploy web when db.version == V2",
        "start deploy web when api.up(V2)",
        "await api when back done, deploy web",
    ],
)
def test_who_waits_for_another_is_joined_to_it(front: str) -> None:
    assert parted(front) == {frozenset({"front", "back"}), frozenset({"jobs"})}


def test_a_queue_joins_who_writes_and_who_takes() -> None:
    assert parted(changes=QUEUE) == {frozenset({"front", "jobs"}), frozenset({"back"})}


def test_an_await_of_what_another_starts_joins_them() -> None:
    text = TEXT.replace("FRONT", "await job").replace("JOBS", "start deploy job").replace("CHANGES", "")
    realms = Realms(Task(loads(text)).alone)
    assert {list_pipelines(some) for some in realms.sets} >= {frozenset({"front", "jobs"})}
