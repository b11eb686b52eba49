"""Residue beside several pipelines: which contracts can hold an old form when all is over.

What the pipelines join is looked at together. Of a cluster that is left out there it matters only at which
ends of its pipeline all its instances can be of the last version: that a pipeline comes to each of its
positions in one way, and that the cluster has to do with this one alone, is why it could be left out
(`temporal.clusters`). So a failure after which an instance stays old leaves no residue in parts that it has
nothing to do with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from ....model.compiler.compile import Compiled
from ....model.compiler.system import State, conjoin
from ....model.compiler.task import Task
from ....model.names import Contract, VariableKey, content_of, instances_of, is_pipeline
from ...temporal.clusters import Clusters
from ...temporal.influence import VariableSet, join_sets
from .several_ends import SeveralEnds


class ResidueOfSeveral(Struct, frozen=True, dict=True):
    """Answers for one deployment; `around` tells what cannot be left out where variables are asked for."""

    task: Task
    around: Callable[[Iterable[VariableKey]], VariableSet]

    def find(self) -> Iterator[Contract]:
        """The contracts of which some complete state, in which every instance is of the last version, holds
        an older form (semantics 30). Raises `LimitError`."""
        vocabulary = self.task.vocabulary
        for contract in vocabulary.changed:
            if vocabulary.has_content(contract) and self._stays(contract):
                yield contract

    def _stays(self, contract: Contract) -> bool:
        own = self.around([content_of(contract)])
        beside = [group for group in self._groups if group.isdisjoint(own)]
        if not all(any(True for _ in self._list_ends(self.around(group))) for group in beside):
            return False
        together = frozenset({content_of(contract)}).union(*self._groups).difference(*beside)
        keys, vocabulary = self.around(together), self.task.vocabulary
        small, _ = self._ends.list_complete(keys)
        older = [vocabulary.holds(contract, form) for form in self.task.deployment.versions[:-1]]
        return any(small.system.holds(state, guard) for state in self._list_ends(keys) for guard in older)

    @cached_property
    def _groups(self) -> tuple[VariableSet, ...]:
        """The pipelines, those together of which one cannot be looked at without the other."""
        pipelines = [key for key in self.task.vocabulary.lives if is_pipeline(key)]
        return tuple(join_sets(pipelines, (self.around([key]) for key in pipelines)))

    def _list_ends(self, keys: VariableSet) -> Iterator[State]:
        """The complete states of a part in which no old instance is there, nor need be elsewhere."""
        small, renewed = self._list_renewed(keys)
        return (state for state in renewed if self._barred.isdisjoint(small.place(state)))

    @cached_property
    def _barred(self) -> frozenset[int]:
        """The positions at which some old instance of a cluster that can be left out stays for good."""
        clusters, found = Clusters.of(self.task), set[int]()
        for some in clusters.spared:
            if any(instances_of(name) in some for name in self.task.vocabulary.rollouts):
                found |= self._find_barred(some, clusters.parts[some].pipelines)
        return frozenset(found)

    def _find_barred(self, some: VariableSet, pipelines: Iterable[VariableKey]) -> set[int]:
        keys, courses = self.around(some), self.task.vocabulary.courses
        small, renewed = self._list_renewed(keys)
        ends = {index for state in renewed for index in small.place(state)}
        on_the_way = [courses[key] for key in pipelines] or courses.values()
        return {here.index for course in on_the_way for here in course} - ends

    def _list_renewed(self, keys: VariableSet) -> tuple[Compiled, list[State]]:
        """A part, and its complete states in which no old instance of its own is there."""
        if keys not in self._renewed:
            small, complete = self._ends.list_complete(keys)
            last = self.task.deployment.versions[-1]
            names = (name for name in small.vocabulary.rollouts if instances_of(name) in keys)
            renewed = conjoin(*(small.vocabulary.only_up(name, last) for name in names))
            found = [] if renewed is None else [one for one in complete if small.system.holds(one, renewed)]
            self._renewed[keys] = small, found
        return self._renewed[keys]

    @cached_property
    def _renewed(self) -> dict[VariableSet, tuple[Compiled, list[State]]]:
        return {}

    @cached_property
    def _ends(self) -> SeveralEnds:
        return SeveralEnds(self.task)
