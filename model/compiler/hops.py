"""The hops of the request under watch as events: every way in which each can go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import assert_never

from msgspec import Struct

from ..deployment import Hop, Verb
from ..names import Contract, VariableKey, content_of, session_of, token_of
from .causes import HopCause, PassCause
from .deliveries import list_ways_to_take
from .system import Event, Guard, Value, conjoin
from .variables import Vocabulary
from .walker import Walker


class HopChoice(Struct, frozen=True):
    """One way in which a part of a hop can turn out."""

    guard: Guard
    effect: dict[VariableKey, Value]
    version: str | None = None
    view: str | None = None


class HopWay(Struct, frozen=True):
    """One way in which a hop can go on: its event, and who takes part in it.

    `caller` is the version of the consumer (None: an anonymous client), `callee` of the instance that
    takes a call, `found` the form that a read or consume finds; None where the event leaves it open.
    `view` is how the caller sees the flag that guards the contract, `callee_view` how the callee does; None
    where none guards it, or the event does not depend on it.
    """

    event: Event
    caller: str | None
    callee: str | None = None
    found: str | None = None
    view: str | None = None
    callee_view: str | None = None


def build_hop_events(walker: Walker) -> Iterator[Event]:
    """All ways past all hops."""
    for number in range(1, len(walker.request.hops) + 1):
        yield from build_events_past(walker, number)


def build_events_past(walker: Walker, number: int) -> Iterator[Event]:
    """Every way in which the request can get past hop `number`."""
    yield from (way.event for way in list_ways(walker, number))
    yield from build_pass_events(walker, number)


def list_ways(walker: Walker, number: int) -> Iterator[HopWay]:
    """Every way in which hop `number` (from 1) can go on; a hop that must wait has none."""
    hop = walker.request.hops[number - 1]
    for caller, (view, seen) in product(
        _caller_choices(walker, number), walker.vocabulary.views(hop.contract)
    ):
        form = caller.version and walker.vocabulary.form(hop.contract, caller.version, view)
        for met, left in product(
            _list_meetings(walker, number, hop), _list_leavings(walker, number, hop, form)
        ):
            guard = conjoin(walker.is_next(number), caller.guard, seen, met.guard, left.guard)
            if guard is not None:
                effect = {**caller.effect, **met.effect, **left.effect, **walker.gone_on(number)}
                cause = HopCause(walker.request.name, number, hop, caller.version, met.version)
                event = Event(cause, guard, effect)
                called = met.version if hop.verb.is_call else None
                found = None if hop.verb.is_call else met.version
                yield HopWay(event, caller.version, called, found, view, met.view)


def build_pass_events(walker: Walker, number: int) -> Iterator[Event]:
    """The events by which a caller passes the hop over: its version does not run it, or it was not called."""
    hop = walker.request.hops[number - 1]
    choices = [
        choice
        for choice in _caller_choices(walker, number, every=True)
        if choice.version is not None and not walker.deployment.runs(choice.version, hop)
    ]
    if walker.may_be_missing(number):
        choices.append(HopChoice({walker.caller(number).variable: frozenset({None})}, {}))
    for caller in choices:
        guard = conjoin(walker.is_next(number), caller.guard)
        if guard is not None:
            cause = PassCause(walker.request.name, number, hop, caller.version)
            effect = {**caller.effect, **walker.gone_on(number)}
            yield Event(cause, guard, effect)


def _caller_choices(walker: Walker, number: int, *, every: bool = False) -> Iterator[HopChoice]:
    frame = walker.caller(number)
    for version, guard in walker.all_callers(number) if every else walker.callers(number):
        picked = version is not None and number == 1 and frame.is_held
        yield HopChoice(guard, {frame.variable: version} if picked else {}, version)


def _list_meetings(walker: Walker, number: int, hop: Hop) -> Iterable[HopChoice]:
    """What the hop meets at its provider, and what it obtains there."""
    vocabulary, contract = walker.vocabulary, hop.contract
    match hop.verb:
        case Verb.CALLS | Verb.FORWARDS:
            return _calls(walker, number, hop)
        case Verb.READS | Verb.CONSUMES:
            if vocabulary.has_content(contract):
                return _list_finds(walker, number, hop)
            if not (vocabulary.has_schema(contract) and walker.is_carried(contract, number)):
                return [HopChoice({}, {})]
            return [
                HopChoice(vocabulary.schema_is(contract, version), {token_of(contract): version})
                for version in walker.deployment.versions
            ]
        case Verb.WRITES | Verb.PUBLISHES | Verb.RELAYS:
            return [HopChoice({}, {})]
        case _:
            assert_never(hop.verb)


def _calls(walker: Walker, number: int, hop: Hop) -> Iterator[HopChoice]:
    frame = walker.called_at[number]
    is_carried = walker.is_carried(hop.contract, number)
    views = walker.vocabulary.views(hop.contract) if is_carried else [(None, {})]
    for version, (view, seen) in product(walker.deployment.versions, views):
        effect: dict[VariableKey, Value] = {frame.variable: version} if frame.is_held else {}
        if is_carried:
            effect[token_of(hop.contract)] = walker.vocabulary.form(hop.contract, version, view)
        if hop.provider in walker.sessions:
            effect[session_of(hop.provider)] = version
        for way in walker.picks(number, version):
            guard = conjoin(way, seen)
            if guard is not None:
                yield HopChoice(guard, effect, version, view)


def _list_finds(walker: Walker, number: int, hop: Hop) -> Iterator[HopChoice]:
    """Any one of the forms that lie there; a read of nothing is a miss, a consumer waits."""
    contract = hop.contract
    carried = walker.is_carried(contract, number)
    is_taken = hop.verb is Verb.CONSUMES and contract in walker.deployment.redelivered
    if not carried and not is_taken:
        yield HopChoice(walker.vocabulary.not_empty(contract) if hop.verb is Verb.CONSUMES else {}, {})
        return
    for form in walker.deployment.versions:
        there, token = walker.vocabulary.holds(contract, form), {token_of(contract): form} if carried else {}
        ways = list_ways_to_take(walker.vocabulary, contract, form) if is_taken else [({}, {})]
        for guard, effect in ways:
            yield HopChoice({**there, **guard}, {**token, **effect}, form)
    if hop.verb is Verb.READS:
        yield HopChoice(walker.vocabulary.is_empty(contract), {token_of(contract): None})


def _list_leavings(walker: Walker, number: int, hop: Hop, form: str | None) -> Iterator[HopChoice]:
    """What the hop leaves behind: the content holds the caller's form as well; or what is passed on."""
    if not walker.vocabulary.has_content(hop.contract):
        yield HopChoice({}, {})
        return
    match hop.verb:
        case Verb.RELAYS:
            yield from _list_passed_on(walker, number, hop.contract)
        case Verb.WRITES | Verb.PUBLISHES:
            yield from _list_left_content(walker, hop.contract, frozenset(() if form is None else {form}))
        case Verb.CALLS | Verb.FORWARDS | Verb.READS | Verb.CONSUMES:
            yield HopChoice({}, {})
        case _:
            assert_never(hop.verb)


