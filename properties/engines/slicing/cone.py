"""The cone of influence of one hop of a request: what must stay in its slice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, field

from ....model.compiler.stack import Frame
from ....model.compiler.walker import find_sources
from ....model.deployment import Verb
from ....model.names import PIPELINE, Contract, VariableKey, VariableKind, instances_of
from .keep import Keep
from .plan import SlicePlan
from .profile import Profiles, Reach
from .request_walk import Walk


class Width(Enum):
    """How much a slice keeps: what the hop depends on; also every instance that the request stands on;
    also every unit that the pipeline moves."""

    CONE = 0
    STACK = 1
    EVERYTHING = 2


class Holder(NamedTuple):
    """A frame that holds something up: at which kept hops it is picked and let go, and how far the pipeline
    comes."""

    picked: int
    until: int
    reach: Reach


class Cone(Struct, dict=True):
    """What the slice for hop `number` of a walk keeps; `close` adds until nothing is missing.

    `hops` are kept as events; those of `calls` as calls of a kept component, those of `effects` with what
    they do at a store; the others only because a component is held until then. `frames` are the
    instances on the stack whose version is remembered. With `doors` the slice is for what a request that is
    served at once can meet, where it may find one of these hops shut; without, those that are spared are
    open.
    """

    walk: Walk
    number: int
    width: Width = Width.CONE
    doors: frozenset[int] = frozenset()
    cut_off: int | None = None
    """The frame that a retirement may cut off just before the hop: then the hop itself looks nothing up."""
    has_everybody: bool = False
    """Nobody stands for others, and no door is spared: what is reached here holds without an argument."""
    keep: Keep = field(default_factory=Keep)
    hops: set[int] = field(default_factory=set)
    calls: set[int] = field(default_factory=set)
    effects: set[int] = field(default_factory=set)
    frames: set[int] = field(default_factory=set)
    carried: set[Contract] = field(default_factory=set)
    """What the request holds up the pipeline with, which waits until it has expired."""
    _read: set[Contract] = field(default_factory=set)
    forms: dict[Contract, None] = field(default_factory=dict)
    """Changed contracts of instances of which the request carries the form, or that are judged."""
    _in_order: list[int] = field(default_factory=list)
    _covered_at: tuple[int, int] = (-1, -1)
    _holders: frozenset[Holder] = frozenset()
    _is_known_covered: dict[Holder, bool] = field(default_factory=dict)

    @property
    def plan(self) -> SlicePlan:
        return self.walk.plan

    def close(self) -> Cone:
        walk = self.walk
        if self.plan.has_instances(walk.request.root):
            self.need_frame(0)
        self._need_last()
        is_all = self.width is Width.EVERYTHING
        for unit in self.plan.actions if is_all else walk.profiles.blockers:
            self.keep.add(unit)
            if unit.kind is VariableKind.CONTENT:
                self.need_content(unit.contract)
        for number in self._waits():
            if number in self.doors or self.has_everybody or not walk.is_always_open(number):
                self._need_wait(number)
        for number in walk.stirs[: bisect_left(walk.stirs, self.number)]:
            self.need_content(walk.hop(number).contract)
        while True:
            while self.keep.close(self.plan) or self._read_all() or self._hold() or self._wait():
                pass
            if walk.profiles.writers.add(self.keep, self._held, everybody=self.has_everybody):
                return self

    # --- what is needed, and what that needs ---

    def _need_last(self) -> None:
        """What the last hop looks up; or who may be cut off before it."""
        hop = self.walk.hop(self.number)
        if self.cut_off is not None:
            self.hops.add(self.number)
            self.need_frame(self.cut_off)
            return
        self.need_hop(self.number)
        self.need_frame(self.walk.caller(self.number))
        self._need_way(self.number)
        if hop.contract in self.plan.changed:
            self.need_contract(hop.contract, reads=hop.verb.finds_content)
            for source in find_sources(self.plan.deployment, self.walk.request.hops, self.number):
                self._need_source(source, self.number)

    def need_hop(self, number: int) -> None:
        self.hops.add(number)
        if self.walk.hop(number).verb.is_call and number == self.number:
            self.need_call(number)

    def _need_way(self, number: int) -> None:
        """What says whether the hop is run, or passed over."""
        if self.walk.is_conditional(number):
            self.need_frame(self.walk.caller(number))

    def need_call(self, number: int) -> None:
        if number in self.calls:
            return
        provider = self.walk.hop(number).provider
        self.hops.add(number)
        self.calls.add(number)
        self.keep.components[provider] = None
        self._need_way(number)
        for source in self.walk.leading_sources(number):
            self._need_source(source, number)
        for other in self.walk.sessions.get(provider, ()):  # each says where the next one goes
            if other < number:
                self.need_call(other)

    def need_frame(self, frame: int) -> None:
        """The version of the instance is remembered."""
        component = self.walk.stack.frames[frame].component
        if frame in self.frames or not self.plan.has_instances(component):
            return
        self.frames.add(frame)
        self.keep.components[component] = None
        if born := self.walk.stack.frames[frame].born:
            self.need_call(born)
        else:
            self.hops.add(1)  # at which the instance of the root is picked

    def need_contract(self, contract: Contract, *, reads: bool) -> None:
        """The contract as it is judged, or obtained: by what it meets there."""
        flag = self.plan.deployment.flag_of.get(contract)
        if flag is not None:
            self.keep.flags[flag.name] = None
        if self.plan.has_instances(contract.provider):
            self.forms[contract] = None
            return
        if self.plan.has_schema(contract):
            self.keep.schemas[contract] = None
        if reads and self.plan.has_content(contract):
            self.need_content(contract)

    def need_content(self, contract: Contract) -> None:
        """The content, with the hops of the request that write it; who else writes it is added at the end."""
        if contract in self._read:
            return
        self._read.add(contract)
        need_content(self.plan, self.keep, contract)
        for number in self._before(contract, self.number):
            if self.walk.hop(number).verb.leaves_content:
                self.hops.add(number)
                self.effects.add(number)
                self.need_frame(self.walk.caller(number))

    def _read_all(self) -> bool:
        """Reads the contents that others brought in; False if there are none."""
        missing = [contract for contract in self.keep.contents if contract not in self._read]
        for contract in missing:
            self.need_content(contract)
        return bool(missing)

    def _need_source(self, contract: Contract, before: int) -> None:
        """Every hop before that one that obtains the contract's subject: the last one counts."""
        self.need_contract(contract, reads=True)
        for number in self._before(contract, before):
            hop = self.walk.hop(number)
            if hop.verb.is_call:
                self.need_call(number)
            elif not hop.verb.leaves_content:
                self._need_effect(number)

    def _need_effect(self, number: int) -> None:
        """What the hop finds at its store. Who consumes uses up: in the slice as well it must be the same."""
        self.hops.add(number)
        self.effects.add(number)
        self._need_way(number)
        if self.walk.hop(number).verb is Verb.CONSUMES and self.plan.has_content(
            self.walk.hop(number).contract
        ):
            self.need_frame(self.walk.caller(number))

    def _need_wait(self, number: int) -> None:
        hop = self.walk.hop(number)
        if hop.verb.is_call:
            self.need_call(number)
            return
        self._need_effect(number)
        self.need_content(hop.contract)

    def _waits(self) -> tuple[int, ...]:
        """The hops before it that may have to wait."""
        return self.walk.waits[: bisect_left(self.walk.waits, self.number)]

    def spared(self) -> list[int]:
        """Those that are taken as open: components of which some instance takes calls at the right moment."""
        waits = (number for number in self._waits() if self.walk.is_always_open(number))
        return [number for number in waits if number not in self.calls]

    def _wait(self) -> bool:
        """Keeps the call of a component that the slice knows to be down; False if there is none."""
        for number in self.spared():
            if self.walk.hop(number).provider in self.keep.components:
                self._need_wait(number)
                return True
        return False

    def _before(self, contract: Contract, before: int) -> list[int]:
        numbers = self.walk.touching.get(contract, [])
        return numbers[: bisect_left(numbers, before)]

    # --- what the request stands on holds up joins ---

    def _hold(self) -> bool:
        """Keeps one thing more that matters because a request stands on it; False if nothing does.

        Hops that were cut happen just before the next one that was kept.
        """
        if any(map(self._need_end, sorted(self.frames))):
            return True
        if self.is_at_once:
            return False
        for frame in self._uncovered():
            if not self._can_be_told(frame):
                self.need_frame(frame)
                return True
            if self._need_end(frame):
                return True
        return self._carry()

    def _need_end(self, frame: int) -> bool:
        """Keeps the hop at which a frame is let go that holds something up; False if it is kept."""
        until = self._frame(frame).until
        if until >= self.number or until in self.hops or self.walk.reach(frame) is None:
            return False
        self.hops.add(until)
        return True

    @cached_property
    def told(self) -> frozenset[Holder]:
        """What of a closed cone holds something up, and was cut."""
        return frozenset() if self.is_at_once else frozenset(map(self._hold_of, self._uncovered()))

    def _can_be_told(self, frame: int) -> bool:
        """Whether it is enough to know how far the request on this frame lets the pipeline come, for it is no
        loss if it is called at the next kept hop."""
        reach, is_cone = self.walk.reach(frame), self.width is Width.CONE and not self.has_everybody
        if not is_cone or reach is None or self._is_in_the_way(frame):
            return False
        return self.walk.profiles.is_no_worse_later(reach)

    def _carry(self) -> bool:
        """Keeps one more of the things that the request carries between two moments of the slice while the
        pipeline may wait until they have expired; False if there is none."""
        for contract, (first, last) in self.walk.carried.items():
            is_held = self._moment(first) < min(self._moment(last), self.number)
            if is_held and contract not in self.carried:
                self.carried.add(contract)
                self._need_source(contract, self.number)
                self.hops.update({last} if last < self.number else ())
                return True
        return False

    def _frame(self, index: int) -> Frame:
        return self.walk.stack.frames[index]

    def _moment(self, number: int) -> int:
        """The kept hop with which a hop happens in the slice."""
        if len(self._in_order) != len(self.hops):  # they only grow
            self._in_order = sorted(self.hops)
        index = bisect_left(self._in_order, max(number, 1))
        return self._in_order[index] if index < len(self._in_order) else self.number + 1

    @property
    def _held(self) -> frozenset[str]:
        """The components that are not free to go their own way, because a request may stand on them."""
        called = frozenset(self.walk.hop(number).provider for number in self.spared())
        if self.is_at_once:
            return called
        return called.union(frame.component for frame in self.walk.stack.frames if frame.born < self.number)

    @property
    def is_at_once(self) -> bool:
        """Whether only requests that are served at once matter."""
        is_cone = self.width is Width.CONE and self.walk.is_at_once(self.number, self.hops, self.cut_off)
        return is_cone or bool(self.doors)

    def _uncovered(self) -> Iterator[int]:
        """Those that are not kept, on which the request may hold up the pipeline where the kept ones let it
        go on."""
        return (frame for frame in self._standing() if frame not in self.frames and self._matters(frame))

    def _standing(self) -> Iterator[int]:
        """The frames on which the request stands between two moments of the slice."""
        for index, frame in enumerate(self.walk.stack.frames):
            if frame.born >= self.number:
                return
            if self.walk.reach(index) is not None:
                picked = self._moment(frame.born)
                if picked < min(self._moment(frame.until), self.number):
                    yield index

    def _matters(self, frame: int) -> bool:
        """Whether the request on this frame may hold up the pipeline where the kept frames let it go on."""
        if self.width is not Width.CONE or self._is_in_the_way(frame):
            return True
        return not self._is_covered(frame)

    def _is_in_the_way(self, frame: int) -> bool:
        """Whether it goes its way together with what is kept, or with another frame."""
        component = self._frame(frame).component
        return component in {*self.keep.components, *self.walk.revisited} or frame in self.walk.bound

    def _is_covered(self, frame: int) -> bool:
        """Whether a kept frame is picked no later, held as long, and holds the pipeline up no later. Of most
        frames between two kept hops the same is asked."""
        at = len(self.hops), len(self.frames)  # they only grow
        if at != self._covered_at:
            self._covered_at = at
            self._holders, self._is_known_covered = frozenset(self._list_holders()), {}
        holder = self._hold_of(frame)
        found = self._is_known_covered.get(holder)
        if found is None:
            found = any(self._covers(kept, holder) for kept in self._holders)
            self._is_known_covered[holder] = found
        return found

    def _covers(self, kept: Holder, other: Holder) -> bool:
        """Whether one is picked no later than the other, held as long, and holds the pipeline up no later."""
        picked, until, held = kept
        late, end, reach = other
        is_around = picked <= late and until >= end
        return is_around and self.walk.profiles.is_no_further(held, reach, picked_later=late > picked)

    def _list_holders(self) -> Iterator[Holder]:
        """The kept frames that hold something up. The root that pulls does not count: what is known of its
        reach is known of instances that are ready."""
        for kept in self.frames:
            is_pulled = kept == 0 and self.walk.pulls
            if not is_pulled and kept not in self.walk.missing and self.walk.reach(kept) is not None:
                yield self._hold_of(kept)

    def _hold_of(self, frame: int) -> Holder:
        reach, one = self.walk.reach(frame), self._frame(frame)
        assert reach is not None, "only what holds something up is asked"
        return Holder(self._moment(one.born), self._moment(one.until), reach)


