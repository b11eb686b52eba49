"""The sections `changes` and `flags`: what a release does to contracts, and what guards them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from ..deployment import Aspect, Change, Flag, Kind, Pair, Severity
from ..names import Contract
from .components import Components
from .contracts import Contracts, expanded
from .document import Mapping, Node, Scalar
from .keys import ASPECTS, CHANGE_KEYS, FLAG_KEYS, MAX_INSTANCES, SKEW_KEYS, UNDERSTANDS
from .reader import Reader, Word, listed, quoted, word_of

Breaks = dict[Aspect, frozenset[Pair]]


def _exceeds(distance: int, most: int | None) -> bool:
    return most is not None and distance > most


@dataclass(frozen=True, slots=True)
class Changes:
    """Reads changes and flags; `versions is None` if the file's versions are wrong themselves."""

    reader: Reader
    components: Components
    contracts: Contracts
    versions: tuple[str, ...] | None

    def changes(self, node: Node) -> dict[Contract, Change]:
        section = self.reader.mapping(node, "`changes`", "write `changes: {}` if nothing changes")
        return self.entries(section) if section else {}

    def entries(self, section: Mapping) -> dict[Contract, Change]:
        """The changes of one file, wildcards expanded."""
        keys = [key for key, _ in section.entries]
        owner = expanded(self.reader, self.components, self.contracts, keys)
        read = {key.text: self._change(key, value) for key, value in section.entries}
        found = {contract: (read[key.text], key) for contract, key in owner.items()}
        return {
            contract: replace(change, contract=contract)
            for contract, (change, _) in found.items()
            if change is not None
        }

    def _change(self, key: Scalar, node: Node) -> Change | None:
        """What stands behind one key, for whatever contracts the key names."""
        what = f"the change of {quoted(key.text)}"
        if isinstance(node, Scalar):
            fix = "write `{}`" if node.is_null else f"write `{{breaks: {node.text}}}`"
            self.reader.mapping(node, what, fix if len(fix) < 80 else None)
            return None
        values = self.reader.record(node, CHANGE_KEYS, what)
        if values is None:
            return None
        component = self.components.by_name.get(key.text.partition("/")[0])
        kind = component.kind if component else None
        kept = "rows" in values and self._rows_kept(values["rows"], key, kind)
        severity, severities = (
            self._severity(values["severity"]) if "severity" in values else (Severity.ERROR, {})
        )
        return Change(
            Contract("", ""),
            self._all_breaks(values, kind),
            severity,
            kept,
            self._note(values["note"]) if "note" in values else None,
            key.place,
            severities,
            self._expires(values, key, kind, kept),
            self._source(values, key, kind, kept),
            self._exists(values, key, kind),
        )

    def _severity(self, node: Node) -> tuple[Severity, dict[Aspect, Severity]]:
        """One severity for all aspects, or one for each."""
        if not isinstance(node, Mapping):
            text = self.reader.choice(node, "severity", list(Severity))
            return Severity(text or Severity.ERROR), {}
        found: dict[Aspect, Severity] = {}
        for key, value in node.entries:
            text = self.reader.choice(value, "severity", list(Severity))
            if self._is_aspect(key) and text:
                found[Aspect(key.text)] = Severity(text)
        return Severity.ERROR, found

    def _all_breaks(self, values: dict[str, Node], kind: Kind | None) -> Breaks:
        if "skew" in values and "breaks" in values:
            message = "`skew` says which pairs break, and so does `breaks`"
            self.reader.report("does-not-fit", message, values["skew"], "leave out one of them")
        if "skew" in values:
            return self._skew(values["skew"])
        return self._breaks(values["breaks"], kind) if "breaks" in values else {}

    def _skew(self, node: Node) -> Breaks:
        """The pairs of a consumer that is too old or too new for the provider."""
        values = self.reader.record(node, SKEW_KEYS, "`skew`") or {}
        most = {
            key: self.reader.integer(value, f"`{key}`", 0, MAX_INSTANCES) for key, value in values.items()
        }
        versions = self.versions or ()
        pairs = frozenset(
            (consumer, provider)
            for older, consumer in enumerate(versions)
            for newer, provider in enumerate(versions)
            if _exceeds(newer - older, most.get("older")) or _exceeds(older - newer, most.get("newer"))
        )
        return dict.fromkeys(Aspect, pairs) if pairs else {}

    def _expires(self, values: dict[str, Node], key: Scalar, kind: Kind | None, kept: bool) -> bool:
        if "expires" not in values or self.reader.truth(values["expires"], "`expires`") is not True:
            return False
        self._check_holds_data("expires", values["expires"], key, kind, kept)
        return True

    def _source(self, values: dict[str, Node], key: Scalar, kind: Kind | None, kept: bool) -> Contract | None:
        scalar = (
            self.reader.scalar(values["from"], "`from`", "a contract `provider/subject`")
            if "from" in values
            else None
        )
        if scalar is None:
            return None
        self._check_holds_data("from", values["from"], key, kind, kept)
        found = self.contracts.find(self.reader, self.components, word_of(scalar))
        if scalar.text == key.text:
            self.reader.report("does-not-fit", f"{quoted(key.text)} is derived from itself", scalar)
        provider = self.components.by_name.get(scalar.text.partition("/")[0])
        if provider is not None and provider.kind.has_instances:
            message = f"{quoted(provider.name)} is a {provider.kind}; `from` names a contract of a store"
            self.reader.report("does-not-fit", message, scalar)
        return found[0] if len(found) == 1 else None

    def _check_holds_data(self, name: str, at: Node, key: Scalar, kind: Kind | None, kept: bool) -> None:
        """Data lies there in forms of its own."""
        fits = kind in (Kind.CACHE, Kind.BROKER, None) or (kind is Kind.DATABASE and kept)
        if not fits:
            provider = key.text.partition("/")[0]
            fix = "write `rows: kept` too" if kind is Kind.DATABASE else None
            message = f"{quoted(provider)} is a {kind}; `{name}` fits caches, brokers and rows that are kept"
            self.reader.report("does-not-fit", message, at, fix)

    def _exists(self, values: dict[str, Node], key: Scalar, kind: Kind | None) -> frozenset[str] | None:
        if "exists" not in values:
            return None
        if kind is not None and not kind.has_schema:
            provider = key.text.partition("/")[0]
            message = f"{quoted(provider)} is a {kind}; `exists` fits databases and brokers"
            self.reader.report("does-not-fit", message, values["exists"])
        items = self.reader.sequence(values["exists"], "`exists`", "write the versions as a list")
        if items and not items.items:
            self.reader.report("empty", "`exists` must name at least one version", items)
        scalars = [self.reader.scalar(item, "a version", "a name") for item in items.items] if items else []
        read = [self.reader.version(scalar, self.versions) for scalar in scalars if scalar is not None]
        return frozenset(version for version in read if version is not None)

    def _is_aspect(self, key: Scalar) -> bool:
        if key.text in Aspect._value2member_map_:
            return True
        self.reader.report_unknown("aspect", key, list(Aspect), fix=f"the aspects are {listed(Aspect)}")
        return False

    def _rows_kept(self, node: Node, key: Scalar, kind: Kind | None) -> bool:
        if self.reader.choice(node, "rows", ["kept"]) and kind not in (Kind.DATABASE, None):
            name = key.text.partition("/")[0]
            message = f"{quoted(name)} is a {kind}; `rows` fits databases"
            self.reader.report("does-not-fit", message, node)
        return True  # what was meant, so that `content` is not a second mistake

    def _note(self, node: Node) -> str | None:
        scalar = self.reader.scalar(node, "`note`")
        if scalar and not all(char.isprintable() or char in "\n\t" for char in scalar.text):
            self.reader.report("bad-text", "`note` must not contain control characters", scalar)
        return scalar.text if scalar else None

    def _breaks(self, node: Node, kind: Kind | None) -> Breaks:
        if not isinstance(node, Mapping):
            pairs = self._pairs(node)
            return dict.fromkeys(Aspect, pairs) if pairs else {}
        breaks: Breaks = {}
        for key, value in node.entries:
            pairs = self._pairs(value)
            if not self._is_aspect(key):
                continue
            self._check_aspect_fits(key, kind)
            if pairs:
                breaks[Aspect(key.text)] = pairs
        return breaks

    def _check_aspect_fits(self, key: Scalar, kind: Kind | None) -> None:
        if kind is None:
            return
        if Aspect(key.text) not in ASPECTS[kind]:
            message = f"`{key.text}` is never judged at a {kind}"
            fix = f"at a {kind}: {listed(f'`{aspect}`' for aspect in ASPECTS[kind])}"
            self.reader.report("does-not-fit", message, key, fix)

    def _pairs(self, node: Node) -> frozenset[Pair]:
        """The pairs of `both`, `none`, one pair or a list of pairs."""
        if isinstance(node, Scalar):
            if node.text == "both":
                versions = self.versions or ()
                return frozenset((x, y) for x in versions for y in versions if x != y)
            return frozenset() if node.text == "none" else self._pair(node)
        items = self.reader.sequence(node, "what breaks", "write `both`, `none`, or pairs `V1 -> V2`")
        return frozenset().union(*map(self._pair, items.items)) if items else frozenset()

    def _pair(self, node: Node) -> frozenset[Pair]:
        """The set of the one pair that is written; empty if it is wrong."""
        first, last = (self.versions or ("V1", "V2"))[0], (self.versions or ("V1", "V2"))[-1]
        expected = f"a pair `{first} -> {last}` (consumer -> provider)"
        scalar = self.reader.scalar(node, "what breaks", expected)
        if scalar is None:
            return frozenset()
        halves = word_of(scalar).halves("->")
        words = [half.split() for half in halves] if halves else []
        if [len(part) for part in words] != [1, 1]:
            self.reader.report(
                "bad-pair", f"what breaks must be {expected}, not {quoted(scalar.text)}", scalar
            )
            return frozenset()
        consumer, provider = (part[0] for part in words)
        known = [self.reader.version(word, self.versions) for word in (consumer, provider)]
        if None in known and self.versions is not None:
            return frozenset()
        if consumer.text == provider.text:
            self.reader.report("equal-versions", "a version never breaks with itself", scalar)
        return frozenset({(consumer.text, provider.text)})

    # Flags

    def flags(self, node: Node) -> dict[str, Flag]:
        """The flags of one file, by name."""
        section = self.reader.mapping(node, "`flags`")
        return {key.text: self._flag(key, value) for key, value in section.entries} if section else {}

    def _flag(self, key: Scalar, node: Node) -> Flag:
        what = f"flag {quoted(key.text)}"
        name = self.reader.name(key, "the name of a flag")
        if name in self.components.by_name:
            self.reader.report("reserved-name", f"{what} is named like a component", key)
        values = self.reader.record(node, FLAG_KEYS, what, key) or {}
        items = self.reader.sequence(values["guards"], "`guards`") if "guards" in values else None
        if items and not items.items:
            self.reader.report("empty", f"{what} must guard at least one contract", items)
        guards: dict[str, Scalar] = {}
        for item in items.items if items else ():
            scalar = self.reader.scalar(item, "what a flag guards", "a contract `provider/subject`")
            if scalar and scalar.text in guards:
                self.reader.report("duplicate-guard", f"{what} guards {quoted(scalar.text)} twice", scalar)
            elif scalar:
                guards[scalar.text] = scalar
        found = expanded(self.reader, self.components, self.contracts, guards.values())
        since = self._since(values["since"]) if "since" in values else None
        understands = values.get("understands")
        own = understands and self.reader.choice(understands, "understanding", UNDERSTANDS) == "own"
        return Flag(key.text, frozenset(found), key.place, since, not own)

    def _since(self, node: Node) -> str | None:
        scalar = self.reader.scalar(node, "`since`", "a version")
        version = self.reader.version(scalar, self.versions) if scalar else None
        if scalar and self.versions and version == self.versions[0]:
            message = f"a flag that {quoted(version or '')} knows has no older form to behave in"
            self.reader.report(
                "does-not-fit", message, scalar, f"write {quoted(self.versions[1])} or a newer one"
            )
        return version

    def check_guards(self, flags: Collection[Flag]) -> None:
        """Reports every contract that two flags guard."""
        owner: dict[Contract, Flag] = {}
        for flag in flags:
            for contract in sorted(flag.guards):
                first = owner.setdefault(contract, flag)
                if first is not flag and flag.place is not None:
                    names = f"{quoted(first.name)} and {quoted(flag.name)}"
                    message = f"{quoted(str(contract))} is guarded by two flags, {names}"
                    at = Word(flag.name, flag.place, len(flag.name), exact=True)
                    self.reader.report("two-flags", message, at)
