"""The key `readiness` of components: read when every name is known that a predicate can use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..deployment import Component, Readiness
from ..deployment.predicate import Predicate
from .components import Components
from .document import Mapping, YamlNode
from .pipeline import Actions
from .reader import Reader, take_word
from .suggestions import find_likely

EVENT = "event"
"""What `readiness` says where an instance becomes ready by an event that waits for nothing."""


def read_readiness(reader: Reader, components: Components, actions: Actions) -> dict[str, Component]:
    """The components, complete."""
    found: dict[str, Component] = {}
    for name, component in components.by_name.items():
        if component is not None and name in components.readiness:
            when = tuple(_when(reader, components.readiness[name], actions))
            component = replace(component, readiness=Readiness(when))
        if component is not None:
            found[name] = component
    return found


def _when(reader: Reader, node: YamlNode, actions: Actions) -> Iterator[tuple[str, Predicate]]:
    """For each version that waits, what it waits for."""
    versions = actions.names.versions
    if not isinstance(node, Mapping):
        predicate = _predicate(reader, node, actions)
        if predicate is not None:
            yield from ((version, predicate) for version in versions or ())
        return
    for key, value in node.entries:
        version, predicate = reader.version(key, versions), _predicate(reader, value, actions)
        if version is not None and predicate is not None:
            yield version, predicate


def _predicate(reader: Reader, node: YamlNode, actions: Actions) -> Predicate | None:
    scalar = reader.scalar(node, "`readiness`", "`event` or a predicate")
    if scalar is None or scalar.text == EVENT:
        return None
    if scalar.text.isalpha() and find_likely(scalar.text, [EVENT]):
        reader.report_unknown("readiness", scalar, [EVENT])
        return None
    return actions.predicate(take_word(scalar), "`readiness`")
