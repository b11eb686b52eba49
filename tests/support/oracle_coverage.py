"""The oracle's answer to what was judged at all: each declaration of a release, cell by cell.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from support.oracle_actions import actions_of
from support.oracle_changes import bare_aspects, too_far, written_pairs
from support.oracle_parse import ASPECTS, RELAYS, Hop, as_written, has_pairs, provider_of
from support.oracle_plan import Plan
from support.oracle_possible import Possible
from support.oracle_search import HazardKey
from support.oracle_sides import Pair, Side, Sides, Where, judged_hops, seen_sides
from support.oracle_state import Deployment

PAIR = re.compile(r"(.+?)(?:\s+(call|schema|content|token))?\s+(\S+)\s*->\s*(\S+)")


class Status(IntEnum):
    """What became of a cell, the best first (69, 71, 74)."""

    MET = 1
    HELD_APART = 2
    NOT_TAKEN = 3
    NOT_KNOWN = 4
    ASSUMED = 5
    OUT_OF_REACH = 6


class CellKey(NamedTuple):
    """A cell: the entry of `changes` and what of it, the contract, the two versions (67)."""

    entry: str
    says: str
    contract: str
    consumer: str | None
    provider: str


@dataclass(frozen=True)
class Cell:
    """What became of it. Of one held apart: the steps in which each side occurs, whether they occur in
    a common state, and whether it is met without `max_span` (69, 74)."""

    status: Status
    consumer_at: frozenset[str] = frozenset()
    provider_at: frozenset[str] = frozenset()
    together: bool = False
    by_span: bool = False


@dataclass(frozen=True)
class Coverage:
    """Every cell, the idle declarations as (entry, what of it), and what is wrong with `assume: never`."""

    cells: Mapping[CellKey, Cell]
    idle: frozenset[tuple[str, str]]
    wrong_assumptions: frozenset[str]


@dataclass(frozen=True)
class _Declaration:
    """`aspect` is None of a bare one, whose aspects follow from its contract (76)."""

    entry: str
    says: str
    aspect: str | None
    pairs: frozenset[Pair]
    contracts: tuple[str, ...]
    verb: str | None = None


def cover(
    data: Mapping[str, Any],
    plan: Plan,
    space: Iterable[Deployment],
    hazards: Iterable[HazardKey],
    without_span: Iterable[HazardKey],
) -> Coverage:
    """What became of every declaration; `without_span` are the hazards without `max_span`."""
    judge = _Judge(data, plan, seen_sides(plan, space), hazards, without_span)
    cells: dict[CellKey, Cell] = {}
    idle = set()
    for declaration in _declarations(data, plan):
        own = dict(judge.cells(declaration))
        cells |= own
        if all(cell.status is Status.OUT_OF_REACH for cell in own.values()):
            idle.add((declaration.entry, declaration.says))
    wrong = {text for text in judge.never if text not in judge.used or text in judge.broken}
    return Coverage(cells, frozenset(idle), frozenset(wrong))


# Declarations


def _declarations(data: Mapping[str, Any], plan: Plan) -> Iterator[_Declaration]:
    """What the file declares, and has a cell (67)."""
    given = {name.replace('"', ""): spec for name, spec in (data.get("changes") or {}).items()}
    for entry, spec in given.items():
        contracts = tuple(c for c in plan.changes if c == entry or _is_named(given, entry, c))
        for says, aspect, verb, pairs in _spoken(spec, plan.versions, plan.kinds[provider_of(entry)]):
            if pairs:
                yield _Declaration(entry, says, aspect, pairs, contracts, verb)


def _is_named(given: Mapping[str, Any], entry: str, contract: str) -> bool:
    """Whether a wildcard names a contract, which has no entry of its own."""
    return entry == provider_of(contract) + "/*" and contract not in given


def _spoken(
    spec: Mapping[str, Any], versions: tuple[str, ...], kind: str
) -> Iterator[tuple[str, str | None, str | None, frozenset[Pair]]]:
    """(what it says, the aspect, the verb, the pairs) of each declaration of one entry."""
    everything = range(len(versions))
    breaks = spec.get("breaks", "none")
    by_aspect = isinstance(breaks, Mapping) and not has_pairs(breaks)
    for aspect, pairs in breaks.items() if by_aspect else [(None, breaks)]:
        by_verb = isinstance(pairs, Mapping) and not has_pairs(pairs)
        for verb, own in pairs.items() if by_verb else [(None, pairs)]:
            yield _told("breaks", aspect, verb), aspect, verb, frozenset(written_pairs(own, versions))
    skew = spec.get("skew", {})
    for aspect, sides in skew.items() if skew.keys() & set(ASPECTS) else [(None, skew)]:
        for side, most in sides.items():
            yield _told("skew", aspect, side), aspect, None, frozenset(too_far({side: most}, len(versions)))
    if "exists" in spec and kind != "cache":
        missing = [p for p in everything if versions[p] not in spec["exists"]]
        yield "exists", "schema", None, frozenset((c, p) for c in (None, *everything) for p in missing)


def _told(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None)


# Cells


class _Judge:
    def __init__(
        self,
        data: Mapping[str, Any],
        plan: Plan,
        seen: Mapping[Where, Sides],
        hazards: Iterable[HazardKey],
        without_span: Iterable[HazardKey],
    ) -> None:
        self.plan = plan
        self.seen = seen
        self.actions = actions_of(data)
        self.met = _met(plan, hazards)
        self.met_without_span = _met(plan, without_span)
        self.possible = Possible(plan)
        self.never = tuple((data.get("assume") or {}).get("never", ()))
        self.used: set[str] = set()
        self.broken: set[str] = set()

    def cells(self, declaration: _Declaration) -> Iterator[tuple[CellKey, Cell]]:
        """What became of each cell of a declaration."""
        for contract in declaration.contracts:
            for pair in sorted(declaration.pairs, key=str):
                if declaration.says == "exists" and pair[0] is None and not self._is_forwarded_to(contract):
                    continue
                aspects = [declaration.aspect] if declaration.aspect else self._bare(contract)
                found = [
                    self._cell(declaration, contract, a, pair)
                    for a in aspects
                    if self._judged(contract, a, pair, declaration.verb)
                ]
                best = min(found, key=lambda cell: cell.status, default=Cell(Status.OUT_OF_REACH))
                consumer, provider = pair
                name = None if consumer is None else self.plan.versions[consumer]
                key = CellKey(
                    declaration.entry, declaration.says, contract, name, self.plan.versions[provider]
                )
                yield key, best

    def _bare(self, contract: str) -> tuple[str, ...]:
        return bare_aspects(contract, self.plan.kinds[provider_of(contract)], self.actions)

    def _is_forwarded_to(self, contract: str) -> bool:
        return None in self.possible.consumers(contract, "schema")

    def _judged(self, contract: str, aspect: str, pair: Pair, verb: str | None) -> list[Hop]:
        """The hops that could meet the pair; forwards meet null alone (82)."""
        hops = [hop for _, hop in judged_hops(self.plan, contract, aspect, verb)]
        return [h for h in hops if aspect != "schema" or (h.verb == RELAYS) == (pair[0] is None)]

    def _cell(self, declaration: _Declaration, contract: str, aspect: str, pair: Pair) -> Cell:
        """What became of a cell in one aspect in which hops are judged (69, 71, 74)."""
        assumed = list(self._assumptions(declaration, contract, aspect, pair))
        self.used.update(assumed)
        sides = self.seen[contract, aspect, declaration.verb]
        key = contract, aspect, pair, declaration.verb
        consumer_at, provider_at = sides.consumers.get(pair[0]), sides.providers.get(pair[1])
        if key in self.met:
            self.broken.update(assumed)
            return Cell(Status.MET)
        if consumer_at and provider_at:
            steps = self._steps(consumer_at), self._steps(provider_at)
            by_span = key in self.met_without_span
            return Cell(Status.HELD_APART, *steps, pair in sides.together, by_span)
        excuses = [
            self._excuse(contract, aspect, side, pair, declaration.verb)
            for side, at in ((Side.CONSUMER, consumer_at), (Side.PROVIDER, provider_at))
            if not at
        ]
        worst = max(excuses)
        return Cell(Status.ASSUMED if worst is Status.OUT_OF_REACH and assumed else worst)

    def _steps(self, positions: frozenset[int]) -> frozenset[str]:
        return frozenset(self.plan.positions[number].step for number in positions)

    def _excuse(self, contract: str, aspect: str, side: Side, pair: Pair, verb: str | None) -> Status:
        """Why a side that never occurs is missing (71)."""
        if side is Side.CONSUMER:
            form, brought = pair[0], self.possible.consumers(contract, aspect, verb)
            hops = self._judged(contract, aspect, pair, verb)
        else:
            form, brought = pair[1], set(self.possible.providers(contract, aspect))
            hops = [h for r in self.plan.requests for h in r.hops if h.contract == contract]
        if form in brought:
            return Status.NOT_TAKEN
        asked = aspect != "token" if side is Side.CONSUMER else aspect == "content"
        known = any(form in hop.runs for hop in hops)
        return Status.NOT_KNOWN if asked and not known else Status.OUT_OF_REACH

    def _assumptions(
        self, declaration: _Declaration, contract: str, aspect: str, pair: Pair
    ) -> Iterator[str]:
        """The assumptions that speak of a cell in an aspect (74)."""
        for text in self.never:
            match = PAIR.fullmatch(text.replace('"', ""))
            assert match is not None
            name, said, consumer, provider = match.groups()
            versions = self.plan.versions
            same = (versions.index(consumer), versions.index(provider)) == pair
            if name in (contract, declaration.entry) and said in (None, aspect) and same:
                yield text


def _met(plan: Plan, hazards: Iterable[HazardKey]) -> set[tuple[str, str, Pair, str | None]]:
    """The (contract, aspect, pair)s that are hazards, each with the verb of its hop and with None."""
    requests = {request.name: request for request in plan.requests}
    return {
        (hop.contract, key.aspect, _pair(plan, key), verb)
        for key in hazards
        if key.aspect is not None and key.provider_version is not None
        for hop in [requests[key.request].hops[key.hop - 1]]
        for verb in (None, as_written(hop.verb))
    }


def _pair(plan: Plan, key: HazardKey) -> Pair:
    assert key.provider_version is not None
    consumer = None if key.consumer_version is None else plan.versions.index(key.consumer_version)
    return consumer, plan.versions.index(key.provider_version)
