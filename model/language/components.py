"""The section `components`: the parts of the application, and looking them up by name."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from msgspec import Struct, field, structs

from ..deployment import Component, Drain, Kind, Readiness, Route, Strategy
from .document import Mapping, Scalar, YamlNode
from .keys import (
    ANONYMOUS,
    COMPONENT_KEYS,
    KINDS,
    MACHINE,
    MAX_INSTANCES,
    PULLS_WHEN_READY,
    TERMINATES_LATER,
)
from .reader import Reader, Word, join_words, plural, quote

_CYCLE_SHOWN = 6


class Components(Struct):
    """What is declared; None for a component whose kind could not be read.

    `complete` is false if the section could not be read: then no name is called unknown.
    """

    by_name: dict[str, Component | None] = field(default_factory=dict)
    complete: bool = False
    readiness: dict[str, YamlNode] = field(default_factory=dict)
    """What stands behind `readiness`, to be read when every name is known that a predicate can use."""
    values: dict[str, dict[str, YamlNode]] = field(default_factory=dict)
    """What is said of each component, to be read again where the number of its instances changes."""
    own_names: dict[str, YamlNode] = field(default_factory=dict)
    """What stands behind `versions` of a component, to be read when the versions of the file are known."""

    def find(
        self, reader: Reader, word: Scalar | Word, also: Collection[str] = (), fix: str | None = None
    ) -> Component | None:
        """The component of that name; None if there is none (reported) or its kind is not known.

        `also` are names that would have done in its stead; `fix` is the advice where none is likely.
        """
        if word.text not in self.by_name and self.complete:
            reader.report_unknown("component", word, [*self.by_name, *also], fix=fix)
        return self.by_name.get(word.text)


def read_components(reader: Reader, node: YamlNode) -> Components:
    """All components of the section."""
    section = reader.mapping(node, "`components`")
    if section is None:
        return Components()
    if not section.entries and section.complete:
        reader.report("empty", "`components` must not be empty", section)
    found = Components()
    by_name = {key.text: _component(reader, key, value, found) for key, value in section.entries}
    _check_images(reader, section, by_name)
    for name, values in found.values.items():
        if "migrates" in values:
            by_name[name] = _with_migrations(reader, by_name[name], values["migrates"], by_name)
    return structs.replace(found, by_name=by_name, complete=section.complete and bool(by_name))


def _component(reader: Reader, key: Scalar, node: YamlNode, found: Components) -> Component | None:
    name = reader.name(key, "the name of a component")
    if isinstance(node, Scalar):
        kind = node.text if node.text in KINDS else "service"
        what = f"component {quote(key.text)}"
        reader.mapping(node, what, f"write `{{kind: {kind}}}`")
        return None
    values = reader.record(node, COMPONENT_KEYS, f"component {quote(key.text)}", key)
    if values is None or "kind" not in values:
        return None
    kind_text = reader.choice(values["kind"], "kind", KINDS)
    if kind_text is None:
        return None
    kind = Kind(kind_text)
    if name == ANONYMOUS and kind is not Kind.CLIENT:
        message = f"`{ANONYMOUS}` is the client that starts requests; no {kind} can be named so"
        reader.report("reserved-name", message, key)
    if isinstance(node, Mapping):
        _check_keys_fit(reader, node, key.text, kind)
    if "versions" in values:
        found.own_names[key.text] = values["versions"]
    if kind.has_instances:
        found.values[key.text] = values
    if "readiness" in values and kind.has_instances:
        found.readiness[key.text] = values["readiness"]
    return _with_values(reader, Component(key.text, kind, place=key.place), values)


def _check_keys_fit(reader: Reader, node: Mapping, name: str, kind: Kind) -> None:
    for key, _ in node.entries:
        entry = COMPONENT_KEYS.get(key.text)
        if entry is not None and entry.kinds is not None and kind not in entry.kinds:
            message = f"{quote(name)} is a {kind}; `{key.text}` fits {plural(entry.kinds)}"
            reader.report("does-not-fit", message, key)


def _with_values(reader: Reader, component: Component, values: dict[str, YamlNode]) -> Component:
    """The component with its numbers; what does not fit its kind has been reported before."""
    if not component.kind.has_instances:
        redelivers = "redelivers" in values and reader.truth(values["redelivers"], "`redelivers`") is True
        return replace(component, redelivers=redelivers)
    stays = "stays" in values and reader.truth(values["stays"], "`stays`") is True
    if stays:
        _check_stays(reader, component, values)
    replicas: int | None = 1
    by_version = isinstance(values.get("replicas"), Mapping)
    if "replicas" in values and not by_version:
        replicas = reader.integer(values["replicas"], "`replicas`", 1, MAX_INSTANCES)
    strategy, canary = (
        _strategy(reader, values["strategy"]) if "strategy" in values else (Strategy.ROLLING, 1)
    )
    drain = reader.choice(values["drain"], "drain", list(Drain)) if "drain" in values else None
    route = _route(reader, values["route"]) if "route" in values else Route.NONE
    pulls = "pulls" in values and _says(reader, values["pulls"], "`pulls`", PULLS_WHEN_READY)
    later = "terminates" in values and _says(reader, values["terminates"], "`terminates`", TERMINATES_LATER)
    machine = _machine(reader, component, values) if "machine" in values else None
    image = None
    if "image" in values and (scalar := reader.scalar(values["image"], "`image`", "a component")):
        image = scalar.text
    surge, unavailable = _limits(reader, component, values, replicas or 1)
    return replace(
        component,
        replicas=replicas or 1,
        max_surge=surge,
        max_unavailable=unavailable,
        image=image,
        min_available=_available(reader, component, values, MAX_INSTANCES if by_version else replicas),
        strategy=strategy,
        canary=canary,
        readiness=Readiness() if "readiness" in values else None,
        drain=Drain(drain or Drain.GRACEFUL),
        route=route,
        stays=stays,
        machine=machine,
        pulls_when_ready=pulls,
        restarts=_restarts(reader, values["restarts"]) if "restarts" in values else 0,
        terminates_later=later,
    )


def _restarts(reader: Reader, node: YamlNode) -> int:
    """How many can be down at a time."""
    if isinstance(node, Scalar) and node.text.isdecimal():
        return reader.integer(node, "`restarts`", 1, MAX_INSTANCES) or 0
    return int(reader.truth(node, "`restarts`, if it is no number,") is True)


def _route(reader: Reader, node: YamlNode) -> Route:
    if isinstance(node, Scalar) and node.text == "path":
        message = "`route: path` is now `route: carried`, which counts all that a call carries"
        reader.report("unknown-route", message, node, "write `route: carried`")
        return Route.CARRIED
    return Route(reader.choice(node, "route", list(Route)) or Route.NONE)


def _says(reader: Reader, node: YamlNode, key: str, word: str) -> bool:
    """A key with one word that can stand behind it."""
    scalar = reader.scalar(node, key, f"`{word}`")
    if scalar is not None and scalar.text != word:
        message = f"{key} must be `{word}`, not {quote(scalar.text)}"
        reader.report("does-not-fit", message, scalar, f"write `{word}`, or leave it out")
    return True


_SAID_BY_MACHINES = (
    "replicas",
    "strategy",
    "max_surge",
    "max_unavailable",
    "readiness",
    "stays",
    "restarts",
    "migrates",
    "terminates",
)
"""What a machine of one's own says itself."""


