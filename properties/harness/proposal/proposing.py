"""The parts and requests of a harness, from a deployment file and the Compose project of its services."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from ....model.deployment import Component, Deployment, Kind, Request, Verb
from ....model.manifests.compose.containers import Container
from ....model.manifests.stores import is_migration, name_repository
from .calls import Call, CallFile, name_words
from .wiring import Peer, Wired, wire
from .writing import Blank, Called, CodeText, ForEach, write_text

_OWN_PORTS = {"Postgres": 5432, "Redis": 6379, "RabbitMQ": 5672}
_STORES = {
    "Postgres": ("postgres", "postgresql", "postgis", "pgvector", "timescaledb"),
    "Redis": ("redis", "valkey", "keydb"),
    "RabbitMQ": ("rabbitmq",),
}
_ON_THE_MACHINE = frozenset({"node", "npm", "npx", "java", "perl", "php", "sh", "bash", "deno", "bun"})
"""Programs that find a version's packages in its folder, or are told them."""


class Release(Struct, frozen=True):
    """A version of the application: where its project lies, as code or as a blank, and its services."""

    version: str
    top: CodeText | Blank
    containers: Mapping[str, Container]


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


def propose(deployment: Deployment, releases: list[Release], files: list[CallFile]) -> Proposal:
    """The proposal; what nothing tells is a `Blank` in it. `releases` are in the order of the versions."""
    return _Proposing(deployment, releases, files).propose()


