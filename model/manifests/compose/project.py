"""A Compose project: several files, their variables, what they extend and include, as one set of services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from ...errors import Problem
from ...language.document import Mapping as MappingNode
from ...language.document import Scalar, YamlNode
from ...language.text import UnreadableFileError, decode
from ...names import Place
from ..files import UnreadError, parse_file, read_file, stay_inside
from ..views import View
from .interpolation import Interpolation, read_variables
from .merging import as_table, drop_reset, merge

MAX_EXTENDED = 50
"""Services that extend each other, one behind the other."""
MAX_FILES = 200
"""Of one project, those that are included or extended counted."""


class Project(Struct, frozen=True):
    """Services, merged and with their variables; those of `.env`; those that are set nowhere; files of
    variables that are not there; and the files that were read."""

    services: MappingNode
    name: str | None
    variables: Mapping[str, str]
    missing: Mapping[str, Place]
    absent: Mapping[str, Place]
    files: tuple[Path, ...] = ()


@dataclass(slots=True)
class Loader:
    """Reads the files of one project; nothing outside of `root` is opened but what was named."""

    root: Path
    tags: dict[Place, str] = field(default_factory=dict)
    opened: int = 0
    read: list[Path] = field(default_factory=list)
    missing: dict[str, Place] = field(default_factory=dict)
    absent: dict[str, Place] = field(default_factory=dict)
    _variables: dict[tuple[Path, int], dict[str, str]] = field(default_factory=dict)
    _scopes: list[Mapping[str, str]] = field(default_factory=list)  # kept, for they are known by their id

    def _read_env(self, path: Path, scope: Mapping[str, str]) -> dict[str, str]:
        """The variables of a file, which several services may name."""
        key = path, id(scope)
        if key not in self._variables:
            self._variables[key] = read_env(path, scope)
            self._scopes.append(scope)
        return self._variables[key]

    def load(
        self, files: Iterable[Path], folder: Path, scope: Mapping[str, str]
    ) -> tuple[MappingNode, MappingNode]:
        """The whole of the files, one over the other, and their services. Raises `UnreadError`."""
        whole: YamlNode | None = None
        for path in files:
            for root in self._open(path, scope):
                resolved = self._with_extended(root, path, scope)
                whole = resolved if whole is None else merge(whole, resolved, self.tags)
        if not isinstance(whole, MappingNode):
            whole = MappingNode((), Place(str(folder), 1, 1))
        services = self._services(whole, folder, scope)
        return whole, services

    def _services(self, whole: MappingNode, folder: Path, scope: Mapping[str, str]) -> MappingNode:
        view = View(whole, whole.place)
        own = view.at("services")
        entries = {key.text: (key, value) for key, value in _entries(own)}
        entries = {
            name: (key, self._with_environment(value, folder, scope))
            for name, (key, value) in entries.items()
        }
        for item in view.at("include").items():
            for key, value in self._include(item, folder, scope).entries:
                if key.text in entries:
                    message = f"the service `{key.text}` is included, and stands in the file as well"
                    raise UnreadError(Problem("bad-manifest", message, item.place))
                entries[key.text] = (key, value)
        return MappingNode(tuple(entries.values()), own.place)

    def _include(self, item: View, folder: Path, scope: Mapping[str, str]) -> MappingNode:
        listed = [*item.at("path").texts()] or [*item.texts()]
        paths = [stay_inside(self.root, folder / text, place) for text, place in listed]
        if not paths:
            raise UnreadError(Problem("bad-manifest", "`include` names no file", item.place))
        below = item.at("project_directory").text
        directory = paths[0].parent if below is None else stay_inside(self.root, folder / below, item.place)
        files = [stay_inside(self.root, folder / text, place) for text, place in item.at("env_file").texts()]
        more: dict[str, str] = {}
        for file in files or [directory / ".env"]:
            more |= read_env(file, scope)
        return self.load(paths, directory, {**more, **scope})[1]

    def _open(self, path: Path, scope: Mapping[str, str]) -> list[MappingNode]:
        """The documents of a file, with their variables."""
        self.opened += 1
        if self.opened > MAX_FILES:
            message = f"more than {MAX_FILES} files are included or extended; do they lead in a circle?"
            raise UnreadError(Problem("bad-manifest", message, Place(str(path), 1, 1)))
        stream = parse_file(path, read_file(path))
        self.read.append(path)
        self.tags |= stream.tags
        interpolation = Interpolation(scope, self.missing)
        roots = [interpolation.apply_to(root) for root in stream.roots]
        return [root for root in roots if isinstance(root, MappingNode)]

    def _with_extended(self, root: MappingNode, path: Path, scope: Mapping[str, str]) -> MappingNode:
        services = View(root, root.place).at("services")
        if not isinstance(services.node, MappingNode):
            return root
        done = MappingNode(
            tuple((key, self._extended(key.text, root, path, scope, ())) for key, _ in services.node.entries),
            services.place,
        )
        return MappingNode(
            tuple((key, done if key.text == "services" else value) for key, value in root.entries), root.place
        )

    def _extended(
        self, name: str, root: MappingNode, path: Path, scope: Mapping[str, str], on_the_way: tuple[str, ...]
    ) -> YamlNode:
        """A service over the one that it extends, and that over its own."""
        service = View(root, root.place).at("services", name)
        extends = service.at("extends")
        base_name = extends.at("service").text or extends.text
        if base_name is None or service.node is None:
            return service.node or Scalar("", root.place)
        mark = f"{path}:{name}"
        if mark in on_the_way or len(on_the_way) > MAX_EXTENDED:
            what = "itself" if mark in on_the_way else f"through more than {MAX_EXTENDED} others"
            raise UnreadError(Problem("bad-manifest", f"the service `{name}` extends {what}", extends.place))
        other = extends.at("file").text
        base_path, base_root = path, root
        if other is not None:
            base_path = stay_inside(self.root, path.parent / other, extends.place)
            base_root = _first(self._open(base_path, scope), extends.place)
        if not View(base_root, base_root.place).at("services", base_name).is_there:
            message = f"the service `{name}` extends `{base_name}`, which is not there"
            raise UnreadError(Problem("bad-manifest", message, extends.place))
        base = self._extended(base_name, base_root, base_path, scope, (*on_the_way, mark))
        merged = merge(_without(base, "extends"), _without(service.node, "extends"), self.tags)
        return MappingNode(merged.entries, service.place) if isinstance(merged, MappingNode) else merged

    def _with_environment(self, node: YamlNode, folder: Path, scope: Mapping[str, str]) -> YamlNode:
        """The service with its environment as a mapping: values of `env_file` below its own, and of
        those without a value what the variables say."""
        if not isinstance(node, MappingNode):
            return node
        view = View(node, node.place)
        entries: dict[str, tuple[Scalar, YamlNode]] = {}
        for name, place, is_required in _env_files(view):
            file = stay_inside(self.root, folder / name, place)
            if is_required and not file.is_file():
                self.absent.setdefault(name, place)
            for key, value in self._read_env(file, scope).items():
                entries[key] = (Scalar(key, place), Scalar(value, place, 1, plain=False))
        environment = view.at("environment")
        table = as_table(environment.node, "environment") if environment.node is not None else None
        for key_node, value_node in table.entries if isinstance(table, MappingNode) else ():
            if not (isinstance(value_node, Scalar) and value_node.is_null):
                entries[key_node.text] = (key_node, value_node)
            elif key_node.text in scope:
                entries[key_node.text] = (
                    key_node,
                    Scalar(scope[key_node.text], key_node.place, 1, plain=False),
                )
            else:
                entries.pop(key_node.text, None)
        others = tuple((key, value) for key, value in node.entries if key.text != "environment")
        own = MappingNode(tuple(entries.values()), environment.place)
        return MappingNode((*others, (Scalar("environment", environment.place), own)), node.place)


def read_env(path: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The variables in a file; none if there is no such file. Raises `UnreadError`."""
    if not path.is_file():
        return {}
    try:
        return read_variables(decode(read_file(path), str(path)), str(path), known)
    except UnreadableFileError as refused:
        raise UnreadError(refused.problem) from None


