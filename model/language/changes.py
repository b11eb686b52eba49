"""The sections `changes` and `flags`: what a release does to contracts, and what guards them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from msgspec import Struct, field

from ..deployment import (
    Action,
    Aspect,
    Change,
    Declaration,
    Flag,
    Kind,
    Pair,
    Reason,
    Severity,
    list_bare_aspects,
)
from ..names import Contract
from .breaks import BreaksReader, read_breaks, read_grades, read_verbs
from .components import Components
from .contracts import Contracts, expand_keys
from .document import Mapping, Scalar, YamlNode
from .keys import CHANGE_KEYS, EMPTY, FLAG_KEYS, MAX_LINE, REASON_KEYS, UNDERSTANDS
from .reader import Reader, Word, quote, take_word


class Changes(Struct, frozen=True):
    """Reads changes and flags; `versions is None` if the file's versions are wrong themselves. `actions` are
    all of the file."""

    reader: Reader
    components: Components
    contracts: Contracts
    versions: tuple[str, ...] | None
    actions: tuple[Action, ...] = ()
    nameless: list[Declaration] = field(default_factory=list)
    """What was declared of no contract, since each has an entry of its own."""

    def changes(self, node: YamlNode) -> dict[Contract, Change]:
        section = self.reader.mapping(node, "`changes`", "write `changes: {}` if nothing changes")
        return self.entries(section) if section else {}

    def entries(self, section: Mapping) -> dict[Contract, Change]:
        """The changes of one file, wildcards expanded."""
        keys = [key for key, _ in section.entries]
        owner = expand_keys(self.reader, self.components, self.contracts, keys)
        read = {key.text: self._change(key, value) for key, value in section.entries}
        named = {key.text for key in owner.values()}
        for key, change in read.items():
            self.nameless.extend(change.declared if change is not None and key not in named else ())
        return {
            contract: self._of(contract, change)
            for contract, key in owner.items()
            if (change := read[key.text]) is not None
        }

    def _of(self, contract: Contract, change: Change) -> Change:
        """What an entry says, of one of the contracts that it names."""
        component = self.components.by_name.get(contract.provider)
        kind = component.kind if component else Kind.SERVICE
        bare = list_bare_aspects(contract, kind, self.actions)
        severities, unknown = read_grades(change.declared, bare)
        return replace(
            change,
            contract=contract,
            breaks=read_breaks(change.declared, bare),
            pair_severities=severities,
            unknown=unknown,
            verbs=read_verbs(change.declared),
        )

    def _change(self, key: Scalar, node: YamlNode) -> Change | None:
        """What stands behind one key, for whatever contracts the key names."""
        what = f"the change of {quote(key.text)}"
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
        reads = BreaksReader(self.reader, self.versions, take_word(key).unquoted().text, kind, kept)
        severity, severities = (
            self._severity(values["severity"], reads) if "severity" in values else (Severity.ERROR, {})
        )
        exists = self._exists(values, key, kind)
        declared = reads.read(values)
        if exists is not None and kind is not Kind.CACHE:  # which has no schema that could be judged
            gone = reads.missing(exists, values["exists"].place)
            declared = (*declared, *([gone] if gone.cells else []))
        return Change(
            Contract("", ""),
            {},
            severity,
            kept,
            self._note(values["note"]) if "note" in values else None,
            key.place,
            severities,
            self._expires(values, key, kind, kept),
            self._source(values, key, kind, kept),
            exists,
            declared=declared,
            starts=self._starts(values, key, kind, kept),
            evidence=self._evidence(values["evidence"], reads) if "evidence" in values else {},
            open=not {"breaks", "skew"} & values.keys(),
        )

    def _evidence(self, node: YamlNode, reads: BreaksReader) -> dict[Pair, tuple[Reason, ...]]:
        """The reasons for each pair."""
        section = self.reader.mapping(node, "`evidence`", "write `V1 -> V2: [...]`")
        found: dict[Pair, tuple[Reason, ...]] = {}
        for key, value in section.entries if section else ():
            items = self.reader.sequence(value, "the reasons of a pair")
            reasons = tuple(filter(None, map(self._reason, items.items if items else ())))
            found.update(dict.fromkeys(reads.pair(key), reasons))
        return found

    def _reason(self, node: YamlNode) -> Reason | None:
        values = self.reader.record(node, REASON_KEYS, "a reason")
        if values is None:
            return None
        line = self.reader.integer(values["line"], "`line`", 0, MAX_LINE) if "line" in values else 0
        texts = {
            name: scalar.text
            for name, value in values.items()
            if name != "line" and (scalar := self.reader.scalar(value, f"`{name}`")) is not None
        }
        needed = {name for name, rule in REASON_KEYS.items() if rule.required}
        return Reason(**texts, line=line or 0) if needed <= texts.keys() else None

    def _severity(self, node: YamlNode, reads: BreaksReader) -> tuple[Severity, dict[Aspect, Severity]]:
        """One severity for all aspects, or one for each."""
        if not isinstance(node, Mapping):
            text = self.reader.choice(node, "severity", list(Severity))
            return Severity(text or Severity.ERROR), {}
        found: dict[Aspect, Severity] = {}
        for key, value in node.entries:
            text = self.reader.choice(value, "severity", list(Severity))
            if reads.is_aspect(key) and text:
                found[Aspect(key.text)] = Severity(text)
        return Severity.ERROR, found

    def _expires(self, values: dict[str, YamlNode], key: Scalar, kind: Kind | None, kept: bool) -> bool:
        if "expires" not in values or self.reader.truth(values["expires"], "`expires`") is not True:
            return False
        self._check_holds_data("expires", values["expires"], key, kind, kept)
        return True

    def _source(
        self, values: dict[str, YamlNode], key: Scalar, kind: Kind | None, kept: bool
    ) -> Contract | None:
        scalar = (
            self.reader.scalar(values["from"], "`from`", "a contract `provider/subject`")
            if "from" in values
            else None
        )
        if scalar is None:
            return None
        self._check_holds_data("from", values["from"], key, kind, kept)
        found = self.contracts.find(self.reader, self.components, take_word(scalar))
        if take_word(scalar).unquoted().text == take_word(key).unquoted().text:
            self.reader.report("does-not-fit", f"{quote(key.text)} is derived from itself", scalar)
        provider = self.components.by_name.get(scalar.text.partition("/")[0])
        if provider is not None and provider.kind.has_instances:
            message = f"{quote(provider.name)} is a {provider.kind}; `from` names a contract of a store"
            self.reader.report("does-not-fit", message, scalar)
        return found[0] if len(found) == 1 else None

    def _check_holds_data(self, name: str, at: YamlNode, key: Scalar, kind: Kind | None, kept: bool) -> None:
        """Data lies there in forms of its own."""
        fits = kind in (Kind.CACHE, Kind.BROKER, None) or (kind is Kind.DATABASE and kept)
        if not fits:
            provider = key.text.partition("/")[0]
            fix = "write `rows: kept` too" if kind is Kind.DATABASE else None
            message = f"{quote(provider)} is a {kind}; `{name}` fits caches, brokers and rows that are kept"
            self.reader.report("does-not-fit", message, at, fix)

    def _exists(self, values: dict[str, YamlNode], key: Scalar, kind: Kind | None) -> frozenset[str] | None:
        if "exists" not in values:
            return None
        if kind is not None and kind.has_instances:
            provider = key.text.partition("/")[0]
            message = f"{quote(provider)} is a {kind}; `exists` fits databases, caches and brokers"
            self.reader.report("does-not-fit", message, values["exists"])
        return self._versions(values["exists"], "`exists`")

    def _starts(
        self, values: dict[str, YamlNode], key: Scalar, kind: Kind | None, kept: bool
    ) -> frozenset[str] | None:
        """What lies there at the start; None if it is not said."""
        if "starts" not in values:
            return None
        node = values["starts"]
        self._check_holds_data("starts", node, key, kind, kept)
        if isinstance(node, Scalar) and node.text == EMPTY:
            return frozenset()
        return self._versions(node, "`starts`", f"write the versions as a list, or `{EMPTY}`")

    def _versions(
        self, node: YamlNode, what: str, fix: str = "write the versions as a list"
    ) -> frozenset[str] | None:
        """The versions that are listed."""
        items = self.reader.sequence(node, what, fix)
        if items and not items.items:
            self.reader.report("empty", f"{what} must name at least one version", items)
        scalars = [self.reader.scalar(item, "a version", "a name") for item in items.items] if items else []
        read = [self.reader.version(scalar, self.versions) for scalar in scalars if scalar is not None]
        return frozenset(version for version in read if version is not None)

    def _rows_kept(self, node: YamlNode, key: Scalar, kind: Kind | None) -> bool:
        if self.reader.choice(node, "rows", ["kept"]) and kind not in (Kind.DATABASE, None):
            name = key.text.partition("/")[0]
            message = f"{quote(name)} is a {kind}; `rows` fits databases"
            self.reader.report("does-not-fit", message, node)
        return True  # what was meant, so that `content` is not a second mistake

    def _note(self, node: YamlNode) -> str | None:
        scalar = self.reader.scalar(node, "`note`")
        if scalar and not all(char.isprintable() or char in "\n\t" for char in scalar.text):
            self.reader.report("bad-text", "`note` must not contain control characters", scalar)
        return scalar.text if scalar else None

    # Flags

    def flags(self, node: YamlNode) -> dict[str, Flag]:
        """The flags of one file, by name."""
        section = self.reader.mapping(node, "`flags`")
        return {key.text: self._flag(key, value) for key, value in section.entries} if section else {}

    def _flag(self, key: Scalar, node: YamlNode) -> Flag:
        what = f"flag {quote(key.text)}"
        name = self.reader.name(key, "the name of a flag")
        if name in self.components.by_name:
            self.reader.report("reserved-name", f"{what} is named like a component", key)
        if isinstance(node, Scalar) and "/" in node.text:
            message = f"{what} must be a mapping, not {quote(node.text)}"
            self.reader.report("wrong-type", message, node, f"write `{{guards: [{node.text}]}}`")
            values: dict[str, YamlNode] = {}
        else:
            values = self.reader.record(node, FLAG_KEYS, what, key) or {}
        items = self.reader.sequence(values["guards"], "`guards`") if "guards" in values else None
        if items and not items.items:
            self.reader.report("empty", f"{what} must guard at least one contract", items)
        guards: dict[str, Scalar] = {}
        for item in items.items if items else ():
            scalar = self.reader.scalar(item, "what a flag guards", "a contract `provider/subject`")
            if scalar and scalar.text in guards:
                self.reader.report("duplicate-guard", f"{what} guards {quote(scalar.text)} twice", scalar)
            elif scalar:
                guards[scalar.text] = scalar
        found = expand_keys(self.reader, self.components, self.contracts, guards.values())
        for key_of_code in ("since", "understands") if "guards" not in values else ():
            if key_of_code in values:
                message = f"{what} guards nothing, so that no code knows it; `{key_of_code}` says nothing"
                fix = f"leave out `{key_of_code}`, or write what it guards"
                self.reader.report("does-not-fit", message, values[key_of_code], fix)
        since = self._since(values["since"]) if "since" in values else None
        understands = values.get("understands")
        own = understands and self.reader.choice(understands, "understanding", UNDERSTANDS) == "own"
        return Flag(key.text, frozenset(found), key.place, since, not own)

    def _since(self, node: YamlNode) -> str | None:
        scalar = self.reader.scalar(node, "`since`", "a version")
        version = self.reader.version(scalar, self.versions) if scalar else None
        if scalar and self.versions and version == self.versions[0]:
            message = f"a flag that {quote(version or '')} knows has no older form to behave in"
            self.reader.report(
                "does-not-fit", message, scalar, f"write {quote(self.versions[1])} or a newer one"
            )
        return version

    def check_guards(self, flags: Collection[Flag]) -> None:
        """Reports every contract that two flags guard."""
        owner: dict[Contract, Flag] = {}
        for flag in flags:
            for contract in sorted(flag.guards):
                first = owner.setdefault(contract, flag)
                if first is not flag and flag.place is not None:
                    names = f"{quote(first.name)} and {quote(flag.name)}"
                    message = f"{quote(str(contract))} is guarded by two flags, {names}"
                    at = Word(flag.name, flag.place, len(flag.name), exact=True)
                    self.reader.report("two-flags", message, at)