@dataclass
class _Proposing:
    deployment: Deployment
    releases: list[Release]
    files: list[CallFile]
    needs_paths: bool = False
    jobs: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.newest = self.releases[-1].containers
        self.peers = {
            name: Peer(name, part.kind, self._hosts(name), self._ports_of(name))
            for name, part in self.deployment.components.items()
        }
        self.calls = {name: self._find_calls(name) for name in self.deployment.components}

    def propose(self) -> Proposal:
        parts = {name: self._part(component) for name, component in self.deployment.components.items()}
        requests = {request.name: self._request(request) for request in self.deployment.requests}
        answers = tuple(r.name for r in self.deployment.requests if self._is_of_client(r))
        left_out = tuple(name for name in self.newest if name not in parts and name not in self.jobs)
        tops = {release.version: release.top for release in self.releases}
        return Proposal(self.deployment, tops, parts, requests, answers, self.needs_paths, left_out)

    # --- what the project says ---

    def _hosts(self, name: str) -> tuple[str, ...]:
        return self.newest[name].hosts if name in self.newest else (name,)

    def _ports_of(self, name: str) -> tuple[int, ...]:
        own = self.newest[name].ports if name in self.newest else ()
        usual = _OWN_PORTS.get(self._store_of(name))
        return (*own, usual) if usual is not None else own

    def _store_of(self, name: str) -> str:
        """The part that its image is of; empty for any other."""
        image = self.newest[name].image if name in self.newest else name
        words = re.split(r"[^a-z0-9]+", name_repository(image).lower())
        return next((part for part, names in _STORES.items() if {*names} & {*words}), "")

    def _by_version(self, give: Callable[[Release], Any]) -> Any:
        """What a release has; by version where they differ."""
        found = {release.version: give(release) for release in self.releases}
        first = next(iter(found.values()))
        return first if all(one == first for one in found.values()) else found

    # --- parts ---

    def _part(self, component: Component) -> Any:
        name, container = component.name, self.newest.get(component.name)
        if component.kind is Kind.CLIENT:
            return Called("Worker", (CodeText("lambda version, wires: wires"),))
        store = self._store_of(name)
        if not component.kind.has_instances:
            made = {"Postgres": self._postgres, "Redis": self._redis, "RabbitMQ": self._rabbitmq}.get(store)
            return made(name) if made is not None and _fits(store, component.kind) else self._no_part(name)
        if container is None:
            return Blank(
                f'how `{name}` is started, as in Process("./{_plain(name)}"): no service is called so'
            )
        return self._process(component, container)

    def _no_part(self, name: str) -> Blank:
        image = self.newest[name].image if name in self.newest else "?"
        return Blank(
            f"a part for `{name}`: there is none for the image `{image}` (there are Postgres, Redis and "
            "RabbitMQ); without one leave the component and its hops out of the deployment file"
        )

    def _process(self, component: Component, container: Container) -> Called:
        ports = self._ports_of(component.name)
        wired = self._by_version(lambda release: self._wire(release, component.name, ports))
        named: dict[str, Any] = {}
        if not ports and component.kind is Kind.WORKER:
            named["port"] = None
        if container.health and ports:
            named["ready"] = container.health
        elif "port" in named:
            named["ready"] = Blank(
                f'a text that `{component.name}` writes into its log when it is ready for work; "" for none'
            )
        env = self._env(wired, component)
        if env is not None:
            named["env"] = env
        if container.is_from_image:
            part, command = "Image", self._by_version(lambda release: self._image(release, component.name))
        else:
            part, command = "Process", self._command(component.name, wired)
            named["folder"] = self._folder(component.name)
        subjects = self._routes(component.name)
        arguments = (command,) if subjects is None else (command, subjects)
        return Called(part, arguments, named, _origin(container))

    def _image(self, release: Release, name: str) -> Any:
        """The image of a release, and what it is given."""
        container = release.containers.get(name, self.newest[name])
        if isinstance(release.top, Blank) or not container.is_from_image:
            return Blank(
                f"the image of `{name}` at {release.version}, as `{self.newest[name].image}` is that of "
                f"{self.releases[-1].version}; it must be on this machine"
            )
        words = self._wire(release, name, self._ports_of(name)).words or ()
        return [container.image, *words] if words else container.image

    def _wire(self, release: Release, name: str, ports: tuple[int, ...]) -> Wired:
        container = release.containers.get(name, self.newest[name])
        return wire(container, self.peers, ports[0] if ports else None)

    def _command(self, name: str, wired: Wired | Mapping[str, Wired]) -> Any:
        if isinstance(wired, Mapping):
            commands = {version: self._one_command(name, one) for version, one in wired.items()}
            first = next(iter(commands.values()))
            return first if all(one == first for one in commands.values()) else commands
        return self._one_command(name, wired)

    def _one_command(self, name: str, wired: Wired) -> Any:
        if wired.words is None:
            return Blank(
                f'the program of `{name}` and its arguments, as in "./server --all": neither the Compose '
                "file nor a Dockerfile tells"
            )
        return list(wired.words)

    def _env(self, wired: Wired | Mapping[str, Wired], component: Component) -> Any:
        """The variables; with a PATH for each version, where the program is one that has packages."""
        some = wired if isinstance(wired, Mapping) else {r.version: wired for r in self.releases}
        envs = {version: self._one_env(one, component) for version, one in some.items()}
        first = next(iter(envs.values()))
        is_same = all(one == first for one in envs.values())
        is_from_image = self.newest[component.name].is_from_image
        if not is_from_image and any(has_packages(one.words) for one in some.values()):
            self.needs_paths = True
            if is_same:
                return ForEach({"PATH": CodeText("path[v]"), **first})
            return {v: {"PATH": CodeText(f'path["{v}"]'), **one} for v, one in envs.items()}
        return (first or None) if is_same else envs

    def _one_env(self, wired: Wired, component: Component) -> dict[Any, Any]:
        env = dict(wired.env)
        ports = self._ports_of(component.name)
        if not wired.is_told_port and (ports or component.kind is Kind.SERVICE):
            at = f"at {ports[0]}" if ports else "nowhere that is told"
            env[
                Blank(
                    f"the variable by which `{component.name}` is told its port, or write {{port}} where its "
                    f"command says it: it listens {at}, and two versions that run at once need a port each"
                )
            ] = "{port}"
        return env

    def _folder(self, name: str) -> Any:
        """Where it runs, by version."""
        found = self._by_version(lambda release: release.containers.get(name, self.newest[name]).folder)
        if isinstance(found, Mapping):
            return {
                version: CodeText(_below(f'top["{version}"]', folder)) for version, folder in found.items()
            }
        if found in (None, "."):
            return CodeText("top")
        return ForEach(CodeText(_below("top[v]", found)))

    # --- subjects ---

    def _subjects(self, provider: str) -> list[str]:
        return [contract.subject for contract in self.deployment.contracts if contract.provider == provider]

    def _routes(self, name: str) -> Mapping[Any, str] | None:
        """By route the subject of each call; nothing where there is one subject, which all are."""
        subjects = self._subjects(name)
        if len(subjects) < 2:
            return None
        return {self._route(name, subject): subject for subject in subjects}

    def _route(self, provider: str, subject: str) -> str | Blank:
        call = self._find_call(provider, subject)
        return (
            call.route
            if call is not None
            else Blank(f'method and path of `{subject}` at `{provider}`, as in "GET /products/*"')
        )

    def _find_call(self, provider: str, *names: str) -> Call | None:
        """The call of that name, by the first name that one has."""
        wanted = [name_words(name) for name in names]
        found = ((call for call in self.calls[provider] if word in call.names) for word in wanted)
        return next((call for some in found for call in some), None)

    def _find_calls(self, name: str) -> tuple[Call, ...]:
        """Those of the file that lies in the service's own folder, or has its name."""
        container = self.newest.get(name)
        if container is None or container.folder is None:
            return ()
        sharing = [one for one in self.newest.values() if one.folder == container.folder]
        own = [file for file in self.files if _lies_in(file.path, container.folder)]
        named = [file for file in own if name_words(name) in name_words(file.path)]
        alone = own if len(sharing) == 1 else []
        return next((file.calls for file in (*named, *alone)), ())

    def _patterns(self, name: str, what: str) -> Mapping[Any, str]:
        """Of a store's keys or queues: anything, where there is one subject."""
        subjects = self._subjects(name)
        if len(subjects) == 1:
            return {"*": subjects[0]}
        return {Blank(f'{what} of `{subject}`, as in "{subject}:*"'): subject for subject in subjects}

    # --- stores ---

    def _redis(self, name: str) -> Called:
        return Called("Redis", (self._patterns(name, "the keys"),), {}, self._origin_of(name))

    def _rabbitmq(self, name: str) -> Called:
        what = "the queue and the exchange with its routing key"
        return Called("RabbitMQ", (self._patterns(name, what),), {}, self._origin_of(name))

    def _origin_of(self, name: str) -> str:
        return _origin(self.newest[name]) if name in self.newest else ""

    def _postgres(self, name: str) -> Called:
        versions = self.deployment.versions
        job = self._find_job(name)
        changed = self._changed(name)
        tables = {
            Blank(f"a table of `{subject}`, as its versions call it; each gets a line"): subject
            for subject in self._subjects(name)
        }
        named: dict[str, Any] = {"schema": self._first_schema(name, job)}
        migrations = {
            v: {s: self._migration(name, job, v, s, changed) for s in changed} for v in versions[1:]
        }
        if changed:
            named["migrations"] = migrations
        return Called("Postgres", (), {**named, "tables": tables}, self._origin_of(name))

    def _changed(self, name: str) -> list[str]:
        """The subjects whose schema the release may change: those that the file says, else all."""
        told = self.deployment.changes
        changed = [c.subject for c in told or () if c.provider == name and not (told or {})[c].implied]
        return changed if told is not None else self._subjects(name)

    def _first_schema(self, name: str, job: str | None) -> Any:
        first = self.releases[0]
        sources = self.newest[name].first_schema if name in self.newest else ()
        if job is not None:
            return self._run_job(job, first)
        if len(sources) == 1 and sources[0].endswith(".sql"):
            return CodeText(_below(f'top["{first.version}"]', sources[0]))
        if len(sources) == 1 and "." not in PurePosixPath(sources[0]).name:
            folder = _below(f'top["{first.version}"]', sources[0])
            return CodeText(f'"\\n".join(file.read_text() for file in sorted(({folder}).glob("*.sql")))')
        return Blank(
            f'what makes the schema of `{name}` at {first.version}: SQL, Path("schema.sql"), or your own '
            'command, as in Command(["alembic", "upgrade", "head"], env={"DATABASE_URL": "{url}"})'
        )

    def _migration(self, name: str, job: str | None, version: str, subject: str, changed: list[str]) -> Any:
        release = next(one for one in self.releases if one.version == version)
        if job is not None and len(changed) == 1:
            return self._run_job(job, release)
        return Blank(
            f"what takes `{name}/{subject}` to {version} from the version before, as for `schema`; leave the "
            "line out where nothing does"
        )

    def _find_job(self, database: str) -> str | None:
        """The service that migrates the database, and is no component."""
        for name, container in self.newest.items():
            texts = (name, container.image, " ".join(container.words or ()))
            if name not in self.deployment.components and is_migration(*texts):
                wired = wire(container, self.peers, None)
                told = (*(wired.words or ()), *map(str, wired.env.values()))
                if any(f"{{{database}" in text for text in told):
                    self.jobs.add(name)
                    return name
        return None

    def _run_job(self, job: str, release: Release) -> Any:
        """The job's own command, at the database itself: `{url}` in place of its address."""
        container = release.containers.get(job, self.newest[job])
        wired = wire(container, self.peers, None)
        if wired.words is None:
            return Blank(f'the command that `{job}` runs, as in Command(["alembic", "upgrade", "head"])')
        env: dict[Any, Any] = {name: _at_itself(value, self.newest) for name, value in wired.env.items()}
        if has_packages(wired.words):
            self.needs_paths = True
            env = {"PATH": CodeText(f'path["{release.version}"]'), **env}
        folder = CodeText(_below(f'top["{release.version}"]', container.folder))
        words = [_at_itself(word, self.newest) for word in wired.words]
        return Called("Command", (words,), {"env": env, "folder": folder})

    # --- requests ---

    def _is_of_client(self, request: Request) -> bool:
        root = self.deployment.components.get(request.root)
        return root is None or root.kind is Kind.CLIENT

    def _request(self, request: Request) -> Any:
        hop = request.hops[0]
        if not self._is_of_client(request):
            return self._job(request)
        if not self.deployment.components[hop.provider].kind.has_instances:
            return Blank(f"what the client does at `{hop.provider}` in `{request.name}`")
        call = self._find_call(hop.provider, hop.subject, request.name)
        asked = f"root.http({write_text(hop.provider)}).request"
        if call is None or call.missing:
            why = f" ({call.missing})" if call is not None else ""
            words = f'method and path that begin `{request.name}`, as in "GET", "/products/1"{why}'
            return Called(asked, (Blank(words, is_spread=True),))
        named = {"json": call.body} if call.has_body else {}
        return Called(asked, (call.method, call.path), named)

    def _job(self, request: Request) -> Any:
        hop = request.hops[0]
        if hop.verb is Verb.CONSUMES and self._store_of(hop.provider) == "RabbitMQ":
            return Called("root.take_message")
        if self._ports_of(request.root):
            return Called(
                "root.request",
                ("POST", Blank(f"the path at which `{request.root}` is asked to do `{request.name}`")),
            )
        words = (
            f"the words that make the program of `{request.root}` do `{request.name}` once, and end, as in "
            '"refresh": its command is run with them added'
        )
        return Called("root.run", (Blank(words),))


