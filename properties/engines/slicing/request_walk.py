"""One request, indexed: what of its hops must stay in every slice that goes beyond them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct

from ....model.compiler.stack import Frame, Stack, build_stack
from ....model.compiler.walker import find_sources
from ....model.deployment import Drain, Hop, Instruction, Request, Route, Verb
from ....model.deployment.requests import OBTAINING
from ....model.names import Contract, VariableKind, content_of, instances_of
from .plan import SlicePlan
from .profile import Profiles, Reach


class Walk(Struct, frozen=True, dict=True):
    """A request of a plan, with the profiles of what it meets."""

    plan: SlicePlan
    profiles: Profiles
    request: Request

    @cached_property
    def stack(self) -> Stack:
        return build_stack(self.request.hops)

    @cached_property
    def pulls(self) -> bool:
        return self.plan.deployment.pulls(self.request)

    @cached_property
    def called_at(self) -> dict[int, int]:
        """The frame that each calling hop makes."""
        return {frame.born: index for index, frame in enumerate(self.stack.frames) if frame.born}

    def hop(self, number: int) -> Hop:
        return self.request.hops[number - 1]

    def caller(self, number: int) -> int:
        return self.stack.callers[number - 1]

    @cached_property
    def revisited(self) -> frozenset[str]:
        """The components that the request stands on more than once, at a time or one time after another; or
        on them and on what is tied to them."""
        held = [frame.component for frame in self.stack.frames if frame.is_held]
        cluster_of = {name: self.plan.cluster_of(instances_of(name))[0] for name in held}
        count = Counter(map(cluster_of.__getitem__, held))
        return frozenset(name for name, cluster in cluster_of.items() if count[cluster] > 1)

    @cached_property
    def cut_off(self) -> Mapping[int, int]:
        """The frames that a retirement can cut off, each with the first hop after it is there."""
        components = self.plan.deployment.components
        return {
            index: max(frame.born, 1) + 1
            for index, frame in enumerate(self.stack.frames)
            if frame.is_held
            and self.plan.has_instances(frame.component)
            and components[frame.component].drain is Drain.ABRUPT
        }

    @cached_property
    def sessions(self) -> Mapping[str, tuple[int, ...]]:
        """The components to whose version the request keeps once it has called them, with its calls: more
        than one."""
        calls: dict[str, list[int]] = {}
        for number, hop in enumerate(self.request.hops, start=1):
            if hop.verb.is_call and self.plan.deployment.components[hop.provider].route is Route.SESSION:
                calls.setdefault(hop.provider, []).append(number)
        return {name: tuple(numbers) for name, numbers in calls.items() if len(numbers) > 1}

    @cached_property
    def bound(self) -> frozenset[int]:
        """The frames whose version is no free choice: the request keeps to one that it called, or will, or
        goes where what it carries leads."""
        kept = {number for numbers in self.sessions.values() for number in numbers}
        return frozenset(
            frame
            for number, frame in self.called_at.items()
            if number in kept or self.leading_sources(number)
        )

    @cached_property
    def free(self) -> tuple[Frame, ...]:
        """The frames that are held, in whatever version it was that took the call. Of the others what holds
        something up is kept."""
        frames = enumerate(self.stack.frames)
        held = (
            (index, one) for index, one in frames if one.is_held and self.plan.has_instances(one.component)
        )
        return tuple(one for index, one in held if index not in self.bound)

    def leading_sources(self, number: int) -> list[Contract]:
        """What says to which version the call of the hop goes."""
        hop = self.hop(number)
        if not hop.verb.is_call or self.plan.deployment.components[hop.provider].route is not Route.CARRIED:
            return []
        return find_sources(self.plan.deployment, self.request.hops, number)

    def is_always_open(self, number: int) -> bool:
        """Whether a hop that may have to wait can come at any position without, at no price."""
        return number in self._always_open

    @cached_property
    def _always_open(self) -> frozenset[int]:
        return frozenset(number for number in self.waits if self._can_be_spared(number))

    def _can_be_spared(self, number: int) -> bool:
        hop = self.hop(number)
        if not hop.verb.is_call or hop.to_leader or self.plan.is_tied(hop.provider):
            return False
        return self.profiles.writers.placed(hop.provider).is_up_for_free

    @cached_property
    def waits(self) -> tuple[int, ...]:
        """The hops that may have to wait: from an empty queue, or for a component that may be down."""
        return tuple(number for number in range(1, len(self.request.hops) + 1) if self._may_wait(number))

    def _may_wait(self, number: int) -> bool:
        hop = self.hop(number)
        if hop.verb.is_call:
            return hop.to_leader or self.profiles.of(instances_of(hop.provider)).may_be_down
        return hop.verb is Verb.CONSUMES and self.plan.has_content(hop.contract)

    @cached_property
    def stirs(self) -> tuple[int, ...]:
        """The hops that write where the pipeline waits for a move: they can do a part of it, or undo it."""
        return tuple(
            number
            for number, hop in enumerate(self.request.hops, start=1)
            if hop.verb.leaves_content
            and self.plan.has_content(hop.contract)
            and self._is_awaited(hop.contract)
        )

    def _is_awaited(self, contract: Contract) -> bool:
        """Whether the pipeline ever waits for a move of it, or of what is derived from it."""
        units = self.plan.cluster_of(content_of(contract))
        return any(unit.kind is VariableKind.CONTENT and self.plan.is_awaited(unit) for unit in units)

    @cached_property
    def touching(self) -> dict[Contract, list[int]]:
        """The hops of each changed contract."""
        found: dict[Contract, list[int]] = {}
        for number, hop in enumerate(self.request.hops, start=1):
            if hop.contract in self.plan.changed:
                found.setdefault(hop.contract, []).append(number)
        return found

    @cached_property
    def carried(self) -> Mapping[Contract, tuple[int, int]]:
        """What the request carries, of what the pipeline makes expire: the first hop that obtains it, and the
        last that is using it."""
        found: dict[Contract, tuple[int, int]] = {}
        for number in range(1, len(self.request.hops) + 1) if self.plan.expired else ():
            for contract in find_sources(self.plan.deployment, self.request.hops, number):
                if contract in self.plan.expired:
                    numbers = self.touching[contract]
                    found[contract] = next(n for n in numbers if self.hop(n).verb in OBTAINING), number
        return found

    def is_conditional(self, number: int) -> bool:
        """Whether the caller may pass the hop over: its version does not run it, or it was not called."""
        hop = self.hop(number)
        return bool(hop.since or hop.until) or self.caller(number) in self.missing

    @cached_property
    def missing(self) -> frozenset[int]:
        """The frames whose call may be passed over."""
        found: set[int] = set()
        for index, frame in enumerate(self.stack.frames):  # callers come first
            if frame.born and (
                frame.parent in found or self.hop(frame.born).since or self.hop(frame.born).until
            ):
                found.add(index)
        return frozenset(found)

    def reach(self, frame: int) -> Reach | None:
        return self._reach[frame]

    @cached_property
    def _reach(self) -> tuple[Reach | None, ...]:
        held = (one.is_held and self.plan.has_instances(one.component) for one in self.stack.frames)
        return tuple(
            self.profiles.of(instances_of(one.component)).reach if is_held else None
            for one, is_held in zip(self.stack.frames, held, strict=True)
        )

    def is_at_once(self, number: int, kept: Iterable[int], frame: int | None = None) -> bool:
        """Whether hop `number` meets nothing but what it meets for a request that comes just then, so that
        it does not matter what the request holds up: of the hops before it only the call of the consumer
        is kept, if there is one, with those that say whether it is made, and nothing that was obtained; and
        the versions that are called take calls for as long as the request stands on them. With `frame` it is
        asked of what becomes of this one just before the hop."""
        called = self._list_called(self.caller(number) if frame is None else frame)
        if any(not one.born and self.plan.has_instances(one.component) for one in called):
            return False  # a job of a worker that may be suspended by now
        if not self.can_always_begin:
            return False
        if self.hop(1).by_leader or any(one.born and self.hop(one.born).to_leader for one in called):
            return False  # another may lead by now
        if frame is None and find_sources(self.plan.deployment, self.request.hops, number):
            return False
        held = (instances_of(one.component) for one in called if one.born)
        if not all(self.profiles.of(unit).keeps_serving for unit in held):
            return False
        return set(kept) == {number, *(one.born for one in called)} - {0}

    def _list_called(self, frame: int) -> list[Frame]:
        """The frame, and those around it of which the versions say whether it is called."""
        found = [self.stack.frames[frame]]
        while found[-1].born and self.is_conditional(found[-1].born):
            parent = found[-1].parent
            assert parent is not None, "only the root was called by nobody"
            found.append(self.stack.frames[parent])
        return found

    @cached_property
    def can_always_begin(self) -> bool:
        """Whether a request can begin as long as one stands where it began: nobody suspends its jobs, and the
        version on which it stands there takes more."""
        root = self.request.root
        if not self.plan.has_instances(root):
            return True
        moves = self.plan.moves_of.get(instances_of(root), ())
        is_suspended = any(move.instruction is Instruction.SUSPEND for move in moves)
        return not is_suspended and self.profiles.of(instances_of(root)).keeps_serving

    def innermost(self, frames: Iterable[int], frame: int) -> int:
        """Of the frames, the innermost in which the frame lies, itself included; one of them is the root's.

        Frames are numbered as they are made, so that those within a frame follow it in one row."""
        return max(around for around in frames if around <= frame < self._behind[around])

    @cached_property
    def _behind(self) -> list[int]:
        """For each frame the first one after those within it."""
        behind = list(range(1, len(self.stack.frames) + 1))
        for index in range(len(behind) - 1, 0, -1):
            parent = self.stack.frames[index].parent
            assert parent is not None, "only the root was called by nobody"
            behind[parent] = max(behind[parent], behind[index])
        return behind
