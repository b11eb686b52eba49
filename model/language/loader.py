"""From files to a `Deployment`: reads the sections in the order in which they need each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec.structs import replace

from ..deployment import (
    Acceptance,
    Action,
    Change,
    Component,
    Deployment,
    Flag,
    Request,
    Step,
    name_step,
)
from ..deployment.formula import Property
from ..errors import InvalidDeploymentError
from ..names import Contract
from .atoms import KnownNames
from .changes import Changes
from .components import Components, read_components
from .contracts import Contracts
from .document import Document, Mapping, Scalar, Sequence, YamlNode, parse_document, read_document
from .facts import check_facts
from .foreign import report_foreign
from .keys import DEPLOYMENT_KEYS, RELEASE_KEYS
from .movers import check_movers
from .pipeline import (
    Actions,
    list_step_names,
    read_pipeline,
    read_pipelines,
    read_releases,
    read_rollback,
    read_rollbacks,
)
from .properties import read_properties
from .reader import Reader, quote
from .readiness import read_readiness
from .requests import read_requests
from .seldom import read_assumed, read_prices, read_sources, read_timing
from .sizes import read_sizes
from .version_names import read_version_names

DEFAULT_VERSIONS = ("V1", "V2")


ReadDocument = Callable[[str], Document]
"""From the name of a file to what stands in it."""


def load(
    path: str | Path,
    changes: str | Path | None = None,
    accept: Iterable[str | Path] = (),
    read: ReadDocument = read_document,
    *,
    needs_pipeline: bool = True,
) -> Deployment:
    """The deployment in a file; `changes` is a second file, whose changes and flags are added, `accept` are
    files of accepted hazards. `read` reads each of them. Without `needs_pipeline` a file of which the
    pipeline is still to be found may have none.

    Raises InvalidDeploymentError with everything that is wrong in all files.
    """
    second = read(str(changes)) if changes is not None else None
    others = tuple(read(str(file)) for file in accept)
    return _deployment(read(str(path)), second, others, read, needs_pipeline=needs_pipeline)


def loads(
    text: str | bytes,
    file: str = "<text>",
    changes: str | bytes | None = None,
    changes_file: str = "<changes>",
    read: ReadDocument = read_document,
) -> Deployment:
    """The deployment in a text, as `load` reads it; the files are only named in places. `read` reads the file
    that `accept` names, if it names one.

    >>> loads('''
    ... components: {web: {kind: service}}
    ... requests: {visit: [client calls web: page]}
    ... pipeline: [Deploy: [deploy web]]
    ... ''').requests[0].hops[0].contract
    Contract(provider='web', subject='page')
    """
    second = parse_document(changes, changes_file) if changes is not None else None
    return _deployment(parse_document(text, file), second, (), read)


def _deployment(
    main: Document,
    second: Document | None,
    accept: tuple[Document, ...],
    read: ReadDocument = read_document,
    *,
    needs_pipeline: bool = True,
) -> Deployment:
    reader = Reader([main, *([second] if second else []), *accept])
    if main.root and report_foreign(reader, main.root):
        raise InvalidDeploymentError(reader.problems)
    loader = _Loader(reader, main, second, accept, read, needs_pipeline)
    deployment = loader.deployment(main.root) if main.root else None
    if reader.problems or deployment is None:
        raise InvalidDeploymentError(reader.problems)
    return deployment


Known = tuple[
    Components, Contracts, tuple[Request, ...], tuple[str, ...] | None, list[str] | None, tuple[Property, ...]
]
"""The names that an accepted hazard can be told by."""


class _Loader:
    """Reads one deployment out of one file or two, and what is accepted out of more."""

    def __init__(
        self,
        reader: Reader,
        main: Document,
        second: Document | None,
        accept: tuple[Document, ...] = (),
        read: ReadDocument = read_document,
        needs_pipeline: bool = True,
    ) -> None:
        self.reader = reader
        self.needs_pipeline = needs_pipeline
        self.main = main
        self.second = second
        self.accept = accept
        self.read = read

    def deployment(self, root: Mapping) -> Deployment:
        """What the files say; of no use if the reader has problems."""
        reader = self.reader
        values = reader.record(root, DEPLOYMENT_KEYS, "the file") or {}
        release = self._release()
        versions = self._versions(values["versions"]) if "versions" in values else DEFAULT_VERSIONS
        components = read_components(reader, values["components"]) if "components" in values else Components()
        nothing = Mapping((), root.place, complete=False)
        requests, contracts = read_requests(reader, values.get("requests", nothing), components, versions)
        read = Changes(reader, components, contracts, versions)
        flags = self._flags(read, values, release)
        pipelines = _pipeline_names(values)
        names = KnownNames(components, contracts, flags, versions, _step_names(values), pipelines)
        before = len(reader.problems)
        actions = Actions(reader, names)
        pipeline = self._pipeline(values, root, actions)
        rollback = self._rollback(values, actions, pipeline)
        check_movers(reader, components, (*pipeline, *(rollback or ())))
        read = replace(read, actions=_actions(pipeline, rollback))
        check_facts(reader, flags, read.actions)
        is_read = bool(pipeline) and len(reader.problems) == before
        steps = [step.name for step in (*pipeline, *(rollback or ()))] if is_read else None
        changes, overridden = self._changes(read, values, release)
        max_span, never = read_assumed(values, read, changes or {})
        properties = self._properties(replace(names, steps=steps), values, release)
        return Deployment(
            system=self._title(values, "system", self.main),
            versions=versions or DEFAULT_VERSIONS,
            components=self._components(components, actions, versions, (pipeline, rollback or ())),
            requests=requests,
            pipeline=pipeline,
            changes=changes,
            flags=tuple(flags.values()),
            max_span=max_span,
            release=self._title(release, "release", self.second) if self.second else None,
            file=self.main.file,
            properties=properties,
            timing=read_timing(values, reader, requests, components),
            accept=self._accept(
                values,
                release,
                (components, contracts, requests, versions, _with_ends(steps, names), properties),
            ),
            rollback=rollback,
            nameless=tuple(read.nameless),
            never=never,
            overridden=overridden,
            sources=read_sources(values, reader, components, contracts),
            prices=read_prices(values, reader),
        )

    def _components(
        self,
        components: Components,
        actions: Actions,
        versions: tuple[str, ...] | None,
        pipelines: tuple[tuple[Step, ...], tuple[Step, ...]],
    ) -> dict[str, Component]:
        """What was read of the components, with all that needs other sections to be understood."""
        read = read_readiness(self.reader, components, actions)
        named = read_version_names(self.reader, components, read, versions)
        return read_sizes(self.reader, components, named, versions, pipelines)

    def _pipeline(self, values: dict[str, YamlNode], root: Mapping, actions: Actions) -> tuple[Step, ...]:
        """The steps of the one pipeline, of all releases, or of several pipelines."""
        reader = self.reader
        for other in ("pipeline", "releases") if "pipelines" in values else ():
            if other in values:
                message = f"`pipelines` run at once, in place of `{other}`"
                reader.report("does-not-fit", message, values[other], "leave out one of them")
        if "pipelines" in values:
            return read_pipelines(reader, values["pipelines"], actions)
        if "releases" in values and "pipeline" in values:
            message = "`releases` are pipelines that run one after the other, in place of `pipeline`"
            reader.report("does-not-fit", message, values["releases"], "leave out one of them")
        if "releases" in values:
            return read_releases(reader, values["releases"], actions)
        if "pipeline" in values:
            return read_pipeline(reader, values["pipeline"], actions)
        if root.complete and self.needs_pipeline:
            reader.report("missing-key", "the file needs `pipeline` (or `releases`, or `pipelines`)", root)
        return ()

    def _rollback(
        self, values: dict[str, YamlNode], actions: Actions, pipeline: tuple[Step, ...]
    ) -> tuple[Step, ...] | None:
        """The steps of the rollback, or of those of several pipelines."""
        if "rollback" not in values:
            return None
        read = read_rollbacks if "pipelines" in values else read_rollback
        return read(self.reader, values["rollback"], actions, pipeline)

    def _release(self) -> dict[str, YamlNode]:
        """The sections of the second file: named ones, or it is all changes."""
        root = self.second.root if self.second else None
        if root is None:
            return {}
        if all("/" in key.text for key, _ in root.entries):
            return {"changes": root}
        return self.reader.record(root, RELEASE_KEYS, "the file of changes") or {}

    def _changes(
        self, read: Changes, values: dict[str, YamlNode], release: dict[str, YamlNode]
    ) -> tuple[dict[Contract, Change] | None, tuple[Change, ...]]:
        """The changes of both files; and those of the first that lose something by the second."""
        given = [part["changes"] for part in (values, release) if "changes" in part]
        merged: dict[Contract, Change] = {}
        overridden: list[Change] = []
        for node in given:
            more = read.changes(node)
            both = [(merged[contract], later) for contract, later in more.items() if contract in merged]
            overridden += [earlier for earlier, later in both if earlier.list_lost(later)]
            merged |= more
        return (merged if given else None), tuple(overridden)

    def _flags(
        self, read: Changes, values: dict[str, YamlNode], release: dict[str, YamlNode]
    ) -> dict[str, Flag]:
        merged: dict[str, Flag] = {}
        for part in (values, release):
            if "flags" in part:
                merged |= read.flags(part["flags"])
        read.check_guards(merged.values())
        return merged

    def _properties(
        self, names: KnownNames, values: dict[str, YamlNode], release: dict[str, YamlNode]
    ) -> tuple[Property, ...]:
        """Those of both files; a name that stands in both is the release's."""
        read = [
            read_properties(self.reader, p["properties"], names)
            for p in (values, release)
            if "properties" in p
        ]
        last = {found.name: group for group in read for found in group}
        return tuple(found for group in read for found in group if last[found.name] is group)

    def _accept(
        self, values: dict[str, YamlNode], release: dict[str, YamlNode], known: Known
    ) -> tuple[Acceptance, ...]:
        """What is accepted: here, in the file that is named instead, in the release, and in files besides."""
        nodes = [(self.main, values.get("accept")), (self.second, release.get("accept"))]
        given = [(document, node) for document, node in nodes if document is not None and node is not None]
        if not given and not self.accept:
            return ()
        from .acceptances import build_acceptances

        read, found = build_acceptances(self.reader, *known), list[Acceptance]()
        listed = list(self.accept)
        for document, node in given:
            if isinstance(node, Scalar) and not node.is_null:
                listed.insert(0, self._read_named(document, node))
            else:
                found += read.read(node)
        for one in listed:
            found += read.read_file(one)
        return tuple(found)

    def _read_named(self, document: Document, node: Scalar) -> Document:
        """The file that a document names; what cannot be read is told where it is named."""
        named = self.read(str(Path(document.file).parent / node.text))
        self.reader.take(replace(named, problems=tuple(one for one in named.problems if one.place)))
        for one in named.problems:
            if one.place is None:
                code = one.code
                self.reader.report(code, one.message, node, one.fix)
        return named

    def _versions(self, node: YamlNode) -> tuple[str, ...] | None:
        """The versions; None if they are wrong, so that nothing is held against them."""
        before = len(self.reader.problems)
        section = self.reader.sequence(node, "`versions`", "write `[V1, V2]`")
        names: list[str] = []
        for item in section.items if section else ():
            scalar = self.reader.scalar(item, "a version", "a name")
            name = self.reader.name(scalar, "a version") if scalar else None
            if scalar and name is not None:
                self._check_version(scalar, names)
                names.append(name)
        if section and len(section.items) < 2:
            self.reader.report(
                "too-few-versions", "`versions` needs at least two versions, old to new", section
            )
        return tuple(names) if len(self.reader.problems) == before else None

    def _check_version(self, scalar: Scalar, earlier: list[str]) -> None:
        if "->" in scalar.text:
            self.reader.report("bad-name", "a version must not contain `->`", scalar)
        if scalar.text in earlier:
            self.reader.report("duplicate-version", f"version {quote(scalar.text)} stands here again", scalar)

    def _title(self, values: dict[str, YamlNode], key: str, document: Document) -> str:
        if key not in values:
            return Path(document.file).stem
        return self.reader.title(values[key], f"`{key}`") or ""


