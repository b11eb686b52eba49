"""The one place where what an engine found becomes a hazard: replayed first, then told.

Nobody is shown a story that does not happen on the machines, or does not end in what it is told for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import assert_never

from ...model.compiler.compile import Compiled, Placement
from ...model.compiler.predicate_guards import build_state_test
from ...model.compiler.replay import ReplayError, replay
from ...model.compiler.system import Event, State
from ...model.deployment import Hop, Reason
from ...model.deployment.formula import Formula, Property
from ...model.deployment.predicate import Constant
from ...model.names import Place
from ..engines.protocol import HopFinding
from ..lookups.breaking import find_absence, find_severity, is_unknown, list_broken
from ..lookups.lookup import Lookup, identify_lookup
from ..temporal.finding import FormulaFinding, Question, Stall
from ..temporal.irreversible import Setback
from ..temporal.judge import define_done
from ..temporal.lasso import is_fair_loop
from ..temporal.monitor import Mode, build_monitor
from ..temporal.waiting import Obstacle, find_wait
from ..verdict import Cited, HopHazard, PropertyHazard, PropertyKind, Role, Trace
from .story import Words, tell, tell_events


def tell_hops(found: Iterable[HopFinding]) -> Iterator[HopHazard]:
    """The hazards of hops, in the same order. Raises `ReplayError`, a fault of skewproof."""
    words: Words | None = None
    for one in found:
        if words is None or words.compiled is not one.compiled:
            is_alike = words is not None and words.compiled.vocabulary is one.compiled.vocabulary
            words = Words(one.compiled, words.known) if words and is_alike else Words(one.compiled)
        yield tell_hop(one, words)


def tell_hop(found: HopFinding, words: Words | None = None) -> HopHazard:
    """The hazard of a hop; `words` are those in which other hazards of the same system were told. Its
    story is replayed at once, and put into words when somebody looks. Raises `ReplayError`, a fault of
    skewproof."""
    compiled, lookup, story = found.compiled, found.lookup, found.story
    words = words or Words(compiled)
    assert compiled.walker is not None
    request = compiled.walker.request
    hop = request.hops[lookup.hop - 1]
    end = words.replay.find_end(story)
    if not compiled.system.holds(end, lookup.guard):
        raise ReplayError(f"the story of hop {lookup.hop} does not end where the hop breaks")
    return HopHazard(
        id=identify_lookup(request.name, request.hops, lookup),
        kind=lookup.kind,
        request=request.name,
        hop=lookup.hop,
        consumer=hop.consumer,
        consumer_instance=_instance(lookup.instance, lookup.consumer_version),
        consumer_version=lookup.consumer_version,
        provider=hop.provider,
        provider_instance=_instance(lookup.callee, lookup.provider_version),
        provider_version=lookup.provider_version,
        contract=hop.contract,
        aspect=lookup.aspect,
        severity=find_severity(compiled.vocabulary, hop, lookup),
        if_it_breaks=is_unknown(compiled.vocabulary, hop, lookup),
        reasons=_reasons(compiled, hop, lookup),
        inevitable=found.inevitable,
        span=found.span,
        window=_window(compiled, found.window),
        together=_together(compiled, found.together),
        for_ever=found.for_ever,
        trace=Trace(lambda: tell(words, story, words.replay.make(story), lookup)),
        places=tuple(_cited_of_hop(compiled, hop, lookup, end)),
        absent=find_absence(compiled.vocabulary, hop.contract, lookup),
    )


def tell_formula(alone: Compiled, found: FormulaFinding) -> PropertyHazard:
    """The hazard of a property; the story is a run of `alone`, the deployment. Raises `ReplayError`."""
    passed = replay(alone, found.story)
    end = passed[-1]
    _check(alone, found, end)
    wait = Obstacle(found.explanation) if found.furthest is None else find_wait(alone, end, found.furthest)
    words = Words(alone)
    beyond = list(accumulate(wait.onward, alone.system.successor, initial=end))
    return PropertyHazard(
        id=found.id,
        kind=_kind(found.question),
        property=found.name,
        explanation=wait.why,
        inevitable=found.inevitable,
        window=_window(alone, found.window),
        together=_together(alone, found.together),
        for_ever=found.for_ever,
        trace=tell_events(words, found.story, passed),
        loop=found.loop,
        places=tuple(_cited_of_formula(alone, found, beyond[-1])),
        onward=tell_events(words, wait.onward, beyond),
    )


def _reasons(compiled: Compiled, hop: Hop, lookup: Lookup) -> tuple[Reason, ...]:
    """What evidence says of the pairs that break."""
    deployment = compiled.vocabulary.deployment
    change = deployment.change_of(hop.contract)
    if change is None or not change.evidence:
        return ()
    broken = list_broken(deployment.versions, change, hop.verb, lookup)
    return tuple(reason for pair in broken for reason in change.evidence.get(pair, ()))


def _kind(question: Question) -> PropertyKind:
    match question:
        case Property():
            return PropertyKind.PROPERTY
        case Setback():
            return PropertyKind.SETBACK
        case Stall():
            return PropertyKind.STALL
        case _:
            assert_never(question)


def _cited_of_hop(compiled: Compiled, hop: Hop, lookup: Lookup, end: State) -> Iterator[Cited]:
    """That nobody is up, or that an instance goes, is no fault of the change."""
    change = compiled.vocabulary.deployment.change_of(hop.contract)
    if change is not None and lookup.aspect is not None:
        yield from _cited(Role.CHANGE, change.place)
    yield from _cited(Role.HOP, hop.place)
    yield from _cited_of_position(compiled, end)


def _cited_of_formula(alone: Compiled, found: FormulaFinding, end: State) -> Iterator[Cited]:
    """`end` is where the run stands at last: of a stall where it waits."""
    if isinstance(found.question, Property):
        yield from _cited(Role.PROPERTY, found.question.place)
    yield from _cited_of_position(alone, end)


def _cited_of_position(compiled: Compiled, state: State) -> Iterator[Cited]:
    """The actions at which the pipelines stand, and their steps."""
    deployment = compiled.vocabulary.deployment
    on_their_way = (here for here in compiled.where(state) if here.passed and not here.is_end)
    for position in on_their_way:
        if position.action is not None:
            yield from _cited(Role.ACTION, position.action.place)
        for step in (*deployment.pipeline, *(deployment.rollback or ())):
            if step.name == position.step:
                yield from _cited(Role.STEP, step.place)


def _cited(role: Role, place: Place | None) -> Iterator[Cited]:
    if place is not None:
        yield Cited(role, place)


def _check(alone: Compiled, found: FormulaFinding, end: State) -> None:
    """Raises `ReplayError` if the story, which leads to `end`, does not show what it is told for."""
    match found.question:
        case Property(formula=formula):
            shown = (
                _waits(alone, found, formula, end)
                if found.loop is not None
                else _breaks(alone, found, formula)
            )
        case Setback():
            shown = alone.system.satisfies(end, found.question.condition)
        case Stall():
            shown = found.end is not None
        case _:
            assert_never(found.question)
    if not shown or found.end not in (None, end):
        raise ReplayError("the story of a property does not end where it is violated")


def _breaks(alone: Compiled, found: FormulaFinding, formula: Formula) -> bool:
    """Whether the run ends in a state that violates the formula."""
    return _modes(alone, formula, found.story)[-1] is Mode.BROKEN


def _waits(alone: Compiled, found: FormulaFinding, formula: Formula, end: State) -> bool:
    """Whether the loop leads back to where it begins, is fair, and waits all the way."""
    system, stem, loop = alone.system, found.story[: found.loop], found.story[found.loop :]
    passed = _states(alone, found.story)[len(stem) :]
    if end != passed[0]:
        raise ReplayError("the loop of a lasso does not lead back to where it begins")
    enabled = [frozenset(e.group for e in system.enabled(s) if e.group is not None) for s in passed]
    if not is_fair_loop(enabled, loop):
        raise ReplayError("the loop of a lasso is not fair")
    modes = _modes(alone, formula, found.story)[len(stem) :]
    return all(mode is Mode.WAITING for mode in modes)


def _modes(alone: Compiled, formula: Formula, story: tuple[Event, ...]) -> list[Mode]:
    """The mode of the formula's monitor after each state of the run."""
    left, right = (
        build_state_test(alone.system, alone.vocabulary, predicate, define_done(alone, formula))
        for predicate in (formula.left, formula.right or Constant(False))
    )
    watching = build_monitor(formula)
    modes = [watching.start]
    for state in _states(alone, story):
        modes.append(watching.step(modes[-1], left(state), right(state)))
    return modes[1:]


def _states(alone: Compiled, story: tuple[Event, ...]) -> list[State]:
    """The states that the run passes through, both ends included."""
    passed = [alone.system.initial]
    for event in story:
        passed.append(alone.system.successor(passed[-1], event))
    return passed


def _instance(version: str | None, form: str | None) -> str | None:
    """The version that runs, where a flag makes it differ from the form; who forwards has no form."""
    return version if form is not None and version != form else None


def _window(compiled: Compiled, positions: frozenset[int]) -> tuple[str, ...]:
    """The steps of the positions, in the order of the pipeline."""
    return compiled.vocabulary.list_steps(positions)


def _together(compiled: Compiled, places: frozenset[Placement]) -> tuple[tuple[str, ...], ...]:
    """The steps in which several pipelines stand together at these places."""
    positions = compiled.vocabulary.positions
    return tuple(dict.fromkeys(tuple(positions[index].step for index in place) for place in sorted(places)))
