"""Deployments written by hand for the oracle's tests, and short names for what it tells of them."""

from typing import Any

from support.oracle import Hazard, Judgement

GLUE: dict[str, Any] = {"glue": {"kind": "service"}}
ZED: dict[str, Any] = {"zed": {"kind": "service"}}
SCHEDULER: dict[str, Any] = {"scheduler": {"kind": "worker"}}
DATABASE: dict[str, Any] = {"database": {"kind": "database"}}
REDIS: dict[str, Any] = {"redis": {"kind": "cache"}}
RABBIT: dict[str, Any] = {"rabbit": {"kind": "broker"}}

CALL = "client calls glue: page\nglue calls zed: cart"
READ = "client calls glue: page\nglue reads redis: product"
WRITE = "client calls glue: page\nglue writes database: cart"
CARRY = "client reads redis: product\nclient writes database: cart using product"


def deployment(
    components: dict[str, Any],
    requests: list[str],
    pipeline: str,
    changes: dict[str, Any] | None,
    **rest: Any,
) -> dict[str, Any]:
    """A file's data; requests are named 0, 1, ...; a pipeline is `Step: action, action` by the line."""
    data = {
        "system": "by hand",
        "versions": ["V1", "V2"],
        "components": components,
        "requests": {
            str(number): [dict([line.split(": ", 1)]) for line in text.splitlines()]
            for number, text in enumerate(requests)
        },
        "pipeline": steps(pipeline),
    }
    return data | ({} if changes is None else {"changes": changes}) | rest


def steps(pipeline: str) -> list[Any]:
    """The steps of a pipeline that is written as `Step: action, action` by the line."""
    lines = [line.partition(": ") for line in pipeline.splitlines()]
    return [{name: actions.split(", ")} if actions else name for name, _, actions in lines]


def told(judgement: Judgement) -> dict[str, Hazard]:
    """The hazards under short names: hop, aspect or kind, consumer's and provider's version."""
    return {
        f"{key.hop} {key.aspect or key.kind} {key.consumer_version}->{key.provider_version}": hazard
        for key, hazard in judgement.hazards.items()
    }


def properties(judgement: Judgement) -> dict[tuple[str, str], Hazard]:
    """The hazards of kind property by what the irreversible action and the later one read."""
    return {(key.irreversible, key.later): hazard for key, hazard in judgement.properties.items()}


def hazard(
    window: str,
    *,
    length: int,
    inevitable: bool = False,
    span: int = 0,
    severity: str = "error",
    for_ever: bool | None = None,
) -> Hazard:
    """By default it breaks for ever if it can be met past the last step."""
    last = "(after)" in window if for_ever is None else for_ever
    return Hazard(frozenset(window.split()), inevitable, span, length, severity, last)
