"""The parts and requests of a harness, from a deployment file and the Compose project of its services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ....model.deployment import Component, Deployment, Kind
from .application import Application
from .processes import has_packages, propose_process, runs_with_packages
from .requests import is_of_client, propose_request
from .stores import list_jobs, propose_store
from .writing import Blank, Called, CodeText


class Proposal(Struct, frozen=True):
    """What is to be written.

    `answers` are the requests of clients; `needs_paths`: versions have programs of their own; `left_out` are
    services of the project that the deployment does not have.
    """

    deployment: Deployment
    tops: Mapping[str, CodeText | Blank]
    parts: Mapping[str, Any]
    requests: Mapping[str, Any]
    answers: tuple[str, ...]
    needs_paths: bool
    left_out: tuple[str, ...]


def propose(application: Application) -> Proposal:
    """The proposal; what nothing tells is a `Blank` in it."""
    deployment, jobs = application.deployment, list_jobs(application)
    return Proposal(
        deployment,
        tops={release.version: release.top for release in application.releases},
        parts={name: _propose_part(application, part) for name, part in deployment.components.items()},
        requests={request.name: propose_request(application, request) for request in deployment.requests},
        answers=tuple(r.name for r in deployment.requests if is_of_client(application, r)),
        needs_paths=_needs_paths(application, jobs),
        left_out=tuple(n for n in application.newest if n not in deployment.components and n not in jobs),
    )


def _propose_part(application: Application, component: Component) -> Any:
    if component.kind is Kind.CLIENT:
        return Called("Worker", (CodeText("lambda version, wires: wires"),))
    if component.kind.has_instances:
        return propose_process(application, component)
    return propose_store(application, component)


def _needs_paths(application: Application, jobs: set[str]) -> bool:
    components = application.deployment.components.values()
    named = (c.name for c in components if c.kind.has_instances and c.kind is not Kind.CLIENT)
    if any(runs_with_packages(application, name) for name in named):
        return True
    return any(has_packages(application.wire_job(r, job).words) for job in jobs for r in application.releases)
