"""The story of a hazard: the shortest run, told event by event, down to the failing hop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct, field, structs

from ...model.compiler.causes import HopCause, tell_cause, tell_deed
from ...model.compiler.compile import Compiled
from ...model.compiler.replay import Replay, count_common
from ...model.compiler.space import find_step, show_value
from ...model.compiler.system import Event, State
from ...model.compiler.version_names import call_versions, name_versions
from ...model.deployment import Aspect, Hop, Kind
from ...model.names import VariableKey, VariableKind, is_pipeline
from ..lookups.breaking import find_absence
from ..lookups.lookup import HazardKind, Lookup
from ..verdict import TraceEvent
from .need import find_needed

Changes = tuple[tuple[VariableKey, str], ...]
"""Variables, with what they have now."""


Told = dict[tuple[int, str, Changes], tuple[Event, TraceEvent]]
"""An event in words, by its identity, which holds as long as it is kept beside its words."""


class Words(Struct, frozen=True, dict=True):
    """What a system's events are told as. The stories of many hazards pass through the same events, so each
    is put into words once for each step and each change; of systems with one vocabulary, that share events,
    once for all of them (`known`). What a story has in common with the one before it was told then."""

    compiled: Compiled
    known: Told = field(default_factory=Told)

    @cached_property
    def replay(self) -> Replay:
        return Replay(self.compiled)

    @cached_property
    def _last(self) -> list[tuple[State, TraceEvent]]:
        """The story that was told last: each event with the state that it leads to."""
        return []

    def tell_run(self, run: Sequence[Event], passed: Sequence[State]) -> list[TraceEvent]:
        """The run, told; `passed` are the states on its way, the initial one first."""
        before = [state for state, _ in self._last]
        del self._last[count_common(before, passed[1:]) :]
        at = len(self._last)
        for event, state, reached in zip(run[at:], passed[at:], passed[at + 1 :], strict=False):
            changed = tuple(_changes(self.compiled, event, state, reached))
            self._last.append((reached, self.tell(event, find_step(self.compiled, reached), changed)))
        return [told for _, told in self._last]

    def tell(self, event: Event, step: str, changed: Changes) -> TraceEvent:
        """The event as it happens in the step, and changes that."""
        key = id(event), step, changed
        if key not in self.known:
            after = _called(self.compiled, changed)
            cause = name_versions(event.cause, self.compiled.vocabulary.deployment)
            told = TraceEvent(
                step, event.cause, tell_cause(cause), tell_deed(cause), event.hop, after, changed
            )
            self.known[key] = event, told
        return self.known[key][1]


def tell(
    words: Words, run: Sequence[Event], passed: Sequence[State], lookup: Lookup
) -> tuple[TraceEvent, ...]:
    """The run as trace events, and the failing hop as the last one; what it does not need is marked. `passed`
    are the states on its way, the initial one first."""
    needed = find_needed(words.compiled, run, passed, lookup.guard)
    told = enumerate(tell_events(words, run, passed))
    events = (event if index in needed else structs.replace(event, is_needed=False) for index, event in told)
    return (*events, _failing_hop(words.compiled, passed[-1], lookup))


def tell_events(words: Words, run: Iterable[Event], passed: Sequence[State]) -> tuple[TraceEvent, ...]:
    """A run of the system as trace events; `passed` are the states on its way, the initial one first."""
    return tuple(words.tell_run(tuple(run), passed))


def _changes(
    compiled: Compiled, event: Event, state: State, reached: State
) -> Iterator[tuple[VariableKey, str]]:
    """The key and the new value of each variable, but the pipeline's, that the event changes."""
    lives = compiled.vocabulary.lives
    places = {compiled.system.index(name): name for name in event.effect if name in lives}
    for index in sorted(places):
        name = places[index]
        if state[index] != reached[index] and not is_pipeline(name):
            yield name, show_value(compiled.system.value(reached, name))


def _called(compiled: Compiled, changed: Iterable[tuple[VariableKey, str]]) -> tuple[tuple[str, str], ...]:
    """The changes with what people call the variables; that an instance has gone is told by the event."""
    told = ((name, value) for name, value in changed if name.kind is not VariableKind.DEPARTED)
    deployment, lives = compiled.vocabulary.deployment, compiled.vocabulary.lives
    return tuple((lives[name].subject, call_versions(deployment, name, value)) for name, value in told)


