"""A deployment of two or three components, walked event by event: what can happen now, what does, what is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.space import show_value
from skewproof.model.compiler.system import Cut, Event, Reached, State, search
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import VariableKey


@dataclass(frozen=True)
class Walk:
    """A place in what the deployment can do."""

    compiled: Compiled
    state: State

    @property
    def can(self) -> list[str]:
        """The events that can happen, in words; each text once."""
        return list(dict.fromkeys(event.text for event in self._enabled))

    @property
    def _enabled(self) -> list[Event]:
        return [event for event, _ in self.compiled.system.successors(self.state)]

    def cannot(self, part: str) -> bool:
        """No event with the part in its text can happen."""
        return not any(part in text for text in self.can)

    def go(self, *parts: str) -> Walk:
        """After the events that have the parts in their texts, in turn; no part leaves a choice."""
        here = self
        for part in parts:
            after = {there for e, there in here.compiled.system.successors(here.state) if part in e.text}
            assert len(after) == 1, f"{len(after)} ways for {part!r}; there are {here.can}"
            here = replace(here, state=after.pop())
        return here

    def __getitem__(self, name: str) -> str:
        """What the variable called `name` has: of a machine its state."""
        return self.values[name]

    @cached_property
    def values(self) -> dict[str, str]:
        """What each variable has, in words."""
        variables = self.compiled.system.variables
        found = ((v, v.domain[rank]) for v, rank in zip(variables, self.state, strict=True))
        return {str(variable.key): str(getattr(value, "state", value)) for variable, value in found}

    @property
    def cuts(self) -> list[Cut]:
        """What each event that can happen cuts off, of those that do."""
        return [event.cut for event in self._enabled if event.cut is not None]

    @property
    def is_complete(self) -> bool:
        return self.compiled.system.satisfies(self.state, self.compiled.complete())

    def event(self, part: str) -> Event:
        """The only event that can happen and has the part in its text."""
        (found,) = (event for event in self._enabled if part in event.text)
        return found


def walk(text: str, request: str | None = None, *, failures: bool = False, traffic: bool = True) -> Walk:
    """The start of a deployment, with the request of that name under watch."""
    deployment = replace(loads(text), failures=failures)
    watched = next((one for one in deployment.requests if one.name == request), None)
    assert request is None or watched is not None
    compiled = compile_deployment(deployment, watched, traffic=traffic)
    return Walk(compiled, compiled.system.initial)


def everything(text: str, request: str | None = None, *, traffic: bool = True) -> Reached:
    """Every state that can be reached."""
    return search(walk(text, request, traffic=traffic).compiled.system)


def places(found: Reached, name: str) -> set[str]:
    """All that the variable called `name` has in some state; of a machine its states."""
    variables = found.system.variables
    index = next(i for i, variable in enumerate(variables) if str(variable.key) == name)
    return {show_value(variables[index].domain[state[index]]) for state in found.states}


def deployment(text: str, *, failures: bool = False) -> Deployment:
    return replace(loads(text), failures=failures)


def key_of(compiled: Compiled, name: str) -> VariableKey:
    """The variable called `name`."""
    return next(variable.key for variable in compiled.system.variables if str(variable.key) == name)
