"""Messages that are taken, acknowledged, or come back (paragraph 88 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ..names import Contract, VariableKey, content_of, departed_of, instances_of, unacknowledged_of
from .causes import Delivery, DeliveryCause
from .life_variables import LifeVariable, Standing
from .system import Event, Guard, Value, conjoin
from .variables import SOMEBODY_LEFT, Vocabulary

Change = tuple[Guard, Mapping[VariableKey, Value]]
"""When, and what is so then."""


def list_ways_to_take(vocabulary: Vocabulary, contract: Contract, form: str) -> Iterator[Change]:
    """A message of the form is taken and not acknowledged, and others of its form lie there still: by what
    was not acknowledged before. Where nothing is redelivered nothing changes."""
    life = vocabulary.lives.get(unacknowledged_of(contract))
    if life is None:
        yield {}, {}
        return
    held = vocabulary.forms.held
    yield life.where(lambda value: form in held[value.state]), {}
    yield from _with(vocabulary, life, form)


def build_delivery_events(
    vocabulary: Vocabulary, contract: Contract, used_up: list[Guard], consumed: list[Guard]
) -> Iterator[Event]:
    """What others do with messages of the contract. `used_up` says when somebody takes them, `consumed` when
    anybody is there who can acknowledge them."""
    for form in vocabulary.deployment.versions:
        yield from _taken(vocabulary, contract, form, used_up)
        yield from _acknowledged(vocabulary, contract, form, consumed)
        yield from _returned(vocabulary, contract, form)


def _taken(vocabulary: Vocabulary, contract: Contract, form: str, when: list[Guard]) -> Iterator[Event]:
    content, queue = vocabulary.lives[content_of(contract)], vocabulary.lives[unacknowledged_of(contract)]
    held = vocabulary.forms.held
    for guard, effect in _with(vocabulary, queue, form):  # others of its form lie there still
        for value in content.domain:
            if form in held[value.state]:
                there = {**guard, content.key: frozenset({value})}
                cause = DeliveryCause(contract, form, Delivery.TAKEN, value.state)
                yield from (Event(cause, {**way, **there}, effect) for way in when)
    taken = [*_with(vocabulary, queue, form), (_holding(vocabulary, queue, form), dict[VariableKey, Value]())]
    for lacking, lack in _without(vocabulary, content, form):
        cause = DeliveryCause(contract, form, Delivery.TAKEN, _state(lack, content))
        for guard, effect in taken:
            yield from (Event(cause, {**way, **lacking, **guard}, {**lack, **effect}) for way in when)


def _acknowledged(
    vocabulary: Vocabulary, contract: Contract, form: str, when: list[Guard]
) -> Iterator[Event]:
    cause = DeliveryCause(contract, form, Delivery.ACKNOWLEDGED)
    for guard, effect in _without(vocabulary, vocabulary.lives[unacknowledged_of(contract)], form):
        yield from (Event(cause, {**way, **guard}, effect) for way in when)


def _returned(vocabulary: Vocabulary, contract: Contract, form: str) -> Iterator[Event]:
    """It lies in the queue again; others of its form can be unacknowledged still."""
    content, queue = vocabulary.lives[content_of(contract)], vocabulary.lives[unacknowledged_of(contract)]
    held, there = vocabulary.forms.held, vocabulary.is_there(contract)
    fewer = list(_without(vocabulary, queue, form))
    stays: list[Change] = [(_holding(vocabulary, queue, form), {})]
    ways: list[tuple[str, Guard, Mapping[VariableKey, Value], list[Change]]] = [
        (_state(effect, content), guard, effect, [*fewer, *stays])
        for guard, effect in _with(vocabulary, content, form)
    ]
    ways += [
        (state, {content.key: values}, {}, fewer)
        for state, values in _by_state(content)
        if form in held[state]
    ]
    for state, guard, effect, changes in ways:
        cause = DeliveryCause(contract, form, Delivery.RETURNED, state)
        for left in _left(vocabulary, contract):
            for taken, change in changes:
                when = conjoin(left, there, guard, taken)
                if when is not None:
                    yield Event(cause, when, {**effect, **change})


def _left(vocabulary: Vocabulary, contract: Contract) -> list[Guard]:
    """An instance of somebody who consumes it has gone; of consumers that nobody knows at any time."""
    names = vocabulary.deployment.redelivered[contract]
    if names is None:
        return [{}]
    return [vocabulary.lives[departed_of(name)].in_states([SOMEBODY_LEFT]) for name in names]


# --- a form more, a form less ---


def _holding(vocabulary: Vocabulary, life: LifeVariable, form: str) -> Guard:
    return life.where(lambda value: form in vocabulary.forms.held[value.state])


def _with(vocabulary: Vocabulary, life: LifeVariable, form: str) -> Iterator[Change]:
    """From each value that lacks the form to the one that has it besides."""
    yield from _changed(vocabulary, life, form, has=False)


def _without(vocabulary: Vocabulary, life: LifeVariable, form: str) -> Iterator[Change]:
    """From each value that has the form to the one that has it no more."""
    yield from _changed(vocabulary, life, form, has=True)


def _changed(vocabulary: Vocabulary, life: LifeVariable, form: str, *, has: bool) -> Iterator[Change]:
    held = vocabulary.forms.held
    for value in life.domain:
        if (form in held[value.state]) is has:
            reached = vocabulary.forms.named(held[value.state] ^ {form})
            yield {life.key: frozenset({value})}, {life.key: value._replace(state=reached)}


def _by_state(life: LifeVariable) -> Iterator[tuple[str, frozenset[Value]]]:
    for state in life.life.states:
        yield state, frozenset(value for value in life.domain if value.state == state)


def _state(effect: Mapping[VariableKey, Value], life: LifeVariable) -> str:
    value = effect[life.key]
    assert isinstance(value, Standing)
    return value.state


# --- what expires, or goes with its queue ---


def list_emptied(
    vocabulary: Vocabulary, contract: Contract, unwanted: Collection[str]
) -> Iterator[tuple[frozenset[str], Change]]:
    """What is not acknowledged without the forms that are unwanted: what there was, when, and what is left.
    Where nothing is redelivered there is nothing."""
    life = vocabulary.lives.get(unacknowledged_of(contract))
    if life is None:
        yield frozenset(), ({}, {})
        return
    for value in life.domain:
        held = vocabulary.forms.held[value.state]
        left = vocabulary.forms.named(held.difference(unwanted))
        yield held, ({life.key: frozenset({value})}, {life.key: value._replace(state=left)})


# --- who has gone ---


def note_departures(vocabulary: Vocabulary, events: Iterable[Event]) -> Iterator[Event]:
    """The events; one by which an instance goes that may have taken messages also says that one has."""
    takers = {name for names in vocabulary.deployment.redelivered.values() for name in names or ()}
    keys = {instances_of(name): name for name in takers}
    for event in events:
        names = [keys[key] for key in event.effect if key in keys]
        left = [name for name in names if is_departure(vocabulary, name, event)]
        if left:
            somebody = {departed_of(name): Standing(SOMEBODY_LEFT) for name in left}
            yield Event(event.cause, event.guard, {**event.effect, **somebody}, event.group)
        else:
            yield event


def is_departure(vocabulary: Vocabulary, name: str, event: Event) -> bool:
    """Whether by the event, which changes its instances, one goes that may have taken messages."""
    key, fleet = instances_of(name), vocabulary.rollouts[name]
    reached = event.effect[key]
    assert isinstance(reached, Standing)
    sources = {value.state for value in event.guard[key] if isinstance(value, Standing)}
    return any(fleet.is_left(source, reached.state) for source in sources)