def _failing_hop(compiled: Compiled, state: State, lookup: Lookup) -> TraceEvent:
    walker = compiled.walker
    assert walker is not None
    if lookup.event is not None:
        return _cut_off(compiled, state, lookup, lookup.event)
    hop = walker.request.hops[lookup.hop - 1]
    caller = _caller(compiled, state, lookup)
    callee = lookup.callee if hop.verb.is_call else None
    cause = HopCause(walker.request.name, lookup.hop, hop, caller, callee)
    reason = _not_there(compiled, hop, lookup) or _reason(compiled, state, hop, lookup)
    text = f"{tell_cause(name_versions(cause, compiled.vocabulary.deployment))}: {reason}"
    return TraceEvent(find_step(compiled, state), cause, text, text, lookup.hop)


def _cut_off(compiled: Compiled, state: State, lookup: Lookup, event: Event) -> TraceEvent:
    """The retirement that takes the request's instance away."""
    assert compiled.walker is not None
    request = compiled.walker.request.name
    version = lookup.provider_version or lookup.consumer_version
    deployment = compiled.vocabulary.deployment
    called = deployment.name_version(event.cause.owner, str(version))
    cut = f": it takes the {called} instance that {request} is on, and cuts it off"
    cause = name_versions(event.cause, deployment)
    text, what = tell_cause(cause) + cut, tell_deed(cause) + cut
    changed = tuple(_changes(compiled, event, state, compiled.system.successor(state, event)))
    after = _called(compiled, changed)
    return TraceEvent(find_step(compiled, state), event.cause, text, what, lookup.hop, after, changed)


def _caller(compiled: Compiled, state: State, lookup: Lookup) -> str | None:
    """The version that runs at the consumer's side of the failing hop."""
    if lookup.instance is not None or compiled.walker is None:
        return lookup.instance
    callers = compiled.walker.callers(lookup.hop)
    return next((version for version, guard in callers if compiled.system.holds(state, guard)), None)


def _carried(compiled: Compiled, state: State, lookup: Lookup) -> str:
    """What the request carries in the form that breaks, with where it has it from."""
    walker, form = compiled.walker, lookup.consumer_version
    if walker is None or lookup.aspect is not Aspect.TOKEN or form is None:
        return ""
    sources = walker.sources(lookup.hop)
    found = [s for s in sources if compiled.system.holds(state, walker.obtained(s, form))]
    return " and ".join(map(str, found))


def _not_there(compiled: Compiled, hop: Hop, lookup: Lookup) -> str:
    """That the hop meets a table or a queue which is not there, if it is so."""
    vocabulary = compiled.vocabulary
    absent = find_absence(vocabulary, hop.contract, lookup)
    if absent is None:
        return ""
    what, of = _structure(compiled, hop)
    return f"the {what} is {absent}, at {of} {lookup.provider_version}"


def _structure(compiled: Compiled, hop: Hop) -> tuple[str, str]:
    """What people call what lies at the hop's provider, and the structure that it has."""
    kind = compiled.vocabulary.deployment.components[hop.provider].kind
    return "queue" if kind is Kind.BROKER else "table", kind.structure


def _reason(compiled: Compiled, state: State, hop: Hop, lookup: Lookup) -> str:
    consumer, provider = lookup.consumer_version, lookup.provider_version
    if lookup.kind is HazardKind.UNAVAILABLE:
        return "nobody is up to take the call"
    match lookup.aspect:
        case Aspect.CALL:
            return f"a caller of form {consumer} meets a callee of form {provider}"
        case Aspect.SCHEMA:
            return f"form {consumer} meets version {provider} of the {_structure(compiled, hop)[1]}"
        case Aspect.CONTENT:
            return f"a {consumer} reader finds data of form {provider}"
        case Aspect.TOKEN:
            return f"{_carried(compiled, state, lookup)}, obtained in form {consumer}, meets {provider}"
        case None:
            raise AssertionError("an incompatible pair has an aspect")
