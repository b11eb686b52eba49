"""How units can stand when a deployment with several pipelines, of which none can stall, is complete.

It is told from the part of each, for all that is left out of it can be over as well (`clusters`)."""

from __future__ import annotations

from ....model.compiler.compile import Compiled
from ....model.compiler.life_variables import Standing
from ....model.compiler.system import State, search
from ....model.compiler.task import Task, allow_few
from ....model.names import VariableKey
from ...temporal.clusters import Clusters
from ...temporal.influence import VariableSet
from .hop_part import cut_out


class SeveralEnds:
    """Answers for one deployment with several pipelines."""

    def __init__(self, task: Task) -> None:
        self._task, self._clusters = task, Clusters.of(task)
        self._known: dict[VariableSet, tuple[Compiled, list[State]]] = {}
        self._ends = frozenset(here.index for here in task.vocabulary.own_ends.values())

    def at_end(self, key: VariableKey) -> frozenset[str]:
        """Every state that it can have where each pipeline is at its own end. Raises `LimitError`."""
        return self._list_states(key, of_rollbacks=False)

    def after_rollback(self, key: VariableKey) -> frozenset[str]:
        """Every state that it can have where one of its part is at the end of a rollback."""
        return self._list_states(key, of_rollbacks=True)

    def _list_states(self, key: VariableKey, *, of_rollbacks: bool) -> frozenset[str]:
        small, complete = self.list_complete(self._clusters.around([key]))
        ended = (s for s in complete if self._ends.issuperset(small.place(s)) is not of_rollbacks)
        values = {small.system.value(state, key) for state in ended}
        return frozenset(value.state for value in values if isinstance(value, Standing))

    def list_complete(self, keys: VariableSet) -> tuple[Compiled, list[State]]:
        """The part that these variables are, and its complete states. Raises `LimitError`."""
        if keys not in self._known:
            small = cut_out(self._task.alone, keys)
            states = search(small.system, allow_few(self._task.limits)).states
            self._known[keys] = small, list(filter(small.is_complete, states))
        return self._known[keys]
