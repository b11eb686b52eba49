"""The bench on which runs are tried: each version alone first, then copies of what it leaves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from msgspec import Struct

from ...model.compiler.variables import Vocabulary
from ...model.deployment import Request
from ...model.names import Contract
from .blanks import refuse_blanks
from .databases import Databases
from .disk import full_disk_told
from .errors import HarnessError, NoWayBackError
from .mixed import MixedVersions, check_parts, execute, list_content_contracts, load_deployment
from .parts import Started
from .recording import Recording
from .rows import Image, KeptRows, list_kept
from .session import Director, Meeting, Session
from .site import Site
from .store import Entry
from .world import World


class OneVersion(Struct, frozen=True):
    """Everything at one version: no mixed pair anywhere."""

    version: str
    is_anonymous: bool

    def begin(self) -> str | None:
        return None if self.is_anonymous else self.version

    def meet(self, number: int) -> Meeting:  # noqa: ARG002 - the same at every hop
        return Meeting(self.version, self.version)

    def resume(self, component: str) -> None:
        """Nothing: all see every flag alike."""


class AloneFailure(Struct, frozen=True):
    """A request that a version does not serve even alone: a fault of the code or of the harness."""

    version: str
    request: str
    words: str

    def __str__(self) -> str:
        return f"{self.version} alone does not serve `{self.request}`: {self.words}"


class Trial:
    """A harness made ready: worlds of real files to copy, and specimens of each version's content.

    Use it in a `with` block: it works in a temporary folder. `alone` tells what a version does not
    serve when nothing is mixed; with any of it there is nothing to compare.
    """

    def __init__(self, harness: MixedVersions) -> None:
        refuse_blanks(harness)
        self.harness = harness
        self.deployment = load_deployment(harness)
        self.parts = check_parts(harness, self.deployment)
        self._kept = list_kept(self.deployment)
        self._images: dict[tuple[Contract, str, str], Image | None] = {}
        self.contents = list_content_contracts(self.deployment, self.parts)
        self._vocabulary = Vocabulary(self.deployment)
        self._folder = Path(tempfile.mkdtemp(prefix="skewproof-harness-"))
        self._worlds = 0
        self.specimens: dict[tuple[Contract, str], tuple[Entry, ...]] = {}
        self.site = Site(self.parts, self._folder)
        try:
            with full_disk_told(self._folder):
                self.site.open()
                self.alone = tuple(f for v in self.deployment.versions for f in self._run_alone(v))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Trial:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.site.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run_alone(self, version: str) -> Iterator[AloneFailure]:
        """Serves every request by one version, those that wait for another's data after it."""
        folder = self._folder / f"alone-{self.deployment.versions.index(version)}"
        folder.mkdir()
        self.site.begin(folder.name, None)
        world = self._open(folder)
        try:
            world.databases.create()
            self._take_to(world, version)
            self._put_contents(world, version)
            pending = dict.fromkeys(self.deployment.requests, "")
            served = True
            while pending and served:
                served = False
                for request in list(pending):
                    world.bury_dead()
                    session = self.run(world, request, self.alone_at(version, request))
                    if session.is_served:
                        del pending[request]
                        served = True
                    else:
                        pending[request] = _tell_why(session) + self._tell_hops(world, session, version)
            for contract in self.contents:
                self.specimens[contract, version] = tuple(world.store.entries(contract, version))
        finally:
            world.close()
        yield from (AloneFailure(version, request.name, words) for request, words in pending.items())

    def _take_to(self, world: World, version: str) -> None:
        for contract in world.databases.schemas:
            world.databases.migrate(contract, version)
        for contract in sorted(self._kept):
            world.databases.backfill(contract, version)
        world.switches.turn(dict.fromkeys(world.switches.flags, version != self.deployment.versions[0]))

    def _put_contents(self, world: World, version: str) -> None:
        for name, entries in self.harness.contents(version).items():
            contract = Contract(*name.split("/", 1))
            if contract not in self.contents:
                raise HarnessError(f"`contents` names `{name}`, which is no contract of a cache or queue")
            for key, body in entries.items():
                world.store.put(contract, version, self.site.pack(contract.provider, key, body))

    def _tell_hops(self, world: World, session: Session, version: str) -> str:
        """What a request does that is not what it declares, to be written into the file."""
        if session.undeclared is None:
            return ""
        declared = next(one for one in self.deployment.requests if one.name == session.request.name)
        for name in (name for name, part in self.parts.items() if isinstance(part, Started)):
            world.kill(name, version)  # the run that was broken off has cut their connections
        try:
            director = self.alone_at(version, declared)
            recorded = execute(self.harness, world, declared, director, Recording)
        except HarnessError:  # a part does not know what it is asked: that is told when the rest is right
            return ""
        if not recorded.crossed:
            return ""
        hops = "".join(f"\n    - {hop}" for hop in recorded.request.hops)
        failed = f"\n    # and there it fails: {recorded.failure.evidence}" if recorded.failure else ""
        return f"; what it does, as the file would have it:{hops}{failed}"

    def alone_at(self, version: str, request: Request) -> OneVersion:
        return OneVersion(version, request.root not in self.deployment.components)

    def run(self, world: World, request: Request, director: Director) -> Session:
        return execute(self.harness, world, request, director)

    def _open(self, folder: Path) -> World:
        return World(self._vocabulary, self.parts, self.harness.code, folder, self.site)

    @contextmanager
    def world(self) -> Iterator[World]:
        """A copy of what the first version leaves when it has served every request once."""
        with self._copy(self.deployment.versions[0]) as world:
            if self._kept:
                world.kept = KeptRows(
                    world.databases, self.deployment.versions[0], self._kept, self.find_image
                )
            yield world

    def find_image(self, contract: Contract, form: str, schema: str) -> Image | None:
        """What a version's own code left, under a schema; None where its schema cannot go back there."""
        key = contract, form, schema
        if key not in self._images:
            with self._copy(form) as world:
                world.databases.schemas.update(dict.fromkeys(world.databases.schemas, form))
                try:
                    world.databases.migrate(contract, schema)
                except NoWayBackError:
                    self._images[key] = None
                else:
                    self._images[key] = world.databases.read_rows(contract)
        return self._images[key]

    @contextmanager
    def _copy(self, version: str) -> Iterator[World]:
        """A copy of what the version left when it was alone, as far as databases go."""
        self._worlds += 1
        folder = self._folder / f"run-{self._worlds}"  # never used again: SQLite cleans up, by name, when a
        source = f"alone-{self.deployment.versions.index(version)}"
        with full_disk_told(self._folder):  # connection ends that a traceback still holds
            Databases.copy(self._folder / source, folder)
            self.site.begin(folder.name, source)
            world = self._open(folder)
        try:
            yield world
        finally:
            world.close()
            self.site.end(folder.name)
            for path in folder.rglob("*"):  # the folders go at the end: that takes longer than their files
                if not path.is_dir():
                    path.unlink(missing_ok=True)


def _tell_why(session: Session) -> str:
    if session.failure is not None:
        hop = session.request.hops[session.failure.hop - 1]
        return f"{session.failure.evidence} (at hop {session.failure.hop}, `{hop}`)"
    if session.undeclared is not None:
        return session.undeclared
    return "it waits for a message that no other request leaves" if session.waits else "a transaction is open"
