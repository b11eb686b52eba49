"""What a component calls its versions: `versions: {V1: 3.1.4, V2: 3.2.0}`."""

from __future__ import annotations

from collections.abc import Mapping as Named
from dataclasses import replace

from ..deployment import Component
from .components import Components
from .document import Mapping, YamlNode
from .reader import Reader, quote


def read_version_names(
    reader: Reader,
    components: Components,
    read: Named[str, Component],
    versions: tuple[str, ...] | None,
) -> dict[str, Component]:
    """The components with the names of their versions."""
    return {
        name: _named(reader, component, components.own_names[name], versions)
        if name in components.own_names
        else component
        for name, component in read.items()
    }


def _named(
    reader: Reader, component: Component, node: YamlNode, versions: tuple[str, ...] | None
) -> Component:
    fix = f"write `{{{versions[0]}: 3.1.4, {versions[1]}: 3.2.0}}`" if versions else None
    section = reader.mapping(node, f"`versions` of {quote(component.name)}", fix)
    found: dict[str, str] = {}
    for key, value in section.entries if isinstance(section, Mapping) else ():
        version = reader.version(key, versions)
        scalar = reader.scalar(value, f"what {quote(key.text)} is called", "a name")
        called = reader.name(scalar, "the name of a version") if scalar else None
        if called is None or version is None:
            continue
        if called in found.values():
            message = f"two versions of {quote(component.name)} are called {quote(called)}"
            reader.report("duplicate-version", message, value)
        elif called in (versions or ()) and called != version:
            message = f"{quote(called)} is a version of its own; {quote(version)} cannot be called so"
            reader.report("duplicate-version", message, value)
        found[version] = called
    ordered = tuple((version, found[version]) for version in versions or () if version in found)
    return replace(component, version_names=ordered)
