"""The real thing: databases, stores and instances in a folder, and the one request that runs there."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ...model.compiler.variables import OFF, ON, Vocabulary
from ...model.deployment import Deployment
from ...model.names import Contract
from .errors import NOT_THEIRS, HarnessError, Impossible, UndeclaredHop, Waiting
from .http import HttpResponse
from .parts import Migration, Part, Plain, Queue, Sqlite, Started
from .session import Session, tell_exception
from .sqlite import connect, migrate
from .store import Entry, Store
from .wires import Wires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .code import Code

Kind = TypeVar("Kind")

STORE = "store.sqlite"

_SESSION: ContextVar[Session | None] = ContextVar("session", default=None)


class StartError(Exception):
    """An instance that does not start."""


class RemoteError(Exception):
    """What a caller of a `Plain` part sees of an exception there."""


class World:
    """One folder of real files, with every schema and every instance at a version of its own.

    `schemas` holds the version of each contract of a database or broker, `flags` what is on.
    """

    def __init__(
        self, vocabulary: Vocabulary, parts: Mapping[str, Part], code: Mapping[str, Code], folder: Path
    ) -> None:
        self._vocabulary, self._parts, self._code, self.folder = vocabulary, parts, code, folder
        self.deployment: Deployment = vocabulary.deployment
        deployment = self.deployment
        first = deployment.versions[0]
        stored = (c for c in deployment.contracts if isinstance(parts.get(c.provider), Sqlite | Queue))
        self.schemas: dict[Contract, str] = dict.fromkeys(stored, first)
        self.flags: dict[str, bool] = {flag.name: False for flag in deployment.flags}
        self._instances: dict[tuple[str, str], Any] = {}
        self._connections: dict[tuple[str, str], list[sqlite3.Connection]] = {}
        self.store = Store(folder / STORE)

    @property
    def session(self) -> Session | None:
        """The request that runs in this context, in whatever thread its handlers run."""
        return _SESSION.get()

    @session.setter
    def session(self, session: Session | None) -> None:
        _SESSION.set(session)

    # --- the files ---

    @staticmethod
    def copy(source: Path, folder: Path) -> None:
        """Copies the files of a world that is closed into a new folder."""
        folder.mkdir()
        for file in source.glob("*.sqlite"):
            shutil.copyfile(file, folder / file.name)

    def database(self, name: str) -> Path:
        return self.folder / f"database-{list(self._parts).index(name)}.sqlite"

    def create(self) -> None:
        """Makes each database in its first version, with its rows."""
        for name, part in self._parts.items():
            if isinstance(part, Sqlite):
                for script in (part.schema, part.seed):
                    self._alter(name, script, f"the first schema of `{name}`")

    def _alter(self, name: str, script: Any, what: str) -> None:
        connection = connect(self.database(name))
        try:
            migrate(connection, script)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Impossible(f"{what} waits for a transaction that is open") from error
            raise HarnessError(f"{what}: {tell_exception(error)}") from error
        except NOT_THEIRS:
            raise
        except Exception as error:
            raise HarnessError(f"{what}: {tell_exception(error)}") from error
        finally:
            connection.close()

    def close(self) -> None:
        for connections in self._connections.values():
            for connection in connections:
                connection.close()
        self._connections.clear()
        self._instances.clear()
        self.store.close()

    # --- the rollout ---

    def migrate(self, contract: Contract, goal: str) -> None:
        """Takes one contract's schema to the version, on or back, one version after the other.

        Raises `Impossible` while a transaction holds the database, `HarnessError` if it fails.
        """
        versions = self.deployment.versions
        here, there = versions.index(self.schemas[contract]), versions.index(goal)
        way = versions[here + 1 : there + 1] if there > here else versions[there:here][::-1]
        for version in way:
            script = self._script(contract, version)
            if script is not None:
                self._refuse_if_busy(contract.provider)
                self._alter(contract.provider, script, f"the migration of `{contract}` to {version}")
            self.schemas[contract] = version

    def _script(self, contract: Contract, version: str) -> Migration | None:
        """What takes the contract's schema to the version from the one beside it."""
        part = self._parts[contract.provider]
        if not isinstance(part, Sqlite):
            return None
        versions = self.deployment.versions
        if versions.index(version) > versions.index(self.schemas[contract]):
            return part.migrations.get(version, {}).get(contract.subject)
        back = part.reverts.get(version, {}).get(contract.subject)
        if back is None and contract.subject in part.migrations.get(self.schemas[contract], {}):
            raise HarnessError(f"`{contract}` goes back to {version}, and `reverts` does not say how")
        return back

    def _refuse_if_busy(self, database: str) -> None:
        for (_, name), connections in self._connections.items():
            if name == database and any(connection.in_transaction for connection in connections):
                raise Impossible(f"`{database}` is in a transaction")

    def instance(self, component: str, version: str) -> Any:
        """The component's application at the version, started when it is first needed.

        Raises `StartError`.
        """
        key = component, version
        if key not in self._instances:
            part = self.part(component, Started)
            session, self.session = self.session, None  # what a start does is no hop
            try:
                with self.running(version):
                    self._instances[key] = part.start(version, Wires(self, component, version))
            except NOT_THEIRS:
                raise
            except Exception as error:
                raise StartError(f"{component} {version} does not start: {tell_exception(error)}") from error
            finally:
                self.session = session
        return self._instances[key]

    def retire(self, component: str, version: str) -> None:
        """Stops the instance; the next one of the version starts afresh."""
        self._instances.pop((component, version), None)

    @contextmanager
    def running(self, version: str | None) -> Iterator[None]:
        """While it is entered, the version's code is the one that runs."""
        code = self._code.get(version) if version is not None else None
        with code.active() if code is not None else nullcontext():
            yield

    # --- crossings ---

    def part(self, name: str, kind: type[Kind]) -> Kind:
        """The part of that name. Raises `HarnessError` if it is of another kind."""
        part = self._parts.get(name)
        if not isinstance(part, kind):
            is_what = f"is a {type(part).__name__}" if part is not None else "is not there"
            raise HarnessError(f"`{name}` {is_what}; a {kind.__name__} is needed")
        return part

    def _running_session(self) -> Session:
        if self.session is None:
            raise HarnessError("a part is used while no request runs; use it in handlers and jobs only")
        return self.session

    def call(self, consumer: str, provider: str, subject: str | None, handle: Callable[[Any], Any]) -> Any:
        """What the callee answers; an exception there is recorded, and a response 500 to the caller."""
        session = self._running_session()
        version = session.cross(consumer, "calls", provider, subject).callee
        assert version is not None, "a call meets an instance"
        with session.frame(provider, version) as frame, self.running(version):
            try:
                response = handle(self.instance(provider, version))
            except NOT_THEIRS:
                raise
            except Exception as error:
                session.fail(
                    frame.last, str(error) if isinstance(error, StartError) else tell_exception(error)
                )
                if isinstance(self._parts[provider], Plain):
                    raise RemoteError(tell_exception(error)) from error
                return HttpResponse(500, (), tell_exception(error).encode())
            if isinstance(response, HttpResponse) and response.status >= 500:
                session.fail(frame.last, f"HTTP {response.status}: {response.text[:500]}")
            return response

    def connect(self, component: str, database: str) -> sqlite3.Connection:
        """A connection whose statements are hops while a request runs, and none at any other time."""
        part = self.part(database, Sqlite)

        def crosses(operation: str, table: str) -> None:
            if self.session is None:
                return
            subject = part.tables.get(table)
            if subject is None:
                raise UndeclaredHop(
                    f"`{component}` {operation} the table `{table}`, which `{database}` does not name"
                )
            self.session.cross(component, operation, database, subject)

        connection = connect(self.database(database), crosses)
        self._connections.setdefault((component, database), []).append(connection)
        return connection

    def read(
        self, consumer: str, operation: str, provider: str, subject: str | None, key: str
    ) -> bytes | None:
        """What a reader or consumer finds."""
        session = self._running_session()
        meeting = session.cross(consumer, operation, provider, subject)
        contract = self._contract(session, provider)
        self._check_configured(contract, key)
        body = self.store.find(contract, meeting.found, key)
        if body is None and operation == "consumes":
            raise Waiting(f"`{contract}` holds no message")
        return body

    def write(self, consumer: str, operation: str, provider: str, subject: str | None, entry: Entry) -> None:
        """What a writer or publisher leaves, in the form in which its version behaves now."""
        session = self._running_session()
        session.cross(consumer, operation, provider, subject)
        contract = self._contract(session, provider)
        self._check_configured(contract, entry.key)
        self.store.put(contract, self._form(session.running.version, contract), entry)

    def delete(self, consumer: str, provider: str, subject: str | None, key: str) -> None:
        session = self._running_session()
        session.cross(consumer, "writes", provider, subject)
        self.store.drop_key(self._contract(session, provider), key)

    @staticmethod
    def _contract(session: Session, provider: str) -> Contract:
        """The contract of the hop that was crossed last by the running frame."""
        contract = session.request.hops[session.running.last - 1].contract
        assert contract.provider == provider
        return contract

    def _check_configured(self, contract: Contract, topic: str) -> None:
        part = self._parts[contract.provider]
        if isinstance(part, Queue):
            configured = part.configured.get(topic, self.deployment.versions)
            if self.schemas[contract] not in configured:
                raise LookupError(f"no topic `{topic}` in the configuration {self.schemas[contract]}")

    def _form(self, version: str | None, contract: Contract) -> str:
        """New code behaves in the old form on a guarded contract while the flag is off."""
        if version is None:  # an anonymous client leaves what is there at the start
            return self.deployment.versions[0]
        flag = self.deployment.flag_of.get(contract)
        view = None if flag is None else ON if self.flags[flag.name] else OFF
        return self._vocabulary.form(contract, version, view)
