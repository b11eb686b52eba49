"""How units can stand when a deployment is complete, read off the set of its complete states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from msgspec import Struct

from ....model.compiler.life_variables import Standing
from ....model.compiler.task import Task
from ....model.names import VariableKey
from .alone import DeploymentStates
from .encoding import Encoding, Manager
from .library import Bdd
from .limits import Watch, limit_memory
from .order import order_variables

MOST_NODES = 5_000_000
"""So many nodes of diagrams are made for what is told beside the verdict: some seconds."""


class SymbolicEnds(Struct, frozen=True):
    """The complete states of a deployment: those in which each pipeline is at its own end, and the others."""

    encoding: Encoding
    own: Bdd
    others: Bdd

    def at_end(self, key: VariableKey) -> frozenset[str]:
        """Every state that the variable can have where nothing has failed."""
        return frozenset(self._list_states(key, self.own))

    def after_rollback(self, key: VariableKey) -> frozenset[str]:
        """Every state that it can have where a rollback is over."""
        return frozenset(self._list_states(key, self.others))

    def _list_states(self, key: VariableKey, among: Bdd) -> Iterator[str]:
        for value, rank in self.encoding.ranks[key].items():
            holds = among & self.encoding.of_ranks(key, [rank])
            if isinstance(value, Standing) and holds != self.encoding.false:
                yield value.state


def find_symbolic_ends(task: Task) -> SymbolicEnds:
    """Raises `LimitError`."""
    limits, alone = replace(task.limits, max_work=MOST_NODES), task.alone
    with limit_memory(limits):
        manager = Manager(order_variables([alone.system]), limits.memory_left_mib())
        states = DeploymentStates(alone, manager, Watch(limits))
        encoding, complete = states.encoding, states.reached & states.complete
        at_own_ends = encoding.all(
            encoding.states({key: frozenset({Standing(end.name)})})
            for key, end in task.vocabulary.own_ends.items()
        )
        return SymbolicEnds(encoding, complete & at_own_ends, complete & ~at_own_ends)
