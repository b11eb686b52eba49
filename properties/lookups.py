"""What a hop is judged by: each pair of versions that it can meet, and when (DESIGN 3, "Aspects")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import assert_never

from msgspec import Struct

from ..model.compiler.compile import Compiled
from ..model.compiler.system import Event, Guard, Value, conjoin
from ..model.compiler.variables import Vocabulary
from ..model.compiler.walker import Walker
from ..model.deployment import Aspect, Change, Hop, Kind, Pair, Severity, Verb
from ..model.names import REQUEST, Contract
from .verdict import Absence, HazardKind, MixedPair


class Lookup(Struct, frozen=True):
    """A pair that hop `hop` (from 1) looks up in the states where `guard` holds.

    `instance` is the version of the consumer that runs, None where none is judged; `callee` that of
    the instance that takes the call, None where none does. `aspect` is None for `unavailable` and
    `interrupted`, which are no pair. Of an interruption `event` is the retirement that takes the place of
    the hop, and the guard is its.
    """

    hop: int
    kind: HazardKind
    aspect: Aspect | None
    consumer_version: str | None
    provider_version: str | None
    instance: str | None
    is_broken: bool
    guard: Guard
    callee: str | None = None
    event: Event | None = None

    @property
    def stands(self) -> frozenset[Value] | None:
        """How many hops the request has run where the lookup is made; None for any number."""
        return self.guard.get(REQUEST)

    @property
    def is_mixed(self) -> bool:
        """Two different versions meet; who forwards to what is not there has none."""
        return None not in (self.aspect, self.consumer_version) and (
            self.consumer_version != self.provider_version
        )

    def mixed_at(self, contract: Contract) -> MixedPair | None:
        """The pair that meets at the contract of the hop; None where it is none of two versions."""
        if self.aspect is None or self.consumer_version is None or self.provider_version is None:
            return None
        pair = MixedPair(contract, self.aspect, self.consumer_version, self.provider_version)
        return pair if pair.consumer != pair.provider else None


def list_lookups(compiled: Compiled) -> Iterator[Lookup]:
    """Every lookup of the watched request, hop by hop."""
    walker = compiled.walker
    assert walker is not None, "there is no request under watch"
    for number in range(1, len(walker.request.hops) + 1):
        yield from list_hop_lookups(compiled.vocabulary, walker, number)
    yield from list_interruptions(compiled.system.events)


def list_hop_lookups(vocabulary: Vocabulary, walker: Walker, number: int) -> Iterator[Lookup]:
    """What hop `number` (from 1) looks up itself: every lookup but that of being cut off."""
    hop = walker.request.hops[number - 1]
    if hop.verb.is_call:
        yield from _unavailable(vocabulary, walker, number, hop)
    if hop.contract in vocabulary.deployment.changed:
        yield from _HopLookups(vocabulary, walker, number, hop).lookups()


def identify_lookup(request: str, hops: tuple[Hop, ...], lookup: Lookup) -> str:
    """The id of the hazard that the lookup is told as: it depends on what the hazard is, not on where it
    stands in the file."""
    import hashlib

    hop = hops[lookup.hop - 1]
    occurrence = hops[: lookup.hop].count(hop)
    pair = lookup.consumer_version, lookup.provider_version
    parts = (request, hop, occurrence, lookup.kind, lookup.aspect, *pair)
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def find_severity(vocabulary: Vocabulary, hop: Hop, lookup: Lookup) -> Severity:
    """As the change declares it; `error` for a contract that no change names."""
    change = vocabulary.deployment.change_of(hop.contract)
    if change is None:
        return Severity.ERROR
    if lookup.aspect is None:
        return change.severity_in(None)
    broken = list_broken(vocabulary.deployment.versions, change, hop.verb, lookup)
    said = change.severity_of(lookup.aspect, hop.verb, broken)
    if find_absence(vocabulary, hop.contract, lookup) is not None:
        return min(said, change.severity_in(lookup.aspect), key=list(Severity).index)
    return said


def is_unknown(vocabulary: Vocabulary, hop: Hop, lookup: Lookup) -> bool:
    """Whether the pair breaks only if pairs do of which nobody knows (paragraph 95 of docs/semantics.md)."""
    change = vocabulary.deployment.change_of(hop.contract)
    if change is None or lookup.aspect is None or find_absence(vocabulary, hop.contract, lookup) is not None:
        return False
    broken = list_broken(vocabulary.deployment.versions, change, hop.verb, lookup)
    return bool(broken) and all(change.is_unknown(lookup.aspect, hop.verb, pair) for pair in broken)


def list_broken(versions: tuple[str, ...], change: Change, verb: Verb, lookup: Lookup) -> tuple[Pair, ...]:
    """The declared pairs by which a lookup of a hop is broken: its own, and neighbours on the way (DESIGN
    3.9); none where a version is not there at all."""
    if lookup.aspect is None or lookup.consumer_version is None or lookup.provider_version is None:
        return ()
    own = (lookup.consumer_version, lookup.provider_version)
    declared = change.pairs_in(lookup.aspect, verb)
    return tuple(pair for pair in dict.fromkeys((own, *_list_between(versions, own))) if pair in declared)


def find_absence(vocabulary: Vocabulary, contract: Contract, lookup: Lookup) -> Absence | None:
    """How the table or the queue is not there in the schema that is looked up; None where it is there."""
    change, met = vocabulary.deployment.change_of(contract), lookup.provider_version
    if lookup.aspect is not Aspect.SCHEMA or met is None or change is None or change.exists is None:
        return None
    if met in change.exists:
        return None
    versions = vocabulary.deployment.versions
    there = [versions.index(version) < versions.index(met) for version in change.exists]
    if all(there):
        return Absence.NO_LONGER
    return Absence.NOT_NOW if any(there) else Absence.NOT_YET


def breaks(
    versions: tuple[str, ...], change: Change, aspect: Aspect, pair: Pair, verb: Verb | None = None
) -> bool:
    """Whether the pair is in the change's `breaks`, for a hop of the verb (None: of any); a pair further
    apart breaks if any step between breaks in that direction (DESIGN 3.9)."""
    broken = change.pairs_in(aspect, verb)
    return pair in broken or any(neighbours in broken for neighbours in _list_between(versions, pair))


def _list_between(versions: tuple[str, ...], pair: Pair) -> Iterator[Pair]:
    """The pairs of neighbours on the way from one version to another, in that direction."""
    consumer, provider = (versions.index(version) for version in pair)
    step = 1 if provider > consumer else -1
    yield from ((versions[rank], versions[rank + step]) for rank in range(consumer, provider, step))


def _unavailable(vocabulary: Vocabulary, walker: Walker, number: int, hop: Hop) -> Iterator[Lookup]:
    for version, caller in walker.callers(number):
        for nobody in vocabulary.unavailable(hop.provider):
            guard = conjoin(walker.is_next(number), caller, nobody)
            if guard is not None:
                yield Lookup(number, HazardKind.UNAVAILABLE, None, version, None, version, True, guard)


def list_interruptions(events: Iterable[Event]) -> Iterator[Lookup]:
    """Every retirement among the events that can take the request's own instance away. What the request
    itself picked is at the consumer's side, what it called at the provider's."""
    for event in events:
        if event.cut is not None:
            born, version = event.cut.born, event.cut.version
            own, called = (None, version) if born else (version, None)
            kind = HazardKind.INTERRUPTED
            yield Lookup(max(born, 1), kind, None, own, called, own, True, event.guard, called, event)


class _HopLookups:
    """The lookups of one hop on a changed contract."""

    def __init__(self, vocabulary: Vocabulary, walker: Walker, number: int, hop: Hop) -> None:
        self._vocabulary, self._walker, self._number, self._hop = vocabulary, walker, number, hop
        self._contract = hop.contract
        self._versions = vocabulary.deployment.versions
        self._kind = vocabulary.deployment.components[hop.provider].kind
        changes = vocabulary.deployment.changed
        self._change = changes[self._contract]
        self._understands = vocabulary.understands(self._contract)

    def lookups(self) -> Iterator[Lookup]:
        yield from self._of_verb()
        if self._hop.verb.finds_content and self._vocabulary.has_content(self._contract):
            yield from self._content()
        if self._kind is not Kind.CACHE:
            for source in self._walker.sources(self._number):
                yield from self._token(source)

    def _of_verb(self) -> Iterator[Lookup]:
        """The two sides as they run; who forwards to an instance only passes on what it does not read."""
        match self._hop.verb:
            case Verb.CALLS:
                yield from self._call()
            case Verb.FORWARDS:
                return
            case Verb.RELAYS:
                yield from self._missing()
            case Verb.READS | Verb.WRITES | Verb.PUBLISHES | Verb.CONSUMES:
                if self._kind.has_schema:  # a cache has none
                    yield from self._schema()
            case _:
                assert_never(self._hop.verb)

    def _callers(self) -> list[tuple[str, Guard]]:
        """The caller's versions; an anonymous client has none, and nothing breaks at its side."""
        return [
            (version, guard) for version, guard in self._walker.callers(self._number) if version is not None
        ]

    def _views(self) -> list[tuple[str | None, Guard]]:
        return self._vocabulary.views(self._contract)

    def _call(self) -> Iterator[Lookup]:
        cases = product(self._callers(), self._versions, self._views(), self._views())
        for (caller, caller_guard), callee, (view, seen), (other_view, seen_there) in cases:
            pair = self._form(caller, view), self._form(callee, other_view)
            spared = self._understands and self._both_newer(caller, callee)
            for picked in self._walker.picks(self._number, callee):
                guards = caller_guard, picked, seen, seen_there
                yield from self._lookup(Aspect.CALL, pair, caller, spared, *guards, callee=callee)

    def _both_newer(self, caller: str, callee: str) -> bool:
        """Both know the flag, and so both forms."""
        since = self._vocabulary.deployment.flag_of[self._contract].since
        if since is None:
            return caller == callee != self._versions[0]
        return min(map(self._rank, (caller, callee))) >= self._rank(since)

    def _schema(self) -> Iterator[Lookup]:
        """A schema is no code: it judges the form by `breaks` whatever the flag says. One in which the
        contract does not exist breaks every form."""
        for (caller, caller_guard), schema, (view, seen) in product(
            self._callers(), self._versions, self._views()
        ):
            pair = self._form(caller, view), schema
            guards = caller_guard, self._vocabulary.schema_is(self._contract, schema), seen
            missing = not self._vocabulary.exists(self._contract, schema)
            yield from self._lookup(Aspect.SCHEMA, pair, caller, False, *guards, missing=missing)

    def _missing(self) -> Iterator[Lookup]:
        """A forward to what is not there: whoever forwards, in whatever form (paragraph 82)."""
        for schema in self._versions:
            if self._vocabulary.exists(self._contract, schema):
                continue
            for forwarder, there in self._walker.callers(self._number):
                met = self._vocabulary.schema_is(self._contract, schema)
                guard = conjoin(self._walker.is_next(self._number), there, met)
                if guard is not None:
                    pair = HazardKind.INCOMPATIBLE, Aspect.SCHEMA, None, schema
                    yield Lookup(self._number, *pair, forwarder, True, guard)

    def _content(self) -> Iterator[Lookup]:
        """A reader of a version finds data; where code understands its own form only, a reader of a form."""
        by_form = not self._understands and self._contract in self._vocabulary.deployment.flag_of
        views = self._views() if by_form else [(None, {})]
        for (reader, reader_guard), form, (view, seen) in product(self._callers(), self._versions, views):
            spared = self._understands and self._rank(form) <= self._rank(reader)
            pair = self._form(reader, view), form
            guards = reader_guard, self._vocabulary.holds(self._contract, form), seen
            yield from self._lookup(Aspect.CONTENT, pair, reader, spared, *guards)

    def _token(self, source: Contract) -> Iterator[Lookup]:
        for form in self._versions:
            carried = {**self._walker.obtained(source, form), **self._walker.runs(self._number)}
            if self._kind.has_schema:
                for schema in self._versions:
                    met = self._vocabulary.schema_is(self._contract, schema)
                    yield from self._lookup(Aspect.TOKEN, (form, schema), None, False, carried, met)
            else:
                yield from self._token_to_callee(form, carried)

    def _token_to_callee(self, form: str, carried: Guard) -> Iterator[Lookup]:
        """New code understands both forms of a guarded contract."""
        for callee, (view, seen) in product(self._versions, self._views()):
            spared = self._understands and self._rank(form) <= self._rank(callee)
            pair = form, self._form(callee, view)
            for picked in self._walker.picks(self._number, callee):
                guards = carried, picked, seen
                yield from self._lookup(Aspect.TOKEN, pair, None, spared, *guards, callee=callee)

    def _lookup(
        self,
        aspect: Aspect,
        pair: Pair,
        instance: str | None,
        spared: bool,
        *guards: Guard,
        callee: str | None = None,
        missing: bool = False,
    ) -> Iterator[Lookup]:
        guard = conjoin(self._walker.is_next(self._number), *guards)
        if guard is not None:
            declared = breaks(self._versions, self._change, aspect, pair, self._hop.verb)
            broken = missing or (not spared and declared)
            kind = HazardKind.INCOMPATIBLE
            yield Lookup(self._number, kind, aspect, *pair, instance, broken, guard, callee)

    def _form(self, version: str, view: str | None) -> str:
        return self._vocabulary.form(self._contract, version, view)

    def _rank(self, version: str) -> int:
        return self._versions.index(version)