def _list_passed_on(walker: Walker, number: int, contract: Contract) -> Iterator[HopChoice]:
    """The content with what the hop carries, in each combination of forms that it may have obtained."""
    carried = walker.sources(number)
    for forms in product((None, *walker.deployment.versions), repeat=len(carried)):
        held = {token_of(c): frozenset({form}) for c, form in zip(carried, forms, strict=True)}
        passed_on = frozenset(form for form in forms if form is not None)
        for left in _list_left_content(walker, contract, passed_on):
            yield HopChoice({**held, **left.guard}, left.effect)


def _list_left_content(walker: Walker, contract: Contract, forms: frozenset[str]) -> Iterator[HopChoice]:
    """The content with the forms; nothing stays at a contract that does not exist."""
    vocabulary = walker.vocabulary
    if not forms:
        yield HopChoice({}, {})
        return
    there = vocabulary.is_there(contract)
    for key, allowed in there.items():
        missing = frozenset(vocabulary.lives[key].domain) - allowed
        yield HopChoice({key: missing}, {})
    held = [vocabulary.holds(contract, form) for form in forms]
    if (guard := conjoin(there, *held)) is not None:
        yield HopChoice(guard, {})
    for _, guard, effect in list_additions(vocabulary, contract, forms):
        yield HopChoice(guard, effect)


def list_additions(
    vocabulary: Vocabulary, contract: Contract, forms: frozenset[str]
) -> Iterator[tuple[str, Guard, dict[VariableKey, Value]]]:
    """For each content that lacks one of the forms, where the contract exists: the state reached by adding
    them, a guard, an effect."""
    life, held = vocabulary.lives[content_of(contract)], vocabulary.forms.held
    there = vocabulary.is_there(contract)
    for value in life.domain:
        if not forms <= held[value.state]:
            reached = vocabulary.forms.named(held[value.state] | forms)
            guard = {**there, life.key: frozenset({value})}
            yield reached, guard, {life.key: value._replace(state=reached)}
