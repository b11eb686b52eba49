"""Two documents of OpenAPI: what a consumer of one sends and expects, and a provider of the other takes.

The request is written by the consumer and read by the provider, the answer the other way round; so one
function judges an old client at a new server and a new client at an old server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..documents import Node
from ..judgement import Flow, Grade, Mismatch
from ..schemas.containment import Containment, SchemaBudget
from ..schemas.objects import compare_defaults
from ..sides import UnjudgedError
from .parts import (
    Operation,
    find_responses,
    find_schema,
    find_style,
    fits_media_type,
    is_required,
    is_success,
    is_xml,
    knows_status,
    list_answers,
    list_base_paths,
    list_callback,
    list_moved,
    list_operations,
    list_parameters,
    list_security,
    satisfies,
    show_parameter,
)

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass
class JudgedOperations:
    """Two documents: the consumer's and the provider's."""

    consumer: Node
    provider: Node
    consumer_is_newer: bool
    budget: SchemaBudget = field(default_factory=SchemaBudget)
    _comparisons: dict[tuple[Flow, bool, bool], Containment] = field(default_factory=dict)

    # --- operations ---

    def compare_operations(self, section: str, own: str, other: str) -> Iterator[Mismatch]:
        """The operations that the consumer calls."""
        wanted = list_operations(self.consumer, section, own)
        offered = list_operations(self.provider, section, other)
        if own and not wanted and not offered:
            raise UnjudgedError(f"no operation stands at `#{own}` on either side", self.consumer.path)
        for name, (item, operation) in wanted.items():
            if name not in offered:
                gone = "is not there yet" if self.consumer_is_newer else "is gone"
                spot = (operation if self.consumer_is_newer else self.provider).spot
                yield Mismatch(Grade.BREAKS, "operation", f"{name} {gone} at the provider", spot)
            else:
                yield from self._compare_operation(name, (item, operation), offered[name])
                if section == "paths":
                    yield from self._compare_servers(name, (item, operation), offered[name])
                    yield from self._compare_places(name, item, offered[name][0])

    def _compare_places(self, name: str, wanted: Node, offered: Node) -> Iterator[Mismatch]:
        """What a path's parameters are called is not sent; one that has another place there was exchanged."""
        for moved in list_moved(wanted, offered):
            text = f"{name}: `{moved}` stands at another place of the path, where the provider reads another"
            yield self._note(Grade.SILENT, "path-parameters", text, wanted, offered)

    def compare_webhooks(self) -> Iterator[Mismatch]:
        """What the provider sends of itself: there it is the writer of the request."""
        turned = JudgedOperations(self.provider, self.consumer, not self.consumer_is_newer, self.budget)
        yield from turned.compare_operations("webhooks", "", "")
        if not self.consumer_is_newer:
            made = list_operations(self.provider, "webhooks")
            for name, (_, known) in list_operations(self.consumer, "webhooks").items():
                if name not in made:
                    text = f"{name}: the older consumer waits to be called, and never is any more"
                    yield self._note(Grade.MAY_BREAK, "webhook-removed", text, known, self.provider)

    def _compare_operation(self, name: str, wanted: Operation, offered: Operation) -> Iterator[Mismatch]:
        yield from self._compare_parameters(name, wanted, offered)
        yield from self._compare_bodies(name, wanted[1], offered[1])
        yield from self._compare_security(name, wanted[1], offered[1])
        yield from self._compare_responses(name, wanted[1], offered[1])
        yield from self._compare_callbacks(name, wanted[1], offered[1])

    def _compare_servers(self, name: str, wanted: Operation, offered: Operation) -> Iterator[Mismatch]:
        """Paths are written from where a server begins; on which host that is, deployments say."""
        called = list_base_paths(self.consumer, wanted[1], wanted[0])
        answering = list_base_paths(self.provider, offered[1], offered[0])
        if called is None or answering is None or called <= answering:
            return
        shown = [", ".join(f"`{path}`" for path in sorted(paths)) for paths in (called, answering)]
        text = f"{name}: it is called below {shown[0]}, and the provider answers below {shown[1]} (`servers`)"
        grade = Grade.MAY_BREAK if called & answering else Grade.BREAKS
        yield self._note(grade, "servers", text, wanted[1], offered[1])

    def _compare_callbacks(self, name: str, wanted: Node, offered: Node) -> Iterator[Mismatch]:
        """Requests that the provider makes of itself, at an address that it was given: there it writes."""
        known, made = wanted.entries("callbacks"), offered.entries("callbacks")
        turned = JudgedOperations(self.provider, self.consumer, not self.consumer_is_newer, self.budget)
        for key, callback in made.items():
            if key in known:
                yield from turned.compare_callback(f"{name} callback {key}", callback, known[key])
            elif not self.consumer_is_newer:
                text = f"{name}: the provider may call back (`{key}`), of which the consumer knows nothing"
                yield self._note(Grade.MAY_BREAK, "callback-added", text, wanted, callback)
        for key, callback in known.items():
            if key not in made and not self.consumer_is_newer:
                text = f"{name}: the older consumer waits to be called back (`{key}`), and never is any more"
                yield self._note(Grade.MAY_BREAK, "callback-removed", text, callback, offered)

    def compare_callback(self, name: str, wanted: Node, offered: Node) -> Iterator[Mismatch]:
        """The requests of one callback; its addresses are expressions over what was sent before."""
        known = {
            (expression, method): (item, operation)
            for expression, item, method, operation in list_callback(offered)
        }
        for expression, item, method, operation in list_callback(wanted):
            path = f"{name}: {method.upper()} {expression}"
            if (expression, method) in known:
                yield from self._compare_operation(path, (item, operation), known[expression, method])
            else:
                text = f"{path}: the consumer takes no such call"
                yield self._note(Grade.BREAKS, "callback", text, operation, offered)

    def _note(self, grade: Grade, rule: str, message: str, consumer: Node, provider: Node) -> Mismatch:
        """A finding, told at the newer side."""
        return Mismatch(grade, rule, message, (consumer if self.consumer_is_newer else provider).spot)

    def _asked(self, flow: Flow, as_text: bool = False, as_xml: bool = False) -> Containment:
        """What is asked of schemas; one for all operations, for they share schemas."""
        writer_is_newer = self.consumer_is_newer == (flow is Flow.REQUEST)
        new = Containment(flow, writer_is_newer, as_text, as_xml, self.budget)
        return self._comparisons.setdefault((flow, as_text, as_xml), new)

    # --- parameters ---

    def _compare_parameters(self, name: str, wanted: Operation, offered: Operation) -> Iterator[Mismatch]:
        sent, known = list_parameters(*wanted), list_parameters(*offered)
        for key, parameter in known.items():
            if key not in sent and is_required(parameter):
                text = f"{name}: the provider needs the parameter `{show_parameter(key)}`, which is not sent"
                yield self._note(Grade.BREAKS, "parameter-required", text, wanted[1], parameter)
        for key, parameter in sent.items():
            if key in known:
                yield from self._compare_parameter(f"{name}: {show_parameter(key)}", parameter, known[key])
            elif not self.consumer_is_newer:
                text = f"{name}: the provider no longer knows the parameter `{show_parameter(key)}`"
                yield self._note(Grade.MAY_BREAK, "parameter-removed", text, parameter, offered[1])

    def _compare_parameter(self, path: str, sent: Node, known: Node) -> Iterator[Mismatch]:
        if is_required(known) and not is_required(sent):
            text = f"{path}: the provider needs it, and it may be left out"
            yield self._note(Grade.BREAKS, "parameter-required", text, sent, known)
        if not _are_written_alike(find_style(sent), find_style(known)):
            text = f"{path}: it is written in another `style`"
            yield self._note(Grade.BREAKS, "style", text, sent, known)
        if known.has("content") != sent.has("content"):
            text = f"{path}: one side writes it by its `schema`, the other by its `content`"
            yield self._note(Grade.BREAKS, "style", text, sent, known)
            return
        if known.has("content"):
            yield from self._compare_content(path, sent, known, Flow.REQUEST)
            return
        if sent.read("allowEmptyValue") is True and known.read("allowEmptyValue") is not True:
            text = f"{path}: it may be sent without a value, which the provider does not take"
            yield self._note(Grade.MAY_BREAK, "allowEmptyValue", text, sent, known)
        written, read = find_schema(sent), find_schema(known)
        yield from self._asked(Flow.REQUEST, as_text=True).compare((written,), (read,), path)
        if not is_required(sent) or sent.read("in") == "path":
            yield from compare_defaults(self._asked(Flow.REQUEST), (written,), (read,), path)

    # --- bodies ---

    def _compare_bodies(self, name: str, wanted: Node, offered: Node) -> Iterator[Mismatch]:
        sent, known = wanted.get("requestBody"), offered.get("requestBody")
        if known is None:
            if sent is not None and not self.consumer_is_newer:
                text = f"{name}: the provider takes no body any more"
                yield self._note(Grade.BREAKS, "body-removed", text, sent, offered)
            elif sent is not None:
                text = f"{name}: the provider takes no body yet"
                yield self._note(Grade.BREAKS, "body-added", text, sent, offered)
            return
        if is_required(known) and (sent is None or not is_required(sent)):
            text = f"{name}: the provider needs a body, and it may be left out"
            yield self._note(Grade.BREAKS, "body-required", text, sent or wanted, known)
        if sent is not None:
            yield from self._compare_content(f"{name} body", sent, known, Flow.REQUEST)

    def _compare_content(self, path: str, consumer: Node, provider: Node, flow: Flow) -> Iterator[Mismatch]:
        """Media types: what is sent must be taken, what is expected must be offered."""
        wanted, offered = consumer.entries("content"), provider.entries("content")
        for media, own in wanted.items():
            others = [node for name, node in offered.items() if fits_media_type(media, name, flow)]
            if not others:
                text = f"{path}: the provider does not know `{media}`"
                yield self._note(Grade.BREAKS, "media-type", text, own, provider)
                continue
            pair = (own, others[0]) if flow is Flow.REQUEST else (others[0], own)
            as_xml = is_xml(media)
            as_text = as_xml or media.partition(";")[0].strip().lower() in _FORMS
            written, read = (find_schema(node) for node in pair)
            if as_text and not as_xml:
                yield from self._compare_encoding(f"{path} {media}", pair[0], pair[1])
            yield from self._asked(flow, as_text, as_xml).compare((written,), (read,), f"{path} {media}")

    def _compare_encoding(self, path: str, written: Node, read: Node) -> Iterator[Mismatch]:
        """How parts of a form are written."""
        given, wanted = written.entries("encoding"), read.entries("encoding")
        for name in sorted(given.keys() | wanted.keys()):
            told = [str(side[name].read("contentType")) if name in side else "" for side in (given, wanted)]
            if told[0] != told[1]:
                shown = [one or "what its schema says" for one in told]
                text = f"{path}/{name}: it is written as {shown[0]} and read as {shown[1]} (`encoding`)"
                newer = written if self.consumer_is_newer else read
                yield Mismatch(Grade.BREAKS, "encoding", text, newer.spot)

    # --- security ---

    def _compare_security(self, name: str, wanted: Node, offered: Node) -> Iterator[Mismatch]:
        known = list_security(self.provider, offered)
        for has in list_security(self.consumer, wanted):
            if not any(satisfies(has, needed) for needed in known):
                shown = ", ".join(sorted(has)) or "nothing"
                text = f"{name}: who shows {shown} is let in by none of the provider's `security`"
                yield self._note(Grade.BREAKS, "security", text, wanted, offered)

    # --- responses ---

    def _compare_responses(self, name: str, wanted: Node, offered: Node) -> Iterator[Mismatch]:
        known, given = wanted.entries("responses"), offered.entries("responses")
        for status, response in known.items():
            answers = list_answers(given, status, known)
            if not answers and is_success(status) and not self.consumer_is_newer:
                text = f"{name}: the provider no longer answers with {status}"
                yield self._note(Grade.BREAKS, "status-removed", text, response, offered)
            for answer in answers:
                yield from self._compare_response(f"{name} {status}", response, answer)
        successes = [status for status in given if is_success(status)]
        # Of a consumer that names no success it is not known what it takes.
        is_met = any(find_responses(known, status) for status in successes) or not any(map(is_success, known))
        for status in successes:
            if not knows_status(known, status):
                grade = Grade.MAY_BREAK if is_met else Grade.BREAKS
                text = f"{name}: the provider may answer with {status}, which the consumer does not know"
                yield self._note(grade, "status-added", text, wanted, given[status])

    def _compare_response(self, path: str, known: Node, given: Node) -> Iterator[Mismatch]:
        yield from self._compare_content(path, known, given, Flow.RESPONSE)
        headers = {name.lower(): header for name, header in given.entries("headers").items()}
        for name, wanted in known.entries("headers").items():
            header = headers.get(name.lower())
            below = f"{path} header {name}"
            if is_required(wanted) and (header is None or not is_required(header)):
                how = "is never sent" if header is None else "may be left out"
                text = f"{below}: the consumer needs it, and it {how}"
                yield self._note(Grade.BREAKS, "header-required", text, wanted, header or given)
            elif header is None and not self.consumer_is_newer:
                text = f"{below}: the older consumer knows it, and it is never sent any more"
                yield self._note(Grade.MAY_BREAK, "header-removed", text, wanted, given)
            if header is not None:
                pair = find_schema(header), find_schema(wanted)
                asked = self._asked(Flow.RESPONSE, as_text=True)
                yield from asked.compare((pair[0],), (pair[1],), below)


def _are_written_alike(sent: tuple[object, object], known: tuple[object, object]) -> bool:
    """Whether two parameters have one style, and are exploded alike where that matters to both."""
    return sent[0] == known[0] and (sent[1] == known[1] or None in (sent[1], known[1]))