def _actions(pipeline: Iterable[Step], rollback: Iterable[Step] | None) -> tuple[Action, ...]:
    return tuple(action for step in (*pipeline, *(rollback or ())) for action in step.actions)


def _step_names(values: dict[str, YamlNode]) -> list[str]:
    """The names of all steps, before anything else is read of them, for predicates that actions wait for.
    Of releases those that stand in one alone."""
    if _pipeline_names(values):
        return _step_names_by_pipeline(values)
    releases = values.get("releases")
    nodes = [values["pipeline"]] if "pipeline" in values else []
    if isinstance(releases, Mapping):
        nodes += [steps for _, steps in releases.entries]
    elif isinstance(releases, Sequence):
        nodes += [
            item.entries[0][1] if isinstance(item, Mapping) and item.entries else item
            for item in releases.items
        ]
    count = Counter(name for node in nodes for name in list_step_names(node))
    rollback = list_step_names(values["rollback"]) if "rollback" in values else []
    return [name for name, times in count.items() if times == 1] + [n for n in rollback if n not in count]


def _with_ends(steps: list[str] | None, names: KnownNames) -> list[str] | None:
    """The steps, with what the times before and after them are called."""
    return None if steps is None else [*steps, *names.outside]


def _pipeline_names(values: dict[str, YamlNode]) -> tuple[str, ...]:
    """What several pipelines are called; nothing where there is one."""
    section = values.get("pipelines")
    return tuple(key.text for key, _ in section.entries) if isinstance(section, Mapping) else ()


def _step_names_by_pipeline(values: dict[str, YamlNode]) -> list[str]:
    """Those of several pipelines, and of their rollbacks: each with its pipeline."""
    found: dict[str, None] = {}
    for section in (values.get("pipelines"), values.get("rollback")):
        for key, steps in section.entries if isinstance(section, Mapping) else ():
            for name in list_step_names(steps):
                told = name_step(key.text, name)
                found[name_step(key.text, f"rollback: {name}") if told in found else told] = None
    return list(found)
