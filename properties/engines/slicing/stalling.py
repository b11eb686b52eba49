"""Several pipelines of which some can stall: what they wait for, in groups, and what is told of a stall.

A group has some pipelines, and all that an event joins with them, but for what is offered to stores
(`temporal.offers`); where a pipeline has to do with what others can write, it is a realm (`temporal.realms`).
Groups share no variable, and nothing in one depends on another, so that a run of all of them is one of each,
shuffled. A state of the whole has stalled if a group has in it, and it is complete if each is. So what is
met, and where, is seen in a part that has all of each group that can stall and that it has to do with; and a
run of the part that comes to an end is one of the whole that does, if every other group has such a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.compile import Compiled, Placement
from ....model.compiler.system import State
from ....model.names import VariableKey, VariableKind
from ....model.resources.limits import Limits
from ...temporal.finding import FormulaFinding
from ...temporal.influence import VariableSet, join_sets
from ...temporal.judge import TemporalJudge
from ...temporal.offers import is_offered
from ...temporal.realms import Realms, list_joined, list_pipelines
from ...temporal.waiting import tell_where
from .hop_part import cut_out


class StallingGroup(Struct, frozen=True, dict=True):
    """A group that can stall. `found` is the stall as in a deployment of this group alone."""

    names: VariableSet
    judge: TemporalJudge
    found: FormulaFinding

    @cached_property
    def can_complete(self) -> bool:
        """Whether some run of it comes to its end all the same."""
        return any(self.judge.complete)

    @cached_property
    def positions(self) -> frozenset[int]:
        """Where its pipelines can stand, by index."""
        small = self.judge.compiled
        return frozenset(index for state in self.judge.reached.states for index in small.place(state))

    def find_furthest(self) -> Placement:
        """Where its pipelines get at most."""
        return self.judge.find_furthest(0)


def list_groups(alone: Compiled, realms: Realms) -> list[VariableSet]:
    """The groups, in the order of their first variables."""
    together = list_joined(alone.system, lambda event: not is_offered(event))
    apart = [names for names in join_sets(alone.vocabulary.lives, together) if list_pipelines(names)]
    written = {key for names in apart if any(k.kind is VariableKind.CONTENT for k in names) for key in names}
    whole = [realm for realm in realms.sets if not written.isdisjoint(realm)]
    return join_sets(dict.fromkeys(key for names in (*apart, *whole) for key in names), [*apart, *whole])


def find_stalling(
    alone: Compiled, groups: Iterable[VariableSet], limits: Limits
) -> tuple[StallingGroup, ...]:
    """Those that can stall. Raises `StateLimitError`."""
    found = []
    for names in groups:
        if list_pipelines(names):
            judge = TemporalJudge(cut_out(alone, names), limits)
            if (stall := judge.find_stall()) is not None:
                found.append(StallingGroup(names, judge, stall))
    return tuple(found)


def list_outside(alone: Compiled, keys: VariableSet, stalling: Sequence[StallingGroup]) -> frozenset[int]:
    """Where the pipelines can stand, by index, that are not among these variables: anywhere, but in a group
    that can stall."""
    courses = alone.vocabulary.courses.items()
    free = frozenset(here.index for key, course in courses if key not in keys for here in course)
    for group in stalling:
        if group.names.isdisjoint(keys):
            free -= frozenset(here.index for key, course in courses if key in group.names for here in course)
            free |= group.positions
    return free


def tell_stall(alone: Compiled, stalling: Sequence[StallingGroup]) -> FormulaFinding:
    """The stall of the whole: a shortest story of any of these groups, in which nothing else happens."""
    nearest = min(stalling, key=lambda group: len(group.found.story))
    window = frozenset[int]()
    for group in stalling:
        window |= group.found.window | list_outside(alone, group.names, stalling)
    furthest = _find_furthest(alone, nearest, stalling)
    return replace(
        nearest.found,
        explanation=tell_where(alone.vocabulary, furthest),
        window=window,
        inevitable=any(group.found.inevitable for group in stalling),
        end=_find_end(alone, nearest),
        furthest=furthest,
    )


def _find_furthest(alone: Compiled, nearest: StallingGroup, stalling: Iterable[StallingGroup]) -> Placement:
    """Where the pipelines still get: the others as far as they ever do."""
    there: dict[VariableKey, int] = {}
    for key, course in alone.vocabulary.courses.items():
        there[key] = max(here.index for here in course if here.is_end)
    for group in stalling:
        own = group.found.furthest if group is nearest else group.find_furthest()
        pipelines = (key for key in alone.vocabulary.courses if key in group.names)
        there |= dict(zip(pipelines, own or (), strict=True))
    return tuple(there.values())


def _find_end(alone: Compiled, nearest: StallingGroup) -> State:
    small, end = nearest.judge.compiled.system, nearest.found.end
    assert end is not None
    state = list(alone.system.initial)
    for index, variable in enumerate(small.variables):
        state[alone.system.index(variable.key)] = end[index]
    return tuple(state)
