"""Several requests in one model: one of them is watched, chosen at the start."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ...model.compiler.compile import Compiled
from ...model.compiler.system import Event, Guard, System, Variable
from ...model.names import WATCHED, VariableKey


def watch(requests: Sequence[Compiled]) -> System:
    """The union of the requests' systems, each event bound to the requests that have it.

    The deployment's own variables are the same in each; those of the requests that have one name
    share one variable, since only one request is watched. `WATCHED` says which; its initial value
    is arbitrary, the model chooses one. A single request needs no such variable.
    """
    if len(requests) == 1:
        return requests[0].system
    names = tuple(find_request_name(compiled) for compiled in requests)
    variables: dict[VariableKey, Variable] = {}
    events: dict[object, tuple[int, Event, set[str]]] = {}
    for compiled, name in zip(requests, names, strict=True):
        for variable in compiled.system.variables:
            known = variables.get(variable.key, variable)
            domain = tuple(dict.fromkeys((*known.domain, *variable.domain)))
            variables[variable.key] = known._replace(domain=domain)
        for number, event in enumerate(compiled.system.events):
            events.setdefault(_identity(event), (number, event, set()))[2].add(name)
    watched = Variable(WATCHED, names, names[0])
    in_order = sorted(events.values(), key=lambda found: found[0])  # what is alike stands together
    bound = (_bind(event, who, names) for _, event, who in in_order)
    return System((watched, *variables.values()), tuple(bound))


def find_request_name(compiled: Compiled) -> str:
    """The name of the request under watch."""
    assert compiled.walker is not None, "there is no request under watch"
    return compiled.walker.request.name


def bind(guard: Guard, request: str, requests: Sequence[Compiled]) -> Guard:
    """The guard, if this request is the one that is watched."""
    return {WATCHED: frozenset({request}), **guard} if len(requests) > 1 else guard


def _identity(event: Event) -> object:
    guard, effect = frozenset(event.guard.items()), frozenset(event.effect.items())
    return event.cause, event.group, guard, effect


def _bind(event: Event, who: set[str], names: tuple[str, ...]) -> Event:
    if len(who) == len(names):
        return event
    return replace(event, guard={WATCHED: frozenset(who), **event.guard})
