"""Programs that a harness starts: each with its log, each ended with the harness."""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ..errors import HarnessError, ServiceError

if TYPE_CHECKING:
    import psutil

MARK = "SKEWPROOF_HARNESS"
"""The environment variable that everything started by a harness carries, with the token of its trial."""

WARDEN = Path(__file__).with_name("warden.py")

POLL_S = 0.02
STOP_S = 5.0
LOOPBACK = "127.0.0.1"

KEPT_FROM_CHILDREN = ("PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "VIRTUAL_ENV")
"""Where our own interpreter finds its modules; a version has an environment of its own."""


PORTS = range(20_000, 32_000)
"""Below those that the system gives to whoever asks for any port, on Linux, macOS and Windows."""


@contextmanager
def reserve_port() -> Iterator[int]:
    """A port of loopback at which nobody listens, until the program that is to listen there does.

    A port that was only found free may be another's before the program asks for it, and then it is the other
    that answers, as if the program were ready. So it is none that the system gives away, and a UDP socket of
    the same number keeps every other harness from it. Raises `HarnessError` if none is free.
    """
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket(type=socket.SOCK_DGRAM) as lock, socket.socket() as tried:
            if _is_bound(lock, port) and _is_bound(tried, port):
                tried.close()
                yield port
                return
    raise HarnessError(f"no port from {PORTS.start} to {PORTS.stop - 1} is free on {LOOPBACK}")


def _is_bound(tried: socket.socket, port: int) -> bool:
    try:
        tried.bind((LOOPBACK, port))
    except OSError:
        return False
    return True


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections at the port of loopback."""
    with socket.socket() as tried:
        tried.settimeout(1.0)
        is_open = tried.connect_ex((LOOPBACK, port)) == 0
        return is_open and tried.getsockname() != tried.getpeername()  # it may have met itself


SIGNALLED = 128
"""What a shell, and the command line of containers, adds to the number of the signal that ended a program."""

_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM)
"""How a program ends whose memory the system takes, or that somebody stops."""


class RunningContainer(Struct, frozen=True):
    """What runs in a container that `engine`, a command line like Docker's, has started by that name."""

    engine: str
    name: str

    @property
    def removal(self) -> list[str]:
        """The command that ends it at once, and leaves nothing of it."""
        return [self.engine, "rm", "--force", "--volumes", self.name]

    def remove(self) -> None:
        subprocess.run(self.removal, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603


class Spawned:
    """A running program, the leader of a process group of its own; what it says goes to its log.

    Of one in a `container` the process here is the command that has started it, and waits for it.
    """

    def __init__(
        self,
        name: str,
        popen: subprocess.Popen[bytes],
        log: Path,
        token: str,
        container: RunningContainer | None = None,
    ) -> None:
        self.name, self._popen, self.log, self._token = name, popen, log, token
        self._container = container
        self._is_ours_to_end = False

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative if a signal ended it, as `subprocess` has it."""
        status = self._popen.poll()
        if self._container is not None and status is not None and status > SIGNALLED:
            return SIGNALLED - status
        return status

    def wait(self, limit_s: float) -> int | None:
        """Its exit status, as soon as it has one; None if it runs longer than `limit_s` seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(limit_s)
        return self.exit_status

    @property
    def is_killed(self) -> bool:
        """Whether a signal ended it that no program sends itself, and nobody of the harness sent."""
        return not self._is_ours_to_end and self.exit_status in _FROM_OUTSIDE

    def stop(self, grace_s: float) -> None:
        """Asks the group to end, and kills after `grace_s` seconds what is still there."""
        if self.exit_status is None:
            self._signal(signal.SIGTERM)
            self.wait(grace_s)
        self.kill()

    def kill(self) -> None:
        """Ends the group at once."""
        self._signal(signal.SIGKILL)
        self._popen.wait()
        if self._container is not None:
            self._container.remove()

    def _signal(self, number: signal.Signals) -> None:
        import psutil

        self._is_ours_to_end = True
        if self._popen.returncode is not None and psutil.pid_exists(self.pid):
            return  # the number is somebody else's now: it was free, so nobody of the group was left
        with suppress(ProcessLookupError, PermissionError):  # everybody in it is gone
            os.killpg(self.pid, number)

    def tail(self, lines: int = 20, since: int = 0) -> list[str]:
        """The last lines of its log, from the byte `since` on."""
        with self.log.open("rb") as log:
            log.seek(since)
            text = log.read().decode("utf-8", errors="replace")
        return [line for line in text.splitlines() if line.strip()][-lines:]

    def wait_until(self, is_ready: Callable[[], bool], limit_s: float, what: str) -> None:
        """Returns when it is ready. Raises `NotReadyError` if it has ended, or is not in that time.

        One that has ended is not ready, whoever answers in its place.
        """
        end = time.monotonic() + limit_s
        while not is_ready():
            self._refuse_if_ended()
            if time.monotonic() > end:
                raise NotReadyError(f"{what} within {limit_s:g} s{self.last_words()}")
            time.sleep(POLL_S)
        self._refuse_if_ended()

    def _refuse_if_ended(self) -> None:
        if self.exit_status is not None:
            raise NotReadyError(f"it ended with {tell_status(self.exit_status)}{self.last_words()}")

    def wait_to_its_end(self, limit_s: float, what: str) -> None:
        """Returns when it has ended. Raises `NotReadyError` if it fails, or takes longer than that."""
        status = self.wait(limit_s)
        if status is None:
            raise NotReadyError(f"{what} within {limit_s:g} s{self.last_words()}")
        if status:
            self._refuse_if_ended()

    def listens_at(self, port: int) -> bool:
        """Whether it accepts connections at the port of loopback, by itself or what it has started.

        Raises `NotReadyError` if it is a program of another harness that does: it was quicker.
        """
        if not is_listening(port):
            return False
        other = find_listener(port)
        if other is not None and _read_mark(other) not in ("", self._token):
            raise NotReadyError(
                f"port {port} was taken meanwhile by {_tell_process(other)}, of another harness"
            )
        return True

    def last_words(self) -> str:
        """What it said last, to be put behind what is told of it."""
        said = find_reason(self.tail())
        return f": {said}" if said else ", and said nothing"


class NotReadyError(ServiceError):
    """A program that is not ready, with what it said last."""


def tell_status(status: int) -> str:
    """The exit status in words."""
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


_ERROR = re.compile(
    r"(?:^|\s)(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*[a-z]\w*: \S|\b\w*(?:Error|Exception)\b|\b(?:ERROR|FATAL|PANIC)\b"
)
_FRAME = re.compile(r"^\s+(?:at |File )")


def find_error(lines: Sequence[str]) -> str:
    """The last line that names an error, as most languages print one: `module.Name: words`; else empty."""
    return next(
        (line.strip() for line in reversed(lines) if _ERROR.search(line) and not _FRAME.match(line)), ""
    )


def find_reason(lines: Sequence[str]) -> str:
    """The last line that names an error, else the last line; empty if there is none."""
    return find_error(lines) or (lines[-1].strip() if lines else "")


class Ward:
    """All that one trial starts, watched by a process that outlives it: see `warden.py`.

    `folder` is removed at the end, whoever brings it about, and so is the trial's own.
    """

    def __init__(self, own: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="skewproof-services-"))
        self.token = secrets.token_hex(16)
        command = [sys.executable, "-I", str(WARDEN), MARK, self.token, str(self.folder), str(own)]
        self._warden = subprocess.Popen(  # noqa: S603 - a program of ours
            command, stdin=subprocess.PIPE, start_new_session=True
        )
        self._spawned: list[Spawned] = []
        self.servers: list[Spawned] = []
        self._started = 0

    def spawn(
        self,
        name: str,
        words: Sequence[str],
        env: Mapping[str, str] | None = None,
        folder: str | Path = ".",
        user: str | None = None,
        container: RunningContainer | None = None,
    ) -> Spawned:
        """Starts the program; if it runs in a `container`, the words are those that start that.

        Raises `NotReadyError` if there is no program of that name, or it cannot be run.
        """
        self._started += 1
        try:
            log = self.folder / f"{self._started}.log"
            with log.open("wb") as written:
                popen = subprocess.Popen(  # noqa: S603 - the user's own command
                    list(words),
                    stdin=subprocess.DEVNULL,
                    stdout=written,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=self.environment(env or {}),
                    start_new_session=True,
                    user=user,
                    group=user,
                    extra_groups=[] if user else None,
                )
        except FileNotFoundError as error:
            raise NotReadyError(f"there is no `{error.filename}`") from error
        except OSError as error:
            raise NotReadyError(f"`{shlex.join(words)}` cannot be started: {error.strerror}") from error
        self._tell_warden(popen.pid, container)
        spawned = Spawned(name, popen, log, self.token, container)
        self._spawned.append(spawned)
        return spawned

    def keep(self, server: Spawned) -> None:
        """It serves all runs, and is to be there to the end."""
        self.servers.append(server)

    def need_servers(self) -> None:
        """Raises `HarnessError` if a server has ended: what fails then shows nothing."""
        for server in self.servers:
            if server.exit_status is not None:
                how = tell_status(server.exit_status)
                raise HarnessError(
                    f"the server of `{server.name}` has ended with {how}, so that what fails there shows "
                    f"nothing{server.last_words()}"
                )

    def name_container(self, engine: str) -> RunningContainer:
        """One that nobody else has, for a program that is started next."""
        return RunningContainer(engine, f"skewproof-{self.token}-{self._started + 1}")

    def _tell_warden(self, pid: int, container: RunningContainer | None) -> None:
        import psutil

        assert self._warden.stdin is not None
        removal = container.removal if container is not None else []
        told = json.dumps([pid, psutil.Process(pid).create_time(), removal])
        self._warden.stdin.write(f"{told}\n".encode())
        self._warden.stdin.flush()

    def run(
        self, name: str, words: Sequence[str], env: Mapping[str, str], folder: str | Path, limit_s: float
    ) -> list[str]:
        """Runs the program to its end, and returns what it said. Raises `NotReadyError` if it fails."""
        started = self.spawn(name, words, env, folder)
        try:
            started.wait_to_its_end(limit_s, "it does not end")
        finally:
            started.kill()
        return started.tail()

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """Ours, without what leads to our own modules, with `env` and the mark."""
        own = {name: value for name, value in os.environ.items() if name not in KEPT_FROM_CHILDREN}
        return {**own, "PYTHONUNBUFFERED": "1", **env, MARK: self.token}

    def close(self) -> None:
        """Ends everything that is still there, the last that was started first, and removes the folder."""
        for spawned in reversed(self._spawned):
            if spawned.exit_status is None:
                spawned.stop(STOP_S)
        assert self._warden.stdin is not None
        self._warden.stdin.close()
        self._warden.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def find_listener(port: int) -> psutil.Process | None:
    """Who listens at the port, where that can be seen."""
    import psutil

    for process in psutil.process_iter():
        try:
            seen = process.net_connections("tcp")
        except (psutil.Error, OSError):
            continue
        if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in seen):
            return process
    return None


def _read_mark(process: psutil.Process) -> str:
    """The token of the harness that has started it; empty where none has, or it cannot be seen."""
    import psutil

    try:
        return str(process.environ().get(MARK, ""))
    except (psutil.Error, OSError):
        return ""


def _tell_process(process: psutil.Process) -> str:
    import psutil

    try:
        return f"{process.name()} (process {process.pid})"
    except psutil.Error:
        return f"process {process.pid}"


def need_free(port: int, token: str) -> None:
    """Raises `HarnessError` if somebody listens at the port, with who it is where that can be seen; `token`
    is that of the harness that asks."""
    if not is_listening(port):
        return
    found = find_listener(port)
    who = f" by {_tell_process(found)}" if found is not None else ""
    if found is not None and _read_mark(found) == token:
        who += ", another instance that this test has started: versions, and requests of a play, run at once"
    raise HarnessError(f"port {port} is taken{who}; leave `port` out, and a free one is chosen")