def _machine(reader: Reader, component: Component, values: dict[str, YamlNode]) -> str | None:
    scalar = reader.scalar(values["machine"], "`machine`", "a name `package.module:object`")
    for key in _SAID_BY_MACHINES:
        if key in values:
            message = f"the machine of {quote(component.name)} says itself what `{key}` would say"
            reader.report("does-not-fit", message, values[key], f"leave out `{key}`, or `machine`")
    if scalar is not None and not re.fullmatch(MACHINE, scalar.text):
        message = f"`machine` must be a name `package.module:object`, not {quote(scalar.text)}"
        reader.report("bad-name", message, scalar)
        return None
    return scalar.text if scalar else None


_MOVED_BY_USERS = (
    "replicas",
    "min_available",
    "strategy",
    "max_surge",
    "max_unavailable",
    "readiness",
    "drain",
    "restarts",
    "migrates",
    "terminates",
)
"""What says nothing of a client whose users stay or update as they like."""


def _check_stays(reader: Reader, component: Component, values: dict[str, YamlNode]) -> None:
    for key in _MOVED_BY_USERS:
        if key in values:
            message = (
                f"the users of {quote(component.name)} stay or update as they like; `{key}` says nothing"
            )
            reader.report("does-not-fit", message, values[key], f"leave out `{key}`, or `stays`")


def _strategy(reader: Reader, node: YamlNode) -> tuple[Strategy, int]:
    """The strategy, and how many instances a canary begins with."""
    if isinstance(node, Mapping) and len(node.entries) == 1 and node.entries[0][0].text == Strategy.CANARY:
        number = reader.integer(node.entries[0][1], "`canary`", 1, MAX_INSTANCES)
        return Strategy.CANARY, number or 1
    if isinstance(node, Mapping):
        reader.report("wrong-type", "a strategy with a number is written `{canary: 1}`", node)
        return Strategy.ROLLING, 1
    return Strategy(reader.choice(node, "strategy", list(Strategy)) or Strategy.ROLLING), 1


