"""A deployment's transition system as data, so that a page can take its events one by one.

What the page does with it (`front/system.js`) is the kernel's three questions and nothing else: the initial
state, the events enabled, the successor. Ranks stand for values, and ranges of ranks for sets of them; events
that several requests share stand once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any, assert_never

from ...model.compiler.causes import (
    Cause,
    DeliveryCause,
    ElectionCause,
    EnableCause,
    HopCause,
    LossCause,
    MoveCause,
    PassCause,
    PipelineCause,
    RelayCause,
    WriteCause,
)
from ...model.compiler.compile import Compiled, compile_with
from ...model.compiler.moves import Position
from ...model.compiler.space import show_value
from ...model.compiler.system import Event, Guard, System
from ...model.compiler.variables import SUSPENDED, Vocabulary
from ...model.deployment import Aspect, Deployment, Hop, Request
from ...model.names import (
    REQUEST,
    Contract,
    VariableKey,
    content_of,
    flag_of,
    instances_of,
    jobs_of,
    leader_of,
    schema_of,
    unacknowledged_of,
)
from ...properties.lookups.listing import list_lookups
from ...properties.lookups.lookup import HazardKind, Lookup
from ...properties.verdict import Hazard, HopHazard, PropertyHazard
from ..following import follow
from ..wording import tell_failure, tell_sides, tell_violation
from .scenes import StageView, tell_leader

Json = dict[str, Any]

MOST_BYTES = 900_000
"""So much data a page has at most; requests that would make it larger are left out, and named."""


def write_world(
    vocabulary: Vocabulary,
    requests: Sequence[Request],
    hazards: Iterable[Hazard],
    most_bytes: int = MOST_BYTES,
) -> Json:
    """The system of the deployment alone, then that of each request as long as there is room.

    `requests` stand in the order in which they are wanted: from the first that would need more than
    `most_bytes` in all, they are left out. A story of `hazards` is a list of events' numbers.
    """
    alone, pool = compile_with(vocabulary), dict[str, int]()
    world = _alone(vocabulary, alone.system)
    systems, sides = [alone], [_side(alone, pool)]
    size, known = len(json.dumps([world, *sides])) + sum(map(len, pool)), len(pool)
    for request in requests:
        compiled = compile_with(vocabulary, request)
        side = _side(compiled, pool)
        size += len(f", {json.dumps(side)}") + sum(map(len, islice(pool, known, None)))
        if size > most_bytes:
            break
        known = len(pool)
        systems.append(compiled)
        sides.append(side)
    told = {side["request"]: number for number, side in enumerate(sides)}
    world["events"] = [json.loads(event) for event in islice(pool, known)]
    world["sides"] = sides
    world["stories"] = [
        {"side": told[subject], **story}
        for hazard in hazards
        if (subject := _subject(hazard)) in told and (story := _story(hazard, systems[told[subject]]))
    ]
    world["left_out"] = [request.name for request in requests if request.name not in told]
    return world


def _alone(vocabulary: Vocabulary, system: System) -> Json:
    """What all requests share: the deployment's variables, and what is seen of them."""
    names, flags = _everybody(vocabulary.deployment), vocabulary.deployment.flags
    return {
        "variables": _domains(system, range(len(system.variables))),
        "looks": {name: _node(name, vocabulary, system) for name in names},
        "flags": [[flag.name, system.index(flag_of(flag.name))] for flag in flags],
        "pipelines": [
            [system.index(key), [_position(here) for here in course]]
            for key, course in vocabulary.courses.items()
        ],
    }


def _position(here: Position) -> list[object]:
    """The step, what is done there, whether it has failed, and whether the pipeline is on its way."""
    action = "" if here.action is None else str(here.action)
    return [here.step, action, here.is_stopped, bool(here.passed) and not here.is_end]


def _subject(hazard: Hazard) -> str | None:
    return hazard.request if isinstance(hazard, HopHazard) else None


# --- one system -------------------------------------------------------------------------------


def _side(compiled: Compiled, pool: dict[str, int]) -> Json:
    """A request's system: its own variables, its events as numbers in the pool, and what breaks where."""
    system, walker = compiled.system, compiled.walker
    own = range(compiled.own_variables, len(system.variables))
    events = [pool.setdefault(json.dumps(_event(event, compiled)), len(pool)) for event in system.events]
    breaks = list_lookups(compiled) if walker is not None else ()
    return {
        "request": None if walker is None else walker.request.name,
        "counter": -1 if walker is None else system.index(REQUEST),
        "variables": _domains(system, own),
        "initial": list(system.initial),
        "events": _ranges(events),
        "breaks": [_break(lookup, compiled) for lookup in breaks if lookup.is_broken],
    }


def _domains(system: System, indices: Iterable[int]) -> list[Json]:
    variables = (system.variables[index] for index in indices)
    return [
        {"name": str(variable.key), "values": [show_value(value) for value in variable.domain]}
        for variable in variables
    ]


def _event(event: Event, compiled: Compiled) -> list[Any]:
    """Its sentence, kind, what must hold, what it changes, and where it takes place: at a component, or on
    the way from one to another, with the versions at both ends."""
    system, cause = compiled.system, event.cause
    changes = [part for key, value in event.effect.items() for part in _change(system, key, value)]
    where: list[Any] = [_component_of(cause)]
    if isinstance(cause, HopCause):
        where = [cause.hop.consumer, cause.hop.provider, cause.consumer, cause.provider]
    return [event.text, str(event.kind), _test(system, event.guard), changes, *where]


