"""The resources of a plan of Terraform or OpenTofu, with what each refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from .json_files import Json, as_dict, as_dicts, text_of

INDEX = re.compile(r"\[[^\]]*\]")
"""Of an address: which of several it is."""


class Resource(Struct, frozen=True):
    """A resource as it is planned; `references` are the addresses that its arguments name."""

    address: str
    type: str
    values: Mapping[str, Json]
    references: tuple[str, ...]

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str, default: int) -> int:
        value = self.values.get(key)
        return value if isinstance(value, int) and 0 <= value <= 100_000 else default

    @property
    def base(self) -> str:
        """Its address as references have it."""
        return INDEX.sub("", self.address)

    def refers_to(self, other: Resource) -> bool:
        """Whether an argument names the other one, or something of it."""
        return any(one == other.base or one.startswith(f"{other.base}.") for one in self.references)


def list_resources(plan: Mapping[str, Json]) -> Iterator[Resource]:
    """The resources of all modules, with what their arguments refer to."""
    references = dict(_list_references(as_dict(as_dict(plan.get("configuration")).get("root_module")), ""))
    modules = [as_dict(as_dict(plan.get("planned_values")).get("root_module"))]
    for module in modules:
        for one in as_dicts(module.get("resources")):
            address, kind = text_of(one, "address"), text_of(one, "type")
            if address and kind and one.get("mode") in (None, "managed"):
                found = references.get(INDEX.sub("", address), ())
                yield Resource(address, kind, as_dict(one.get("values")), found)
        modules += as_dicts(module.get("child_modules"))


def _list_references(module: Mapping[str, Json], prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in as_dicts(module.get("resources")):
        found = tuple(f"{prefix}{name}" for name in _references_in(one.get("expressions")))
        yield f"{prefix}{text_of(one, 'address')}", found
    for name, call in as_dict(module.get("module_calls")).items():
        yield from _list_references(as_dict(as_dict(call).get("module")), f"{prefix}module.{name}.")


def _references_in(value: Json) -> Iterator[str]:
    """All `references` below a value; JSON that was read has a limited depth."""
    for one in value if isinstance(value, list) else ():
        yield from _references_in(one)
    for key, one in value.items() if isinstance(value, dict) else ():
        if key == "references" and isinstance(one, list):
            yield from (name for name in one if isinstance(name, str))
        else:
            yield from _references_in(one)


def first_of(value: Json) -> dict[str, Json]:
    """A block: the one member of a list, or what stands there by itself."""
    return as_dict(value[0]) if isinstance(value, list) and value else as_dict(value)
