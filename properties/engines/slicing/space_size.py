"""How many states, transitions and interleavings a rollout has, by product where its parts do not meet.

Of one pipeline: `line_size`. Where several run, let the variables and the pipelines fall into realms: no
event, of a pipeline or of anything else, speaks of two of them (`temporal.realms`). Each realm is a system of
its own, and the whole is their product: in each state of it every realm does what it could do alone, and
changes nothing of the others. So

* states are the product of those of the realms;
* transitions are those of each realm, for each combination of states of the others;
* interleavings are the ways to shuffle a maximal path of each realm; and they are without end if those of one
  are, for every realm goes on to its end, whatever the others do.

A realm of one pipeline is measured as that, if it can go one way only; the states of all others are listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.system import Event, System, search
from ....model.compiler.task import allow_few
from ....model.names import PIPELINE, is_pipeline
from ....model.resources.limits import Limits, StateLimitError
from ...temporal.influence import join_sets
from ...temporal.realms import list_joined
from .line_size import TOO_MANY, WITHOUT_END, Size, count_paths, measure_line, shuffle_all


class SpaceSize(Struct, frozen=True):
    """The size of a space; `why` says what `interleavings` is None for."""

    states: int
    transitions: int
    interleavings: int | None
    why: str = ""


def measure_space(compiled: Compiled, limits: Limits) -> SpaceSize | None:
    """The size by product; None where there is one pipeline, which can go more than one way. Raises
    `LimitError` where a limit is hit in one part."""
    if compiled.vocabulary.deployment.pipelines:
        size: Size | None = _multiply([_measure_realm(one, limits) for one in _list_realms(compiled.system)])
    else:
        size = measure_line(compiled.system, PIPELINE, limits)
    if size is None:
        return None
    paths = None if size.paths is None else sum(size.paths.values())
    return SpaceSize(size.states, size.transitions, paths, size.why)


def _list_realms(system: System) -> Iterator[System]:
    """Each realm as a system of its own."""
    sets = join_sets((variable.key for variable in system.variables), list_joined(system))
    realm_of = {key: number for number, names in enumerate(sets) for key in names}
    events: list[list[Event]] = [[] for _ in sets]
    for event in system.events:
        events[realm_of[next(iter((*event.effect, *event.guard)))]].append(event)
    for names, own in zip(sets, events, strict=True):
        yield System(tuple(one for one in system.variables if one.key in names), tuple(own))


def _measure_realm(realm: System, limits: Limits) -> Size:
    pipelines = [variable.key for variable in realm.variables if is_pipeline(variable.key)]
    size = measure_line(realm, pipelines[0], limits) if len(pipelines) == 1 else None
    return size or _list_states(realm, limits)


def _list_states(realm: System, limits: Limits) -> Size:
    reached = search(realm, limits)
    edges = [[there for _, there in row] for row in reached.edges]
    paths = count_paths(0, edges.__getitem__, len(edges))
    return Size(len(edges), sum(map(len, edges)), paths, WITHOUT_END if paths is None else "")


def _multiply(realms: Sequence[Size]) -> Size:
    states = prod(realm.states for realm in realms)
    transitions = sum(realm.transitions * (states // realm.states) for realm in realms)
    if any(realm.why == WITHOUT_END for realm in realms):
        return Size(states, transitions, None, WITHOUT_END)
    for realm in realms:
        if realm.paths is None:
            return Size(states, transitions, None, realm.why)
    paths = shuffle_all([realm.paths for realm in realms if realm.paths is not None])
    return Size(states, transitions, paths, TOO_MANY if paths is None else "")


def refuse_more(compiled: Compiled, limits: Limits) -> None:
    """Raises `LimitError` at once for a space that would hit the limit when so many states are listed."""
    try:
        size = measure_space(compiled, allow_few(limits))
    except StateLimitError:
        return
    if size is not None and size.states > limits.listed_states:
        raise StateLimitError(limits.listed_states)