def _component_of(cause: Cause) -> str | None:
    """The component at which it happens; None where it is at none."""
    match cause:
        case MoveCause(variable):
            subject = variable.subject
            return subject.provider if isinstance(subject, Contract) else str(subject)
        case WriteCause() | RelayCause() | LossCause() | DeliveryCause():
            return cause.contract.provider
        case ElectionCause(component):
            return component
        case EnableCause() | PipelineCause() | HopCause() | PassCause():
            return None
        case _:
            assert_never(cause)


def _change(system: System, key: VariableKey, value: Any) -> tuple[int, int]:
    index = system.index(key)
    return index, system.variables[index].domain.index(value)


def _test(system: System, guard: Guard) -> list[list[int]]:
    """For each variable of the guard its number, then the ranges of ranks that it may have."""
    tests = []
    for key, allowed in guard.items():
        index = system.index(key)
        domain = system.variables[index].domain
        ranks = [rank for rank, value in enumerate(domain) if value in allowed]
        if len(ranks) < len(domain):
            tests.append([index, *_ranges(ranks)])
    return sorted(tests)


def _ranges(numbers: Sequence[int]) -> list[int]:
    """First and last of each run of numbers that follow each other: `[1, 2, 3, 7]` is `[1, 3, 7, 7]`."""
    found: list[int] = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        found += [members[0], members[-1]]
    return found


def _break(lookup: Lookup, compiled: Compiled) -> Json:
    """A hop that fails where the test holds, at the `ends` of an arrow; the events of the hop that do so are
    those with the versions `taken` (None: any). `event`: it is this event that cuts the request off."""
    assert compiled.walker is not None
    hop = compiled.walker.request.hops[lookup.hop - 1]
    told = {"hop": lookup.hop, "text": _tell_break(lookup, hop), "test": _test(compiled.system, lookup.guard)}
    if lookup.event is not None:
        return told | {"event": compiled.system.events.index(lookup.event)}
    ends = [hop.consumer, hop.provider, lookup.consumer_version, lookup.provider_version]
    return told | {"ends": ends, "taken": [lookup.instance, _found(lookup)]}


def _found(lookup: Lookup) -> str | None:
    """Whom the hop has to meet for it to break: the instance that answers, the form found; None: anybody."""
    return lookup.provider_version if lookup.aspect is Aspect.CONTENT else lookup.callee


def _tell_break(lookup: Lookup, hop: Hop) -> str:
    if lookup.kind is HazardKind.INCOMPATIBLE:
        consumer = f"form {lookup.consumer_version}" if lookup.consumer_version else "who forwards"
        return f"{hop}: {consumer} meets {lookup.provider_version} ({lookup.aspect})"
    if lookup.kind is HazardKind.UNAVAILABLE:
        return f"{hop}: nobody takes the call"
    return f"the request is cut off at {hop.consumer if lookup.callee is None else hop.provider}"


# --- what is seen -----------------------------------------------------------------------------


def _node(name: str, vocabulary: Vocabulary, system: System) -> Json:
    """What the component looks like: for each variable that it shows, its looks and which of them each rank
    has. The page joins them: versions and notes of all, the last word that there is, or else `word`."""
    view = StageView(vocabulary, None)
    parts = []
    for key in _shown(name, vocabulary):
        domain = system.variables[system.index(key)].domain
        looks = [_look(view, name, key, show_value(value)) for value in domain]
        kinds = [json.loads(look) for look in dict.fromkeys(map(json.dumps, looks))]
        parts.append([system.index(key), kinds, [kinds.index(look) for look in looks]])
    return {"word": "" if parts else view.standing(name, {})["word"], "parts": parts}


def _look(view: StageView, name: str, key: VariableKey, state: str) -> Json:
    if key == leader_of(name):
        return {"badges": [], "word": "", "notes": [tell_leader(state)]}
    if key == jobs_of(name):
        return {"badges": [], "word": "suspended" if state == SUSPENDED else "", "notes": []}
    return view.standing(name, {key: state})


def _everybody(deployment: Deployment) -> tuple[str, ...]:
    """The components, and the clients that nobody declares."""
    met = (
        name
        for request in deployment.requests
        for hop in request.hops
        for name in (hop.consumer, hop.provider)
    )
    return tuple(dict.fromkeys((*deployment.components, *met)))


def _shown(name: str, vocabulary: Vocabulary) -> Iterator[VariableKey]:
    """The variables by which a component is seen to stand as it does."""
    keys = [instances_of(name), leader_of(name), jobs_of(name)]
    for contract in vocabulary.changed:
        if contract.provider == name:
            keys += [schema_of(contract), content_of(contract), unacknowledged_of(contract)]
    yield from (key for key in keys if key in vocabulary.lives)


# --- stories ----------------------------------------------------------------------------------


def _story(hazard: Hazard, compiled: Compiled) -> Json | None:
    """The hazard's events as numbers of the system's; what fails at its end is no event of the system. None
    for a story that does not happen there: of an answer that no engine gave."""
    trace = hazard.trace
    if isinstance(hazard, PropertyHazard):
        trace, title = hazard.whole_story, tell_violation(hazard)
    else:
        left, right = tell_sides(hazard, compiled.vocabulary.deployment)
        trace, title = trace[:-1], f"{hazard.subject}: {left} meets {right} ({tell_failure(hazard)})"
    numbers = {id(event): number for number, event in enumerate(compiled.system.events)}
    events = [numbers[id(taken.event)] for taken in follow(trace, compiled.system)]
    return {"id": hazard.id, "title": title, "events": events} if len(events) == len(trace) else None
