"""A story as scenes: what is told at each, and how every component stands at that moment.

The meaning is the trace's own: a scene's components are read off the machines' states that the
trace says were reached, nothing is computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

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
from ...model.compiler.system import EventKind
from ...model.compiler.variables import NO_LEADER, SUSPENDED, Vocabulary
from ...model.compiler.version_names import call_versions
from ...model.deployment import Kind, Request
from ...model.machines.machine import EMPTY
from ...model.names import (
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
from ...properties.verdict import Hazard, HopHazard, TraceEvent
from ..condense import condense, split_event
from .cast import Cast

_FOLDED: dict[str, object] = {"badges": [], "word": "on the way"}
"""How the node stands that is drawn for several."""

MachineStates = dict[VariableKey, str]
"""The state of each machine, by its variable."""


class StageView:
    """How components stand, given the states of the machines."""

    def __init__(self, vocabulary: Vocabulary, focus: Contract | None) -> None:
        self._vocabulary, self._focus = vocabulary, focus
        self._versions = vocabulary.deployment.versions

    def standing(self, name: str, values: Mapping[VariableKey, str]) -> dict[str, object]:
        """The versions to be met, a word on its state, and what more there is to say."""
        component = self._vocabulary.deployment.components.get(name)
        if component is None:
            return {"badges": [], "word": "no version", "notes": []}
        if component.kind.has_instances:
            return self._instances(name, values)
        return self._store(name, component.kind, values)

    def _instances(self, name: str, values: Mapping[VariableKey, str]) -> dict[str, object]:
        state = values[instances_of(name)]
        met = self._vocabulary.rollouts[name].list_met(state)
        counts = self._vocabulary.rollouts[name].counts[state]
        badges = [[version, counts.get(version)] for version in self._versions if version in met]
        word = "" if badges else "down"
        if values.get(jobs_of(name)) == SUSPENDED:
            word = "suspended"
        leader = values.get(leader_of(name))
        deployment = self._vocabulary.deployment
        notes = [call_versions(deployment, instances_of(name), state)]
        if leader is not None:
            notes.append(tell_leader(call_versions(deployment, leader_of(name), leader)))
        return {"badges": badges, "word": word, "notes": notes}

    def _store(self, name: str, kind: Kind, values: Mapping[VariableKey, str]) -> dict[str, object]:
        contracts = [c for c in self._vocabulary.changed if c.provider == name]
        shown = [self._focus] if self._focus in contracts else contracts
        found = [version for contract in shown if contract for version in self._forms(contract, values)]
        notes = [note for contract in contracts for note in self._notes(contract, kind, values)]
        badges = [[version, None] for version in self._versions if version in found]
        return {"badges": badges, "word": "" if contracts else "unchanged", "notes": notes}

    def _forms(self, contract: Contract, values: Mapping[VariableKey, str]) -> Iterator[str]:
        if schema := values.get(schema_of(contract)):
            yield schema
        if content := values.get(content_of(contract)):
            yield from self._vocabulary.forms.held[content]

    def _notes(self, contract: Contract, kind: Kind, values: Mapping[VariableKey, str]) -> Iterator[str]:
        if schema := values.get(schema_of(contract)):
            called = self._vocabulary.deployment.name_version(contract.provider, schema)
            yield f"{contract.subject}: {kind.structure} {called}"
        if content := values.get(content_of(contract)):
            yield f"{contract.subject}: data {content}"
        taken = values.get(unacknowledged_of(contract))
        if taken is not None and taken != EMPTY:
            yield f"{contract.subject}: not acknowledged {taken}"


def tell_leader(state: str) -> str:
    """Who leads, as a note says it."""
    return state if state == NO_LEADER else f"{state} leads"


def list_scenes(
    vocabulary: Vocabulary, cast: Cast, hazard: Hazard, request: Request | None
) -> Iterator[dict[str, object]]:
    """The start, then a scene for each event that matters; each tells what changed on the stage.

    What is left out (`condense`) is counted, and still takes effect on the stage.
    """
    stage = StageView(vocabulary, hazard.contract if isinstance(hazard, HopHazard) else None)
    values = {name: life.life.initial for name, life in vocabulary.lives.items()}
    shown: dict[str, object] = {}
    yield {"kind": "start", "flags": _flags(vocabulary, values), **_list_changed(stage, cast, values, shown)}
    story = hazard.whole_story
    told = {row.number: row.passed for row in condense(story)}
    for number, event in enumerate(story, start=1):
        values.update(event.values)
        ends = number == len(story)
        fails = ends and hazard.ends
        failing = hazard if fails and isinstance(hazard, HopHazard) else None
        if number not in told:
            continue
        who, what = split_event(event)
        scene = {"kind": str(event.kind), "number": number, "step": event.step, "what": what}
        scene["who"] = "" if event.kind is EventKind.HOP or who in what else who
        yield {
            **scene,
            "passed": told[number],
            "fails": fails,
            "flags": _flags(vocabulary, values),
            **_meeting(vocabulary, cast, event, request, failing),
            **_list_changed(stage, cast, values, shown),
        }


def _flags(vocabulary: Vocabulary, values: MachineStates) -> list[list[str]]:
    return [[flag.name, values[flag_of(flag.name)]] for flag in vocabulary.deployment.flags]


def _list_changed(
    stage: StageView, cast: Cast, values: MachineStates, shown: dict[str, object]
) -> dict[str, object]:
    """How the components stand that stand otherwise than `shown`, by their number; updates `shown`."""
    now = {
        str(number): _FOLDED | {"notes": list(cast.folded)}
        if name == cast.fold
        else stage.standing(name, values)
        for number, name in enumerate(cast.names)
    }
    changed = {number: standing for number, standing in now.items() if shown.get(number) != standing}
    shown.update(changed)
    return {"nodes": changed}


def _meeting(
    vocabulary: Vocabulary, cast: Cast, event: TraceEvent, request: Request | None, failing: HopHazard | None
) -> dict[str, object]:
    """The arrow that the event runs along, and the versions at its two ends; or where it takes place."""
    if event.kind is not EventKind.HOP or event.hop is None or request is None:
        owner = cast.number_of(event.owner, vocabulary.deployment)
        return {} if owner is None else {"at": owner}
    hop = request.hops[event.hop - 1]
    consumer, provider = _versions_of(event.cause)
    if failing is not None and provider is None:
        provider = failing.provider_version
    arrow = cast.arrow_of(hop)
    if arrow is None:
        return {"at": cast.number_of(hop.provider, vocabulary.deployment)}
    return {"arrow": arrow, "consumer": consumer, "provider": provider}


def _versions_of(cause: Cause) -> tuple[str | None, str | None]:
    """The versions at the two ends of a hop."""
    match cause:
        case HopCause(_, _, _, consumer, provider):
            return consumer, provider
        case (
            PassCause()
            | MoveCause()
            | PipelineCause()
            | WriteCause()
            | RelayCause()
            | LossCause()
            | DeliveryCause()
            | EnableCause()
            | ElectionCause()
        ):
            return None, None
        case _:
            assert_never(cause)
