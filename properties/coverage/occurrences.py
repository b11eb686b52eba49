"""Where the pipeline can stand while something is so, in the deployment alone.

What one side of a cell depends on is a small part of a deployment. The part is the cone of influence of the
variables that are asked about, with every move whose predicate looks at one of them, and every queue that
the pipeline waits for and one of them empties. So nothing outside that the pipeline waits for looks into it,
and nothing in it looks out; only the pipeline joins them. Where the pipeline cannot stall,
what is outside of the part can always let it go on, whatever the part does meanwhile; so each run of the part
is that of some run of the whole, and the part's states are the whole's, as far as it sees. Where the pipeline
can stall, that is a hazard of its own, and a part may show more than the whole can reach.

Of several pipelines a part that has one alone is such a part, if nothing joins that one to another. Else the
part is its realm: what is outside of less may let one pipeline go on only when another has. Pipelines that
are not in the part stand anywhere meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from ...model.compiler.advances import split_events
from ...model.compiler.compile import Compiled
from ...model.compiler.system import Condition, EventKind, Guard, Reached, conjoin, passes, search
from ...model.compiler.task import Task
from ...model.compiler.traffic import takes_away
from ...model.compiler.variables import Vocabulary
from ...model.names import VariableKey, is_pipeline
from ...model.resources.limits import Limits
from ..temporal.influence import Influence, VariableSet
from ..temporal.realms import Realms, list_pipelines


class Placing(Protocol):
    """Who knows where the pipeline can stand while something is so, in a deployment alone."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    def positions(self, condition: Condition) -> frozenset[int]:
        """The positions of the pipelines at which the condition can hold. Raises `LimitError`."""

    def can_both_hold(self, first: Condition, second: Condition) -> bool:
        """Whether some state satisfies both. Raises `LimitError`."""


class Occurrences(Struct, dict=True):
    """Answers for one deployment without a request, compiled once somebody asks; each part of it is searched
    once.

    `whole`: everything is asked of all states, as the reference engine does.
    """

    task: Task
    whole: bool = False
    _searched: dict[VariableSet, Reached] = field(default_factory=dict)
    _known: dict[frozenset[tuple[object, object]], frozenset[int]] = field(default_factory=dict)
    """Where each guard can hold."""

    @property
    def vocabulary(self) -> Vocabulary:
        return self.task.vocabulary

    @property
    def compiled(self) -> Compiled:
        return self.task.alone

    @property
    def limits(self) -> Limits:
        return self.task.limits

    @cached_property
    def _realms(self) -> Realms | None:
        return Realms(self.compiled) if self.task.deployment.pipelines else None

    @cached_property
    def _influence(self) -> Influence:
        return Influence(self.compiled)

    def positions(self, condition: Condition, limits: Limits | None = None) -> frozenset[int]:
        """The positions of the pipelines at which the condition can hold. Raises `LimitError`."""
        return frozenset().union(*(self._where(guard, limits) for guard in condition))

    def _where(self, guard: Guard, limits: Limits | None) -> frozenset[int]:
        key = frozenset(guard.items())
        if key not in self._known:
            reached = self.part(guard, limits)
            test, part = reached.system.test(guard), replace(self.compiled, system=reached.system)
            places = {part.place(state) for state in reached.states if passes(state, test)}
            self._known[key] = frozenset().union(*places, self._positions_beside(part) if places else ())
        return self._known[key]

    def _positions_beside(self, part: Compiled) -> Iterator[int]:
        """The positions of the pipelines that are not in the part."""
        keys = {variable.key for variable in part.system.variables}
        for key, course in self.vocabulary.courses.items():
            yield from (here.index for here in course if key not in keys)

    def can_both_hold(self, first: Condition, second: Condition) -> bool:
        """Whether some state satisfies both. Raises `LimitError`."""
        both = (conjoin(one, other) for one in first for other in second)
        return bool(self.positions(tuple(guard for guard in both if guard is not None)))

    def part(self, names: Iterable[VariableKey], limits: Limits | None = None) -> Reached:
        """All states of the part of the deployment that these variables depend on, searched under these
        limits if it is not known yet. Raises `LimitError`."""
        cone = self.cone(names)
        if cone not in self._searched:
            system = self.compiled.system if self.whole else self._influence.part(cone).system
            self._searched[cone] = search(system, limits or self.limits)
        return self._searched[cone]

    def is_known(self, names: Iterable[VariableKey]) -> bool:
        """Whether that part has been searched."""
        return bool(self._searched) and self.cone(names) in self._searched

    def cone(self, names: Iterable[VariableKey]) -> VariableSet:
        """The variables of that part; none stand for all states."""
        return frozenset() if self.whole else self._closed(frozenset(names))

    def _closed(self, names: VariableSet) -> VariableSet:
        """The cone of the variables and of every move that looks at one of them; with the realms of those
        that several pipelines have to do with."""
        if self._realms is not None:
            touched = (realm for realm in self._realms.sets if not realm.isdisjoint(names))
            names = names.union(*(realm for realm in touched if len(list_pipelines(realm)) > 1))
        cone = self._influence.cone(names)
        while True:
            more = frozenset().union(*(self._looking.get(name, ()) for name in cone)) - cone
            if not more:
                return cone
            cone = self._influence.cone(cone | more)

    @cached_property
    def _looking(self) -> dict[VariableKey, set[VariableKey]]:
        """For each variable the others that some move changes whose guard names it, and the queues that the
        pipeline waits for and that somebody empties whom it says something of; the pipeline's own waits join
        what differs between ways of leaving one position."""
        found: dict[VariableKey, set[VariableKey]] = {}
        events = split_events(self.compiled.system)
        waited = {name for way in events.advances for name in way.names}
        for event in events.others:
            is_move = event.kind is EventKind.MOVE and event.group is not None
            if is_move or (not waited.isdisjoint(event.effect) and takes_away(event)):
                changed = [name for name in event.effect if not is_pipeline(name)]
                for name in event.guard.keys() - event.effect.keys():
                    if not is_pipeline(name):
                        found.setdefault(name, set()).update(changed)
        return found
