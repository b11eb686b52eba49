"""How the services of a Compose project are started: programs, folders, variables, ports."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct

from ...language.text import UnreadableFileError, decode
from ...names import Place
from ..files import UnreadError, read_file, stay_inside
from ..views import View
from .dockerfile import ImageRecipe, read_dockerfile
from .project import load_project
from .services import list_ports

_HEALTH = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::\d+)?(/[\w./-]*)")
INIT_FOLDER = "/docker-entrypoint-initdb.d"
"""What lies there makes the first schema of a database that is empty (the images of PostgreSQL, MySQL)."""


class Container(Struct, frozen=True):
    """A service as it is started.

    `words` is None where nothing tells what runs; of one `is_from_image`, whose program lies nowhere else,
    they are what the image is given. `folder` is where the sources lie that the program runs in, from the
    project's folder; None where there are none. `first_schema` are files and folders by which a
    database is made, as paths from there; `hosts` are the names by which others reach it.
    """

    name: str
    image: str
    place: Place
    words: tuple[str, ...] | None
    is_from_image: bool
    folder: str | None
    context: str | None
    env: Mapping[str, str]
    ports: tuple[int, ...]
    health: str
    first_schema: tuple[str, ...]
    hosts: tuple[str, ...]


def list_containers(files: list[Path], profiles: frozenset[str] = frozenset()) -> dict[str, Container]:
    """The services of a project by name. Raises `UnreadError`."""
    _, services, _ = load_project(files, profiles)
    root = files[0].parent
    return {name: _Reading(root, name, service).read() for name, service in services.items()}


class _Reading:
    def __init__(self, root: Path, name: str, service: View) -> None:
        self.root, self.name, self.service = root, name, service
        build = service.at("build")
        self.context = build.text or build.at("context").text or ("." if build.is_mapping else None)
        self.image = self._read_image(build) if self.context is not None else ImageRecipe()
        self.workdir = service.at("working_dir").text or self.image.folder

    def read(self) -> Container:
        own = {key.text: value.text for key, value in self.service.at("environment").entries()}
        env = {**dict(self.image.env), **{name: value for name, value in own.items() if value is not None}}
        return Container(
            self.name,
            self.service.at("image").text or "",
            self.service.place,
            self._words(),
            self._is_from_image(),
            self._folder(),
            _normalise(self.context) if self.context is not None else None,
            env,
            tuple(dict.fromkeys((*list_ports(self.service), *self.image.ports))),
            self._health(),
            tuple(source for source, target in self._mounts() if target.startswith(INIT_FOLDER)),
            self._hosts(),
        )

    def _is_from_image(self) -> bool:
        """Neither built here nor given files of the project, nor started otherwise than the image says."""
        is_whole = not self.service.at("entrypoint").is_there and self._folder() is None
        return self.context is None and is_whole and bool(self.service.at("image").text)

    def _hosts(self) -> tuple[str, ...]:
        named = [self.service.at(key).text for key in ("container_name", "hostname")]
        networks = [network for _, network in self.service.at("networks").entries()]
        aliases = [alias for network in networks for alias, _ in network.at("aliases").texts()]
        return tuple(dict.fromkeys([self.name, *filter(None, named), *aliases]))

    def _read_image(self, build: View) -> ImageRecipe:
        """What its Dockerfile says; nothing where there is none, or it lies elsewhere."""
        inline = build.at("dockerfile_inline").text
        target = build.at("target").text
        if inline is not None:
            return read_dockerfile(inline, target)
        name = build.at("dockerfile").text or "Dockerfile"
        try:
            path = stay_inside(self.root, self.root / (self.context or ".") / name, build.place)
            return (
                read_dockerfile(decode(read_file(path), str(path)), target)
                if path.is_file()
                else ImageRecipe()
            )
        except (UnreadError, UnreadableFileError):
            return ImageRecipe()

    def _words(self) -> tuple[str, ...] | None:
        """The program: Compose's own words count before those of the image."""
        entrypoint, command = (_split(self.service.at(key)) for key in ("entrypoint", "command"))
        if entrypoint is not None:
            words: tuple[str, ...] | None = (*entrypoint, *(command or ()))
        elif command is not None:
            before = () if self.image.is_shell else self.image.entrypoint or ()
            words = (*before, *command)
        else:
            words = self.image.words
        return tuple(self._from_here(word, number) for number, word in enumerate(words)) if words else None

    def _from_here(self, word: str, number: int) -> str:
        """A path below the container's folder as one from there."""
        path, folder = PurePosixPath(word), PurePosixPath(self.workdir)
        if not path.is_absolute() or str(folder) == "/" or not path.is_relative_to(folder):
            return word
        below = str(path.relative_to(folder))
        return f"./{below}" if number == 0 else below

    def _folder(self) -> str | None:
        """Where that lies here which the container finds in its folder."""
        places = [*self._mounts(), *self._copied()]
        workdir = PurePosixPath(self.workdir)
        fitting = [(s, PurePosixPath(t)) for s, t in places if workdir.is_relative_to(t)]
        if fitting:
            source, target = max(fitting, key=lambda pair: len(pair[1].parts))
            return _normalise(str(PurePosixPath(source) / workdir.relative_to(target)))
        return _normalise(self.context) if self.context is not None else None

    def _mounts(self) -> Iterator[tuple[str, str]]:
        """Files and folders of this machine, and where they stand in the container."""
        for volume in self.service.at("volumes").items():
            if volume.text is not None:
                source, _, rest = volume.text.partition(":")
                target = rest.partition(":")[0]
            else:
                source, target = volume.at("source").text or "", volume.at("target").text or ""
            if source.startswith(("./", "../")) or source in (".", ".."):
                yield _normalise(source), target

    def _copied(self) -> Iterator[tuple[str, str]]:
        context = self.context or "."
        for copied in self.image.copied:
            source = _normalise(str(PurePosixPath(context) / copied.source.lstrip("/")))
            if (self.root / source).is_dir():
                yield source, copied.target

    def _health(self) -> str:
        """The path that a health check asks for; empty where none does."""
        texts = [text for text, _ in self.service.at("healthcheck", "test").texts()] or [self.image.health]
        found = [match for text in texts if (match := _HEALTH.search(text))]
        return found[0][1] if found else ""


def _split(view: View) -> tuple[str, ...] | None:
    """The words of a command, which Compose splits as a shell would and gives to none."""
    if not view.is_there:
        return None
    if view.text is None:
        return tuple(text for text, _ in view.texts())
    try:
        return tuple(shlex.split(view.text))
    except ValueError:
        return (view.text,)


def _normalise(path: str) -> str:
    """A path without what leads nowhere.

    >>> _normalise("./a/../b"), _normalise(".")
    ('b', '.')
    """
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return str(PurePosixPath(*parts))
