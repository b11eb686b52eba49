"""Canaries of Flagger: who deploys one changes its target, and Flagger brings it to those that serve.

Source: https://docs.flagger.app/usage/deployment-strategies and /usage/how-it-works
"""

from __future__ import annotations

from .objects import Cluster, Object, share
from .strategies import Rolled


def find_canary(workload: Object, replicas: int, cluster: Cluster) -> Rolled | None:
    """How Flagger rolls the workload out, if a canary is about it and is analysed."""
    for canary in cluster.of("Canary", "flagger.app"):
        target = canary.spec.at("targetRef")
        same = target.at("name").text == workload.name and target.at("kind").text == workload.kind
        if (
            same
            and share(canary.namespace, workload.namespace)
            and not canary.spec.at("skipAnalysis").is_true
        ):
            return _read(canary, replicas)
    return None


def _read(canary: Object, replicas: int) -> Rolled:
    """By weights or by headers new pods serve some calls until they are promoted; without either all calls go
    over at once (blue-green)."""
    analysis = canary.spec.at("analysis")
    analysis = analysis if analysis.is_there else canary.spec.at("canaryAnalysis")
    if analysis.at("iterations").integer and not analysis.at("match").is_there:
        return Rolled((("strategy", "blue-green"),), ("Flagger tests the new version, and then switches",))
    weights = [one.integer for one in analysis.at("stepWeights").items()]
    first = weights[0] if weights else analysis.at("stepWeight").integer
    count = max(1, min(replicas - 1, -(-(first or 1) * replicas // 100)))
    note = "Flagger shifts calls by steps, and promotes it if its metrics are good"
    return Rolled((("strategy", f"{{canary: {count}}}"),), (note,), holds=analysis)
