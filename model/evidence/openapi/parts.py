"""The parts of an OpenAPI document that two versions are compared by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..documents import Node
from ..judgement import Flow
from ..schemas.flattening import flatten
from ..schemas.shapes import Case

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Parameters in headers of these names mean nothing (OpenAPI 3.1, 4.8.12.2)."""

Operation = tuple[Node, Node]
"""A path item, and one operation in it."""


def list_operations(document: Node, section: str = "paths", pointer: str = "") -> dict[str, Operation]:
    """The operations of a document by method and path, parameters of the path left nameless; those alone
    that stand at or below a pointer."""
    found = {}
    for path, item in document.entries(section).items():
        for method in METHODS:
            operation = item.get(method)
            own = f"/{section}/{path.replace('~', '~0').replace('/', '~1')}"
            if operation is not None and f"{own}/{method}/".startswith(pointer.rstrip("/") + "/"):
                found[f"{method.upper()} {name_path(path)}"] = (item, operation)
    return found


def list_callback(callback: Node) -> Iterator[tuple[str, Node, str, Node]]:
    """The requests of a callback: the expression of the address, its item, the method, the operation."""
    for expression, _ in callback.value.items() if isinstance(callback.value, dict) else ():
        item = callback.get(str(expression))
        for method in METHODS if item is not None else ():
            operation = item.get(method) if item is not None else None
            if item is not None and operation is not None:
                yield str(expression), item, method, operation


def name_path(path: str) -> str:
    """A path with its parameters left nameless: what they are called is not sent."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def find_schema(node: Node) -> Node:
    """The schema of a parameter, header or media type; where there is none anything goes."""
    schema = node.read("schema")
    if isinstance(schema, dict | bool):
        return Node(node.library, node.path, (*node.pointer, "schema"), schema)
    for _, media in node.raw("content"):
        return find_schema(media)
    return Node(node.library, node.path, (*node.pointer, "schema"), {})


def list_parameters(item: Node, operation: Node) -> dict[tuple[str, str], Node]:
    """The parameters of an operation by where they stand and their name; those of a path by position."""
    positions = {name: str(index) for index, name in enumerate(_list_names(item))}
    found: dict[tuple[str, str], Node] = {}
    for parameter in (*item.items("parameters"), *operation.items("parameters")):
        where, name = str(parameter.read("in")), str(parameter.read("name"))
        if where == "header":
            name = name.lower()
        if where == "path":
            name = positions.get(name, name)
        if not (where == "header" and name in _IGNORED_HEADERS):
            found[where, name] = parameter
    return found


def _list_names(item: Node) -> list[str]:
    """The names of a path's parameters, in their order."""
    path = str(item.pointer[1]) if len(item.pointer) > 1 else ""
    return re.findall(r"\{([^{}]*)\}", path)


def show_parameter(key: tuple[str, str]) -> str:
    """Where a parameter stands, and its name; of one of a path its number."""
    where, name = key
    return f"{where} parameter {int(name) + 1}" if where == "path" and name.isdigit() else f"{where} {name}"


def is_required(node: Node) -> bool:
    """Whether a parameter, body or header must be there."""
    return node.read("required") is True


def find_style(parameter: Node) -> tuple[object, object]:
    """How a parameter is written: its style, and whether it is exploded (None: that makes no difference)."""
    style = parameter.read("style", _STYLES.get(str(parameter.read("in"))))
    if not _is_exploded_apart(str(style), Case(flatten((find_schema(parameter),))).types):
        return style, None
    return style, parameter.read("explode", style == "form")


def _is_exploded_apart(style: str, types: frozenset[str]) -> bool:
    """Whether `explode` makes a difference (OpenAPI 3.1, 4.8.12.4): never to a scalar, and to a list not
    where commas stand in either case."""
    return style != "deepObject" and ("object" in types or ("array" in types and style != "simple"))


def list_moved(wanted: Node, offered: Node) -> list[str]:
    """The parameters of two path items that both call by one name and have at different places."""
    names = [_list_names(item) for item in (wanted, offered)]
    return [one for one, other in zip(*names, strict=False) if one != other and one in names[1]]


def fits_media_type(wanted: str, offered: str, flow: Flow) -> bool:
    """Whether the provider's media type takes (request) or is taken by (answer) the consumer's."""
    narrow, wide = (wanted, offered) if flow is Flow.REQUEST else (offered, wanted)
    names = [_split_media_type(media) for media in (narrow, wide)]
    if not set(names[1][1:]) <= set(names[0][1:]):
        return False
    given, taken = names[0][0], names[1][0]
    return given == taken or taken == "*/*" or (taken.endswith("/*") and given.startswith(taken[:-1]))


