"""OpenAPI 3.0 and 3.1: what a consumer of one version sends and expects, held against a provider of another.

The request is written by the consumer and read by the provider, the answer the other way round; so one
function judges an old client at a new server and a new client at an old server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .documents import Node, open_side
from .judgement import Finding, Flow, Grade
from .schemas.containment import Budget, Comparison
from .schemas.objects import compare_defaults
from .sides import Options, Side, UnjudgedError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Parameters in headers of these names mean nothing (OpenAPI 3.1, 4.8.12.2)."""

Operation = tuple[Node, Node]
"""A path item, and one operation in it."""


def compare(consumer: Side, provider: Side, options: Options) -> list[Finding]:  # noqa: ARG001
    """What a consumer of one version and a provider of another do not understand. Raises `UnjudgedError`."""
    judged = _Judged(_open(consumer), _open(provider), consumer.rank > provider.rank)
    found = [*judged.compare_operations("paths", consumer.pointer, provider.pointer)]
    return list(dict.fromkeys([*found, *judged.compare_webhooks()]))


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


def name_path(path: str) -> str:
    """A path with its parameters left nameless: what they are called is not sent."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def _open(side: Side) -> Node:
    document = open_side(Side(side.tree, side.path))
    version = str(document.read("openapi", ""))
    if not version.startswith(("3.0", "3.1", "3.2")):
        said = f"it says `openapi: {version}`" if version else "it has no `openapi`"
        raise UnjudgedError(f"no OpenAPI 3.0 or 3.1: {said}", side.path, 1)
    return document


@dataclass
class _Judged:
    """Two documents: the consumer's and the provider's."""

    consumer: Node
    provider: Node
    consumer_is_newer: bool
    budget: Budget = field(default_factory=Budget)

    # --- operations ---

    def compare_operations(self, section: str, own: str, other: str) -> Iterator[Finding]:
        """The operations that the consumer calls."""
        wanted = list_operations(self.consumer, section, own)
        offered = list_operations(self.provider, section, other)
        if own and not wanted and not offered:
            raise UnjudgedError(f"no operation stands at `#{own}` on either side", self.consumer.path)
        for name, (item, operation) in wanted.items():
            if name not in offered:
                gone = "is not there yet" if self.consumer_is_newer else "is gone"
                spot = (operation if self.consumer_is_newer else self.provider).spot
                yield Finding(Grade.BREAKS, "operation", f"{name} {gone} at the provider", spot)
            else:
                yield from self._compare_operation(name, (item, operation), offered[name])

    def compare_webhooks(self) -> Iterator[Finding]:
        """What the provider sends of itself: there it is the writer of the request."""
        turned = _Judged(self.provider, self.consumer, not self.consumer_is_newer, self.budget)
        yield from turned.compare_operations("webhooks", "", "")

    def _compare_operation(self, name: str, wanted: Operation, offered: Operation) -> Iterator[Finding]:
        yield from self._compare_parameters(name, wanted, offered)
        yield from self._compare_bodies(name, wanted[1], offered[1])
        yield from self._compare_security(name, wanted[1], offered[1])
        yield from self._compare_responses(name, wanted[1], offered[1])
        if offered[1].has("callbacks") and offered[1].read("callbacks") != wanted[1].read("callbacks"):
            text = f"{name}: `callbacks` differ, and no rule judges them"
            yield self._note(Grade.UNKNOWN, "callbacks", text, wanted[1], offered[1])

    def _note(self, grade: Grade, rule: str, message: str, consumer: Node, provider: Node) -> Finding:
        """A finding, told at the newer side."""
        return Finding(grade, rule, message, (consumer if self.consumer_is_newer else provider).spot)

    def _asked(self, flow: Flow, as_text: bool = False) -> Comparison:
        writer_is_newer = self.consumer_is_newer == (flow is Flow.REQUEST)
        return Comparison(flow, writer_is_newer, as_text, self.budget)

    # --- parameters ---

    def _compare_parameters(self, name: str, wanted: Operation, offered: Operation) -> Iterator[Finding]:
        sent, known = _list_parameters(*wanted), _list_parameters(*offered)
        for key, parameter in known.items():
            if key not in sent and _is_required(parameter):
                text = f"{name}: the provider needs the parameter `{_show(key)}`, which is not sent"
                yield self._note(Grade.BREAKS, "parameter-required", text, wanted[1], parameter)
        for key, parameter in sent.items():
            if key in known:
                yield from self._compare_parameter(f"{name}: {_show(key)}", parameter, known[key])
            elif not self.consumer_is_newer:
                text = f"{name}: the provider no longer knows the parameter `{_show(key)}`"
                yield self._note(Grade.MAY_BREAK, "parameter-removed", text, parameter, offered[1])

    def _compare_parameter(self, path: str, sent: Node, known: Node) -> Iterator[Finding]:
        if _is_required(known) and not _is_required(sent):
            text = f"{path}: the provider needs it, and it may be left out"
            yield self._note(Grade.BREAKS, "parameter-required", text, sent, known)
        if _find_style(sent) != _find_style(known):
            text = f"{path}: it is written in another `style`"
            yield self._note(Grade.BREAKS, "style", text, sent, known)
        if known.has("content") or sent.has("content"):
            yield from self._compare_content(path, sent, known, Flow.REQUEST)
            return
        written, read = _schema(sent), _schema(known)
        yield from self._asked(Flow.REQUEST, as_text=True).compare((written,), (read,), path)
        if not _is_required(sent) or sent.read("in") == "path":
            yield from compare_defaults(self._asked(Flow.REQUEST), (written,), (read,), path)

    # --- bodies ---

    def _compare_bodies(self, name: str, wanted: Node, offered: Node) -> Iterator[Finding]:
        sent, known = wanted.get("requestBody"), offered.get("requestBody")
        if known is None:
            if sent is not None and not self.consumer_is_newer:
                text = f"{name}: the provider takes no body any more"
                yield self._note(Grade.BREAKS, "body-removed", text, sent, offered)
            elif sent is not None:
                text = f"{name}: the provider takes no body yet"
                yield self._note(Grade.BREAKS, "body-added", text, sent, offered)
            return
        if _is_required(known) and (sent is None or not _is_required(sent)):
            text = f"{name}: the provider needs a body, and it may be left out"
            yield self._note(Grade.BREAKS, "body-required", text, sent or wanted, known)
        if sent is not None:
            yield from self._compare_content(f"{name} body", sent, known, Flow.REQUEST)

    def _compare_content(self, path: str, consumer: Node, provider: Node, flow: Flow) -> Iterator[Finding]:
        """Media types: what is sent must be taken, what is expected must be offered."""
        wanted, offered = consumer.entries("content"), provider.entries("content")
        for media, own in wanted.items():
            others = [node for name, node in offered.items() if _fits(media, name, flow)]
            if not others:
                text = f"{path}: the provider does not know `{media}`"
                yield self._note(Grade.BREAKS, "media-type", text, own, provider)
                continue
            pair = (own, others[0]) if flow is Flow.REQUEST else (others[0], own)
            as_text = media.partition(";")[0].strip().lower() in _FORMS
            written, read = (_schema(node) for node in pair)
            yield from self._asked(flow, as_text).compare((written,), (read,), f"{path} {media}")

    # --- security ---

    def _compare_security(self, name: str, wanted: Node, offered: Node) -> Iterator[Finding]:
        known = _list_security(self.provider, offered)
        for has in _list_security(self.consumer, wanted):
            if not any(_satisfies(has, needed) for needed in known):
                shown = ", ".join(sorted(has)) or "nothing"
                text = f"{name}: who shows {shown} is let in by none of the provider's `security`"
                yield self._note(Grade.BREAKS, "security", text, wanted, offered)
        for scheme in sorted({scheme for needed in known for scheme in needed}):
            pair = [_find_scheme(side, scheme) for side in (self.consumer, self.provider)]
            if pair[0] and pair[1] and _name_scheme(pair[0]) != _name_scheme(pair[1]):
                text = f"{name}: `{scheme}` is another kind of security"
                yield self._note(Grade.BREAKS, "security-scheme", text, pair[0], pair[1])

    # --- responses ---

    def _compare_responses(self, name: str, wanted: Node, offered: Node) -> Iterator[Finding]:
        known, given = wanted.entries("responses"), offered.entries("responses")
        for status, response in known.items():
            answers = _find_responses(given, status)
            if not answers and _is_success(status):
                gone = "not yet" if self.consumer_is_newer else "no longer"
                text = f"{name}: the provider {gone} answers with {status}"
                yield self._note(Grade.BREAKS, "status-removed", text, response, offered)
            for answer in answers:
                yield from self._compare_response(f"{name} {status}", response, answer)
        for status, answer in given.items():
            if _is_success(status) and not _find_responses(known, status):
                text = f"{name}: the provider may answer with {status}, which the consumer does not know"
                yield self._note(Grade.MAY_BREAK, "status-added", text, wanted, answer)

    def _compare_response(self, path: str, known: Node, given: Node) -> Iterator[Finding]:
        yield from self._compare_content(path, known, given, Flow.RESPONSE)
        headers = {name.lower(): header for name, header in given.entries("headers").items()}
        for name, wanted in known.entries("headers").items():
            header = headers.get(name.lower())
            below = f"{path} header {name}"
            if _is_required(wanted) and (header is None or not _is_required(header)):
                how = "is never sent" if header is None else "may be left out"
                text = f"{below}: the consumer needs it, and it {how}"
                yield self._note(Grade.BREAKS, "header-required", text, wanted, header or given)
            elif header is None and not self.consumer_is_newer:
                text = f"{below}: the older consumer knows it, and it is never sent any more"
                yield self._note(Grade.MAY_BREAK, "header-removed", text, wanted, given)
            if header is not None:
                pair = _schema(header), _schema(wanted)
                asked = self._asked(Flow.RESPONSE, as_text=True)
                yield from asked.compare((pair[0],), (pair[1],), below)


def _schema(node: Node) -> Node:
    """The schema of a parameter, header or media type; where there is none anything goes."""
    schema = node.read("schema")
    if isinstance(schema, dict | bool):
        return Node(node.library, node.path, (*node.pointer, "schema"), schema)
    for _, media in node.raw("content"):
        return _schema(media)
    return Node(node.library, node.path, (*node.pointer, "schema"), {})


def _list_parameters(item: Node, operation: Node) -> dict[tuple[str, str], Node]:
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


def _show(key: tuple[str, str]) -> str:
    where, name = key
    return f"{where} parameter {int(name) + 1}" if where == "path" and name.isdigit() else f"{where} {name}"


def _is_required(node: Node) -> bool:
    return node.read("required") is True


def _find_style(parameter: Node) -> tuple[object, object]:
    style = parameter.read("style", _STYLES.get(str(parameter.read("in"))))
    return style, parameter.read("explode", style == "form")


def _fits(wanted: str, offered: str, flow: Flow) -> bool:
    """Whether the provider's media type takes (request) or is taken by (answer) the consumer's."""
    narrow, wide = (wanted, offered) if flow is Flow.REQUEST else (offered, wanted)
    names = [[part.strip().lower() for part in media.split(";")] for media in (narrow, wide)]
    if not set(names[1][1:]) <= set(names[0][1:]):
        return False
    given, taken = names[0][0], names[1][0]
    return given == taken or taken == "*/*" or (taken.endswith("/*") and given.startswith(taken[:-1]))


def _list_security(document: Node, operation: Node) -> list[dict[str, frozenset[str]]]:
    """The ways to be let in: each the schemes that are shown together, with their scopes."""
    owner = operation if operation.has("security") else document
    listed = [need.value for need in owner.items("security") if isinstance(need.value, dict)]
    return [
        {
            str(scheme): frozenset(map(str, scopes if isinstance(scopes, list) else ()))
            for scheme, scopes in need.items()
        }
        for need in listed
    ] or [{}]


def _satisfies(has: dict[str, frozenset[str]], needed: dict[str, frozenset[str]]) -> bool:
    return all(scheme in has and scopes <= has[scheme] for scheme, scopes in needed.items())


def _find_scheme(document: Node, name: str) -> Node | None:
    components = document.get("components")
    schemes = components.get("securitySchemes") if components else None
    return schemes.get(name) if schemes else None


def _name_scheme(scheme: Node) -> tuple[str, ...]:
    """What is shown, and where."""
    words = ("type", "scheme", "in", "name")
    return tuple(str(scheme.read(word, "")).lower() for word in words)


def _find_responses(responses: Mapping[str, Node], status: str) -> list[Node]:
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


def _is_success(status: str) -> bool:
    return status[:1] == "2"
