"""Several pipelines of which some can stall: their realms (`temporal.realms`), and what is told of a stall.

Realms share no variable and no event, so that a run of the whole is one of each of them, shuffled. A state
of the whole has stalled if a realm has in it; it is complete if each realm is. So what is met, and where, is
seen in a part that has all of each realm that can stall and that it has to do with; and a run of the part
that comes to an end is one of the whole that does, if every other realm has such a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from ....model.compiler.compile import Compiled, Placement
from ....model.compiler.system import State
from ....model.names import VariableKey
from ....model.resources.limits import Limits
from ...temporal.finding import FormulaFinding
from ...temporal.influence import VariableSet
from ...temporal.judge import TemporalJudge
from ...temporal.realms import list_pipelines
from ...temporal.waiting import tell_where
from .hop_part import cut_out


class StallingRealm(Struct, frozen=True, dict=True):
    """A realm that can stall. `found` is the stall as in a deployment of this realm alone."""

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


def find_stalling(
    alone: Compiled, realms: Iterable[VariableSet], limits: Limits
) -> tuple[StallingRealm, ...]:
    """Those that can stall. Raises `StateLimitError`."""
    found = []
    for names in realms:
        if list_pipelines(names):
            judge = TemporalJudge(cut_out(alone, names), limits)
            if judge.reached and (stall := judge.stall()) is not None:  # all its states are listed first
                found.append(StallingRealm(names, judge, stall))
    return tuple(found)


def list_outside(alone: Compiled, keys: VariableSet, stalling: Sequence[StallingRealm]) -> frozenset[int]:
    """Where the pipelines can stand, by index, that are not among these variables: anywhere, but in a realm
    that can stall."""
    courses = alone.vocabulary.courses.items()
    free = frozenset(here.index for key, course in courses if key not in keys for here in course)
    for realm in stalling:
        if realm.names.isdisjoint(keys):
            free -= frozenset(here.index for key, course in courses if key in realm.names for here in course)
            free |= realm.positions
    return free


def tell_stall(alone: Compiled, stalling: Sequence[StallingRealm]) -> FormulaFinding:
    """The stall of the whole: a shortest story of any of these realms, in which nothing else happens."""
    nearest = min(stalling, key=lambda realm: len(realm.found.story))
    window = frozenset[int]()
    for realm in stalling:
        window |= realm.found.window | list_outside(alone, realm.names, stalling)
    furthest = _find_furthest(alone, nearest, stalling)
    return replace(
        nearest.found,
        explanation=tell_where(alone.vocabulary, furthest),
        window=window,
        inevitable=any(realm.found.inevitable for realm in stalling),
        end=_find_end(alone, nearest),
        furthest=furthest,
    )


def _find_furthest(alone: Compiled, nearest: StallingRealm, stalling: Iterable[StallingRealm]) -> Placement:
    """Where the pipelines still get: the others as far as they ever do."""
    there: dict[VariableKey, int] = {}
    for key, course in alone.vocabulary.courses.items():
        there[key] = max(here.index for here in course if here.is_end)
    for realm in stalling:
        own = realm.found.furthest if realm is nearest else realm.find_furthest()
        pipelines = (key for key in alone.vocabulary.courses if key in realm.names)
        there |= dict(zip(pipelines, own or (), strict=True))
    return tuple(there.values())


def _find_end(alone: Compiled, nearest: StallingRealm) -> State:
    small, end = nearest.judge.compiled.system, nearest.found.end
    assert end is not None
    state = list(alone.system.initial)
    for index, variable in enumerate(small.variables):
        state[alone.system.index(variable.key)] = end[index]
    return tuple(state)
