"""What became of every declaration, cell by cell (paragraphs 67 to 74 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.system import Condition
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Aspect, Assumption, Cell, Declaration, Verb, list_bare_aspects
from ...model.names import Contract
from ..verdict import CoveredAssumption, CoveredCell, CoveredDeclaration, Reach
from .occurrences import Placing
from .possible import Possible
from .sides import RequestHop, Sides, find_sides, list_judged_hops

MetCell = tuple[Contract, Aspect, str | None, str, Verb]
"""A hazard of a pair: where, in which aspect, the consumer's form (None: who forwards) and the provider's, by
a hop of which verb, as it is written."""


class Coverage(Struct, frozen=True):
    """Every declaration, and every assumption that a cell is never met."""

    declarations: tuple[CoveredDeclaration, ...]
    assumptions: tuple[CoveredAssumption, ...]


def cover(occurrences: Placing, met: Iterable[MetCell], met_without_span: Iterable[MetCell] = ()) -> Coverage:
    """What became of each declaration, where the `met` cells are hazards; `met_without_span` are those of the
    deployment without its `max_span`. Raises `LimitError`."""
    judge = _CellJudge(occurrences, _of_any_verb(met), _of_any_verb(met_without_span))
    declared = judge.deployment.declarations.items()
    found = tuple(judge.declaration(declaration, contracts) for declaration, contracts in declared)
    never = judge.deployment.never
    assumed = (CoveredAssumption(n.text, n.place, n in judge.broken, n in judge.used) for n in never)
    return Coverage(found, tuple(assumed))


_Known = frozenset[tuple[Contract, Aspect | None, str | None, str, Verb | None]]


def _of_any_verb(met: Iterable[MetCell]) -> _Known:
    """The cells, each also without its verb."""
    return frozenset(cell for one in met for cell in (one, (*one[:4], None)))


class _CellJudge:
    def __init__(self, occurrences: Placing, met: _Known, without_span: _Known) -> None:
        self.vocabulary: Vocabulary = occurrences.vocabulary
        self.deployment = self.vocabulary.deployment
        self.broken: set[Assumption] = set()
        self.used: set[Assumption] = set()
        self._occurrences, self._met, self._without_span = occurrences, met, without_span
        self._possible = Possible(self.vocabulary)
        self._sides = cache(lambda where, aspect, verb: find_sides(self.vocabulary, where, aspect, verb))

    def declaration(self, one: Declaration, contracts: tuple[Contract, ...]) -> CoveredDeclaration:
        ranks = {version: rank for rank, version in enumerate(self.deployment.versions)}
        order = sorted(one.cells, key=lambda cell: (ranks.get(cell[0] or "", -1), ranks[cell[1]]))
        cells = (self._cell(one, c, cell) for c in contracts for cell in order if self._has(c, cell))
        return CoveredDeclaration(one.entry, one.says, one.place, tuple(cells))

    def _has(self, contract: Contract, cell: Cell) -> bool:
        """Who forwards has a cell of `exists` only where somebody forwards."""
        return cell[0] is not None or any(
            judged.hop.verb is Verb.RELAYS for judged in self._hops(contract, Aspect.SCHEMA, None)
        )

    def _hops(self, contract: Contract, aspect: Aspect, verb: Verb | None) -> list[RequestHop]:
        return list_judged_hops(self.deployment, contract, aspect, verb)

    def _aspects(self, one: Declaration, contract: Contract) -> tuple[Aspect, ...]:
        if one.aspect is not None:
            return (one.aspect,)
        kind = self.deployment.components[contract.provider].kind
        return list_bare_aspects(contract, kind, self.deployment.actions)

    def _cell(self, one: Declaration, contract: Contract, cell: Cell) -> CoveredCell:
        """The cell in the aspect in which it came furthest."""
        found = [
            self._in_aspect(one, contract, aspect, cell, hops)
            for aspect in self._aspects(one, contract)
            if (hops := self._that_could_meet(contract, aspect, cell, one.verb))
        ]
        nothing = CoveredCell(
            contract, one.aspect, *cell, Reach.OUT_OF_REACH, why=self._unasked(one, contract), verb=one.verb
        )
        return min(found, key=lambda told: told.reach, default=nothing)

    def _that_could_meet(
        self, contract: Contract, aspect: Aspect, cell: Cell, verb: Verb | None
    ) -> list[RequestHop]:
        """The hops that are judged in the aspect; who forwards meets null alone."""
        hops = self._hops(contract, aspect, verb)
        if aspect is not Aspect.SCHEMA:
            return hops
        return [judged for judged in hops if (judged.hop.verb is Verb.RELAYS) == (cell[0] is None)]

    def _unasked(self, one: Declaration, contract: Contract) -> str:
        """Why no hop is judged in any of the aspects."""
        met = self.deployment.hops_at.get(contract, ())
        hops = [request.hops[number - 1] for request, number in met]
        if one.aspect is Aspect.TOKEN:
            return f"no hop at {contract} is `using` what an earlier hop of its request obtained"
        if all(hop.consumer not in self.deployment.components for hop in hops):
            return f"only a client without a version stands at {contract}"
        aspects = self._aspects(one, contract)
        if one.aspect is None and aspects == (Aspect.CONTENT,):
            return f"no hop finds messages at {contract}, and nothing reconfigures it"
        how = f"by {aspects[0]}" if len(aspects) == 1 else "by versions"
        what = "hop" if one.verb is None else f"hop that {one.verb}"
        return f"no {what} at {contract} is judged {how}"

    def _in_aspect(
        self, one: Declaration, contract: Contract, aspect: Aspect, cell: Cell, hops: list[RequestHop]
    ) -> CoveredCell:
        consumer, provider = cell
        told = CoveredCell(contract, aspect, consumer, provider, Reach.MET, verb=one.verb)
        assumed = list(self._assumptions(one, contract, aspect, cell))
        self.used.update(assumed)
        if (contract, aspect, consumer, provider, one.verb) in self._met:
            self.broken.update(assumed)
            return told
        these, those = self._conditions(one, contract, aspect, cell)
        consumer_at, provider_at = self._occurrences.positions(these), self._occurrences.positions(those)
        told = replace(told, consumer_in=self._steps(consumer_at), provider_in=self._steps(provider_at))
        if consumer_at and provider_at:
            return self._apart(told, one.verb, these, those, consumer_at, provider_at)
        excuses = []
        if not consumer_at:
            could_be = self._possible.consumers(contract, aspect, one.verb)
            excuses.append(self._missing(told, consumer, could_be, hops))
        if not provider_at:
            excuses.append(self._missing_provider(told))
        worst, why = max(excuses, key=lambda excuse: excuse[0])
        if worst is Reach.OUT_OF_REACH and assumed:
            return replace(told, reach=Reach.ASSUMED, why=f"assumed: never {assumed[0].text}")
        return replace(told, reach=worst, why=why)

    def _conditions(
        self, one: Declaration, contract: Contract, aspect: Aspect, cell: Cell
    ) -> tuple[Condition, Condition]:
        found: Sides = self._sides(contract, aspect, one.verb)
        return found.consumers.get(cell[0], ()), found.providers.get(cell[1], ())

    # --- held apart ---

    def _apart(
        self,
        told: CoveredCell,
        verb: Verb | None,
        these: Condition,
        those: Condition,
        consumer_at: frozenset[int],
        provider_at: frozenset[int],
    ) -> CoveredCell:
        key = told.contract, told.aspect, told.consumer, told.provider, verb
        together = bool(consumer_at & provider_at) and self._occurrences.can_both_hold(these, those)
        return replace(
            told,
            reach=Reach.HELD_APART,
            together=together,
            by_span=key in self._without_span,
            why=self._what_parts(told, consumer_at, provider_at, together),
        )

    def _what_parts(
        self, told: CoveredCell, consumer_at: frozenset[int], provider_at: frozenset[int], together: bool
    ) -> str:
        """In words: which side goes before the other comes, or what keeps them apart."""
        consumer, provider = told.consumer or "who forwards", told.provider
        if self.deployment.pipelines:
            return self._what_parts_pipelines(told, consumer_at, provider_at, together)
        if max(consumer_at) < min(provider_at):
            return (
                f"consumer {consumer} is last in {told.consumer_in[-1]}, "
                f"provider {provider} first in {told.provider_in[0]}"
            )
        if max(provider_at) < min(consumer_at):
            return (
                f"provider {provider} is last in {told.provider_in[-1]}, "
                f"consumer {consumer} first in {told.consumer_in[0]}"
            )
        return self._in_no_common(told, together)

    def _what_parts_pipelines(
        self, told: CoveredCell, consumer_at: frozenset[int], provider_at: frozenset[int], together: bool
    ) -> str:
        """The same of several pipelines: one of them may part the two."""
        consumer, provider = f"consumer {told.consumer or 'who forwards'}", f"provider {told.provider}"
        sides = (consumer, consumer_at), (provider, provider_at)
        for (first, one), (second, other) in (sides, sides[::-1]):
            for course in self.vocabulary.courses.values():
                before, after = ([here for here in course if here.index in at] for at in (one, other))
                if before[-1].index < after[0].index:
                    return f"{first} is last in {before[-1].step}, {second} first in {after[0].step}"
        return self._in_no_common(told, together)

    def _in_no_common(self, told: CoveredCell, together: bool) -> str:
        if not together:
            return "in no common state"
        flag = self.deployment.flag_of.get(told.contract)
        return f"in no common request{f', by flag {flag.name}' if flag else ''}"

    def _steps(self, positions: frozenset[int]) -> tuple[str, ...]:
        return self.vocabulary.list_steps(positions)

    # --- missing ---

    def _missing_provider(self, told: CoveredCell) -> tuple[Reach, str]:
        contract, aspect = told.contract, told.aspect
        assert aspect is not None
        brought: set[str | None] = {*self._possible.providers(contract, aspect)}
        every = (RequestHop(*met) for met in self.deployment.hops_at.get(contract, ()))
        knows = aspect is Aspect.CONTENT
        return self._missing(told, told.provider, brought, every, is_provider=True, asks=knows)

    def _missing(
        self,
        told: CoveredCell,
        form: str | None,
        brought: set[str | None],
        hops: Iterable[RequestHop],
        *,
        is_provider: bool = False,
        asks: bool = True,
    ) -> tuple[Reach, str]:
        """Why a side never occurs."""
        side = "provider" if is_provider else "consumer"
        if form in brought:
            return Reach.NOT_TAKEN, f"no run brings the {side}'s {form}, though an action of the file would"
        knows = any(form is not None and self._is_run(one, form) for one in hops)
        if asks and (is_provider or told.aspect is not Aspect.TOKEN) and not knows:
            return Reach.NOT_KNOWN, f"{form} does not know it"
        return Reach.OUT_OF_REACH, self._nothing_brings(told, form, is_provider)

    def _is_run(self, one: RequestHop, version: str) -> bool:
        """Whether a caller of the version runs the hop; an anonymous client runs all of its own."""
        return self.deployment.runs(version, one.hop)

    def _nothing_brings(self, told: CoveredCell, form: str | None, is_provider: bool) -> str:
        contract = told.contract
        if not is_provider and told.aspect is Aspect.TOKEN:
            return f"nobody obtains {form} of what a hop at {contract} is using"
        if not is_provider:
            return f"no consumer of {contract} is ever {form}"
        if told.aspect is Aspect.CONTENT:
            return f"nothing brings {form} data to {contract}"
        if not self.vocabulary.has_schema(contract):
            return f"nothing deploys {contract.provider} at {form}"
        kind = self.deployment.components[contract.provider].kind
        verb = "reconfigures" if kind.value == "broker" else "migrates"
        return f"nothing {verb} {contract} to {form}"

    # --- assumptions ---

    def _assumptions(
        self, one: Declaration, contract: Contract, aspect: Aspect, cell: Cell
    ) -> Iterator[Assumption]:
        for assumption in self.deployment.never:
            speaks = assumption.entry in (one.entry, str(contract))
            if speaks and assumption.aspect in (None, aspect) and assumption.pair == cell:
                yield assumption
