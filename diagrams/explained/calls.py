"""Calls that nobody takes, and requests that are cut off: whatever the release changes."""

from __future__ import annotations

from .explanation import Explanation, UsualRemedy

CALLS = (
    Explanation(
        "unavailable",
        None,
        "a call finds nobody up",
        "A request called a component of which no instance was up.",
        "The old instances are taken down before new ones are ready: by the strategy (`recreate`), "
        "or because "
        "more may be missing than there are.",
        (
            UsualRemedy(
                "one up before one goes",
                "`strategy: rolling` with `max_surge` at least 1 and `max_unavailable: 0`",
                "room for one more instance while it rolls; both versions are up for a while, and may meet",
            ),
            UsualRemedy(
                "say that it may",
                "take callers out of traffic first, or give the outage a `severity: degraded`",
                "an outage, announced",
            ),
        ),
        """
        components: {web: {kind: service}, stock: {kind: service, strategy: recreate}}
        requests: {buy: [client calls web: page, web calls stock: count]}
        pipeline: [Roll: [deploy stock]]
        changes: {stock/count: {breaks: none}}
        """,
        """
        components: {web: {kind: service}, stock: {kind: service, max_surge: 1, max_unavailable: 0}}
        requests: {buy: [client calls web: page, web calls stock: count]}
        pipeline: [Roll: [deploy stock]]
        changes: {stock/count: {breaks: none}}
        """,
    ),
    Explanation(
        "interrupted",
        None,
        "a request is cut off",
        "The instance that a request was on went away under it.",
        "`drain: abrupt` says that an instance does not wait for what it has begun: it is killed, or "
        "its grace "
        "is shorter than the request.",
        (
            UsualRemedy(
                "let instances drain",
                "stop taking requests, finish those that have begun, then end (`drain: graceful`)",
                "a rollout that waits for the longest request, and a grace period that allows it",
            ),
            UsualRemedy(
                "make it safe to try again",
                "requests that can be sent twice, and callers that do so",
                "idempotent code at every hop; the checker still tells of the cut",
            ),
        ),
        """
        components: {web: {kind: service, replicas: 2, drain: abrupt}, stock: {kind: service}}
        requests: {buy: [client calls web: page, web calls stock: count]}
        pipeline: [Roll: [deploy web]]
        changes: {stock/count: {breaks: none}}
        """,
        """
        components: {web: {kind: service, replicas: 2, drain: graceful}, stock: {kind: service}}
        requests: {buy: [client calls web: page, web calls stock: count]}
        pipeline: [Roll: [deploy web]]
        changes: {stock/count: {breaks: none}}
        """,
    ),
)