def _available(
    reader: Reader, component: Component, values: dict[str, YamlNode], replicas: int | None
) -> int:
    """`min_available` (rounded up, as in Kubernetes' disruption budgets)."""
    if "min_available" not in values:
        return 0
    amount = reader.amount(values["min_available"], "`min_available`", MAX_INSTANCES)
    if amount is None or replicas is None:
        return 0
    fewest = -(-amount[0] * replicas // 100) if amount[1] else amount[0]
    if fewest > replicas:
        message = f"{quote(component.name)} never has {fewest} instances that serve: `replicas` is {replicas}"
        reader.report("too-many", message, values["min_available"])
    return fewest


def _limits(
    reader: Reader, component: Component, values: dict[str, YamlNode], replicas: int
) -> tuple[int, int]:
    """`max_surge` (rounded up) and `max_unavailable` (rounded down), as Kubernetes resolves them: where
    percentages come to 0 and 0, one may be unavailable; two plain zeros are refused."""
    surge: tuple[int, bool] | None = (1, False)
    unavailable: tuple[int, bool] | None = (0, False)
    if "max_surge" in values:
        surge = reader.amount(values["max_surge"], "`max_surge`", MAX_INSTANCES)
    if "max_unavailable" in values:
        unavailable = reader.amount(values["max_unavailable"], "`max_unavailable`", MAX_INSTANCES)
    if surge is None or unavailable is None:
        return 1, 0
    if surge == unavailable == (0, False):
        message = (
            f"{quote(component.name)} could never be deployed: `max_surge` and `max_unavailable` are both 0"
        )
        at = values.get("max_surge") or values["max_unavailable"]
        reader.report("both-zero", message, at, "set one of them to 1")
    most = -(-surge[0] * replicas // 100) if surge[1] else surge[0]
    fewest = unavailable[0] * replicas // 100 if unavailable[1] else unavailable[0]
    return most, fewest if most or fewest else 1


def _with_migrations(
    reader: Reader, component: Component | None, node: YamlNode, by_name: dict[str, Component | None]
) -> Component | None:
    """The component with the databases that its instances migrate; each start is then an event."""
    items = reader.sequence(node, "`migrates`", "write `[db]`")
    names: list[str] = []
    databases = [name for name, one in by_name.items() if one is None or one.kind is Kind.DATABASE]
    for item in items.items if items else ():
        scalar = reader.scalar(item, "`migrates`", "the name of a database")
        if scalar is not None and scalar.text not in by_name:
            fix = f"the databases are {join_words(databases)}" if databases else None
            reader.report_unknown("component", scalar, databases, fix=fix)
        elif scalar is not None and (store := by_name[scalar.text]) is not None:
            if store.kind is not Kind.DATABASE:
                message = f"{quote(scalar.text)} is a {store.kind}; `migrates` names databases"
                reader.report("does-not-fit", message, scalar)
            names.append(scalar.text)
    if component is None:
        return None
    return replace(component, migrates=tuple(names), readiness=component.readiness or Readiness())


def _check_images(reader: Reader, section: Mapping, by_name: dict[str, Component | None]) -> None:
    images = {key.text: image for key, value in section.entries if (image := _image(value)) is not None}
    runs = {
        name: component
        for name, component in by_name.items()
        if component is None or component.kind.has_instances
    }
    done: set[str] = set()
    for name, image in images.items():
        component, source = by_name[name], by_name.get(image.text)
        if component is None or not component.kind.has_instances:
            continue
        if image.text not in by_name and section.complete:
            reader.report_unknown("component", image, runs)
        elif source is not None and not source.kind.has_instances:
            message = f"{quote(image.text)} is a {source.kind}; `image` names a service or a worker"
            reader.report("does-not-fit", message, image)
        cycle = _cycle(name, images, done)
        if cycle:
            shown = cycle if len(cycle) <= _CYCLE_SHOWN else [*cycle[: _CYCLE_SHOWN - 1], "…"]
            message = f"`image` goes round in a circle: {' → '.join(map(quote, shown))}"
            reader.report("image-cycle", message, image)


def _image(node: YamlNode) -> Scalar | None:
    """The name after `image`, if that can be read."""
    entries = node.entries if isinstance(node, Mapping) else ()
    found = (value for key, value in entries if key.text == "image")
    return next((value for value in found if isinstance(value, Scalar) and not value.is_null), None)


def _cycle(start: str, images: dict[str, Scalar], done: set[str]) -> list[str]:
    """The names of a circle that the path from `start` runs into; each circle is found once."""
    path: dict[str, None] = {}
    name = start
    while name in images and name not in done:
        if name in path:
            names = list(path)
            done.update(path)
            return [*names[names.index(name) :], name]
        path[name] = None
        name = images[name].text
    done.update(path)
    return []
