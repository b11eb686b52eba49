"""A part that is a program: one process for each instance and version."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from ..errors import HarnessError, ServiceError
from ..http import HttpRequest, HttpResponse
from ..parts import HttpService
from ..session import RunningHandler, Session
from .spawning import (
    POLL_S,
    Spawned,
    Ward,
    find_error,
    find_reason,
    is_listening,
    need_free,
    reserve_port,
    tell_status,
)

if TYPE_CHECKING:
    from ..wires import Wires

Words = str | Sequence[str]
"""A command: words, or one line that is split as a shell would."""

ByVersion = Mapping[str, Any]

TAIL = 12
"""So many lines of each log are shown with a failure."""


LAST_BREATH_S = 0.3
"""So long a process may take to end after its connections did."""


class Start(Struct, frozen=True):
    """A program that is to be started, with all braces filled in; it reads files in the folder `read`."""

    name: str
    words: Sequence[str]
    env: Mapping[str, str]
    folder: str
    read: Path


class StuckError(ServiceError):
    """A process that gives no answer, though nothing holds it up."""


class Process(HttpService, frozen=True):
    """A component that is started as a program, one process for each instance and version.

    `command` is the program, as words or as a line; `env` is added to the environment; `folder` is where
    it runs. Each may be given by version: `{"V1": …, "V2": …}`. What stands in braces is filled in:
    `{version}`, `{port}` (a free one of loopback, or `port`), the name of each part that it uses
    (`{backend}`) as `127.0.0.1:PORT` or by its halves (`{backend:host}`, `{backend:port}`), and `{flags}`, a
    JSON file of what feature flags are on now.

    `subjects`: from `METHOD /path*` to subjects. `port`: 0 for a free one, None for a program that listens
    nowhere. It is ready when it accepts connections there and `ready` holds: a path (`/health`) that answers
    with less than 400, or a text in its log. It is asked to end (SIGTERM) when it retires, and killed
    after `grace_s`. A request that gets no answer in `timeout_s`, the stops of the run not counted, has
    failed. Where no instance is up, or one ends with a request on it, its callers hear 503 or 502, as from a
    gateway; with `gateway=False` their connection is reset.
    """

    command: Words | ByVersion
    subjects: Mapping[str, str] = field(default_factory=dict)
    port: int | None = 0
    ready: str = ""
    env: ByVersion = field(default_factory=dict)
    folder: str | Path | ByVersion = "."
    start_s: float = 30.0
    grace_s: float = 5.0
    timeout_s: float = 20.0
    gateway: bool = True

    def launch(self, version: str, wires: Wires) -> Running:
        """The process, ready. Raises `NotReadyError`, and `HarnessError` for a port that is taken."""
        if self.port:
            need_free(self.port, wires.world.site.ward.token)
        with reserve_port() if self.port == 0 else nullcontext(self.port) as port:
            return self._launch_at(port, version, wires)

    def _launch_at(self, port: int | None, version: str, wires: Wires) -> Running:
        running = Running(self, version, wires, port)
        try:
            running.wait_until_ready()
        except BaseException:
            running.refuse_foreign_end()
            running.kill()
            raise
        return running

    @property
    def log_lag_s(self) -> float:
        """So many seconds later we hear what it says, and that it has ended."""
        return 0.0

    @property
    def starts_early(self) -> bool:
        return True

    @property
    def only_one(self) -> str:
        """What of it there is only once, so that no two of it can run."""
        return f"the port {self.port}" if self.port else ""

    def start(self, ward: Ward, what: Start) -> Spawned:
        """The program, begun."""
        return ward.spawn(what.name, what.words, what.env, what.folder)

    def refuse_failed_start(self, spawned: Spawned) -> None:
        """Raises `HarnessError` if it is not the program that failed, but what was to start it."""

    def stop(self, instance: Running) -> None:
        instance.stop()

    def kill(self, instance: Running) -> None:
        instance.kill()

    def is_alive(self, instance: Running) -> bool:
        return instance.spawned.exit_status is None

    def tell_reason(self, instance: Running) -> str:
        return instance.reason()

    def tell_log(self, instance: Running) -> Sequence[str]:
        return instance.tell_log()

    def handle(self, app: Running, request: HttpRequest) -> HttpResponse:
        return app.send(request)

    def of_version(self, version: str, given: Any) -> Any:
        """What is given for the version, where it is given by version."""
        if isinstance(given, Mapping) and version in given:
            return given[version]
        return given


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its braces filled in. Raises `HarnessError` for a name that has no value."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise HarnessError(f"`{{{name}}}` in `{text}` stands for nothing; there are {', '.join(values)}")
        return values[name]

    return re.sub(r"(?<!\$)\{([A-Za-z_][\w./-]*(?::host|:port)?)\}", value, text)  # `${HOME}` is for a shell


class Addresses(Mapping[str, str]):
    """What stands in braces; the wire of a part is opened when its name is asked for."""

    def __init__(
        self, known: Mapping[str, str], open_wire: Callable[[str], str], names: Sequence[str]
    ) -> None:
        self._known, self._open_wire, self._names = dict(known), open_wire, [*known, *names]

    def __getitem__(self, told: str) -> str:
        name, _, half = told.partition(":")
        if name not in self._names:
            raise KeyError(told)
        if name not in self._known:
            self._known[name] = self._open_wire(name)
        host, _, port = self._known[name].partition(":")
        return {"host": host, "port": port}.get(half, self._known[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Running:
    """A process of one instance. In `perform` it is what starts a job."""

    def __init__(self, part: Process, version: str, wires: Wires, port: int | None) -> None:
        self._part, self._version, self._wires, self.port = part, version, wires, port
        self._world = wires.world
        self.component = wires.component
        flags = self._world.switches.file(self.component, version)
        own = {"version": version, "flags": str(flags)}
        if port is not None:
            own["port"] = str(port)
        self.values = Addresses(own, wires.address, tuple(self._world.deployment.components))
        words = part.of_version(version, part.command)
        split = shlex.split(words) if isinstance(words, str) else words
        self._words = [fill(word, self.values) for word in split]
        self._folder = fill(str(part.of_version(version, part.folder)), self.values)
        self._env = self._fill_env(part.of_version(version, part.env))
        self._read = flags.parent
        self._seen = 0
        self.spawned: Spawned = self._start(self.name, self._words)

    @property
    def name(self) -> str:
        return f"{self.component} {self._version}"

    def _start(self, name: str, words: Sequence[str]) -> Spawned:
        what = Start(name, words, self._env, self._folder, self._read)
        return self._part.start(self._world.site.ward, what)

    def _fill_env(self, env: Mapping[str, str]) -> dict[str, str]:
        return {name: fill(str(value), self.values) for name, value in env.items()}

    # --- its life ---

    def wait_until_ready(self) -> None:
        ready, start_s = self._part.ready, self._part.start_s
        if ready.startswith("/"):
            what = f"`{ready}` does not answer with less than 400"
            self.spawned.wait_until(lambda: self._answers(ready), start_s, what)
        elif ready:
            what = f"`{ready}` is not in its log"
            self.spawned.wait_until(lambda: ready in self._log_text(), start_s, what)
        port = self.port
        if port is not None:  # else the next who asks for a port gets this one
            what = f"nobody listens at its port {port} (`port=None` is for who never does)"
            self.spawned.wait_until(lambda: self._listens_at(port), start_s, what)

    def _listens_at(self, port: int) -> bool:
        """Whether it listens there; a port that is given another harness may have been given, too."""
        return self.spawned.listens_at(port) if self._part.port else is_listening(port)

    def _answers(self, path: str) -> bool:
        from .exchange import ExchangeError, ask

        if self.port is None:
            raise HarnessError(f"`{self.component}` has no port, so that `{path}` cannot be asked for")
        end = time.monotonic() + self._part.start_s

        def look() -> None:
            if time.monotonic() > end:
                raise ExchangeError("no answer")

        try:
            return ask(self.port, HttpRequest("GET", path), look).status < 400
        except (OSError, ExchangeError):
            return False

    def _log_text(self) -> str:
        return self.spawned.log.read_text("utf-8", errors="replace")

    def stop(self) -> None:
        """Asks it to end, and kills it after its grace."""
        self.spawned.stop(self._part.grace_s)
        self._world.close_lines(self._wires)

    def kill(self) -> None:
        """Ends it at once."""
        self.spawned.kill()
        self._world.close_lines(self._wires)

    # --- what is asked of it ---

    def send(self, request: HttpRequest) -> HttpResponse:
        """The response of the process itself. Raises `StuckError`, and what says that it is gone."""
        from .exchange import ExchangeError

        if self.port is None:
            raise HarnessError(f"`{self.component}` is called, and has no port; give its part one")
        session = self._world.session
        self._seen = self.spawned.log.stat().st_size
        patience = Patience(session, self._part.timeout_s) if session is not None else None
        look = patience.look if patience is not None else _nothing
        try:
            return _find_way(request)(self.port, request, look)
        except (OSError, ExchangeError) as error:
            if session is not None and session.ended is not None:
                raise session.ended from error
            raise GoneError(f"{self.name}: {self._tell_end(error)}") from error

    def request(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        """Asks the process itself, by no wire: what starts a job of a worker that listens.

        Raises `JobError` for a response with status 500 or more.
        """
        response = self.send(HttpRequest(method, path, headers or {}, body))
        if response.status >= 500:
            raise JobError(f"HTTP {response.status}: {self.reason() or response.text[:500]}")
        return response

    def take_message(self) -> None:
        """Lets the worker take the message that its job begins with, and waits until it has acknowledged it.

        Raises `JobError` if it does not acknowledge it, and if it subscribes to no such queue.
        """
        from .rabbitmq import RabbitServer, RefusedError

        session = self._world.session
        if session is None or session.crossed:
            raise HarnessError("`take_message` begins a job, in `perform`")
        hop = session.request.hops[0]
        server = self._world.site.servers.get(hop.provider)
        if not isinstance(server, RabbitServer):
            raise HarnessError(
                f"`{hop.provider}` is no RabbitMQ part, so that no message can be taken from it"
            )
        self._seen = self.spawned.log.stat().st_size
        patience = Patience(session, self._part.timeout_s)

        def look() -> None:
            patience.look()
            if self.spawned.exit_status is not None:
                raise JobError(f"{self.name}: {self._tell_end(JobError())}")

        try:
            server.work(self._world, self._wires, hop.provider, hop.subject, look)
        except RefusedError as error:
            self.spawned.wait(LAST_BREATH_S + self._part.log_lag_s)
            raise JobError(f"{error}{f': {said}' if (said := self.reason()) else ''}") from error

    def run(self, *words: str) -> list[str]:
        """Runs the part's command with these words added, to its end: a job that no server does.

        Returns the last lines that it said. Raises `JobError` if it fails.
        """
        command = [*self._words, *(fill(word, self.values) for word in words)]
        started = self._start(f"{self.name}: {words}", command)
        session = self._world.session
        patience = Patience(session, self._part.timeout_s) if session is not None else None
        try:
            while (status := started.exit_status) is None:
                if patience is not None:
                    patience.look()
                time.sleep(0.01)
            self.refuse_foreign_end(started)
        finally:
            started.kill()
        if session is not None and session.ended is not None:
            raise session.ended
        if status:
            raise JobError(find_reason(started.tail()) or tell_status(status))
        return started.tail()

    def reason(self) -> str:
        """What its log says of an error, since it was asked last; empty if it names none."""
        end = time.monotonic() + self._part.log_lag_s
        while not (said := find_error(self.spawned.tail(since=self._seen))) and time.monotonic() < end:
            time.sleep(POLL_S)
        return said

    def _tell_end(self, error: BaseException) -> str:
        """Why it gave no answer. Raises `HarnessError` if it was killed, and not by the harness."""
        status = self.spawned.wait(LAST_BREATH_S + self._part.log_lag_s)
        self.refuse_foreign_end()
        if status is None:
            said = self.reason()
            return f"{error}{f' ({said})' if said else ''}"
        said = find_reason(self.spawned.tail())
        return f"it ended with {tell_status(status)}{f': {said}' if said else ''}"

    def refuse_foreign_end(self, other: Spawned | None = None) -> None:
        """Raises `HarnessError` if it, or another that it started, was not ended by itself or the harness."""
        spawned = other or self.spawned
        self._part.refuse_failed_start(spawned)
        if spawned.is_killed:
            assert spawned.exit_status is not None
            by = tell_status(spawned.exit_status)
            raise HarnessError(
                f"{self.name} was ended by {by}, and not by the harness, so that what fails there shows "
                "nothing; is there memory enough?"
            )

    def tell_log(self) -> list[str]:
        """The last lines of its log, each with its name."""
        return [f"{self.name} said: {line}" for line in self.spawned.tail(TAIL)]


def _find_way(request: HttpRequest) -> Callable[[int, HttpRequest, Callable[[], None]], HttpResponse]:
    """How a request is sent on: in the version in which it came."""
    if request.is_http2:
        from .http2 import ask_http2

        return ask_http2
    from .exchange import ask

    return ask


class GoneError(ServiceError):
    """A process that is gone, or does not speak HTTP."""


class JobError(ServiceError):
    """A job that failed, in its own words."""


def _nothing() -> None:
    """Looks at nothing."""


class Patience:
    """Waits for a handler, as long as something happens; what others do is not its time.

    `look` raises what has ended the session meanwhile, and `StuckError` after `limit_s` seconds in which the
    handler ran and took no hop.
    """

    def __init__(self, session: Session, limit_s: float) -> None:
        self._session, self._limit_s = session, limit_s
        self._frame: RunningHandler = session.running
        self._beat = session.beat
        self._since = time.monotonic()

    def look(self) -> None:
        session = self._session
        ended = session.ends_for(self._frame)
        if ended is not None:
            raise ended
        now = time.monotonic()
        if session.is_stopped or session.beat != self._beat or session.running is not self._frame:
            self._since, self._beat = now, session.beat
        elif now - self._since > self._limit_s:
            raise StuckError(f"no answer and no hop in {self._limit_s:g} s")
