"""The parts of the real thing: how each component is started and reached.

A harness gives one for each component of the deployment. `subjects` maps what is seen from outside
(a route, a table, a key, a topic) to the subject of the contract; without it every crossing between
the two components fits whatever hop is declared next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from .errors import HarnessError
from .http import HttpRequest, HttpResponse, call_asgi, call_wsgi

if TYPE_CHECKING:
    from .wires import Wires

Start = Callable[[str, "Wires"], Any]
"""Starts one version of a component: `(version, wires) -> the application`."""


class Started(Struct, frozen=True):
    """A component with instances: how one of a version is launched, and stopped when it retires."""

    def launch(self, version: str, wires: Wires) -> Any:
        """What answers, or does the jobs. Raises whatever the version's code raises."""
        raise NotImplementedError

    @property
    def starts_early(self) -> bool:
        """Whether an instance starts when the rollout spawns it, and not only when it is first needed."""
        return False

    def stop(self, instance: Any) -> None:
        """Ends in good order what `launch` gave; in process there is nothing to end."""

    def kill(self, instance: Any) -> None:
        """Ends it at once."""

    def is_alive(self, instance: Any) -> bool:  # noqa: ARG002 - what is in process lives as long as we do
        """Whether the instance can still be called."""
        return True

    def tell_reason(self, instance: Any) -> str:  # noqa: ARG002 - in process, an exception tells it
        """What an instance said that explains why it failed just now; empty for nothing."""
        return ""

    def tell_log(self, instance: Any) -> Sequence[str]:  # noqa: ARG002 - as above
        """The last lines that it said."""
        return ()


class Service(Started, frozen=True):
    """A component that is called."""

    @property
    def subjects(self) -> Mapping[str, str]:
        """From patterns of what is asked to subjects."""
        raise NotImplementedError


class HttpService(Service, frozen=True):
    """A component that is called by HTTP. `subjects`: from `METHOD /path*` to subjects."""

    def handle(self, app: Any, request: HttpRequest) -> HttpResponse:
        """The response of what `launch` gave."""
        raise NotImplementedError


class Worker(Started, frozen=True):
    """A component that starts jobs: `perform` of the harness gets what `start` gave, and runs the job.

    It serves for declared clients as well.
    """

    start: Start

    def launch(self, version: str, wires: Wires) -> Any:
        return self.start(version, wires)


class Wsgi(HttpService, frozen=True):
    """A WSGI application (Flask, Django, …). `subjects`: from `METHOD /path*` to subjects."""

    start: Start
    subjects: Mapping[str, str] = field(default_factory=dict)

    def launch(self, version: str, wires: Wires) -> Any:
        return self.start(version, wires)

    def handle(self, app: Any, request: HttpRequest) -> HttpResponse:
        return call_wsgi(app, request)


class Asgi(HttpService, frozen=True):
    """An ASGI application (Starlette, FastAPI, …). `subjects`: from `METHOD /path*` to subjects."""

    start: Start
    subjects: Mapping[str, str] = field(default_factory=dict)

    def launch(self, version: str, wires: Wires) -> Any:
        return self.start(version, wires)

    def handle(self, app: Any, request: HttpRequest) -> HttpResponse:
        return call_asgi(app, request)


class Plain(Service, frozen=True):
    """A plain callable, `(subject, *arguments) -> result`.

    What goes in and comes out crosses as JSON, so that no object of one version reaches the other.
    """

    start: Start
    subjects: Mapping[str, str] = field(default_factory=dict)

    def launch(self, version: str, wires: Wires) -> Any:
        return self.start(version, wires)

    def handle(self, function: Any, subject: str, arguments: tuple[Any, ...]) -> Any:
        asked = json.loads(json.dumps(arguments))
        return json.loads(json.dumps(function(subject, *asked)))


class Command(Struct, frozen=True):
    """A program of the team's own, as words: it runs to its end, in `folder`, with `env` added to ours.

    What stands in braces is filled in: see `Process`.
    """

    words: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: str | Path = "."


Migration = str | Path | Command | Callable[[Any], None]
"""How a schema is made or changed: SQL, a file of SQL, a command, or a function of a connection."""


class BusyError(Exception):
    """A migration that a transaction holds up."""


class Database(Struct, frozen=True):
    """A real database.

    `schema` makes the first version, `seed` its rows. `migrations` maps a version to the migrations
    that lead to it from the version before, by subject: contracts migrate on their own, in any order;
    `reverts` to those that lead back to it. `backfills` maps a version, in the same way, to what puts rows
    that no request writes into its form: for contracts whose rows keep theirs (`rows: kept`).
    `tables` maps each table (in every version's name) to its subject.
    """

    schema: Migration
    tables: Mapping[str, str]
    migrations: Mapping[str, Mapping[str, Migration]] = field(default_factory=dict)
    seed: Migration = ""
    reverts: Mapping[str, Mapping[str, Migration]] = field(default_factory=dict)
    backfills: Mapping[str, Mapping[str, Migration]] = field(default_factory=dict)


class Sqlite(Database, frozen=True):
    """An SQLite database in a file. A migration is SQL, a file of SQL, or a function of a connection."""


class KeyStore(Struct, frozen=True):
    """A cache. `keys`: from patterns of keys to subjects."""

    keys: Mapping[str, str]


class Cache(KeyStore, frozen=True):
    """A cache in process that keeps serialised bytes. `keys`: from patterns of keys to subjects."""


class Broker(Struct, frozen=True):
    """A broker. `topics` maps each topic to its subject."""

    topics: Mapping[str, str]


class Queue(Broker, frozen=True):
    """A broker in process that keeps serialised bytes.

    `topics` maps each topic to its subject. `configured` says for a topic in which versions of the
    configuration it exists; one that is missing there exists in all.
    """

    configured: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Part = Started | Database | KeyStore | Broker


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
