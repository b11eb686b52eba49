"""The section `accept`: hazards that a team lives with; in the deployment, or in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from msgspec import Struct

from ..deployment import Acceptance, Aspect, HazardWord, Pair, Request
from ..deployment.formula import Property
from ..names import Contract
from .components import Components
from .contracts import Contracts
from .document import Document, Scalar, YamlNode
from .keys import ACCEPT_KEYS, BASELINE_KEYS
from .reader import Reader, Word, join_words, quote, take_word

_CHOOSING = ("hazard", "kind", "component", "contract", "request", "property", "aspect", "versions")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ID = re.compile(r"[0-9a-f]{12}")
_KINDS = [str(kind) for kind in HazardWord]
_ASPECTS = [str(aspect) for aspect in Aspect]
_OF_HOPS = ("contract", "request", "aspect", "versions")


def build_acceptances(
    reader: Reader,
    components: Components,
    contracts: Contracts,
    requests: tuple[Request, ...],
    versions: tuple[str, ...] | None,
    steps: Collection[str] | None,
    properties: tuple[Property, ...],
) -> Acceptances:
    """The reader of entries about a deployment of these."""
    available = (f"min_available of {name}" for name in components.by_name)
    named = [*(one.name for one in properties), *available]
    names = [request.name for request in requests]
    return Acceptances(reader, components, contracts, names, versions, steps, named)


class Acceptances(Struct, frozen=True):
    """Reads `accept`, with the names that an entry can give. `versions`, `steps` and `properties` are None
    where they are wrong themselves, so that nothing is held against them."""

    reader: Reader
    components: Components
    contracts: Contracts
    requests: Collection[str]
    versions: tuple[str, ...] | None
    steps: Collection[str] | None
    properties: Collection[str]

    def read(self, node: YamlNode) -> Iterator[Acceptance]:
        """The entries; what is wrong in one is reported, and it is left out."""
        section = self.reader.sequence(node, "`accept`", _EXAMPLE)
        for item in section.items if section else ():
            before = len(self.reader.problems)
            values = self.reader.record(item, ACCEPT_KEYS, "an entry of `accept`")
            if values is None:
                continue
            entry = self._entry(item, values)
            self._check_chooses(item, values)
            if entry is not None and len(self.reader.problems) == before:
                yield entry

    def read_file(self, listed: Document) -> Iterator[Acceptance]:
        """The entries of a file that has nothing else."""
        values = self.reader.record(listed.root, BASELINE_KEYS, "the file") if listed.root else None
        if values and "accept" in values:
            yield from self.read(values["accept"])

    def _entry(self, item: YamlNode, values: Mapping[str, YamlNode]) -> Acceptance | None:
        reason = self._reason(values)
        contract = self._scalar(values, "contract")
        reader = self.reader
        kind = reader.choice(values["kind"], "kind", _KINDS) if "kind" in values else None
        aspect = reader.choice(values["aspect"], "aspect", _ASPECTS) if "aspect" in values else None
        entry = Acceptance(
            reason=reason or "",
            hazard=self._hazard(values),
            kind=HazardWord(kind) if kind else None,
            component=self._component(values),
            contract=contract.text if contract else None,
            contracts=self._contracts(contract),
            request=self._request(values),
            property=self._property(values),
            aspect=Aspect(aspect) if aspect else None,
            versions=self._versions(values),
            within=self._steps(values["in"]) if "in" in values else None,
            until=self._until(values),
            place=item.place,
        )
        return entry if reason is not None else None

    def _check_chooses(self, item: YamlNode, values: Mapping[str, YamlNode]) -> None:
        """An entry says which hazards it is about, and nothing that no hazard of its kind has."""
        reader, kind = self.reader, values.get("kind")
        if not any(key in values for key in _CHOOSING):
            message = "an entry of `accept` must say which hazards it is about"
            reader.report("missing-key", message, item, f"give one of {join_words(_CHOOSING, 'or')}")
        word = kind.text if isinstance(kind, Scalar) else None
        is_asked = "property" in values or word == HazardWord.PROPERTY
        for key in _OF_HOPS if is_asked else ():
            if key in values:
                fix = f"leave out `{key}`, or what says that it is a property"
                reader.report("does-not-fit", f"a property has no `{key}`", values[key], fix)
        for key in ("aspect", "versions") if word in (HazardWord.UNAVAILABLE, HazardWord.INTERRUPTED) else ():
            if key in values:
                message = f"a hazard of kind {quote(str(word))} is no pair of versions, and has no `{key}`"
                reader.report("does-not-fit", message, values[key], f"leave out `{key}`")

    # --- one key each ---

    def _reason(self, values: Mapping[str, YamlNode]) -> str | None:
        """In one line, however it is written."""
        scalar = self._scalar(values, "reason")
        if scalar is None or scalar.text.strip():
            return " ".join(scalar.text.split()) if scalar else None
        self.reader.report("bad-text", "`reason` must not be empty", scalar, "say why it is accepted")
        return None

    def _scalar(self, values: Mapping[str, YamlNode], key: str) -> Scalar | None:
        return self.reader.scalar(values[key], f"`{key}`") if key in values else None

    def _hazard(self, values: Mapping[str, YamlNode]) -> str | None:
        scalar = self._scalar(values, "hazard")
        if scalar is None or _ID.fullmatch(scalar.text):
            return scalar.text if scalar else None
        message = f"`hazard` must be the id of a hazard, twelve of 0-9 and a-f, not {quote(scalar.text)}"
        fix = "ids stand in the JSON answer (`skewproof check --format json`)"
        self.reader.report("bad-text", message, scalar, fix)
        return None

    def _component(self, values: Mapping[str, YamlNode]) -> str | None:
        scalar = self._scalar(values, "component")
        found = self.components.find(self.reader, scalar) if scalar else None
        return found.name if found else None

    def _contracts(self, scalar: Scalar | None) -> frozenset[Contract]:
        if scalar is None:
            return frozenset()
        return frozenset(self.contracts.find(self.reader, self.components, take_word(scalar)))

    def _request(self, values: Mapping[str, YamlNode]) -> str | None:
        scalar = self._scalar(values, "request")
        if scalar is not None and scalar.text not in self.requests:
            self.reader.report_unknown("request", scalar, self.requests)
        return scalar.text if scalar else None

    def _property(self, values: Mapping[str, YamlNode]) -> str | None:
        scalar = self._scalar(values, "property")
        if scalar is not None and scalar.text not in self.properties:
            fix = "what has no name of its own is named by `hazard: ID`"
            self.reader.report_unknown("property", scalar, self.properties, fix=fix)
        return scalar.text if scalar else None

    def _versions(self, values: Mapping[str, YamlNode]) -> Pair | None:
        scalar = self._scalar(values, "versions")
        halves = take_word(scalar).halves("->") if scalar else None
        if scalar is None or halves is None:
            if scalar is not None:
                message = f"`versions` must be a pair, not {quote(scalar.text)}"
                self.reader.report("bad-pair", message, scalar, "write `V1 -> V2`, consumer first")
            return None
        old, new = (self._version(half) for half in halves)
        return (old, new) if old is not None and new is not None else None

    def _version(self, half: Word) -> str | None:
        words = half.split() or [half]
        return self.reader.version(words[0] if len(words) == 1 else half, self.versions)

    def _steps(self, node: YamlNode) -> tuple[str, ...]:
        """One step, or a list of them."""
        items: tuple[YamlNode, ...] = (node,)
        if not isinstance(node, Scalar):
            section = self.reader.sequence(node, "`in`", "write `[Deploy]`")
            items = section.items if section else ()
            if section and not items:
                self.reader.report("empty", "`in` must not be empty", section, "leave it out: anywhere")
        read = (self.reader.scalar(item, "a step", "the name of a step") for item in items)
        names = (scalar.text for scalar in read if scalar is not None and self._is_step(scalar))
        return tuple(dict.fromkeys(names))

    def _is_step(self, scalar: Scalar) -> bool:
        if self.steps is None or scalar.text in self.steps:
            return True
        self.reader.report_unknown("step", scalar, self.steps)
        return False

    def _until(self, values: Mapping[str, YamlNode]) -> date | None:
        scalar = self._scalar(values, "until")
        if scalar is None:
            return None
        if _DATE.fullmatch(scalar.text):
            try:
                return date.fromisoformat(scalar.text)
            except ValueError:  # there is no such day
                pass
        message = f"`until` must be a date, not {quote(scalar.text)}"
        self.reader.report("bad-date", message, scalar, "write the last day on which it holds, as 2026-12-31")
        return None


_EXAMPLE = "write `- {kind: unavailable, component: web, reason: planned}`"
