"""Clients that are generated from an OpenAPI document: whose code holds one calls whose document it is."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from msgspec import Struct

from ..names import Place
from .addresses import Hosts
from .json_files import Json
from .seen import Basis, Origin, SeenParts

_HOST = re.compile(r"https?://([A-Za-z0-9][\w.-]{0,250})", re.I)
MAX_CLIENTS = 1_000


class GeneratedClient(Struct, frozen=True):
    """A client in a folder, and where the document stands that it is made from: a path, or a URL."""

    folder: str
    document: str
    place: Place


def see_clients(path: Path, value: Json, seen: SeenParts) -> None:
    """Adds a link for each client of which both sides are known by their folders; tells of others."""
    hosts = Hosts({name.lower(): (name,) for name in seen.units})
    for client in list(_list_clients(path, value))[:MAX_CLIENTS]:
        consumer = _find_unit(client.folder, seen.units)
        url = _HOST.match(client.document)
        if url:
            found = hosts.find_exactly(url[1]) or hosts.find_exactly(url[1].partition(".")[0])
            provider = found[0] if found else None
        else:
            provider = _find_unit(os.path.join(client.folder, os.path.dirname(client.document)), seen.units)
        if consumer is None or provider is None:
            side = (
                "whose client this is" if consumer is None else f"whose document `{client.document[:100]}` is"
            )
            seen.remark(f"no folder is called like a component, so nobody knows {side}", client.place)
        else:
            seen.link(consumer, [provider], Basis.ADDRESS, Origin("OpenAPI client", client.place))


def _list_clients(path: Path, value: Json) -> Iterator[GeneratedClient]:
    place, folder = Place(str(path), 1, 1), str(path.parent)
    told = value if isinstance(value, dict) else {}
    documents = [told.get("descriptionLocation")]
    tool = told.get("generator-cli")
    generators = tool.get("generators") if isinstance(tool, dict) else None
    for one in generators.values() if isinstance(generators, dict) else ():
        documents += [one.get("inputSpec"), one.get("input-spec")] if isinstance(one, dict) else []
    for document in documents:
        if isinstance(document, str) and document:
            yield GeneratedClient(folder, document.replace("#{cwd}/", "").replace("${cwd}/", ""), place)


def _find_unit(folder: str, names: Collection[str]) -> str | None:
    """The component that the innermost folder is called like."""
    parts = os.path.normpath(folder).split(os.sep)
    return next((part for part in reversed(parts) if part in names), None)
