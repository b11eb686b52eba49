"""Traces of OpenTelemetry (OTLP in JSON) and Jaeger: which requests there are, in which order, how often.

OTLP is read as plain JSON: the mapping of protobuf would take its hexadecimal ids for base64.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..deployment import Kind, Verb
from ..names import Place
from .addresses import is_good_name
from .json_files import Json, as_dict, as_dicts, text_of
from .seen import OUTSIDE, Basis, Link, Origin, SeenHop, SeenParts, SeenRequest, SeenUnit

MAX_REQUESTS = 50
"""Kinds of requests that are written; those that come most often."""
MAX_HOPS = 200
"""Of one request; a longer one is cut there, and told."""
MAX_SPANS = 1_000_000

_KINDS = {
    1: "internal",
    2: "server",
    3: "client",
    4: "producer",
    5: "consumer",
    "SPAN_KIND_SERVER": "server",
    "SPAN_KIND_CLIENT": "client",
    "SPAN_KIND_PRODUCER": "producer",
    "SPAN_KIND_CONSUMER": "consumer",
}
_CACHES = frozenset({"redis", "valkey", "memcached", "elasticsearch", "opensearch"})
_READING = frozenset(
    {"select", "get", "mget", "hget", "hgetall", "find", "read", "query", "search", "exists", "scan", "show"}
)


@dataclass(slots=True)
class Span:
    """One span; `tags` are its attributes as texts."""

    trace: str
    id: str
    parent: str
    service: str
    name: str
    kind: str
    start: int
    tags: Mapping[str, str]
    children: list[Span] = field(default_factory=list)

    def tag(self, *names: str) -> str:
        return next((self.tags[name] for name in names if self.tags.get(name)), "")


def see_traces(values: Iterable[Json], file: str, seen: SeenParts) -> None:
    """Adds the requests that traces show; services that no manifest has become units."""
    place = Place(file, 1, 1)
    spans = [span for value in values for span in _list_spans(value)]
    if len(spans) > MAX_SPANS:
        seen.refuse(f"more than {MAX_SPANS:,} spans", place)
        return
    _Reading(spans, place, seen).see()


class _Reading:
    def __init__(self, spans: list[Span], place: Place, seen: SeenParts) -> None:
        self.place, self.seen = place, seen
        self.has_manifests = bool(seen.units)
        self.roots = _as_trees(spans)
        self.missing: set[str] = set()
        self.known: set[Link] = set()
        self.lower = {name.lower(): name for name in seen.units}

    def see(self) -> None:
        counted: Counter[tuple[str, tuple[SeenHop, ...]]] = Counter()
        for root in self.roots:
            for name, hops in self._requests(root):
                counted[name, hops] += 1
        if self.missing:
            told = ", ".join(sorted(self.missing)[:20])
            self.seen.remark(f"in traces, and in no manifest that was read: {told}", self.place)
        chosen = sorted(counted.items(), key=lambda one: (-one[1], one[0][0], str(one[0][1])))
        if len(chosen) > MAX_REQUESTS:
            self.seen.remark(f"{len(chosen) - MAX_REQUESTS} rarer kinds of requests are left out", self.place)
        total = sum(counted.values())
        for (name, hops), count in chosen[:MAX_REQUESTS]:
            note = f"{count:,} of {total:,} traced"
            self.seen.requests.append(SeenRequest(name, hops, Origin("trace", self.place), (note,)))
            self._link(hops)

    def _link(self, hops: tuple[SeenHop, ...]) -> None:
        for hop in hops:
            origin = Origin("trace", self.place)
            link = Link(hop.consumer, hop.provider, Basis.TRACE, origin, hop.subject, (hop.verb,))
            if link not in self.known:
                self.known.add(link)
                self.seen.links.append(link)

    def _requests(self, root: Span) -> Iterator[tuple[str, tuple[SeenHop, ...]]]:
        """The request of a trace, and one for each message that is consumed in it."""
        waiting = [root]
        while waiting:
            start = waiting.pop(0)
            unit = self._unit(start.service, _kind_of(start))
            if unit is None:
                waiting += start.children
                continue
            hops: list[SeenHop] = []
            is_job = start.kind == "consumer"
            if is_job:
                self._message(start, unit, Verb.CONSUMES, hops)
            elif start.kind == "server":
                hops.append(SeenHop(OUTSIDE, Verb.CALLS, unit, _subject(start.name)))
            waiting += self._walk(start, unit, hops)
            kept = tuple(hops[:MAX_HOPS])
            if kept:
                yield f"{_subject(start.name)} at {unit}"[:150], kept

    def _walk(self, start: Span, unit: str, hops: list[SeenHop]) -> list[Span]:
        """Adds the hops below a span, each once below its parent; gives back the spans that consume."""
        jobs: list[Span] = []
        level: set[SeenHop] = set()
        waiting = [(one, unit, level) for one in start.children[::-1]]
        while waiting:
            span, caller, done = waiting.pop()
            if span.kind == "consumer":
                jobs.append(span)
                continue
            inside, below = self._step(span, caller, done, hops)
            if inside is not None:
                waiting += [(one, inside, below) for one in span.children[::-1]]
        return jobs

    def _step(
        self, span: Span, caller: str, done: set[SeenHop], hops: list[SeenHop]
    ) -> tuple[str | None, set[SeenHop]]:
        """What one span adds, and in whose name its children go on; None if they are known already."""
        own = self._unit(span.service, None)
        if span.kind == "server" and own is not None and own != caller:
            hop = SeenHop(caller, Verb.CALLS, own, _subject(span.name))
            if hop in done:
                return None, done
            done.add(hop)
            hops.append(hop)
            return own, set()
        if span.kind == "producer":
            self._message(span, caller, Verb.PUBLISHES, hops, done)
        elif span.kind == "client" and span.tag("db.system", "db.system.name"):
            self._store(span, caller, hops, done)
        return caller, done

    def _message(
        self, span: Span, caller: str, verb: Verb, hops: list[SeenHop], done: set[SeenHop] | None = None
    ) -> None:
        system = span.tag("messaging.system")
        broker = self._find(span, system or "broker", Kind.BROKER)
        topic = span.tag("messaging.destination.name", "messaging.destination", "messaging.kafka.topic")
        self._add(SeenHop(caller, verb, broker, _subject(topic or span.name)), hops, done)

    def _store(self, span: Span, caller: str, hops: list[SeenHop], done: set[SeenHop]) -> None:
        system = span.tag("db.system", "db.system.name").lower()
        kind = Kind.CACHE if system in _CACHES else Kind.DATABASE
        store = self._find(span, system, kind)
        words = (
            span.tag("db.operation", "db.operation.name", "db.statement", "db.query.text") or span.name
        ).split()
        verb = Verb.READS if words and words[0].lower() in _READING else Verb.WRITES
        table = span.tag(
            "db.sql.table", "db.collection.name", "db.mongodb.collection", "db.name", "db.namespace"
        )
        self._add(SeenHop(caller, verb, store, _subject(table or "data")), hops, done)

    def _add(self, hop: SeenHop, hops: list[SeenHop], done: set[SeenHop] | None) -> None:
        if done is None or hop not in done:
            hops.append(hop)
        if done is not None:
            done.add(hop)

    def _find(self, span: Span, system: str, kind: Kind) -> str:
        """The store or broker that a span names by its address; else the only one of its kind."""
        address = span.tag("server.address", "net.peer.name", "peer.service", "network.peer.address")
        for name in (address, address.partition(".")[0]):
            unit = self.seen.units.get(name)
            if unit is not None and unit.kind is kind:
                return name
        alike = [name for name, unit in self.seen.units.items() if unit.kind is kind]
        if len(alike) == 1 and self.has_manifests:
            return alike[0]
        name = address.partition(".")[0] if is_good_name(address.partition(".")[0]) else ""
        return self._new(name or (system if is_good_name(system) else str(kind)), kind)

    def _unit(self, service: str, kind: Kind | None) -> str | None:
        """The unit of a service of traces; None for one that cannot be named, and for what a store does."""
        name = service if service in self.seen.units else self.lower.get(service.lower(), service)
        known = self.seen.units.get(name)
        if known is not None:
            return None if known.is_store else name
        if not is_good_name(service):
            return None
        return self._new(service, kind)

    def _new(self, name: str, kind: Kind | None) -> str:
        known = self.seen.units.get(name)
        if known is None:
            if self.has_manifests:
                self.missing.add(name)
            self.seen.add(SeenUnit(name, Origin("in traces", self.place), kind))
        elif kind is not None and not kind.has_instances and known.kind is not kind:
            return self._new(f"{name}-{kind}", kind)
        return name


def _kind_of(root: Span) -> Kind | None:
    return None if root.kind == "server" else Kind.WORKER


def _as_trees(spans: list[Span]) -> list[Span]:
    """The spans without a parent, each with those below it in the order of time."""
    by_id = {(span.trace, span.id): span for span in spans}
    roots: list[Span] = []
    for span in sorted(by_id.values(), key=lambda one: (one.start, one.id)):
        parent = by_id.get((span.trace, span.parent)) if span.parent != span.id else None
        (parent.children if parent is not None else roots).append(span)
    return roots


def _subject(text: str) -> str:
    """A name of a span as the subject of a contract."""
    plain = "".join(
        char if char.isprintable() and char not in '*"' else "_" for char in " ".join(text.split())
    )
    return plain[:150].strip() or "api"


def _list_spans(value: Json) -> Iterator[Span]:
    for resource in as_dicts(as_dict(value).get("resourceSpans")):
        attributes = _attributes(as_dict(resource.get("resource")).get("attributes"))
        service = attributes.get("service.name", "")
        for scope in as_dicts(resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans")):
            yield from (_otlp_span(one, service) for one in as_dicts(scope.get("spans")))
    for trace in as_dicts(as_dict(value).get("data")):
        processes = as_dict(trace.get("processes"))
        yield from (_jaeger_span(one, processes) for one in as_dicts(trace.get("spans")))


def _otlp_span(span: dict[str, Json], service: str) -> Span:
    kind = _KINDS.get(span.get("kind") if isinstance(span.get("kind"), int | str) else "", "internal")
    return Span(
        text_of(span, "traceId"),
        text_of(span, "spanId"),
        text_of(span, "parentSpanId"),
        service,
        text_of(span, "name"),
        kind,
        _number(span.get("startTimeUnixNano")),
        _attributes(span.get("attributes")),
    )


def _jaeger_span(span: dict[str, Json], processes: dict[str, Json]) -> Span:
    parents = [
        one for one in as_dicts(span.get("references")) if one.get("refType") in ("CHILD_OF", "FOLLOWS_FROM")
    ]
    parent = text_of(parents[0], "spanID") if parents else text_of(span, "parentSpanID")
    process = as_dict(processes.get(text_of(span, "processID"))) or as_dict(span.get("process"))
    tags = {text_of(one, "key"): str(one.get("value")) for one in as_dicts(span.get("tags"))}
    return Span(
        text_of(span, "traceID"),
        text_of(span, "spanID"),
        parent,
        text_of(process, "serviceName"),
        text_of(span, "operationName"),
        tags.get("span.kind", "internal").lower(),
        _number(span.get("startTime")),
        tags,
    )


def _attributes(value: Json) -> dict[str, str]:
    found = {}
    for one in as_dicts(value):
        for kind in ("stringValue", "intValue", "boolValue"):
            held = as_dict(one.get("value")).get(kind)
            if held is not None:
                found[text_of(one, "key")] = str(held)
    return found


def _number(value: Json) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 40 else 0
