"""The section `assume`: what is taken for granted, and stands beside every verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from ..deployment import Aspect, Assumption, Change, Declaration
from ..names import Contract
from .changes import Changes
from .document import Scalar, YamlNode
from .keys import ASSUME_KEYS, MAX_SPAN
from .reader import Word, join_words, quote, take_word


class Assumed(Struct, frozen=True):
    """What `assume` says: how many steps a request may see begin, and which cells are never met."""

    max_span: int | None = None
    never: tuple[Assumption, ...] = ()


class AssumeReader(Struct, frozen=True):
    """Reads `assume`, with the contracts that the changes know; `declared` is what the release changes."""

    changes: Changes
    declared: Mapping[Contract, Change]

    def read(self, node: YamlNode) -> Assumed:
        reader = self.changes.reader
        values = reader.record(node, ASSUME_KEYS, "`assume`") or {}
        most = reader.integer(values["max_span"], "`max_span`", 0, MAX_SPAN) if "max_span" in values else None
        items = reader.sequence(values["never"], "`never`") if "never" in values else None
        scalars = (
            [reader.scalar(item, "what is never met", _EXPECTED) for item in items.items] if items else []
        )
        read = (one for scalar in scalars if scalar is not None for one in self._never(scalar))
        return Assumed(most, tuple(read))

    def _never(self, scalar: Scalar) -> Iterator[Assumption]:
        """`CONTRACT [ASPECT] V1 -> V2`; nothing if it is wrong, and that is reported."""
        reader = self.changes.reader
        words = [word.unquoted() for word in take_word(scalar).words()]
        try:
            arrow = [word.text for word in words].index("->")
        except ValueError:
            arrow = -1
        if arrow not in (2, 3) or len(words) != arrow + 2:
            message = f"what is never met must be {_EXPECTED}, not {quote(scalar.text)}"
            reader.report("bad-pair", message, scalar)
            return
        aspect = words[1] if arrow == 3 else None
        if aspect is not None and aspect.text not in set(map(str, Aspect)):
            reader.report_unknown("aspect", aspect, list(Aspect), fix=f"the aspects are {join_words(Aspect)}")
            return
        pair = self._pair(words[arrow - 1], words[arrow + 1])
        contracts = self.changes.contracts.find(reader, self.changes.components, words[0])
        if pair is not None and contracts:
            said = Aspect(aspect.text) if aspect is not None else None
            assumption = Assumption(scalar.text, words[0].text, contracts, said, pair, scalar.place)
            self._check_speaks(assumption, scalar)
            yield assumption

    def _check_speaks(self, one: Assumption, scalar: Scalar) -> None:
        """Reports an assumption about what nobody says breaks."""
        declared = (d for contract in one.contracts for d in self._declared(contract))
        if any(one.pair in d.cells and one.aspect in (None, d.aspect or one.aspect) for d in declared):
            return
        message = f"no change says that {' -> '.join(one.pair)} breaks at {quote(one.entry)}"
        fix = "leave it out, or name a pair that `changes` declares"
        self.changes.reader.report("does-not-fit", message, scalar, fix)

    def _declared(self, contract: Contract) -> tuple[Declaration, ...]:
        change = self.declared.get(contract)
        return change.declared if change is not None else ()

    def _pair(self, consumer: Word, provider: Word) -> tuple[str, str] | None:
        reader, versions = self.changes.reader, self.changes.versions
        old, new = reader.version(consumer, versions), reader.version(provider, versions)
        return (old, new) if old is not None and new is not None else None


_EXPECTED = "a contract, an aspect and a pair: `db/order schema V1 -> V2`"
