"""How each kind of workload goes to another version, with the defaults that Kubernetes and Argo have."""

from __future__ import annotations

import re

from msgspec import Struct

from ..seen import SeenParts
from ..views import View
from .objects import Object

Keys = tuple[tuple[str, str], ...]
_PERCENT = re.compile(r"(\d{1,4})%")
_DEFAULT = "25%"
"""Of Deployments (Kubernetes API, apps/v1) and of Rollouts (argo-rollouts, utils/defaults)."""


class Rolled(Struct, frozen=True):
    """Keys of a component; `holds`: a canary that waits for somebody to go on. `kept`: it stays as it is.
    `switch`: a blue-green whose traffic waits for somebody."""

    keys: Keys = ()
    notes: tuple[str, ...] = ()
    holds: View | None = None
    kept: bool = False
    switch: View | None = None


def read_strategy(workload: Object, replicas: int, seen: SeenParts) -> Rolled:
    """How the workload is rolled out."""
    spec = workload.spec
    match workload.kind:
        case "Deployment" | "DeploymentConfig":
            return _deployment(workload, replicas, seen)
        case "StatefulSet":
            return _stateful_set(spec.at("updateStrategy"), replicas)
        case "DaemonSet":
            return _daemon_set(spec.at("updateStrategy"), replicas, seen)
        case "Rollout":
            return _rollout(spec.at("strategy"), replicas, seen)
        case "CronJob" | "Job":
            return Rolled()
        case _:
            note = f"a {workload.kind} changes no pods: whoever deploys deletes them"
            return Rolled((("max_surge", "0"), ("max_unavailable", "100%")), (note,))


def _deployment(workload: Object, replicas: int, seen: SeenParts) -> Rolled:
    strategy = workload.spec.at("strategy")
    if workload.spec.at("paused").is_true:
        seen.remark(f"{workload.words} is paused: nothing deploys it", workload.spec.at("paused").place)
        return Rolled(kept=True)
    if strategy.at("type").text == "Recreate":
        return Rolled((("strategy", "recreate"),))
    return Rolled(_limits(strategy.at("rollingUpdate"), replicas, seen))


def _limits(
    rolling: View, replicas: int, seen: SeenParts, surge: str = _DEFAULT, fewer: str = _DEFAULT
) -> Keys:
    more = _amount(rolling.at("maxSurge"), surge, replicas, seen)
    less = _amount(rolling.at("maxUnavailable"), fewer, replicas, seen)
    if more == less == "0":
        seen.refuse(
            "`maxSurge` and `maxUnavailable` are both 0, so that nothing can be replaced", rolling.place
        )
        less = "1"
    return (("max_surge", more), ("max_unavailable", less))


def _amount(view: View, default: str, replicas: int, seen: SeenParts) -> str:
    """A number or percentage; more than 100 % are counted."""
    if not view.is_there:
        return default
    percent = _PERCENT.fullmatch(view.text or "")
    if percent:
        return view.text or default if int(percent[1]) <= 100 else str(-(-int(percent[1]) * replicas // 100))
    if view.integer is None:
        seen.refuse("this must be a number or a percentage", view.place)
        return default
    return str(view.integer)


def _stateful_set(update: View, replicas: int) -> Rolled:
    """Pods go one after the other, the old one before the new; those below the partition stay."""
    at_once = max(1, update.at("rollingUpdate", "maxUnavailable").integer or 1)
    one_by_one = (("max_surge", "0"), ("max_unavailable", str(min(at_once, replicas))))
    if update.at("type").text == "OnDelete":
        note = "OnDelete: pods change when somebody deletes them"
        return Rolled((("max_surge", "0"), ("max_unavailable", "100%")), (note,))
    partition = update.at("rollingUpdate", "partition")
    first = partition.integer or 0
    if first >= replicas:
        return Rolled(
            one_by_one, (f"the partition {first} keeps all {replicas} at their version",), kept=True
        )
    if first:
        note = f"the partition keeps {first} of {replicas} until somebody lowers it"
        keys = (("strategy", f"{{canary: {replicas - first}}}"), *one_by_one)
        return Rolled(keys, (note,), holds=partition)
    return Rolled(one_by_one)


def _daemon_set(update: View, replicas: int, seen: SeenParts) -> Rolled:
    note = "one on each node: write how many there are"
    if update.at("type").text == "OnDelete":
        return Rolled((("max_surge", "0"), ("max_unavailable", "100%")), (note,))
    return Rolled(_limits(update.at("rollingUpdate"), replicas, seen, "0", "1"), (note,))


def _rollout(strategy: View, replicas: int, seen: SeenParts) -> Rolled:
    """Of Argo: blue-green; a canary without a step that holds it is a rolling update."""
    if strategy.at("blueGreen").is_there:
        by_hand = strategy.at("blueGreen", "autoPromotionEnabled")
        waits = by_hand.text == "false" and strategy.at("blueGreen", "autoPromotionSeconds").integer is None
        return Rolled((("strategy", "blue-green"),), switch=by_hand if waits else None)
    canary = strategy.at("canary")
    limits = _limits(canary, replicas, seen)
    begin, hold = _first_hold(canary.at("steps"), replicas)
    if hold is None or not 0 < begin < max(replicas, 2):
        return Rolled(limits)
    return Rolled((("strategy", f"{{canary: {min(begin, replicas)}}}"), *limits), (), holds=hold)


def _first_hold(steps: View, replicas: int) -> tuple[int, View | None]:
    """How many instances a canary has when it is held for the first time, and the step that holds it. What
    `setCanaryScale` says stands, whatever share of calls comes later."""
    count, is_set = 0, False
    for step in steps.items():
        weight, scale = step.at("setWeight").integer, step.at("setCanaryScale")
        if weight is not None and not is_set:
            count = -(-weight * replicas // 100)
        if scale.is_there:
            is_set = not scale.at("matchTrafficWeight").is_true
        if scale.at("replicas").integer is not None:
            count = scale.at("replicas").integer or 0
        elif scale.at("weight").integer is not None:
            count = -(-(scale.at("weight").integer or 0) * replicas // 100)
        holds = next(
            (key for key, _ in step.entries() if key.text in ("pause", "analysis", "experiment")), None
        )
        if holds is not None and count:
            return count, View(step.node, holds.place)
    return 0, None
