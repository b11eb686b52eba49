"""How services of Amazon ECS go to another version.

Source: Amazon ECS Developer Guide, "Amazon ECS deployment types"; CodeDeploy User Guide, "Deployment
configurations".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from .json_files import text_of
from .planned import Resource, first_of

Keys = tuple[tuple[str, str], ...]
_NODES = 2
"""Tasks of a daemon until somebody writes how many instances there are: enough to be mixed."""
_MIXED: Keys = (("max_surge", "100%"), ("max_unavailable", "0"))
"""All new tasks are there beside the old ones, and calls go to both."""
_SERVICE_ID = "service/"
"""How a target of autoscaling begins that is a service: `service/CLUSTER/NAME`."""


class Deployed(Struct, frozen=True):
    """Keys of a component, and what is said beside it."""

    keys: Keys
    notes: tuple[str, ...] = ()


def count_tasks(service: Resource, name: str, resources: Iterable[Resource]) -> int:
    """How many tasks run; an autoscaler keeps at least its minimum, whatever was wanted at first."""
    if service.text("scheduling_strategy") == "DAEMON":
        return _NODES
    for target in _list_about(service, name, resources, "aws_appautoscaling_target"):
        return target.number("min_capacity", 1)
    return service.number("desired_count", 1)


def find_shift(service: Resource, name: str, resources: Iterable[Resource]) -> str | None:
    """The name of the configuration by which CodeDeploy shifts calls; None if no group is in the plan."""
    for group in _list_about(service, name, resources, "aws_codedeploy_deployment_group"):
        return group.text("deployment_config_name") or "CodeDeployDefault.ECSAllAtOnce"
    return None


def _list_about(
    service: Resource, name: str, resources: Iterable[Resource], type_: str
) -> Iterator[Resource]:
    """Resources that name the service, or refer to it."""
    for one in resources:
        told = text_of(first_of(one.values.get("ecs_service")), "service_name")
        identity = one.text("resource_id") or ""
        named = told or (identity.rpartition("/")[2] if identity.startswith(_SERVICE_ID) else None)
        if one.type == type_ and (named == name if named else one.refers_to(service)):
            yield one


def read_deployment(service: Resource, count: int, shift: str | None) -> Deployed:
    """The strategy with its limits; `count` tasks run."""
    replicas: Keys = (("replicas", str(count)),) if count > 1 else ()
    controller = text_of(first_of(service.values.get("deployment_controller")), "type") or "ECS"
    strategy = text_of(first_of(service.values.get("deployment_configuration")), "strategy") or "ROLLING"
    if controller == "CODE_DEPLOY":
        found = _by_code_deploy(shift)
    elif controller == "EXTERNAL":
        note = "another program deploys it (EXTERNAL): nothing is known of its order"
        found = Deployed((("max_surge", "100%"), ("max_unavailable", "100%")), (note,))
    elif strategy == "BLUE_GREEN":
        found = Deployed((("strategy", "blue-green"),))
    elif strategy in ("LINEAR", "CANARY"):
        found = Deployed(_MIXED, (f"{strategy}: calls go to both versions until all are shifted",))
    else:
        found = _rolling(service, count)
    return Deployed((*replicas, *found.keys), found.notes)


def _by_code_deploy(shift: str | None) -> Deployed:
    """All at once it is blue-green; by steps calls go to both versions."""
    if shift is None:
        note = "no deployment group is in the plan: taken for one that shifts all calls at once"
        return Deployed((("strategy", "blue-green"),), (note,))
    if shift.endswith("AllAtOnce"):
        return Deployed((("strategy", "blue-green"),))
    return Deployed(_MIXED, (f"{shift} shifts calls by steps: until then they go to both versions",))


def _rolling(service: Resource, count: int) -> Deployed:
    """Starts up to the maximum percent (rounded down) and keeps the healthy minimum (rounded up)."""
    is_daemon = service.text("scheduling_strategy") == "DAEMON"
    most = service.number("deployment_maximum_percent", 100 if is_daemon else 200)
    least = service.number("deployment_minimum_healthy_percent", 0 if is_daemon else 100)
    more = "100%" if most == 200 else str(max(0, count * most // 100 - count))
    fewer = str(max(0, count - -(-count * least // 100)))
    if more != "0" or fewer != "0":
        return Deployed((("max_surge", more), ("max_unavailable", fewer)))
    note = f"{most} % and {least} % of {count} leave ECS nothing to replace: taken as one after the other"
    return Deployed((("max_surge", "0"), ("max_unavailable", "1")), (note,))
