"""Contracts by name: `provider/subject`, `provider/*`, and which of them requests meet."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from ..names import Contract
from .components import Components
from .document import Scalar
from .reader import Reader, Word, join_words, quote, take_word

MOST_MEANT = 3
"""Of more contracts with one subject none is likelier than others."""


class Contracts(Struct):
    """The contracts that hops meet, by provider.

    What a hop with a mistake meets is not known: `loose` holds the subjects of hops whose provider
    is unknown, and `lost` says that nothing at all is known of some hop. What might be among these
    is not called unknown. `led` are the components of whose leader hops speak.
    """

    subjects: dict[str, dict[str, None]] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)
    lost: bool = False
    led: set[str] = field(default_factory=set)

    def add(self, provider: str, subject: str | None, known: bool) -> None:
        """Takes in what one hop meets; `known`: its provider is declared."""
        if subject is None:
            self.lost = True
        elif known:
            self.subjects.setdefault(provider, {})[subject] = None
        else:
            self.loose.add(subject)

    def find(self, reader: Reader, components: Components, word: Word) -> tuple[Contract, ...]:
        """The contracts that a word names; none if it is wrong, and that is reported."""
        if not reader.is_closed(word):
            return ()
        word = word.unquoted()
        halves = word.halves("/")
        if halves is None:
            fix = f"did you mean `{word.text}/*`?" if word.text in components.by_name else None
            message = f"a contract is written `provider/subject`, not {quote(word.text)}"
            reader.report("bad-contract", message, word, fix)
            return ()
        provider, subject = halves
        components.find(reader, provider)
        if provider.text not in components.by_name:
            return ()
        if subject.text != "*":
            return self._one(reader, word, provider.text, subject)
        found = self.subjects.get(provider.text, {})
        if not found and not self.lost and not self.loose:
            reader.report(
                "unknown-contract", f"no request meets any contract of {quote(provider.text)}", word
            )
        return tuple(Contract(provider.text, name) for name in found)

    def _one(self, reader: Reader, word: Word, provider: str, subject: Word) -> tuple[Contract, ...]:
        if reader.subject(subject) is None:
            return ()
        subjects = self.subjects.get(provider, {})
        if subject.text in subjects:
            return (Contract(provider, subject.text),)
        if not self.lost and subject.text not in self.loose:
            message = f"no request meets {quote(word.text)}"
            reader.report("unknown-contract", message, word, self._meant(reader, word, provider, subject))
        return ()

    def _meant(self, reader: Reader, word: Word, provider: str, subject: Word) -> str | None:
        """The contract with that subject, if there is one: it may have been looked for at its consumer."""
        others = [name for name, subjects in self.subjects.items() if subject.text in subjects]
        if 0 < len(others) <= MOST_MEANT:
            meant = join_words([quote(f"{name}/{subject.text}") for name in others], "or")
            return f"a contract is named by its provider: did you mean {meant}?"
        names = [f"{provider}/{name}" for name in self.subjects.get(provider, {})]
        return reader.suggestion(word.text, names)


def expand_keys(
    reader: Reader, components: Components, contracts: Contracts, keys: Iterable[Scalar]
) -> dict[Contract, Scalar]:
    """Contract -> the key that names it; a contract in full wins over `provider/*`."""
    explicit: dict[Contract, Scalar] = {}
    wild: dict[Contract, Scalar] = {}
    for key in keys:
        found = contracts.find(reader, components, take_word(key))
        (wild if key.text.endswith("/*") else explicit).update(dict.fromkeys(found, key))
    return wild | explicit
