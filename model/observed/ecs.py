"""What `aws ecs describe-services` says: the deployments of each service, by task definition."""

from __future__ import annotations

from collections.abc import Mapping

from ..manifests.json_files import Json, as_dicts, text_of
from .calling import ObservedUnit
from .gathering import Gathering, read_count


def is_services(value: Json) -> bool:
    """Whether it is an answer of `describe-services`, also one that describes none (`failures`)."""
    services = value.get("services") if isinstance(value, dict) else None
    if not isinstance(services, list) or not isinstance(value, dict):
        return False
    is_described = any(
        isinstance(one, dict) and ("serviceName" in one or "serviceArn" in one) for one in services
    )
    return is_described or (not services and isinstance(value.get("failures"), list))


def read_services(value: Mapping[str, Json], gathering: Gathering) -> None:
    """Adds what the answer says."""
    for one in as_dicts(value.get("services")):
        _read_service(one, gathering)
    for failure in as_dicts(value.get("failures")):
        what = f"service {text_of(failure, 'arn') or '(no arn)'}"
        gathering.leave_out(
            what, f"ECS did not describe it: {text_of(failure, 'reason') or 'no reason given'}"
        )


def _read_service(one: Mapping[str, Json], gathering: Gathering) -> None:
    name = text_of(one, "serviceName") or text_of(one, "serviceArn").rpartition("/")[2]
    component = gathering.component_of(ObservedUnit(f"service {name}", (name,)))
    if component is None:
        return
    gathering.add(component, [{}], f"service {name}")
    for deployment in as_dicts(one.get("deployments")):
        running = read_count(deployment.get("runningCount"))
        definition = text_of(deployment, "taskDefinition").rpartition("/")[2]
        words = f"deployment of service {name} ({definition or 'no task definition'})"
        if running is None:
            gathering.doubt(component, words, "its runningCount is no number")
        elif running:
            family, _, revision = definition.rpartition(":")
            signs = tuple(sign for sign in (definition, family, revision) if sign)
            version = gathering.version_of(component, ObservedUnit(words, (name,), (), signs))
            if version is not None:
                gathering.add(component, [{version: running}], words)
