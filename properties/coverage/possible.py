"""What the actions of a file could bring if each took effect at any time (paragraph 71)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from ...model.compiler.course import build_course
from ...model.compiler.moves import ROLLOUTS, SCHEMAS, SYNCS, Move
from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import find_sources
from ...model.deployment import Aspect, Verb
from ...model.names import Contract
from .sides import list_judged_hops, looks_at_version


class Possible:
    """The forms that either side of a contract's cells could have."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._deployment = vocabulary.deployment
        self._versions = self._deployment.versions

    def consumers(self, contract: Contract, aspect: Aspect, verb: Verb | None = None) -> set[str | None]:
        """The forms of the consumer's side, by hops of the verb (None: of any)."""
        found: set[str | None] = set()
        for one in list_judged_hops(self._deployment, contract, aspect, verb):
            if aspect is Aspect.TOKEN:
                for source in find_sources(self._deployment, one.request.hops, one.number):
                    found |= self._obtained(source)
            elif one.hop.verb is Verb.RELAYS:
                found |= {None} if self._runs(one.hop.consumer) else set()
            else:
                for version in self._up(one.hop.consumer):
                    if self._deployment.runs(version, one.hop):
                        by_version = looks_at_version(self._vocabulary, contract, aspect)
                        found |= {version} if by_version else set(self._forms(contract, [version]))
        return found

    def providers(self, contract: Contract, aspect: Aspect) -> set[str]:
        """The forms of the provider's side."""
        if aspect is Aspect.CONTENT:
            return self._contents[contract]
        if self._vocabulary.has_schema(contract):
            return self._schemas(contract)
        return set(self._forms(contract, self._up(contract.provider)))

    def _runs(self, component: str) -> bool:
        return component not in self._vocabulary.rollouts or bool(self._up(component))

    @cached_property
    def _moves(self) -> tuple[Move, ...]:
        """The moves of every action of the file, those of a rollback for each failure that can lead there."""
        if self._deployment.rollback is None:
            return self._vocabulary.moves
        return build_course(replace(self._deployment, failures=True)).moves

    def _goals(self, subject: str | Contract, among: Iterable[object]) -> set[str]:
        kinds = frozenset(among)
        moves = (m for m in self._moves if m.subject == subject and m.instruction in kinds)
        return {move.goal for move in moves if move.goal is not None}

    def _up(self, component: str) -> set[str]:
        return {self._versions[0]} | self._goals(component, ROLLOUTS)

    def _schemas(self, contract: Contract) -> set[str]:
        taken = (self._up(name) for name in self._deployment.migrators.get(contract, ()))
        reached = {self._versions[0]}.union(self._goals(contract, SCHEMAS), *taken)
        last = max(map(self._versions.index, reached))
        return set(self._versions[: last + 1])

    def _forms(self, contract: Contract, versions: Iterable[str]) -> Iterator[str]:
        """The forms of the versions, whatever the flag says."""
        views = [view for view, _ in self._vocabulary.views(contract)]
        return (self._vocabulary.form(contract, v, view) for v in versions for view in views)

    def _obtained(self, contract: Contract) -> set[str]:
        if self._vocabulary.has_content(contract):
            return self._contents[contract]
        if self._vocabulary.has_schema(contract):
            return self._schemas(contract)
        return set(self._forms(contract, self._up(contract.provider)))

    @cached_property
    def _contents(self) -> dict[Contract, set[str]]:
        """What can come into each content, until nothing new does."""
        vocabulary = self._vocabulary
        self.__dict__["_contents"] = found = {
            contract: set(vocabulary.starting_forms(contract))
            for contract in vocabulary.changed
            if vocabulary.has_content(contract)
        }
        while any(self._grow(contract) for contract in found):
            pass
        return found

    def _grow(self, contract: Contract) -> bool:
        """Adds what can come by what is known so far; whether there was anything."""
        content = self._contents[contract]
        before = len(content)
        goals = self._goals(contract, SYNCS)
        source = (self._deployment.changes or {})[contract].source
        if source is not None and (
            self._vocabulary.has_content(source) or self._vocabulary.has_schema(source)
        ):
            goals = self._obtained(source) if goals else set()
        content |= goals
        for request in self._deployment.requests:
            for number, hop in enumerate(request.hops, start=1):
                if hop.contract != contract:
                    continue
                if hop.verb is Verb.RELAYS and self._runs(hop.consumer):
                    for carried in find_sources(self._deployment, request.hops, number):
                        content |= self._obtained(carried)
                elif hop.verb.leaves_content and hop.consumer in self._vocabulary.rollouts:
                    up = (v for v in self._up(hop.consumer) if self._deployment.runs(v, hop))
                    content |= set(self._forms(contract, up))
        return len(content) > before
