"""The real thing: databases, stores and instances in a folder, and the one request that runs there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeVar

from ...model.compiler.variables import OFF, ON, Vocabulary
from ...model.deployment import Deployment
from ...model.names import Contract
from .databases import Databases
from .errors import (
    NOT_THEIRS,
    HarnessError,
    Interrupted,
    UndeclaredHop,
    Waiting,
)
from .http import HttpResponse, NoAnswer
from .lines import QUIET_S, Line
from .parts import Database, Part, Plain, Queue, Sqlite, Started
from .rows import KeptRows
from .session import RunningHandler, Session, tell_exception
from .sqlite import connect
from .store import Entry, Store
from .switches import Switches
from .wires import Wires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .code import Code
    from .site import Site

Kind = TypeVar("Kind")

STORE = "store.sqlite"

_SESSION: ContextVar[Session | None] = ContextVar("session", default=None)


class StartError(Exception):
    """An instance that does not start."""


class RemoteError(Exception):
    """What a caller of a `Plain` part sees of an exception there."""


class World:
    """One folder of real files, with every schema and every instance at a version of its own.

    `current` is the request that runs now, for those who ask from threads of their own; where several are
    played at once (`is_played`), each has processes of its own instead.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        parts: Mapping[str, Part],
        code: Mapping[str, Code],
        folder: Path,
        site: Site,
    ) -> None:
        self._vocabulary, self._parts, self._code, self.folder = vocabulary, parts, code, folder
        self.site = site
        self.deployment: Deployment = vocabulary.deployment
        self.databases = Databases(self.deployment, parts, folder, site)
        self.switches = Switches(self.deployment, folder / "flags")
        self._instances: dict[tuple[str, str, Session | None], Any] = {}
        self._lines: list[Line] = []
        self.refusal: str | None = None
        self.is_played = False
        self.current: Session | None = None
        self.store = Store(folder / STORE)
        self.kept: KeptRows | None = None

    @property
    def session(self) -> Session | None:
        """The request that runs in this context, in whatever thread its handlers run."""
        return _SESSION.get()

    @session.setter
    def session(self, session: Session | None) -> None:
        _SESSION.set(session)

    def attend(self, session: Session | None) -> None:
        """From now on this context, and who asks from a thread of its own, is in that request."""
        self.session = session
        self.current = None if self.is_played else session

    def _key(self, component: str, version: str) -> tuple[str, str, Session | None]:
        """An instance, and whose it is: a process is of one request where several are played at once."""
        is_shared = not self.is_played or not self.part(component, Started).starts_early
        return component, version, None if is_shared else self.session

    def close(self) -> None:
        for (component, _, _), instance in self._instances.items():
            if not isinstance(instance, StartError):
                self.part(component, Started).kill(instance)
        for line in self._lines:
            line.close()
        self.databases.close()
        self._instances.clear()
        self.store.close()

    # --- the rollout ---

    def instance(self, component: str, version: str) -> Any:
        """The component's application at the version, started when it is first needed.

        Raises `StartError`.
        """
        key = self._key(component, version)
        if key not in self._instances:
            self._instances[key] = self._launch(*key)
        found = self._instances[key]
        if isinstance(found, StartError):
            raise found
        return found

    def _launch(self, component: str, version: str, owner: Session | None) -> Any:
        """The instance, or the `StartError` that it ended in."""
        part = self.part(component, Started)
        wires = Wires(self, component, version, owner)
        code = nullcontext() if part.starts_early else self.running(version)
        session, self.session = self.session, None  # what a start does is no hop
        wires.is_starting = True
        try:
            with code:
                return part.launch(version, wires)
        except NOT_THEIRS:
            raise
        except Exception as error:
            if (refusal := self.tell_refusal(has_failed=True)) is not None:
                raise HarnessError(refusal) from error
            return StartError(f"{component} {version} does not start: {tell_exception(error)}")
        finally:
            wires.is_starting = False
            self.session = session

    def spawn(self, coming_up: Iterable[tuple[str, str]]) -> None:
        """Starts the processes of versions that come up, all at once: (component, version).

        What runs in our process starts when it is first needed. One that does not start is an error for who
        meets it.
        """
        early = [(c, v) for c, v in coming_up if self.part(c, Started).starts_early]
        keys = [key for key in (self._key(*both) for both in early) if key not in self._instances]
        if keys:
            with ThreadPoolExecutor(len(keys)) as executor:
                launched = executor.map(lambda key: self._launch(*key), keys)
                self._instances.update(zip(keys, launched, strict=True))

    def retire(self, component: str, version: str) -> None:
        """Stops the instance; the next one of the version starts afresh."""
        for key in [key for key in self._instances if key[:2] == (component, version)]:
            instance = self._instances.pop(key)
            if not isinstance(instance, StartError):
                self.part(component, Started).stop(instance)

    def kill(self, component: str, version: str) -> None:
        """Ends the running request's instance at once, whatever it does; the next one starts afresh."""
        instance = self._instances.pop(self._key(component, version), None)
        if instance is not None and not isinstance(instance, StartError):
            self.part(component, Started).kill(instance)

    def take_away(self, component: str, version: str, hop: int) -> Interrupted:
        """Ends the instance on which the running request stands, called by that hop. What ends the request
        where it stands is returned, to be raised."""
        ended = Interrupted(component, hop)
        if self.session is not None:
            self.session.end(ended)  # before it is gone, so that nobody takes that for a fault of its own
        self.kill(component, version)
        return ended

    def bury_dead(self) -> None:
        """Forgets the processes that have ended by themselves: the next request gets new ones."""
        for key, instance in list(self._instances.items()):
            if not isinstance(instance, StartError) and not self.part(key[0], Started).is_alive(instance):
                self.part(key[0], Started).kill(self._instances.pop(key))

    def open_line(self, wires: Wires, provider: str) -> Line:
        """The address at which code of another process, or a driver, reaches the part as these wires do."""
        part = self._parts.get(provider)
        if part is None:
            raise HarnessError(f"`{wires.component}` uses `{provider}`, which has no part")
        line = Line(self, wires, provider, self.site.speaker(provider, part))
        self._lines.append(line)
        return line

    def quiet(self, component: str) -> None:
        """Waits until all that an instance said before its answer has been dealt with.

        A message that it published without waiting is a hop of the request, too.
        """
        owner = self.session if self.is_played else None  # others' instances may stand at hops of their own
        lines = [x for x in self._lines if (x.wires.component, x.wires.owner) == (component, owner)]
        end = monotonic() + QUIET_S
        while monotonic() < end and not all(line.is_quiet() for line in lines):
            sleep(0.001)

    def tell_refusal(self, *, has_failed: bool) -> str | None:
        """Why something that was said on a wire was not passed on; None if all of it was.

        A stream that stays open explains a failure, and is nothing wrong otherwise.
        """
        stalls = (line.tell_stall() for line in self._lines) if has_failed else ()
        return self.refusal or next((told for told in stalls if told is not None), None)

    def close_lines(self, wires: Wires) -> None:
        """Closes what an instance that is gone could be reached by."""
        for line in [line for line in self._lines if line.wires is wires]:
            self._lines.remove(line)
            line.close()

    def tell_logs(self, session: Session) -> Iterator[str]:
        """The last lines that each process said that served the request."""
        for (component, _, owner), instance in self._instances.items():
            if owner in (None, session) and not isinstance(instance, StartError):
                yield from self.part(component, Started).tell_log(instance)

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

    def has_gateway(self, name: str) -> bool:
        """Whether a gateway stands before the part."""
        return bool(getattr(self._parts.get(name), "gateway", True))

    def _running_session(self) -> Session:
        if self.session is None:
            raise HarnessError("a part is used while no request runs; use it in handlers and jobs only")
        return self.session

    def call(self, consumer: str, provider: str, subject: str | None, handle: Callable[[Any], Any]) -> Any:
        """What the callee answers; an exception there is recorded, and a response 500 to the caller."""
        session = self._running_session()
        meeting, hops = session.cross(consumer, "calls", provider, subject), session.open_hops
        if meeting.is_nobody:
            session.miss()
            return self._no_answer(session, provider, 503, f"no instance of {provider} is up")
        assert meeting.callee is not None, "a call meets an instance"
        try:
            return self._answer(session, provider, meeting.callee, handle)
        except Interrupted as interrupted:
            if interrupted.component != provider:
                raise
            session.lose(interrupted, hops)
            return self._no_answer(session, provider, 502, str(interrupted))

    def _no_answer(self, session: Session, provider: str, status: int, words: str) -> HttpResponse:
        """What its caller is told where an instance is not there, or not any more.

        A client that is no code of a version has failed with that.
        """
        caller = session.running
        if caller.version is None:
            session.fail(caller.last, words)
        if isinstance(self._parts[provider], Plain):
            raise RemoteError(words)
        return NoAnswer(status, (), words.encode())

    def _answer(self, session: Session, provider: str, version: str, handle: Callable[[Any], Any]) -> Any:
        with session.frame(provider, version) as frame, self.running(version):
            try:
                response = handle(self.instance(provider, version))
                self.quiet(provider)
            except NOT_THEIRS:
                raise
            except Exception as error:
                if session.ended is not None:
                    raise session.ended from error
                session.fail(
                    frame.last, str(error) if isinstance(error, StartError) else tell_exception(error)
                )
                if isinstance(self._parts[provider], Plain):
                    raise RemoteError(tell_exception(error)) from error
                return HttpResponse(500, (), tell_exception(error).encode())
            if isinstance(response, HttpResponse) and response.fault is not None:
                part = self.part(provider, Started)
                said = part.tell_reason(self.instance(provider, version)) or response.excuse[:500]
                session.fail(frame.last, f"{response.fault}: {said}")
            return response

    def connect(self, component: str, database: str) -> sqlite3.Connection:
        """A connection whose statements are hops while a request runs, and none at any other time."""
        self.part(database, Sqlite)

        def crosses(operation: str, table: str) -> None:
            if self.session is not None:
                self.cross_table(component, operation, database, table)

        connection = connect(self.databases.file(database), crosses)
        self.databases.keep(database, connection)
        return connection

    def cross_table(self, component: str, operation: str, database: str, table: str) -> None:
        """A statement is going to read or write the table: its hop begins."""
        subject = self.part(database, Database).tables.get(table)
        if subject is None and self._running_session().names_everything():
            subject = table
        if subject is None:
            raise UndeclaredHop(
                f"`{component}` {operation} the table `{table}`, which `{database}` does not name"
            )
        session = self._running_session()
        seen = self.switches.seen_by(session.running)
        meeting = session.cross(component, operation, database, subject)
        if self.kept is not None:
            contract, is_read = self._contract(session, database), operation == "reads"
            form = meeting.found if is_read else self._form(session.running, contract, seen)
            self.kept.cross(session, operation, contract, form)

    def find(
        self, consumer: str, operation: str, provider: str, subject: str | None
    ) -> tuple[Contract, str | None]:
        """A reader or consumer is going to read: its hop begins. The contract, and the form that it finds."""
        session = self._running_session()
        meeting = session.cross(consumer, operation, provider, subject)
        return self._contract(session, provider), meeting.found

    def leave(
        self, consumer: str, operation: str, provider: str, subject: str | None
    ) -> tuple[Contract, str]:
        """A writer is going to write: its hop begins. The contract, and the form that its version leaves."""
        session = self._running_session()
        seen = self.switches.seen_by(session.running)  # now: what is written was made before the stop
        session.cross(consumer, operation, provider, subject)
        contract = self._contract(session, provider)
        return contract, self._form(session.running, contract, seen)

    def read(
        self, consumer: str, operation: str, provider: str, subject: str | None, key: str
    ) -> bytes | None:
        """What a reader or consumer finds."""
        contract, form = self.find(consumer, operation, provider, subject)
        self._check_configured(contract, key)
        body = self.store.find(contract, form, key)
        if body is None and operation == "consumes":
            raise Waiting(f"`{contract}` holds no message")
        return body

    def write(self, consumer: str, operation: str, provider: str, subject: str | None, entry: Entry) -> None:
        """What a writer or publisher leaves, in the form in which its version behaves now."""
        contract, form = self.leave(consumer, operation, provider, subject)
        self._check_configured(contract, entry.key)
        self.store.put(contract, form, entry)

    def delete(self, consumer: str, provider: str, subject: str | None, key: str) -> None:
        contract, _ = self.leave(consumer, "writes", provider, subject)
        self.store.drop_key(contract, key)

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
            if self.databases.schemas[contract] not in configured:
                raise LookupError(
                    f"no topic `{topic}` in the configuration {self.databases.schemas[contract]}"
                )

    def _form(self, handler: RunningHandler, contract: Contract, seen: Mapping[str, bool]) -> str:
        """New code behaves in the old form on a guarded contract while it sees the flag off."""
        if handler.version is None:  # an anonymous client leaves what is there at the start
            return self.deployment.versions[0]
        flag = self.deployment.flag_of.get(contract)
        view = None if flag is None else ON if seen[flag.name] else OFF
        return self._vocabulary.form(contract, handler.version, view)
