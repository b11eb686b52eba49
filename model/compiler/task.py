"""A task: what is judged, and what may be spent on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cached_property

from ..deployment import Deployment, Request
from ..frozen import dataclass
from ..machines.rollouts import Rollout
from ..resources.jobs import ALONE
from ..resources.limits import Limits
from .compile import Compiled, compile_with
from .variables import Vocabulary

LISTED_STATES = 20_000
"""So many states of one search are listed sooner than a library for anything better is imported."""


def allow_few(limits: Limits) -> Limits:
    """The limits of a search that is over before a worker has started."""
    most = LISTED_STATES if limits.max_states is None else min(limits.max_states, LISTED_STATES)
    return replace(limits, max_states=most, workers=ALONE)


class Compilation:
    """A deployment in the forms in which it is judged, each compiled when it is first asked for, and once."""

    def __init__(self, deployment: Deployment, rollouts: Mapping[str, Rollout] | None) -> None:
        self._deployment, self._rollouts = deployment, rollouts
        self._products: dict[str, Compiled] = {}
        self.indexes: dict[type, object] = {}
        """What those who judge index of it, each kind once."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self._deployment, self._rollouts)

    @cached_property
    def alone(self) -> Compiled:
        """The deployment with no request under watch."""
        return compile_with(self.vocabulary)

    @cached_property
    def own_moves(self) -> Compiled:
        """The deployment alone and without traffic."""
        return compile_with(self.vocabulary, traffic=False)

    def product(self, request: Request) -> Compiled:
        """The deployment with that request under watch."""
        found = self._products.get(request.name)
        if found is None:
            found = self._products[request.name] = compile_with(self.vocabulary, request)
        return found


@dataclass(frozen=True)
class Task:
    """A deployment whose changes are given, the lives that were given to its components in place of their
    strategies', and the limits. What is compiled of it is compiled once, whoever asks."""

    deployment: Deployment
    rollouts: Mapping[str, Rollout] | None = None
    limits: Limits = field(default_factory=Limits)
    _shared: Compilation | None = field(default=None, repr=False, compare=False)

    @cached_property
    def compilation(self) -> Compilation:
        return self._shared or Compilation(self.deployment, self.rollouts)

    def under(self, limits: Limits) -> Task:
        """The same task under other limits; it shares what is compiled."""
        return replace(self, limits=limits, _shared=self.compilation)

    @property
    def vocabulary(self) -> Vocabulary:
        return self.compilation.vocabulary

    @property
    def alone(self) -> Compiled:
        """The deployment with no request under watch."""
        return self.compilation.alone

    @property
    def own_moves(self) -> Compiled:
        """The deployment alone and without traffic: nobody writes, and no message is used up."""
        return self.compilation.own_moves

    def product(self, request: Request) -> Compiled:
        """The deployment with one of its requests under watch."""
        return self.compilation.product(request)

    @property
    def products(self) -> list[Compiled]:
        """The deployment with each of its requests under watch, in their order."""
        return [self.product(request) for request in self.deployment.requests]