def _split_media_type(media: str) -> list[str]:
    """A media type and its parameters; a `charset` says nothing of JSON, which is UTF-8 (RFC 8259, 11)."""
    name, *parameters = (part.strip().lower() for part in media.split(";"))
    is_json = name.endswith(("/json", "+json"))
    return [name, *(one for one in parameters if one and not (is_json and one.startswith("charset=")))]


def is_xml(media: str) -> bool:
    """Whether what is sent is XML."""
    return media.partition(";")[0].strip().lower().endswith(("/xml", "+xml"))


def list_security(document: Node, operation: Node) -> list[dict[str, frozenset[str]]]:
    """The ways to be let in: each the schemes that are shown together, with their scopes."""
    owner = operation if operation.has("security") else document
    listed = [need.value for need in owner.items("security") if isinstance(need.value, dict)]
    return [
        {
            _name_scheme(document, str(scheme)): frozenset(
                map(str, scopes if isinstance(scopes, list) else ())
            )
            for scheme, scopes in need.items()
        }
        for need in listed
    ] or [{}]


def satisfies(has: dict[str, frozenset[str]], needed: dict[str, frozenset[str]]) -> bool:
    """Whether who shows one set of schemes is let in where another is needed."""
    return all(scheme in has and scopes <= has[scheme] for scheme, scopes in needed.items())


def _name_scheme(document: Node, name: str) -> str:
    """What is shown, and where. How a document calls it is not sent, but tells apart who gives tokens."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if components else None
    scheme = schemes.get(name) if schemes else None
    if scheme is None:
        return name
    match str(scheme.read("type")).lower():
        case "apikey":
            place, key = str(scheme.read("in")), str(scheme.read("name"))
            return f"{place} {key.lower() if place == 'header' else key}"
        case "http":
            return f"http {scheme.read('scheme')}".lower()
        case type_:
            return f"{type_} {name}"


def list_base_paths(document: Node, *owners: Node) -> frozenset[str] | None:
    """The paths at which the servers of an operation answer; None where none are told."""
    owner = next((one for one in (*owners, document) if one.items("servers")), None)
    if owner is None:
        return None
    return frozenset(_read_base_path(server) for server in owner.items("servers"))


def _read_base_path(server: Node) -> str:
    url = str(server.read("url", ""))
    for name, variable in server.entries("variables").items():
        url = url.replace(f"{{{name}}}", str(variable.read("default", "")))
    path = url.partition("://")[2].partition("/")[2] if "://" in url else url
    return "/" + path.strip("/")


def find_responses(responses: Mapping[str, Node], status: str) -> list[Node]:
    """The answers that a status means: its own, those of its range, or what `default` says."""
    spelled = {str(name).upper(): node for name, node in responses.items()}
    status = status.upper()
    if status in spelled:
        return [spelled[status]]
    if status.endswith("XX"):
        return [node for name, node in spelled.items() if name[:1] == status[:1]]
    if f"{status[:1]}XX" in spelled:
        return [spelled[f"{status[:1]}XX"]]
    return [spelled["DEFAULT"]] if "DEFAULT" in spelled else []


def list_answers(given: Mapping[str, Node], status: str, known: Mapping[str, Node]) -> list[Node]:
    """The answers that come to who looks under a status, a range or `default` of those that are known: none
    that stands under a narrower one."""
    spelled = {str(name).upper(): node for name, node in given.items()}
    names = {str(name).upper() for name in known}
    status = status.upper()
    if status != "DEFAULT" and not status.endswith("XX"):
        return find_responses(given, status)
    told = [
        node
        for name, node in spelled.items()
        if name == status
        or (status == "DEFAULT" and not {name, f"{name[:1]}XX"} & names)
        or (name[:1] == status[:1] and name not in names)
    ]
    others = "DEFAULT" in spelled and status not in spelled
    return [*told, spelled["DEFAULT"]] if others else told


def knows_status(known: Mapping[str, Node], status: str) -> bool:
    """Whether who knows some answers knows all that a status or range of them means."""
    spelled = {str(name).upper() for name in known}
    status = status.upper()
    return bool({status, f"{status[:1]}XX", "DEFAULT"} & spelled)


def is_success(status: str) -> bool:
    """Whether it is an answer of success."""
    return status[:1] == "2"