def load_project(files: list[Path], profiles: frozenset[str]) -> tuple[Project, dict[str, View], list[str]]:
    """A project, its services that run, and the names of those that no profile switches on."""
    folder = files[0].parent
    loader = Loader(folder)
    variables = read_env(folder / ".env", {})
    whole, services = loader.load(files, folder, variables)
    services_kept = drop_reset(services, loader.tags)
    assert isinstance(services_kept, MappingNode)
    profiles |= frozenset(filter(None, variables.get("COMPOSE_PROFILES", "").split(",")))
    running: dict[str, View] = {}
    idle: list[str] = []
    for key, value in services_kept.entries:
        view = View(value, key.place)
        wanted = {text for text, _ in view.at("profiles").texts()}
        if not wanted or "*" in profiles or wanted & profiles:
            running[key.text] = View(value, key.place)
        else:
            idle.append(key.text)
    name = View(whole, whole.place).at("name").text or variables.get("COMPOSE_PROJECT_NAME")
    read = tuple(loader.read)
    return Project(services_kept, name, variables, loader.missing, loader.absent, read), running, idle


def _env_files(view: View) -> list[tuple[str, Place, bool]]:
    """The files, where they are named, and whether they must be there."""
    files = view.at("env_file")
    listed = [(text, place, True) for text, place in files.texts()]
    for item in (files, *files.items()):
        path = item.at("path")
        if path.text is not None:
            listed.append((path.text, path.place, item.at("required").text != "false"))
    return listed


def _entries(view: View) -> tuple[tuple[Scalar, YamlNode], ...]:
    return view.node.entries if isinstance(view.node, MappingNode) else ()


def _first(roots: list[MappingNode], place: Place) -> MappingNode:
    if not roots:
        raise UnreadError(Problem("bad-manifest", "the file that is extended is empty", place))
    return roots[0]


def _without(node: YamlNode, name: str) -> YamlNode:
    if not isinstance(node, MappingNode):
        return node
    return MappingNode(tuple((key, value) for key, value in node.entries if key.text != name), node.place)