def has_packages(words: tuple[str, ...] | None) -> bool:
    """Whether a program is looked for where a version's packages lie, as in a virtual environment."""
    if not words:
        return False
    program = words[0]
    if program in ("sh", "bash") and len(words) > 2 and words[1] == "-c":
        program = next(
            (word for word in words[2].split() if word not in ("exec", "set") and "=" not in word), "sh"
        )
    return "/" not in program and program not in _ON_THE_MACHINE


def _fits(store: str, kind: Kind) -> bool:
    return {"Postgres": Kind.DATABASE, "Redis": Kind.CACHE, "RabbitMQ": Kind.BROKER}[store] is kind


def _below(top: str, folder: str | None) -> str:
    return top if folder in (None, ".") else f"{top} / {write_text(folder or '')}"


def _lies_in(path: str, folder: str) -> bool:
    return folder == "." or PurePosixPath(path).is_relative_to(folder)


def _origin(container: Container) -> str:
    return f"{container.place.file}:{container.place.line}"


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "", name)


_ADDRESS = re.compile(r"([a-z][a-z0-9+.:-]*://)(?:[^/@\s]*@)?\{[\w.-]+\}(?:/[\w.-]*)?")
_HALF = re.compile(r"\{[\w.-]+:(host|port)\}")
_URLS = frozenset({"postgres://", "postgresql://"})


def _at_itself(value: Any, containers: Mapping[str, Container]) -> Any:
    """What a migration is told: the database itself, and no address that stops."""
    if not isinstance(value, str):
        return value
    settings = [one.env.get(key) for one in containers.values() for key in ("POSTGRES_DB", "POSTGRES_USER")]
    if value in settings:
        return "{database}" if settings.index(value) % 2 == 0 else "{user}"
    return _HALF.sub(r"{\1}", _ADDRESS.sub(_write_address, value))


def _write_address(found: re.Match[str]) -> str:
    if found[1] in _URLS:
        return "{url}"
    user = "" if found[1].startswith("jdbc:") else "{user}@"
    return f"{found[1]}{user}{{host}}:{{port}}/{{database}}"
