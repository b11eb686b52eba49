"""Lookups of a hop: each pair of versions that it can meet, and when (DESIGN 3, "Aspects")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import assert_never

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, Guard, conjoin
from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import Walker
from ...model.deployment import Aspect, Hop, Kind, Pair, Verb
from ...model.names import Contract
from .breaking import breaks
from .lookup import HazardKind, Lookup


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
