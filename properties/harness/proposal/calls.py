"""Calls of a service as its OpenAPI file has them: a route for each, and a request that it takes."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from ....model.evidence.documents import Library, Node
from ....model.evidence.openapi.parts import list_base_paths, list_operations, list_security
from ....model.evidence.sides import UnjudgedError
from ....model.evidence.trees import FolderTree
from .examples import NoExampleError, give_example

_FILE = re.compile(r"(?:^|[/._-])(?:openapi|swagger)[^/]*\.(?:ya?ml|json)$", re.IGNORECASE)
_SKIPPED = frozenset({"node_modules", "vendor", "venv", ".venv", "dist", "build", "target", ".git"})
_PARAMETER = re.compile(r"\{([^{}]*)\}")


class Call(Struct, frozen=True):
    """One operation: `route` is the pattern of its subject (`GET /products/*`), `names` are its names.

    `method`, `path` with its query, and `body` as JSON are a request that it takes; there is none where
    `missing` says why.
    """

    route: str
    names: frozenset[str]
    method: str
    path: str
    body: Any
    has_body: bool
    missing: str


class CallFile(Struct, frozen=True):
    """An OpenAPI file, by its path from the folder of the project, and its calls in their order."""

    path: str
    calls: tuple[Call, ...]


def list_call_files(root: Path) -> tuple[list[CallFile], list[str]]:
    """The OpenAPI files below a folder, and of those that cannot be read, why."""
    tree = FolderTree(root, str(root))
    files, refused = [], []
    for path in tree.list(""):
        if _FILE.search(path) and not _SKIPPED & {*PurePosixPath(path).parts[:-1]}:
            try:
                files.append(_read(Library(tree).open(path), path))
            except UnjudgedError as error:
                refused.append(f"{path}: {error}")
    return files, refused


def _read(document: Node, path: str) -> CallFile:
    if not document.has("openapi"):
        raise UnjudgedError("it is no OpenAPI 3 document", path)
    base = min(list_base_paths(document) or {"/"}).rstrip("/")
    operations = list_operations(document).values()
    return CallFile(path, tuple(_read_call(document, base, *operation) for operation in operations))


def _read_call(document: Node, base: str, item: Node, operation: Node) -> Call:
    template, method = str(operation.pointer[1]), str(operation.pointer[2]).upper()
    route = f"{method} {base}{_PARAMETER.sub('*', template)}"
    names = frozenset(
        name_words(str(name))
        for name in (operation.read("operationId"), route, operation.read("summary"))
        if name
    )
    try:
        if list_security(document, operation) != [{}]:
            raise NoExampleError("it asks who calls (`security`)")
        path, has_body, body = _make_request(base + template, item, operation)
    except (NoExampleError, UnjudgedError) as error:
        return Call(route, names, method, "", None, False, str(error))
    return Call(route, names, method, path, body, has_body, "")


def _make_request(template: str, item: Node, operation: Node) -> tuple[str, bool, Any]:
    """The path with its query, whether it has a body, and the body."""
    query: dict[str, Any] = {}
    path = template
    for parameter in _list_parameters(item, operation):
        where, name = parameter.read("in"), str(parameter.read("name"))
        if where == "path":
            path = path.replace(f"{{{name}}}", quote(_as_text(_example(parameter)), safe=""))
        elif parameter.read("required") is True and where == "query":
            query[name] = _as_text(_example(parameter))
        elif parameter.read("required") is True:
            raise NoExampleError(f"the {where} `{name}` has to be sent, too")
    if _PARAMETER.search(path):
        raise NoExampleError(f"`{path}` has a parameter that is not described")
    body = operation.get("requestBody")
    told = f"{path}?{urlencode(query)}" if query else path
    if body is None or not (body.entries("content")):
        return told, False, None
    media = next((node for name, node in body.entries("content").items() if "json" in name), None)
    if media is None:
        raise NoExampleError("its body is no JSON")
    return told, True, _example(media)


def _list_parameters(item: Node, operation: Node) -> list[Node]:
    """Those of the operation count before those of its path."""
    found = {}
    for parameter in (*item.items("parameters"), *operation.items("parameters")):
        found[parameter.read("in"), parameter.read("name")] = parameter
    return list(found.values())


def _example(owner: Node) -> Any:
    if owner.has("example") or owner.has("examples") or owner.has("schema"):
        return give_example(owner)
    content = owner.entries("content")
    return give_example(next(iter(content.values()))) if content else "x"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def name_words(name: str) -> str:
    """A name without its case, and without what stands between words: `product.page`, `productPage`.

    >>> name_words("product.page") == name_words("ProductPage")
    True
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())
