"""The Compose project of a deployment's services, in all its releases: what it says of each component."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from ....model.deployment import Deployment
from ....model.manifests.compose.containers import Container
from ....model.manifests.stores import is_migration, name_repository
from .calls import Call, CallFile, name_words
from .wiring import Peer, Wired, wire
from .writing import Blank, CodeText, write_text

_OWN_PORTS = {"Postgres": 5432, "Redis": 6379, "RabbitMQ": 5672}
_STORES = {
    "Postgres": ("postgres", "postgresql", "postgis", "pgvector", "timescaledb"),
    "Redis": ("redis", "valkey", "keydb"),
    "RabbitMQ": ("rabbitmq",),
}


class Release(Struct, frozen=True):
    """A version of the application: where its project lies, as code or as a blank, and its services."""

    version: str
    top: CodeText | Blank
    containers: Mapping[str, Container]


class Application(Struct, frozen=True, dict=True):
    """The project, in the order of the versions, with the files that say which calls its services take."""

    deployment: Deployment
    releases: tuple[Release, ...]
    files: tuple[CallFile, ...]

    @cached_property
    def newest(self) -> Mapping[str, Container]:
        return self.releases[-1].containers

    @cached_property
    def peers(self) -> Mapping[str, Peer]:
        return {
            name: Peer(name, part.kind, self._hosts_of(name), self.ports_of(name))
            for name, part in self.deployment.components.items()
        }

    def _hosts_of(self, name: str) -> tuple[str, ...]:
        return self.newest[name].hosts if name in self.newest else (name,)

    def ports_of(self, name: str) -> tuple[int, ...]:
        own = self.newest[name].ports if name in self.newest else ()
        usual = _OWN_PORTS.get(self.store_of(name))
        return (*own, usual) if usual is not None else own

    def store_of(self, name: str) -> str:
        """The part that its image is of; empty for any other."""
        image = self.newest[name].image if name in self.newest else name
        words = re.split(r"[^a-z0-9]+", name_repository(image).lower())
        return next((part for part, names in _STORES.items() if {*names} & {*words}), "")

    def place_of(self, name: str) -> str:
        """Where the project says it; empty where it does not."""
        return write_place(self.newest[name]) if name in self.newest else ""

    def by_version(self, give: Callable[[Release], Any]) -> Any:
        """What a release has; by version where they differ."""
        found = {release.version: give(release) for release in self.releases}
        first = next(iter(found.values()))
        return first if all(one == first for one in found.values()) else found

    def container_of(self, release: Release, name: str) -> Container:
        """A release's own, else the newest."""
        return release.containers.get(name, self.newest[name])

    def wire(self, release: Release, name: str) -> Wired:
        """The program of a component, and what it is told."""
        ports = self.ports_of(name)
        return wire(self.container_of(release, name), self.peers, ports[0] if ports else None)

    def wire_job(self, release: Release, name: str) -> Wired:
        """The same of a service that runs to its end, and listens nowhere."""
        return wire(self.container_of(release, name), self.peers, None)

    def find_job(self, database: str) -> str | None:
        """The service that migrates the database, and is no component."""
        for name, container in self.newest.items():
            texts = (name, container.image, " ".join(container.words or ()))
            if name not in self.deployment.components and is_migration(*texts):
                wired = self.wire_job(self.releases[-1], name)
                told = (*(wired.words or ()), *map(str, wired.env.values()))
                if any(f"{{{database}" in text for text in told):
                    return name
        return None

    def subjects_of(self, provider: str) -> list[str]:
        return [contract.subject for contract in self.deployment.contracts if contract.provider == provider]

    def find_call(self, provider: str, *names: str) -> Call | None:
        """The call of that name, by the first name that one has."""
        wanted = [name_words(name) for name in names]
        found = ((call for call in self._calls[provider] if word in call.names) for word in wanted)
        return next((call for some in found for call in some), None)

    @cached_property
    def _calls(self) -> Mapping[str, tuple[Call, ...]]:
        return {name: self._find_calls(name) for name in self.deployment.components}

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


def write_place(container: Container) -> str:
    return f"{container.place.file}:{container.place.line}"


def write_folder(top: str, folder: str | None) -> CodeText:
    """The folder below the top, both of one release, as code."""
    return CodeText(top if folder in (None, ".") else f"{top} / {write_text(folder or '')}")


def _lies_in(path: str, folder: str) -> bool:
    return folder == "." or PurePosixPath(path).is_relative_to(folder)
