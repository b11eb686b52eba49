"""From a cone to its slice: the request in the slice's names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ....model.compiler.stack import Frame, build_stack
from ....model.compiler.walker import find_sources
from ....model.deployment import Hop, Source, Verb
from ....model.names import Contract, VariableKey
from .cone import Cone
from .holdings import Holding, join_holdings
from .keep import QUEUE, STUB, UNCHANGED, SliceNames
from .profile import JointReach, Profiles
from .restrict import SlicedRequest
from .scope import NotSliceableError
from .slice import Slice


def cut(cone: Cone, profiles: Profiles) -> Slice:
    """The slice that a closed cone keeps, on the line of these profiles.

    A hop whose caller was cut is made by whoever called that one: the tree of calls is contracted, so
    that each kept instance is held exactly as long as before. Raises `NotSliceableError` where that
    cannot be, because of components that stand on the stack twice.
    """
    return _Cutter(cone).cut(profiles)


class _Cutter:
    """Writes a cone's request in the names of its slice."""

    def __init__(self, cone: Cone) -> None:
        self._cone, self._walk, self._names = cone, cone.walk, SliceNames()
        self._present: dict[int, str] = {}
        self._callers: list[int] = []

    def cut(self, profiles: Profiles) -> Slice:
        cone, walk = self._cone, self._walk
        root = walk.request.root
        self._present[0] = self._names.component(root) if walk.plan.has_instances(root) else "client"
        numbers = tuple(sorted(cone.hops))
        hops = [self._hop(number) for number in numbers]
        watched = SlicedRequest(
            (*hops, *self._later()),
            numbers,
            frames=self._check(hops, numbers),
            judged=None if cone.cut_off is not None else walk.hop(cone.number),
            calls=tuple(cone.forms),
            is_at_once=bool(cone.doors) or walk.is_at_once(cone.number, numbers, cone.cut_off),
            cut_off=self._cut_off(numbers),
            carried=tuple(sorted(cone.carried)),
            holdings=self._holdings(numbers, profiles),
        )
        return profiles.restriction.build(cone.keep, self._names, watched)

    def _later(self) -> Iterator[Hop]:
        """A hop behind the last one, which nobody looks at: until then the request carries what it needs for
        hops that come later."""
        cone, carried = self._cone, self._walk.carried
        later = [contract for contract in sorted(cone.carried) if carried[contract][1] > cone.number]
        if later:
            yield Hop(self._present[0], Verb.READS, STUB, UNCHANGED, self._sources(later))

    def _holdings(self, numbers: tuple[int, ...], profiles: Profiles) -> tuple[Holding, ...]:
        """How far on this line what was cut lets the pipeline come."""
        place = {number: index for index, number in enumerate(numbers, start=1) if number < self._cone.number}
        found = []
        for picked, until, joint in self._cone.told:
            reach = profiles.of(joint.unit).reach if isinstance(joint, JointReach) else joint
            if isinstance(reach, tuple):
                found.append(Holding(place[picked], place.get(until), reach))
        return join_holdings(found)

    def _cut_off(self, numbers: tuple[int, ...]) -> tuple[str, int] | None:
        """Who may be cut off, and the slice's hop that called it (0: it started the request)."""
        if self._cone.cut_off is None:
            return None
        frame = self._frame(self._cone.cut_off)
        return frame.component, numbers.index(frame.born) + 1 if frame.born else 0

    def _hop(self, number: int) -> Hop:
        cone, hop = self._cone, self._walk.hop(number)
        caller = self._walk.innermost(self._present, self._walk.caller(number))
        consumer = self._present[caller]
        self._callers.append(caller)
        is_judged = number == cone.number and cone.cut_off is None
        is_led = number in cone.calls and bool(self._walk.leading_sources(number))
        using = self._using(number, everything=is_judged or is_led)
        if number in cone.calls:
            provider, subject = self._names.component(hop.provider), UNCHANGED
            if hop.contract in cone.forms:
                provider, subject = self._names.call(hop.contract)
            self._present[self._walk.called_at[number]] = provider
            return replace(hop, consumer=consumer, provider=provider, subject=subject, using=using)
        if number in cone.effects or (is_judged and hop.contract in self._walk.plan.changed):
            store, subject = self._names.store(hop.contract)
            return replace(hop, consumer=consumer, provider=store, subject=subject, using=using)
        if number == 1 and self._walk.pulls:
            return Hop(consumer, Verb.CONSUMES, QUEUE, UNCHANGED, by_leader=hop.by_leader)
        return Hop(consumer, Verb.READS, STUB, UNCHANGED, using, by_leader=number == 1 and hop.by_leader)

    def _using(self, number: int, *, everything: bool) -> tuple[Source, ...]:
        """What the hop is using, as far as it matters: what the request carries no further."""
        hops, plan = self._walk.request.hops, self._walk.plan
        found = find_sources(plan.deployment, hops, number) if everything or self._cone.carried else []
        ends = {contract for contract in self._cone.carried if self._walk.carried[contract][1] == number}
        return self._sources(contract for contract in found if everything or contract in ends)

    def _sources(self, contracts: Iterable[Contract]) -> tuple[Source, ...]:
        found = [self._name(contract) for contract in contracts]
        return tuple(Source(short.subject, short.provider) for short in found)

    def _name(self, contract: Contract) -> Contract:
        is_call = self._walk.plan.has_instances(contract.provider)
        return self._names.call(contract) if is_call else self._names.store(contract)

    def _check(self, hops: list[Hop], numbers: tuple[int, ...]) -> dict[VariableKey, VariableKey]:
        """The variables of the frames, slice to whole, if the stack is the one that was meant."""
        made = build_stack(tuple(hops))
        place = {number: index for index, number in enumerate(numbers, start=1)}
        whole = {0: 0}
        born = {frame.born: index for index, frame in enumerate(made.frames)}
        for index in self._present:
            if index:
                whole[born[place[self._frame(index).born]]] = index
        if [whole.get(caller) for caller in made.callers] != self._callers:
            raise NotSliceableError("a component that stands on the stack twice cannot be told apart")
        for short, index in whole.items():
            until = self._frame(index).until
            is_lost = until < self._cone.number and made.frames[short].until != place.get(until)
            is_in_the_way = self._walk.reach(index) is not None and made.frames[short].is_held
            if is_lost and is_in_the_way and not self._cone.doors:
                raise NotSliceableError("an instance would be let go at another moment")
        return {made.frames[s].variable: self._frame(w).variable for s, w in whole.items()}

    def _frame(self, index: int) -> Frame:
        return self._walk.stack.frames[index]
