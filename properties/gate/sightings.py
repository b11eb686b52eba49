"""What was seen as guards: which values of a variable agree with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from ...model.compiler.life_variables import Standing
from ...model.compiler.moves import ROLLOUTS, Position, list_changed_contracts
from ...model.compiler.system import Guard
from ...model.compiler.variables import NO_LEADER, RUNNING, SUSPENDED, Vocabulary
from ...model.names import (
    Contract,
    Target,
    VariableKey,
    content_of,
    flag_of,
    instances_of,
    is_pipeline,
    jobs_of,
    leader_of,
    schema_of,
)
from ...model.observed.sightings import (
    BegunSeen,
    ContentSeen,
    FlagSeen,
    InstancesSeen,
    JobsSeen,
    LeaderSeen,
    LiveSeen,
    SchemaSeen,
    Sighting,
    StepSeen,
    VersionCountSeen,
    count_by_version,
)


def list_guards(vocabulary: Vocabulary, sightings: Iterable[Sighting]) -> Iterator[tuple[Sighting, Guard]]:
    """Each sighting with the guards of the states that agree with it; none where the deployment has no
    variable that it could speak of, for what never changes says nothing."""
    for seen in sightings:
        for guard in _guards(vocabulary, seen):
            yield seen, guard


def join_guards(guards: Iterable[Guard]) -> Guard:
    """The conjunction; of a variable that can have no value, nothing is allowed."""
    joined: dict[VariableKey, frozenset[object]] = {}
    for guard in guards:
        for key, allowed in guard.items():
            joined[key] = joined[key] & allowed if key in joined else frozenset(allowed)
    return joined


def _guards(vocabulary: Vocabulary, seen: Sighting) -> Iterator[Guard]:
    match seen:
        case InstancesSeen():
            yield _instances(vocabulary, seen)
        case LiveSeen(component, version):
            fleet = vocabulary.rollouts[component]
            yield _in_states(
                vocabulary, component, (s for s in fleet.present if fleet.serving[s] == {version})
            )
        case VersionCountSeen(component, version, count):
            fleet = vocabulary.rollouts[component]
            states = (s for s in fleet.present if fleet.existing(s).get(version, 0) == count)
            yield _in_states(vocabulary, component, states)
        case BegunSeen():
            yield _begun(vocabulary, seen)
        case StepSeen():
            yield _standing(vocabulary, seen)
        case FlagSeen(flag, state):
            yield vocabulary.lives[flag_of(flag)].in_states([state])
        case SchemaSeen(contract, version):
            for one in _changed(vocabulary, contract):
                if schema_of(one) in vocabulary.lives:
                    yield vocabulary.lives[schema_of(one)].in_states([version])
        case ContentSeen(contract, forms):
            if content_of(contract) in vocabulary.lives:
                held = vocabulary.forms.held
                states = (state for state, some in held.items() if frozenset(some) == forms)
                yield vocabulary.lives[content_of(contract)].in_states(states)
        case JobsSeen(worker, is_suspended):
            yield vocabulary.lives[jobs_of(worker)].in_states([SUSPENDED if is_suspended else RUNNING])
        case LeaderSeen(component, version):
            yield vocabulary.lives[leader_of(component)].in_states([version or NO_LEADER])
        case _:
            assert_never(seen)


def _in_states(vocabulary: Vocabulary, component: str, states: Iterable[str]) -> Guard:
    return vocabulary.lives[instances_of(component)].in_states(states)


def _instances(vocabulary: Vocabulary, seen: InstancesSeen) -> Guard:
    fleet = vocabulary.rollouts[seen.component]
    if seen.is_exact:
        agreeing = (s for s, ready in fleet.present.items() if count_by_version(dict(ready)) in seen.counts)
        return _in_states(vocabulary, seen.component, agreeing)
    versions = {frozenset(version for version, _ in counts) for counts in seen.counts}
    agreeing = (
        s for s, ready in fleet.present.items() if frozenset(v for v, n in ready.items() if n) in versions
    )
    return _in_states(vocabulary, seen.component, agreeing)


def _standing(vocabulary: Vocabulary, seen: StepSeen) -> Guard:
    places = (
        place
        for place in vocabulary.positions
        if place.step == seen.step
        and place.is_stopped == seen.is_stopped
        and seen.action in (None, str(place.action))
    )
    return vocabulary.at(places)


def _begun(vocabulary: Vocabulary, seen: BegunSeen) -> Guard:
    """The pipeline that moves it is at, or has passed, an action that aims there; the first version is there
    from the beginning."""
    course = vocabulary.course_of(instances_of(seen.component))
    if seen.version == vocabulary.deployment.versions[0]:
        return vocabulary.at(course)
    begun = {
        move.position
        for move in vocabulary.moves
        if move.instruction in ROLLOUTS and move.subject == seen.component and move.goal == seen.version
    }
    return vocabulary.at(p for p in course if p.index in begun or begun & p.passed)


def _changed(vocabulary: Vocabulary, contract: Contract) -> Iterator[Contract]:
    if contract.subject:
        return iter((contract,))
    return list_changed_contracts(vocabulary.deployment, Target(contract.provider))


def tell_values(vocabulary: Vocabulary, key: VariableKey, values: Iterable[object]) -> list[str]:
    """Values of a variable as a person reads them: of a pipeline, where it stands."""
    shown = [value.state if isinstance(value, Standing) else str(value) for value in values]
    if not is_pipeline(key):
        return sorted(dict.fromkeys(shown))
    names = {place.name: tell_place(place) for place in vocabulary.positions}
    order = {place.name: place.index for place in vocabulary.positions}
    return list(dict.fromkeys(names[name] for name in sorted(shown, key=order.__getitem__)))


def tell_place(place: Position) -> str:
    """A position: its step, and its action."""
    stopped = ", where it has failed" if place.is_stopped else ""
    return f"{place.step}: {place.action}{stopped}" if place.action is not None else place.step
