"""An observation that somebody wrote, or a script: a mapping of its own (docs/gate.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ..compiler.moves import list_changed_contracts
from ..compiler.variables import OFF, ON, PARTLY
from ..deployment import Action, Deployment, Kind, name_step
from ..language.document import Document, Mapping, Scalar, Sequence, YamlNode
from ..language.keys import MAX_INSTANCES, KeyRule, Table
from ..language.reader import Reader
from ..names import Contract, Target
from .calling import Calling
from .sightings import (
    ContentSeen,
    FlagSeen,
    InstancesSeen,
    JobsSeen,
    LeaderSeen,
    LiveSeen,
    Observation,
    SchemaSeen,
    Sighting,
    StepSeen,
    count_by_version,
)

KEYS: Table = {
    "components": KeyRule(
        "Ready instances by version: {cart: {V1: 2, V2: 1}}, or versions: {cart: [V1, V2]}.", {}
    ),
    "live": KeyRule("The version that has all the traffic, of blue-green components.", {}),
    "step": KeyRule("The step in which the pipeline stands; (before) and (after) as well.", {}),
    "action": KeyRule("The action of that step, as it is written there.", {}),
    "stopped": KeyRule("Whether that action has failed.", {}),
    "pipelines": KeyRule(
        "The same of each of several pipelines: {front: {step: Deploy, action: deploy web}}.", {}
    ),
    "flags": KeyRule("off, partly on, or on.", {}),
    "schemas": KeyRule("The version of a schema, by store or by contract.", {}),
    "contents": KeyRule("The forms that lie at a contract, and no others.", {}),
    "jobs": KeyRule("running or suspended, by worker.", {}),
    "leaders": KeyRule("The version of the leader, or none.", {}),
}
STANDING: Table = {key: KEYS[key] for key in ("step", "action", "stopped")}
_OF_ONE = "write where it stands: `{step: Deploy, action: deploy web}`"
STATES = {"off": OFF, "partly on": PARTLY, "on": ON}


class PlainReader:
    """Reads one mapping; what is wrong goes to the reader of problems."""

    def __init__(self, reader: Reader, deployment: Deployment, calling: Calling) -> None:
        self._reader, self._deployment, self._calling = reader, deployment, calling

    def observation(self, root: Mapping) -> Observation:
        """What it says; of no use if the reader has problems then."""
        values = self._reader.record(root, KEYS, "the observation") or {}
        return Observation(tuple(self._sightings(values)))

    def _sightings(self, values: dict[str, YamlNode]) -> Iterator[Sighting]:
        for name, node in self._entries(values, "components"):
            if self._component(name, has_instances=True):
                yield from self._instances(name, node)
        for name, node in self._entries(values, "live"):
            if self._component(name, has_instances=True) and (version := self._version(node)):
                yield LiveSeen(name.text, version, "live")
        yield from self._steps(values)
        for name, node in self._entries(values, "flags"):
            known = [flag.name for flag in self._deployment.flags]
            if name.text not in known:
                self._reader.report_unknown("flag", name, known)
            elif (word := self._word(node, "a flag", list(STATES))) is not None:
                yield FlagSeen(name.text, STATES[word], "flags")
        for name, node in self._entries(values, "schemas"):
            contract = self._store(name, schema=True)
            if (version := self._version(node)) and contract is not None:
                yield SchemaSeen(contract, version, "schemas")
        yield from self._contents(values)
        yield from self._offices(values)

    def _offices(self, values: dict[str, YamlNode]) -> Iterator[Sighting]:
        for name, node in self._entries(values, "jobs"):
            if self._component(name, has_instances=True):
                word = self._word(node, "a worker's jobs", ["running", "suspended"])
                if self._deployment.components[name.text].kind is not Kind.WORKER:
                    self._reader.report("does-not-fit", f"`{name.text}` is no worker", name)
                elif word is not None:
                    yield JobsSeen(name.text, word == "suspended", "jobs")
        for name, node in self._entries(values, "leaders"):
            if name.text not in self._deployment.led:
                self._reader.report_unknown("component", name, self._deployment.led, " with a leader")
            elif isinstance(node, Scalar) and node.text == "none":
                yield LeaderSeen(name.text, None, "leaders")
            elif version := self._version(node):
                yield LeaderSeen(name.text, version, "leaders")

    def _entries(self, values: dict[str, YamlNode], key: str) -> Iterator[tuple[Scalar, YamlNode]]:
        if key in values:
            mapping = self._reader.mapping(values[key], f"`{key}`")
            yield from mapping.entries if mapping is not None else ()

    def _component(self, name: Scalar, *, has_instances: bool) -> bool:
        component = self._deployment.components.get(name.text)
        if component is None:
            self._reader.report_unknown("component", name, self._deployment.components)
            return False
        if component.kind.has_instances is not has_instances:
            self._reader.report("does-not-fit", f"`{name.text}` is a {component.kind}", name)
            return False
        return True

    def _instances(self, name: Scalar, node: YamlNode) -> Iterator[Sighting]:
        component = self._deployment.components[name.text]
        if isinstance(node, Sequence):
            versions = [version for item in node.items if (version := self._version(item))]
            counts = frozenset({count_by_version(dict.fromkeys(versions, 1))})
            yield InstancesSeen(name.text, counts, "components", is_exact=False)
            return
        fix = (
            "write how many of each version are ready, `{V1: 2, V2: 1}`, or which versions are up, `[V1, V2]`"
        )
        mapping = self._reader.mapping(node, f"`{name.text}`", fix)
        found: dict[str, int] = {}
        for key, number in mapping.entries if mapping is not None else ():
            version = self._reader.version(key, self._deployment.versions)
            count = self._reader.integer(number, "a number of instances", 0, MAX_INSTANCES)
            if version is not None and count is not None:
                found[version] = count
        is_exact = self._calling.counts and not component.stays and component.machine is None
        yield InstancesSeen(name.text, frozenset({count_by_version(found)}), "components", is_exact)

    def _version(self, node: YamlNode) -> str | None:
        scalar = self._reader.scalar(node, "a version")
        return None if scalar is None else self._reader.version(scalar, self._deployment.versions)

    def _word(self, node: YamlNode, what: str, words: list[str]) -> str | None:
        scalar = self._reader.scalar(node, what)
        if scalar is None:
            return None
        if scalar.text not in words:
            self._reader.report("wrong-type", f"{what} must be one of: {', '.join(words)}", scalar)
            return None
        return scalar.text

    def _steps(self, values: dict[str, YamlNode]) -> Iterator[Sighting]:
        """Where the pipeline stands, or each of several."""
        names = self._deployment.pipelines
        for name, node in self._entries(values, "pipelines"):
            if name.text not in names:
                self._reader.report_unknown("pipeline", name, names)
            elif (mapping := self._reader.mapping(node, f"`{name.text}`", _OF_ONE)) is not None:
                inside = self._reader.record(mapping, STANDING, f"`{name.text}`") or {}
                yield from self._step(inside, name.text)
        if names and "step" in values:
            fix = f"write `pipelines: {{{names[0]}: {{step: …}}}}`"
            self._reader.report("does-not-fit", "there are several pipelines", values["step"], fix)
        else:
            yield from self._step(values)

    def _step(self, values: dict[str, YamlNode], pipeline: str | None = None) -> Iterator[Sighting]:
        stopped = bool(self._reader.truth(values["stopped"], "`stopped`")) if "stopped" in values else False
        if "step" not in values:
            for key in ("action", "stopped"):
                if key in values:
                    self._reader.report("missing-key", f"`{key}` needs the `step` that it is of", values[key])
            return
        step = self._reader.scalar(values["step"], "`step`")
        if step is None:
            return
        every = (*self._deployment.pipeline, *(self._deployment.rollback or ()))
        called = {name_step(pipeline, "(before)"): list[Action]()}
        for one in every:
            if one.pipeline == pipeline:
                called.setdefault(one.name, []).extend(one.actions)
        called[name_step(pipeline, "(after)")] = []
        name = name_step(pipeline, step.text)
        if name not in called:
            prefix = name_step(pipeline, "")
            self._reader.report_unknown("step", step, [one.removeprefix(prefix) for one in called])
            return
        action = self._reader.scalar(values["action"], "`action`") if "action" in values else None
        if action is not None:
            written = [str(one) for one in called[name]]
            if action.text not in written:
                fix = f"the actions of the step are: {'; '.join(written) or 'none'}"
                self._reader.report("bad-action", f"the step `{step.text}` has no such action", action, fix)
                return
        yield StepSeen(name, "step", None if action is None else action.text, stopped)

    def _store(self, name: Scalar, *, schema: bool) -> Contract | None:
        """A contract, or all of a store's; one that the release does not change has neither schema nor
        content that could be told apart."""
        provider, slash, subject = name.text.partition("/")
        component = self._deployment.components.get(provider)
        if component is None:
            self._reader.report_unknown("component", name, self._deployment.components)
            return None
        if schema and not component.kind.has_schema:
            self._reader.report("does-not-fit", f"`{provider}` is a {component.kind}: it has no schema", name)
            return None
        target = Target(provider, subject if slash else None)
        if not any(list_changed_contracts(self._deployment, target)):
            self._reader.report("unknown-contract", f"the release changes nothing at `{name.text}`", name)
            return None
        return Contract(provider, subject)

    def _contents(self, values: dict[str, YamlNode]) -> Iterator[Sighting]:
        for name, node in self._entries(values, "contents"):
            contract = self._store(name, schema=False)
            some = self._reader.sequence(node, f"`{name.text}`", "write the forms that lie there: [V1]")
            forms = [self._version(item) for item in some.items] if some is not None else []
            if contract is not None and not contract.subject:
                fix = f"write `{contract.provider}/SUBJECT`"
                self._reader.report("bad-contract", "content lies at one contract", name, fix)
            elif contract is not None and None not in forms:
                yield ContentSeen(contract, frozenset(form for form in forms if form), "contents")


def read_plain(document: Document, deployment: Deployment, calling: Calling) -> tuple[Observation, Reader]:
    """The observation in a document, and the reader that knows what is wrong with it."""
    reader = Reader([document])
    if document.root is None:
        return Observation(()), reader
    return PlainReader(reader, deployment, calling).observation(document.root), reader
