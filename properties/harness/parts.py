"""The parts of the real thing: how each component is started and reached.

A harness gives one for each component of the deployment. `subjects` maps what is seen from outside
(a route, a table, a key, a topic) to the subject of the contract; without it every crossing between
the two components fits whatever hop is declared next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from .errors import HarnessError
from .http import HttpRequest, HttpResponse, call_asgi, call_wsgi

if TYPE_CHECKING:
    import sqlite3

    from .wires import Wires

Start = Callable[[str, "Wires"], Any]
"""Starts one version of a component: `(version, wires) -> the application`."""


class Started(Struct, frozen=True):
    """A component with instances: `start(version, wires)` gives what answers, or does the jobs."""

    start: Start


class Worker(Started, frozen=True):
    """A component that starts jobs: `perform` of the harness gets what `start` gave, and runs the job.

    It serves for declared clients as well.
    """


class Service(Started, frozen=True):
    """A component that is called. `subjects`: from patterns of what is asked to subjects."""

    subjects: Mapping[str, str] = field(default_factory=dict)


class Wsgi(Service, frozen=True):
    """A WSGI application (Flask, Django, …). `subjects`: from `METHOD /path*` to subjects."""

    def handle(self, app: Any, request: HttpRequest) -> HttpResponse:
        return call_wsgi(app, request)


class Asgi(Service, frozen=True):
    """An ASGI application (Starlette, FastAPI, …). `subjects`: from `METHOD /path*` to subjects."""

    def handle(self, app: Any, request: HttpRequest) -> HttpResponse:
        return call_asgi(app, request)


class Plain(Service, frozen=True):
    """A plain callable, `(subject, *arguments) -> result`.

    What goes in and comes out crosses as JSON, so that no object of one version reaches the other.
    """

    def handle(self, function: Any, subject: str, arguments: tuple[Any, ...]) -> Any:
        asked = json.loads(json.dumps(arguments))
        return json.loads(json.dumps(function(subject, *asked)))


Migration = str | Path | Callable[["sqlite3.Connection"], None]
"""SQL, a file of SQL, or a function of a connection."""


class Sqlite(Struct, frozen=True):
    """A real SQLite database.

    `schema` makes the first version, `seed` its rows. `migrations` maps a version to the migrations
    that lead to it from the version before, by subject: contracts migrate on their own, in any order;
    `reverts` to those that lead back to it.
    `tables` maps each table (in every version's name) to its subject.
    """

    schema: Migration
    tables: Mapping[str, str]
    migrations: Mapping[str, Mapping[str, Migration]] = field(default_factory=dict)
    seed: Migration = ""
    reverts: Mapping[str, Mapping[str, Migration]] = field(default_factory=dict)


class Cache(Struct, frozen=True):
    """A cache that keeps serialised bytes. `keys`: from patterns of keys to subjects."""

    keys: Mapping[str, str]


class Queue(Struct, frozen=True):
    """A broker that keeps serialised bytes.

    `topics` maps each topic to its subject. `configured` says for a topic in which versions of the
    configuration it exists; one that is missing there exists in all.
    """

    topics: Mapping[str, str]
    configured: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Part = Started | Sqlite | Cache | Queue


def find_subject(patterns: Mapping[str, str], asked: str, where: str) -> str | None:
    """The subject of the first pattern that fits; None if there are no patterns at all.

    Raises `HarnessError` if there are, and none fits.
    """
    if not patterns:
        return None
    found = next((subject for pattern, subject in patterns.items() if fnmatchcase(asked, pattern)), None)
    if found is None:
        raise HarnessError(f"`{where}` has no subject for `{asked}`; its patterns are {', '.join(patterns)}")
    return found
