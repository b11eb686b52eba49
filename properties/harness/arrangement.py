"""Arrangements: a request in which one chosen pair of versions is mixed, and of others only some."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from msgspec import Struct, field, structs

from ...model.compiler.stack import build_stack
from ...model.compiler.walker import find_sources
from ...model.deployment import Aspect, Change, Deployment, Hop, Kind, Request, Verb
from ...model.names import Contract
from .rows import list_kept
from .session import Meeting


class Trait(NamedTuple):
    """A pair of versions at one hop (from 1) of a request, in one aspect."""

    request: str
    hop: int
    contract: Contract
    aspect: Aspect
    consumer: str
    provider: str

    @property
    def is_mixed(self) -> bool:
        return self.consumer != self.provider


MISSING = ""
"""Stands for the version of a component that is not called, because the call is passed over."""

IsAllowed = Callable[[Trait], bool]


class Arrangement(Struct, frozen=True):
    """What each hop meets, and the version of each schema that is met, while nothing else happens.

    `mixed` are the mixed pairs that it holds, `frames` the versions of who was called, in order.
    """

    root: str | None
    meetings: tuple[Meeting, ...] = ()
    schemas: Mapping[Contract, str] = field(default_factory=dict)
    frames: tuple[str | None, ...] = ()
    obtained: Mapping[Contract, str] = field(default_factory=dict)
    mixed: tuple[Trait, ...] = ()

    def begin(self) -> str | None:
        return self.root

    def meet(self, number: int) -> Meeting:
        return self.meetings[number - 1]

    def resume(self, component: str) -> None:
        """Nothing: all see every flag on."""


class Arranger:
    """Arranges one request."""

    def __init__(self, deployment: Deployment, request: Request) -> None:
        every = {contract: Change(contract) for contract in deployment.contracts}
        self._deployment, self._request = replace(deployment, changes=every), request
        self._kept = list_kept(deployment)
        self._callers = build_stack(request.hops).callers
        self._versions = deployment.versions

    def traits(self) -> Iterator[Trait]:
        """Every mixed pair that a hop could meet, whether an interleaving leads there or not."""
        for number, hop in enumerate(self._request.hops, start=1):
            for aspect in self._aspects(number):
                for pair in product(self._versions, repeat=2):
                    trait = Trait(self._request.name, number, hop.contract, aspect, *pair)
                    takes_it = aspect is Aspect.TOKEN or self._deployment.runs(trait.consumer, hop)
                    if trait.is_mixed and takes_it:
                        yield trait

    def _aspects(self, number: int) -> Iterator[Aspect]:
        hop = self._request.hops[number - 1]
        kind = self._deployment.components[hop.provider].kind
        has_version = hop.consumer in self._deployment.components
        if hop.verb is Verb.CALLS and has_version:
            yield Aspect.CALL
        if kind.has_schema and has_version:
            yield Aspect.SCHEMA
        if self._finds(hop):
            yield Aspect.CONTENT
        if kind is not Kind.CACHE and find_sources(self._deployment, self._request.hops, number):
            yield Aspect.TOKEN

    def _finds(self, hop: Hop) -> bool:
        """Whether the hop finds one of several forms."""
        kind = self._deployment.components[hop.provider].kind
        is_store = kind in (Kind.CACHE, Kind.BROKER) or hop.contract in self._kept
        return hop.verb.finds_content and is_store

    def arrange(self, wanted: Trait, is_allowed: IsAllowed) -> Iterator[Arrangement]:
        """Every arrangement that meets `wanted` and of other mixed pairs only allowed ones."""
        is_anonymous = self._request.root not in self._deployment.components
        roots: list[str | None] = [None] if is_anonymous else [*self._versions]
        starts = [Arrangement(root, frames=(root,)) for root in roots]
        for start in starts:
            yield from self._extend(start, wanted, is_allowed)

    def _extend(self, sofar: Arrangement, wanted: Trait, is_allowed: IsAllowed) -> Iterator[Arrangement]:
        number = len(sofar.meetings) + 1
        if number > len(self._request.hops):
            yield sofar
            return
        for longer in self._ways(sofar, number) if self._takes(sofar, number) else self._over(sofar, number):
            mixed = tuple(trait for trait in self._met(sofar, longer, number) if trait.is_mixed)
            if wanted.hop == number and wanted not in mixed:
                continue
            if all(trait == wanted or is_allowed(trait) for trait in mixed):
                yield from self._extend(
                    structs.replace(longer, mixed=sofar.mixed + mixed), wanted, is_allowed
                )

    def _takes(self, sofar: Arrangement, number: int) -> bool:
        """Whether the caller is there, and of a version that takes the hop."""
        own = sofar.frames[self._callers[number - 1]]
        return own != MISSING and (own is None or self._deployment.runs(own, self._request.hops[number - 1]))

    def _over(self, sofar: Arrangement, number: int) -> Iterator[Arrangement]:
        """The hop is passed over: nothing is met, and nobody called."""
        is_call = self._request.hops[number - 1].verb.is_call
        frames = (*sofar.frames, MISSING) if is_call else sofar.frames
        yield self._longer(sofar, Meeting(), frames=frames, obtained=sofar.obtained)

    def _ways(self, sofar: Arrangement, number: int) -> Iterator[Arrangement]:
        """Every way in which the hop can go on, the caller's own version first."""
        hop = self._request.hops[number - 1]
        kind, contract = self._deployment.components[hop.provider].kind, hop.contract
        own = sofar.frames[self._callers[number - 1]]
        versions = sorted(self._versions, key=lambda version: version != own)
        if hop.verb.is_call:
            for version in versions:
                frames, obtained = (*sofar.frames, version), {**sofar.obtained, contract: version}
                yield self._longer(sofar, Meeting(callee=version), frames=frames, obtained=obtained)
            return
        schemas = [sofar.schemas[contract]] if contract in sofar.schemas else versions
        forms = versions if self._finds(hop) else [None]
        for schema, found in product(schemas if kind.has_schema else [None], forms):
            told = {} if schema is None else {contract: schema}
            form = found or schema
            obtained = {contract: form} if form is not None and hop.verb.finds_content else {}
            yield self._longer(
                sofar,
                Meeting(found=found),
                schemas={**sofar.schemas, **told},
                obtained={**sofar.obtained, **obtained},
            )

    @staticmethod
    def _longer(
        sofar: Arrangement,
        meeting: Meeting,
        *,
        schemas: Mapping[Contract, str] | None = None,
        frames: tuple[str | None, ...] | None = None,
        obtained: Mapping[Contract, str],
    ) -> Arrangement:
        return Arrangement(
            sofar.root,
            (*sofar.meetings, meeting),
            sofar.schemas if schemas is None else schemas,
            sofar.frames if frames is None else frames,
            obtained,
        )

    def _met(self, before: Arrangement, after: Arrangement, number: int) -> Iterator[Trait]:
        """The pairs of the hop, equal ones as well; none where it is passed over."""
        if not self._takes(before, number):
            return
        hop, meeting = self._request.hops[number - 1], after.meetings[-1]
        caller = before.frames[self._callers[number - 1]]
        provider = meeting.callee or after.schemas.get(hop.contract)
        for aspect in self._aspects(number):
            if aspect is Aspect.TOKEN:
                found = find_sources(self._deployment, self._request.hops, number)
                pairs = [(before.obtained[source], provider) for source in found if source in before.obtained]
            else:
                pairs = [(caller or "", meeting.found if aspect is Aspect.CONTENT else provider)]
            for consumer, met in pairs:
                assert met is not None
                yield Trait(self._request.name, number, hop.contract, aspect, consumer, met)
