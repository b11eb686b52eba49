"""Expand/contract: a release that is split, so that no two versions that meet are without a form in common.

Between the old version and the new one stand versions that understand both forms: one that still uses the
old form (`expand`), one that uses the new (`migrate`). The last release takes the old form away
(`contract`). With all three nothing depends on the order of steps; with one in the middle the order decides.
(Fowler, Sato, "ParallelChange", 2014; Ambler, Sadalage, "Refactoring Databases", 2006, calls the time in the
middle the transition period.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import product

from msgspec import Struct

from ...model.deployment import (
    Aspect,
    Change,
    Declaration,
    Deployment,
    Instruction,
    Kind,
    Pair,
    RemedyKind,
)
from ...model.deployment.requests import list_obtained
from ...model.errors import InvalidDeploymentError
from ...model.language.splitting import SplitRelease, split_text
from ...model.names import Contract, Target
from ..verdict import Answer, list_incompatible_pairs
from .edits import Remedy
from .source import EditedSource

CLEANING = {
    Kind.BROKER: (RemedyKind.DRAIN, Instruction.DRAIN),
    Kind.CACHE: (RemedyKind.PURGE, Instruction.PURGE),
    Kind.DATABASE: (RemedyKind.PURGE, Instruction.BACKFILL),
}
"""What takes the old form away, by the kind of the store."""


class Phase(StrEnum):
    """A release of an expand/contract."""

    EXPAND = "expand"
    """Code and stores understand both forms; the old one is used."""
    MIGRATE = "migrate"
    """Both are understood, the new one is used."""
    CONTRACT = "contract"
    """The old form goes."""


VARIANTS = (
    (Phase.EXPAND, Phase.CONTRACT),
    (Phase.MIGRATE, Phase.CONTRACT),
    (Phase.EXPAND, Phase.MIGRATE, Phase.CONTRACT),
)
"""Two releases, of which the first still uses the old form, or uses the new one already; three."""


class ReleaseSplit(Struct, frozen=True):
    """A release as several: its text, that of a second file (None: as it was), the deployment that this is,
    and the remedy that it amounts to."""

    text: str
    changes: str | None
    deployment: Deployment
    remedy: Remedy


def list_splits(source: EditedSource, deployment: Deployment, answer: Answer) -> tuple[ReleaseSplit, ...]:
    """The ways to split the release of a file for what is incompatible in it, the cheapest first; none where
    it has more than one release, or speaks of versions in ways that a split would have to guess."""
    contracts = tuple(dict.fromkeys(pair.contract for _, pair in list_incompatible_pairs(answer.hazards)))
    price = deployment.prices.of(RemedyKind.RELEASE)
    if not contracts or price is None or not _can_split(deployment):
        return ()
    return tuple(_splits(source, deployment, answer, contracts, price))


def _splits(
    source: EditedSource,
    deployment: Deployment,
    answer: Answer,
    contracts: tuple[Contract, ...],
    price: int,
) -> Iterator[ReleaseSplit]:
    for phases in VARIANTS:
        for cleans in (False, True) if len(phases) == len(Phase) else (False,):
            made = _Making(deployment, contracts, phases, cleans=cleans)
            cleaning = made.cleaning()
            if cleaning is None or (cleans and not cleaning):
                continue
            releases = [
                SplitRelease(str(phase), cleaning if phase is Phase.CONTRACT else ()) for phase in phases
            ]
            try:
                edited = split_text(
                    source.text, source.changes, deployment, made.versions, releases, made.breaks()
                )
                after = source.load(edited.text, changes=edited.changes)
            except InvalidDeploymentError:
                continue
            if made.is_meant(after):
                touches = frozenset(hazard.id for hazard in answer.hazards)
                total = price * (len(phases) - 1) + made.cleaning_price
                yield ReleaseSplit(
                    edited.text,
                    edited.changes,
                    after,
                    Remedy(RemedyKind.RELEASE, total, made.tell(), (), touches),
                )


def _can_split(deployment: Deployment) -> bool:
    """Whether nothing but changes speaks of versions."""
    speaks = (
        len(deployment.versions) != 2,
        deployment.pipelines,
        any(step.release for step in deployment.pipeline),
        deployment.rollback is not None,
        any(action.to or action.when for action in deployment.actions),
        any(action.instruction is Instruction.ROLLBACK for action in deployment.actions),
        any(action.instruction is Instruction.REVERT for action in deployment.actions),
        any(hop.since or hop.until for request in deployment.requests for hop in request.hops),
        any(flag.since for flag in deployment.flags),
        any(one.sizes or one.readiness or one.machine for one in deployment.components.values()),
        deployment.properties,
        deployment.never,
        deployment.accept,
        any(change.exists or change.starts for change in _named(deployment)),
    )
    return not any(speaks)


def _named(deployment: Deployment) -> tuple[Change, ...]:
    return tuple(change for change in deployment.changed.values() if not change.implied)


def _say(declared: Iterable[Declaration]) -> set[object]:
    """What is declared, whatever it is called."""
    said = (one for one in declared if one.says.startswith("breaks"))
    return {(one.aspect, one.verb, one.cells, one.severities, one.unknown) for one in said}


class _Making:
    """One way to split: its versions, and what breaks between them."""

    def __init__(
        self,
        deployment: Deployment,
        contracts: Sequence[Contract],
        phases: Sequence[Phase],
        *,
        cleans: bool,
    ) -> None:
        self._cleans = cleans
        self._deployment, self._contracts, self._phases = deployment, contracts, phases
        self._old, self._new = deployment.versions
        self._middle = {f"{self._new}-{phase}": phase for phase in phases[:-1]}
        self.versions = (self._old, *self._middle, self._new)

    def cleaning(self) -> tuple[str, ...] | None:
        """What the last release does first: by then all write the new form, and the old one is to be gone
        before readers come that know the new one alone. None where that is out of the question."""
        found = self._cleanings()
        if any(self._deployment.prices.of(kind) is None for kind, _ in found):
            return None
        return tuple(said for _, said in found)

    @property
    def cleaning_price(self) -> int:
        return sum(self._deployment.prices.of(kind) or 0 for kind, _ in self._cleanings())

    def _cleanings(self) -> tuple[tuple[RemedyKind, str], ...]:
        if not self._cleans:
            return ()
        goal = self.versions[-2]
        stale = self._list_carried()
        content = [one for one in self._split_in(Aspect.CONTENT) if one not in stale]
        begun = [target.name for one in self._deployment.actions if one.background for target in one.targets]
        providers = dict.fromkeys(contract.provider for contract in (*content, *stale))
        awaited = [(RemedyKind.BARRIER, f"await {name}") for name in providers if name in begun]
        kinds = self._deployment.components
        ways = [(one, CLEANING[kinds[one.provider].kind]) for one in content]
        ways += [(one, (RemedyKind.EXPIRE, Instruction.EXPIRE)) for one in stale]
        cleaned = [
            (kind, f"{instruction} {Target(one.provider, one.subject)} to {goal}")
            for one, (kind, instruction) in ways
        ]
        return (*awaited, *cleaned)

    def _split_in(self, aspect: Aspect) -> list[Contract]:
        return [
            contract
            for contract, declared in self.breaks().items()
            if contract in self._contracts and any(one.aspect is aspect for one in declared)
        ]

    def _list_carried(self) -> list[Contract]:
        """From where requests have what they carry to a contract that is split in what is carried: what they
        hold outlives what lies there."""
        hops = (
            (request.hops, number)
            for contract in self._split_in(Aspect.TOKEN)
            for request, number in self._deployment.hops_at.get(contract, ())
        )
        return list(dict.fromkeys(one for given, number in hops for one in list_obtained(given, number)))

    def breaks(self) -> Mapping[Contract, tuple[Declaration, ...]]:
        """What breaks of each contract that breaks at all; of those that are not split the change comes in
        the last release."""
        found = {}
        for change in _named(self._deployment):
            aspects = [one for one in change.breaks if change.breaks[one] and self._is_judged(change, one)]
            if aspects or change in self._list_vain():
                declared = (one for aspect in aspects for one in self._declare(change, aspect))
                found[change.contract] = tuple(one for one in declared if one.cells)
        return found

    def _list_vain(self) -> list[Change]:
        """What says of breaks that no hop can ever meet, as at a service that only clients without versions
        call: where that is left, there is no verdict once all else is mended."""
        named = (change for change in _named(self._deployment) if any(change.breaks.values()))
        judged = [Aspect.CALL, Aspect.SCHEMA, Aspect.CONTENT, Aspect.TOKEN]
        return [change for change in named if not any(self._is_judged(change, one) for one in judged)]

    def _is_judged(self, change: Change, aspect: Aspect) -> bool:
        """Whether some hop can be judged in the aspect: what is said of no hop would be said in vain."""
        hops = [
            request.hops[number - 1] for request, number in self._deployment.hops_at.get(change.contract, ())
        ]
        kind = self._deployment.components[change.contract.provider].kind
        versioned = [hop for hop in hops if hop.consumer in self._deployment.components]
        match aspect:
            case Aspect.CALL:
                return any(hop.verb.is_call for hop in versioned)
            case Aspect.SCHEMA:
                return kind.has_schema and bool(versioned)
            case Aspect.CONTENT:
                finds = any(hop.verb.finds_content for hop in versioned)
                return finds and (kind is not Kind.DATABASE or change.rows_kept)
            case Aspect.TOKEN:
                return any(hop.using for hop in hops)

    def _declare(self, change: Change, aspect: Aspect) -> Iterator[Declaration]:
        """What breaks in an aspect, for each verb of which something of its own is declared; a pair is as bad
        as the one from which it follows."""
        for verb in change.verbs.get(aspect, (None,)):
            declared = change.pairs_in(aspect, verb)
            follows = dict(self._follow(declared, aspect, is_split=change.contract in self._contracts))
            keys = {pair: (aspect, verb, source) for pair, source in follows.items()}
            graded = {pair: change.pair_severities.get(key) for pair, key in keys.items()}
            yield Declaration(
                str(change.contract),
                "breaks",
                aspect,
                frozenset(follows),
                verb=verb,
                severities=frozenset((pair, grade) for pair, grade in graded.items() if grade is not None),
                unknown=frozenset(pair for pair, key in keys.items() if key in change.unknown),
            )

    def _follow(
        self, declared: frozenset[Pair], aspect: Aspect, *, is_split: bool
    ) -> Iterator[tuple[Pair, Pair]]:
        """The pairs of versions that break, each with the declared one from which that follows: one of them
        uses a form that the other does not understand. Content is in the form of its writer, and read by a
        consumer that understands some; in all else the provider understands what the consumer uses."""
        for consumer, provider in product(self.versions, repeat=2):
            writes, reads = (provider, consumer) if aspect is Aspect.CONTENT else (consumer, provider)
            form = self._used(writes, is_split=is_split)
            if form in self._understood(reads, is_split=is_split):
                continue
            other = self._old if form == self._new else self._new
            source = (other, form) if aspect is Aspect.CONTENT else (form, other)
            if source in declared:
                yield (consumer, provider), source

    def _used(self, version: str, *, is_split: bool) -> str:
        if version in self._middle:
            return self._new if is_split and self._middle[version] is Phase.MIGRATE else self._old
        return version

    def _understood(self, version: str, *, is_split: bool) -> tuple[str, ...]:
        if version in self._middle:
            return (self._old, self._new) if is_split else (self._old,)
        return (version,)

    def is_meant(self, after: Deployment) -> bool:
        """Whether what was read again is what was meant."""
        once = tuple(step.actions for step in self._deployment.pipeline)
        steps = tuple(step.actions for step in after.pipeline)
        cleaning = self.cleaning() or ()
        opening = steps[len(once) * (len(self._phases) - 1)] if cleaning else ()
        expected = once * (len(self._phases) - 1) + ((opening,) if cleaning else ()) + once
        breaks = all(
            _say(after.changed[contract].declared) == _say(declared)
            for contract, declared in self.breaks().items()
        )
        return (
            after.versions == self.versions
            and tuple(map(str, opening)) == cleaning
            and steps == expected
            and breaks
        )

    def tell(self) -> str:
        """What each release may change."""
        names = ", ".join(map(str, self._contracts))
        vain = ", ".join(str(change.contract) for change in self._list_vain())
        nothing = [f"`breaks: none` of {vain}, which nothing with a version calls"] if vain else []
        first = f", after `{'`, `'.join(self.cleaning() or ())}`" if self._cleans else ""
        said = {
            Phase.EXPAND: f"`{Phase.EXPAND}` understands both forms of {names} and uses the old",
            Phase.MIGRATE: f"`{Phase.MIGRATE}` understands both forms of {names} and uses the new",
            Phase.CONTRACT: f"`{Phase.CONTRACT}` takes the old away{first}",
        }
        return "\n".join(
            [f"{len(self._phases)} releases", *(said[phase] for phase in self._phases), *nothing]
        )
