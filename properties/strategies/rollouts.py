"""Interleavings of a rollout, and the mixed states on their way."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec import Struct

from ...model.compiler.system import Event, EventKind, State
from ...model.deployment import Deployment
from ...model.machines.rollouts import Rollout
from ...model.names import VariableKey, content_of, instances_of, schema_of
from ..simulation.simulation import Happening, Play, Simulation

MOST_EVENTS = 200
"""So many events a drawn run has at most; a deployment with traffic has runs without end."""


def rollouts(
    deployment: Deployment,
    *,
    own: Mapping[str, Rollout] | None = None,
    traffic: bool = False,
    complete: bool = False,
) -> SearchStrategy[tuple[Event, ...]]:
    """Interleavings of the deployment, from its start: events of the kernel in an order that can happen.

    With `complete` each run ends where the pipeline is past its last step and all moves are over;
    otherwise it ends anywhere. With `traffic` other requests write and use messages up in between.
    `own` gives components lives of their own. Shrinks to the fewest events, and those that come first.
    """
    return _runs(Play(deployment, own), traffic, complete)


@st.composite
def _runs(draw: DrawFn, play: Play, traffic: bool, complete: bool) -> tuple[Event, ...]:
    simulation = Simulation(play)
    run: list[Event] = []
    while len(run) < MOST_EVENTS and not (complete and simulation.is_complete):
        possible = _possible(simulation, traffic)
        if not possible or (not complete and draw(st.integers(0, 15)) == 0):
            break
        happening = draw(st.sampled_from(possible))
        run.append(happening.event)
        simulation.fire(happening)
    assume(not complete or simulation.is_complete)
    return tuple(run)


def _possible(simulation: Simulation, traffic: bool) -> list[Happening]:
    return [h for h in simulation.happenings() if traffic or h.event.kind is not EventKind.WRITE]


class MixedState(Struct, frozen=True):
    """A state that the rollout passes through, in which more than one version is about.

    `run` leads there from the start; `versions` are those about by variable: the versions up of a
    component (`instances_of(name)`), the version of a schema, the forms of a content.
    """

    run: tuple[Event, ...]
    state: State
    step: str
    versions: Mapping[VariableKey, frozenset[str]]


def mixed_states(
    deployment: Deployment, *, own: Mapping[str, Rollout] | None = None, traffic: bool = False
) -> SearchStrategy[MixedState]:
    """States of the rollout with version skew: two versions of one thing, or things of two versions.

    Shrinks to the fewest events on the way, so to the earliest step that mixes anything. Without
    any such state there is no example.
    """
    return _mixed_states(Play(deployment, own), traffic)


@st.composite
def _mixed_states(draw: DrawFn, play: Play, traffic: bool) -> MixedState:
    simulation = Simulation(play)
    run: list[Event] = []
    last: MixedState | None = None
    while len(run) < MOST_EVENTS:
        versions = _about(simulation)
        if len(frozenset().union(*versions.values())) > 1:
            last = MixedState(tuple(run), simulation.own, simulation.step, versions)
        possible = _possible(simulation, traffic)
        if not possible or (last is not None and draw(st.integers(0, 7)) == 0):
            break
        happening = draw(st.sampled_from(possible))
        run.append(happening.event)
        simulation.fire(happening)
    assume(last is not None)
    assert last is not None
    return last


def _about(simulation: Simulation) -> dict[VariableKey, frozenset[str]]:
    """The versions of everything that has any."""
    vocabulary, system = simulation.play.own.vocabulary, simulation.play.own.system
    versions = simulation.play.deployment.versions
    about = {instances_of(name): simulation.up(name) for name in vocabulary.rollouts}
    for contract in vocabulary.changed:
        if vocabulary.has_schema(contract):
            about[schema_of(contract)] = frozenset(
                v for v in versions if system.holds(simulation.own, vocabulary.schema_is(contract, v))
            )
        if vocabulary.has_content(contract):
            about[content_of(contract)] = frozenset(
                v for v in versions if system.holds(simulation.own, vocabulary.holds(contract, v))
            )
    return about
