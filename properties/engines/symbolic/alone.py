"""The deployment without a request: what every run of it must pass, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from ....model.compiler.compile import Compiled
from ....model.compiler.system import conjoin
from ....model.names import Contract
from .encoding import Encoding, Manager
from .grades import compute_grades, sort_events
from .library import Bdd
from .limits import Watch
from .steps import build_step, closure


class DeploymentStates:
    """The states of a deployment with no request under watch."""

    def __init__(self, compiled: Compiled, manager: Manager, watch: Watch) -> None:
        self.compiled = compiled
        self.encoding = Encoding(compiled.system, manager)
        self._watch = watch
        events = sort_events(compiled.system, compute_grades(compiled.system))
        self._steps = [build_step(self.encoding, event) for event in events]
        self._passable: dict[Bdd, bool] = {}

    @cached_property
    def complete(self) -> Bdd:
        return self.encoding.satisfying(self.compiled.complete())

    @cached_property
    def reached(self) -> Bdd:
        """All reachable states."""
        return self._reach()

    def is_passable(self, closed: Bdd) -> bool:
        """Whether some run is complete without a state of `closed`, both ends included."""
        hit = closed & self.reached
        if hit not in self._passable:
            found = self._reach(hit, self._has_complete)
            self._passable[hit] = self._has_complete(found)
        return self._passable[hit]

    def residue(self) -> Iterator[Contract]:
        """The contracts that can hold an old form when all is over and no old instance is up."""
        vocabulary = self.compiled.vocabulary
        last = vocabulary.deployment.versions[-1]
        renewed = conjoin(*(vocabulary.only_up(name, last) for name in vocabulary.rollouts))
        ends = self.reached & self.complete & self.encoding.states(renewed)
        for contract in vocabulary.changed:
            if vocabulary.has_content(contract):
                older = [vocabulary.holds(contract, v) for v in vocabulary.deployment.versions[:-1]]
                if any(ends & self.encoding.states(guard) != self.encoding.false for guard in older):
                    yield contract

    def _has_complete(self, found: Bdd) -> bool:
        return bool(found & self.complete != self.encoding.false)

    def _reach(self, closed: Bdd | None = None, enough: Callable[[Bdd], bool] | None = None) -> Bdd:
        start = self.encoding.state(self.compiled.system.initial)
        return closure(self.encoding, start, self._steps, self._watch, closed=closed, enough=enough)
