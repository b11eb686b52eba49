"""Safe deployments out of random ones: what breaks is taken out, one after the other, until nothing does."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import yaml

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.verdict import Answer, HopHazard, PropertyHazard, Safe
from support.oracle_accept import MIN_AVAILABLE, TODAY

Data = dict[str, Any]
MOST_ROUNDS = 6
MOST_STATES = 6_000
DAY = date.fromisoformat(TODAY)


def read(data: Data, *, failures: bool = False) -> Deployment:
    return replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=failures)


def make_safe(data: Data, *, failures: bool = False) -> Data | None:
    """The deployment without what is a hazard in it, or could never be met; None: it is not safe even so."""
    data = copy.deepcopy(data)
    for _ in range(MOST_ROUNDS):
        deployment = read(data, failures=failures)
        answer = check(deployment, failures=failures, limits=Limits(max_states=MOST_STATES), today=DAY)
        if isinstance(answer.verdict, Safe):
            return data
        if not any(list(_mend(data, answer))):
            return None
    return None


def _mend(data: Data, answer: Answer) -> Iterator[bool]:
    """Whether something was taken out for a hazard, for each."""
    for one in answer.idle:
        yield _spare(data, one.entry)
    for hazard in answer.hazards:
        match hazard:
            case HopHazard(contract=contract) if hazard.aspect is not None:
                yield _spare(data, str(contract))
            case HopHazard():
                yield _keep_up(data)
            case PropertyHazard():
                yield _forget(data, hazard.property)


def _spare(data: Data, entry: str) -> bool:
    """Nothing breaks any more at the contract."""
    change = data["changes"].get(entry)
    kept = {key: value for key, value in (change or {}).items() if key not in ("breaks", "skew", "exists")}
    if change == kept:
        return False
    data["changes"][entry] = kept
    data.get("assume", {}).pop("never", None)  # it may speak of what breaks no more
    return True


def _keep_up(data: Data) -> bool:
    """Somebody always takes calls, and nobody is cut off."""
    before = copy.deepcopy(data["components"])
    for component in data["components"].values():
        for key in ("drain", "max_unavailable", "max_surge"):
            component.pop(key, None)
    return bool(before != data["components"])


def _forget(data: Data, name: str) -> bool:
    """The property is not asked for, and what cannot be taken back can."""
    if name.startswith(MIN_AVAILABLE):
        return data["components"][name.removeprefix(MIN_AVAILABLE)].pop("min_available", None) is not None
    if data.get("properties", {}).pop(name, None) is not None:
        return True
    before = yaml.safe_dump(data)
    for key in ("pipeline", "releases", "rollback"):
        if key in data:
            text = yaml.safe_dump(data[key], sort_keys=False).replace("irreversible ", "")
            data[key] = yaml.safe_load(text)
    return yaml.safe_dump(data) != before
