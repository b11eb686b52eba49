"""Interleavings of deployments whose units are tied, counted by cluster, are those of all states, listed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.compiler.system import search
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing.interleavings import count_interleavings
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.restrict import Restriction
from support.profiles import tried
from support.rich_deployments import rich_deployments

FEW = settings(deadline=None, suppress_health_check=list(HealthCheck))
LIMITS = Limits(max_states=5_000)

WAITING = """
components: {a: {kind: service, replicas: 2}, b: {kind: service, replicas: 2}, c: {kind: service}}
requests: {go: [client calls a: x, a calls b: x, b calls c: x]}
pipeline: [Roll: [deploy a b when c.up, deploy c]]
changes: {b/x: {breaks: none}}
"""
"""Two that move at once and wait for the same: each is of the other's cluster."""
READY = """
components:
  a: {kind: service, replicas: 2, readiness: {V2: b.up(V2)}}
  b: {kind: service}
  c: {kind: service, replicas: 2}
requests: {go: [client calls a: x, a calls b: x, b calls c: x]}
pipeline: [Roll: [deploy a b c]]
changes: {b/x: {breaks: none}}
"""
"""Instances that wait for those of another, beside who waits for nobody."""
NEVER = """
components: {a: {kind: service}, b: {kind: service, replicas: 2}, c: {kind: service}}
requests: {go: [client calls a: x, a calls b: x, b calls c: x]}
pipeline: [Roll: [deploy a when c.up(V2), deploy b], Last: [deploy c]]
changes: {b/x: {breaks: none}}
"""
"""A pipeline that one of the clusters holds up for ever."""
COPIES = """
components: {a: {kind: service}, d: {kind: database}, c: {kind: cache}}
requests: {go: [client calls a: x, a writes d: t, a reads c: t, a reads c: u, a writes d: u]}
pipeline: [Migrate: [migrate d], Roll: [deploy a], Fill: [backfill d], Index: [sync c]]
changes:
  d/t: {breaks: none, rows: kept}
  d/u: {breaks: none, rows: kept}
  c/t: {breaks: none, from: d/t}
  c/u: {breaks: none, from: d/u}
"""
"""Two copies that are made at once, each of a table of its own."""
SAMPLES = {"waiting": WAITING, "ready": READY, "never": NEVER, "copies": COPIES}


def compare(deployment: Deployment) -> bool:
    """Holds the count against the list; whether both know it."""
    task = Task(replace(deployment, failures=False), {})
    if deployment.pipelines or engine("slice").refuses(task) is not None:
        return False
    plan = SlicePlan(task.deployment, {}, task.compilation)
    try:
        listed = search(task.compilation.own_moves.system, LIMITS).maximal_paths()
    except StateLimitError:
        return False
    counted = count_interleavings(plan, Restriction(plan), Limits())
    assert counted == listed
    return counted is not None


@pytest.mark.parametrize("name", SAMPLES)
def test_tied_units_are_counted_together(name: str) -> None:
    assert compare(loads(SAMPLES[name]))


@settings(FEW, max_examples=tried(60).max_examples)
@given(rich_deployments())
def test_on_random_deployments(data: dict[str, Any]) -> None:
    compare(loads(yaml.safe_dump(data, sort_keys=False)))
