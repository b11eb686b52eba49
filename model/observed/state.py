"""A file that says where a rollout stands: of which format it is, and what it says."""

from __future__ import annotations

from ..deployment import Deployment
from ..errors import InvalidDeploymentError, Problem
from ..language.document import parse_document
from ..language.text import MAX_BYTES, UnreadableFileError, decode, report_too_large
from ..manifests.json_files import Json, read_json
from ..names import Place
from .calling import Calling
from .compose import is_container, read_containers
from .ecs import is_services, read_services
from .gathering import Gathering
from .kubernetes import list_objects, read_objects
from .plain import read_plain
from .sightings import Observation


def read_state(content: bytes, file: str, deployment: Deployment, calling: Calling) -> Observation:
    """What the file says of the deployment. Raises `InvalidDeploymentError` for one that says nothing of
    it."""
    try:
        if len(content) > MAX_BYTES:
            raise UnreadableFileError(report_too_large(file))
        decode(content, file)
    except UnreadableFileError as refused:
        raise InvalidDeploymentError([refused.problem]) from refused
    values = read_json(content)
    found = _read_tools(values, deployment, calling)
    if found is None:
        found, reader = read_plain(parse_document(content, file), deployment, calling)
        if reader.problems:
            raise InvalidDeploymentError(reader.problems)
    if not found.sightings:
        raise InvalidDeploymentError([_nothing(found, file)])
    return found


def _read_tools(values: list[Json], deployment: Deployment, calling: Calling) -> Observation | None:
    """What a tool wrote; None if it was none."""
    gathering = Gathering(deployment, calling)
    rows = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    if rows and all(map(is_container, rows)):
        read_containers(rows, gathering)
    elif len(values) == 1 and is_services(values[0]):
        read_services(values[0], gathering)
    elif values and all(map(_is_of_kubernetes, values)):
        read_objects(values, gathering)
    else:
        return None
    return gathering.observation()


def _is_of_kubernetes(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    objects = list_objects(value)
    return isinstance(value.get("apiVersion"), str) and all(
        isinstance(one.get("kind"), str) for one in objects
    )


def _nothing(found: Observation, file: str) -> Problem:
    first = found.left_out[0] if found.left_out else None
    why = f"; {first.what}: {first.why}" if first else ""
    more = f", and {len(found.left_out) - 1} more" if len(found.left_out) > 1 else ""
    message = f"nothing here says anything of the deployment{why}{more}"
    return Problem("nothing-found", message, Place(file, 1, 1))