def need_content(plan: SlicePlan, keep: Keep, contract: Contract) -> None:
    """The content of a contract, and the flag that says in which form it is written."""
    keep.contents[contract] = None
    flag = plan.deployment.flag_of.get(contract)
    if flag is not None:
        keep.flags[flag.name] = None


def keep_blockers(profiles: Profiles, keep: Keep) -> None:
    """All that can hold up the pipeline by itself."""
    for unit in profiles.blockers:
        keep.add(unit)
        if unit.kind is VariableKind.CONTENT:
            need_content(profiles.plan, keep, unit.contract)


def keep_with_writers(
    names: Iterable[VariableKey], profiles: Profiles, *, tells_states: bool = False
) -> Keep:
    """What a slice without a request keeps for these variables: their units, all that can hold up the
    pipeline, and who writes there. With `tells_states` it tells each state of theirs from all others."""
    keep = Keep()
    for name in names:
        if name.kind is VariableKind.JOBS:
            keep.add(instances_of(name.owner))
        elif name.kind is VariableKind.CONTENT:
            need_content(profiles.plan, keep, name.contract)
        elif name != PIPELINE:
            keep.add(name)
    keep.whole |= keep.components if tells_states else {}
    keep_blockers(profiles, keep)
    profiles.writers.complete(keep)
    return keep
