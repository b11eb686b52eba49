"""The keys `breaks`, `skew` and `exists` of a change: which pairs break, as they are declared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from msgspec import Struct

from ..deployment import Aspect, Cell, Declaration, Kind, Pair, Severity, Verb
from ..names import Place
from .combinations import ASPECTS, VERBS
from .document import Mapping, Scalar, YamlNode
from .keys import MAX_INSTANCES, SKEW_KEYS, UNKNOWN
from .reader import Reader, join_words, quote, take_word

Breaks = dict[Aspect, frozenset[Pair]]
PairKey = tuple[Aspect, Verb | None, Pair]
Graded = tuple[dict[PairKey, Severity], frozenset[PairKey]]
"""The severities of single pairs, and the pairs of which it is not known whether they break."""

EXISTS = "exists"
"""What the declaration of `exists` is called."""


def read_breaks(declared: Iterable[Declaration], bare: Collection[Aspect]) -> Breaks:
    """The pairs that break in each aspect; `bare` are the aspects of a pair that is written without one."""
    breaks: Breaks = {}
    for one in declared:
        if (
            one.says == EXISTS
        ):  # judged by itself: it adds nothing to the pairs, nor to what follows from them
            continue
        pairs = frozenset((old, new) for old, new in one.cells if old is not None)
        for aspect in bare if one.aspect is None else (one.aspect,):
            breaks[aspect] = breaks.get(aspect, frozenset()) | pairs
    return breaks


def read_grades(declared: Iterable[Declaration], bare: Collection[Aspect]) -> Graded:
    """What is said of single pairs, aspect by aspect. What one declaration knows, no other makes unknown."""
    severities: dict[PairKey, Severity] = {}
    unknown: set[PairKey] = set()
    known: set[PairKey] = set()
    for one in declared:
        for aspect in bare if one.aspect is None else (one.aspect,):
            for (old, new), severity in one.severities:
                if old is not None:
                    key = (aspect, one.verb, (old, new))
                    worst = min(severity, severities.get(key, severity), key=list(Severity).index)
                    severities[key] = worst
            pairs = {
                (cell, (aspect, one.verb, (cell[0], cell[1]))) for cell in one.cells if cell[0] is not None
            }
            unknown |= {key for cell, key in pairs if cell in one.unknown}
            known |= {key for cell, key in pairs if cell not in one.unknown}
    return severities, frozenset(unknown - known)


def read_verbs(declared: Iterable[Declaration]) -> dict[Aspect, dict[Verb, frozenset[Pair]]]:
    """The pairs of each aspect in which they are written by verb."""
    found: dict[Aspect, dict[Verb, frozenset[Pair]]] = {}
    for one in declared:
        if one.verb is not None and one.aspect is not None:
            pairs = frozenset((old, new) for old, new in one.cells if old is not None)
            found.setdefault(one.aspect, {})[one.verb] = pairs
    return found


class BreaksReader(Struct, frozen=True):
    """Reads what one entry declares; `versions is None` if the file's versions are wrong themselves.

    `kind` is that of the provider, None if it is not known.
    """

    reader: Reader
    versions: tuple[str, ...] | None
    entry: str
    kind: Kind | None
    kept: bool = False
    """Rows of a database keep the form in which they were written."""

    def read(self, values: dict[str, YamlNode]) -> tuple[Declaration, ...]:
        """What `breaks` or `skew` declare. What names no pair declares nothing."""
        if "skew" in values and "breaks" in values:
            message = "`skew` says which pairs break, and so does `breaks`"
            self.reader.report("does-not-fit", message, values["skew"], "leave out one of them")
        if "skew" in values:
            found = self._skew(values["skew"])
        else:
            found = self._breaks(values["breaks"]) if "breaks" in values else iter(())
        return tuple(one for one in found if one.cells)

    def missing(self, exists: frozenset[str], place: Place) -> Declaration:
        """What `exists` declares: each version that is not listed breaks every form, and who forwards."""
        versions = self.versions or ()
        forms = (None, *versions)
        cells = frozenset((form, version) for version in versions if version not in exists for form in forms)
        return Declaration(self.entry, EXISTS, Aspect.SCHEMA, cells, place)

    def _declared(self, says: str, aspect: Aspect | None, cells: Iterable[Cell], place: Place) -> Declaration:
        return Declaration(self.entry, says, aspect, frozenset(cells), place)

    # --- skew ---

    def _skew(self, node: YamlNode) -> Iterator[Declaration]:
        """The pairs of a consumer that is too old or too new for the provider, in all aspects or in some."""
        aspects = (
            [key for key, _ in node.entries if key.text in _ASPECTS] if isinstance(node, Mapping) else []
        )
        if not aspects or not isinstance(node, Mapping):
            yield from self._sides(node, None)
            return
        for key, value in node.entries:
            if key.text in SKEW_KEYS:
                message = f"`{key.text}` stands beside aspects"
                fix = (
                    f"write it into each aspect that it speaks of, as `{aspects[0].text}: {{{key.text}: 0}}`"
                )
                self.reader.report("does-not-fit", message, key, fix)
            elif self.is_aspect(key):
                self._check_aspect_fits(key)
                yield from self._sides(value, Aspect(key.text))

    def _sides(self, node: YamlNode, aspect: Aspect | None) -> Iterator[Declaration]:
        what = "`skew`" if aspect is None else f"`skew` of `{aspect}`"
        for side, value in (self.reader.record(node, SKEW_KEYS, what) or {}).items():
            most = self.reader.integer(value, f"`{side}`", 0, MAX_INSTANCES)
            if most is not None:
                says = " ".join(("skew", *([aspect] if aspect else []), side))
                yield self._declared(says, aspect, self._too_far(side, most), value.place)

    def _too_far(self, side: str, most: int) -> Iterator[Pair]:
        versions = self.versions or ()
        for here, consumer in enumerate(versions):
            for there, provider in enumerate(versions):
                if (there - here if side == "older" else here - there) > most:
                    yield consumer, provider

    # --- breaks ---

    def _breaks(self, node: YamlNode) -> Iterator[Declaration]:
        if not isinstance(node, Mapping) or _has_pairs(node):
            yield self._of_pairs("breaks", None, node, node.place)
            return
        for key, value in node.entries:
            if key.text in _VERBS:
                message = f"`{key.text}` is a verb, and stands below the aspect that it is said of"
                self.reader.report("does-not-fit", message, key, f"write `schema: {{{key.text}: …}}`")
            elif not self.is_aspect(key):
                self._pairs(value)
            elif isinstance(value, Mapping) and not _has_pairs(value):
                self._check_aspect_fits(key)
                yield from self._by_verb(Aspect(key.text), value)
            else:
                self._check_aspect_fits(key)
                yield self._of_pairs(f"breaks {key.text}", Aspect(key.text), value, key.place)

    def _of_pairs(self, says: str, aspect: Aspect | None, node: YamlNode, place: Place) -> Declaration:
        """Pairs, each with a severity or `unknown` if it is written as a mapping."""
        declared = self._declared(says, aspect, self._pairs(node), place)
        if not isinstance(node, Mapping):
            return declared
        grades = {pair: grade for key, value in node.entries for pair, grade in self._graded(key, value)}
        severities = {(pair, Severity(grade)) for pair, grade in grades.items() if grade != UNKNOWN}
        unknown = {pair for pair, grade in grades.items() if grade == UNKNOWN}
        return replace(declared, severities=frozenset(severities), unknown=frozenset(unknown))

    def _graded(self, key: Scalar, value: YamlNode) -> Iterator[tuple[Pair, str]]:
        grade = self.reader.choice(value, "severity", [*map(str, Severity), UNKNOWN])
        if grade is not None:
            yield from ((pair, grade) for pair in self._known_pair(key))

    def _known_pair(self, key: Scalar) -> frozenset[Pair]:
        """The pair of a key that was read before, and reported if it is wrong."""
        halves = key.text.split("->")
        return frozenset({(halves[0].strip(), halves[1].strip())}) if len(halves) == 2 else frozenset()

    def _by_verb(self, aspect: Aspect, node: Mapping) -> Iterator[Declaration]:
        """Pairs that break hops of some verbs alone."""
        fitting = [
            str(verb)
            for verb in VERBS[aspect]
            if self.kind is None or any(self.kind in one.providers for one in Verb if one.written is verb)
        ]
        known = fitting or [*map(str, VERBS[aspect])]  # an aspect that does not fit is told by itself
        for key, value in node.entries:
            declared = self._of_pairs(f"breaks {aspect} {key.text}", aspect, value, key.place)
            if key.text in known:
                yield replace(declared, verb=Verb(key.text))
            elif key.text in _VERBS:
                at = "" if self.kind is None else f" at a {self.kind}"
                message = f"`{aspect}` is never judged of `{key.text}`{at}"
                self.reader.report("does-not-fit", message, key, f"the verbs are {join_words(known)}")
            else:
                fix = f"the verbs are {join_words(known)}"
                self.reader.report_unknown("verb", key, known, fix=fix)

    def is_aspect(self, key: Scalar) -> bool:
        """Whether the key is an aspect; reports it if it is not."""
        if key.text in _ASPECTS:
            return True
        self.reader.report_unknown("aspect", key, list(Aspect), fix=f"the aspects are {join_words(Aspect)}")
        return False

    def _check_aspect_fits(self, key: Scalar) -> None:
        if self.kind is None:
            return
        if Aspect(key.text) not in ASPECTS[self.kind]:
            message = f"`{key.text}` is never judged at a {self.kind}"
            fix = f"at a {self.kind}: {join_words(f'`{aspect}`' for aspect in ASPECTS[self.kind])}"
            self.reader.report("does-not-fit", message, key, fix)
        elif key.text == Aspect.CONTENT and self.kind is Kind.DATABASE and not self.kept:
            message = f"the rows of {quote(self.entry)} follow its schema, so that `content` is never judged"
            fix = "write `rows: kept` if they keep the form in which they were written, or else `schema`"
            self.reader.report("does-not-fit", message, key, fix)

    def _pairs(self, node: YamlNode) -> frozenset[Pair]:
        """The pairs of `both`, `none`, one pair or a list of pairs."""
        if isinstance(node, Scalar):
            if node.text == "both":
                versions = self.versions or ()
                return frozenset((x, y) for x in versions for y in versions if x != y)
            return frozenset() if node.text == "none" else self.pair(node, ", `both` or `none`")
        if isinstance(node, Mapping):
            return frozenset().union(*(self.pair(key) for key, _ in node.entries))
        items = self.reader.sequence(node, "what breaks", "write `both`, `none`, or pairs `V1 -> V2`")
        return frozenset().union(*map(self.pair, items.items)) if items else frozenset()

    def pair(self, node: YamlNode, else_expected: str = "") -> frozenset[Pair]:
        """The set of the one pair that is written; empty if it is wrong. What else would do is told."""
        first, last = (self.versions or ("V1", "V2"))[0], (self.versions or ("V1", "V2"))[-1]
        expected = f"a pair `{first} -> {last}` (consumer -> provider){else_expected}"
        scalar = self.reader.scalar(node, "what breaks", expected)
        if scalar is None:
            return frozenset()
        halves = take_word(scalar).halves("->")
        words = [half.split() for half in halves] if halves else []
        if [len(part) for part in words] != [1, 1]:
            message = f"what breaks must be {expected}, not {quote(scalar.text)}"
            self.reader.report(
                "bad-pair", message, scalar, self.reader.suggestion(scalar.text, ("both", "none"))
            )
            return frozenset()
        consumer, provider = (part[0] for part in words)
        known = [self.reader.version(word, self.versions) for word in (consumer, provider)]
        if None in known and self.versions is not None:
            return frozenset()
        if consumer.text == provider.text:
            self.reader.report("equal-versions", "a version never breaks with itself", scalar)
        return frozenset({(consumer.text, provider.text)})


_ASPECTS = frozenset(map(str, Aspect))


def _has_pairs(node: Mapping) -> bool:
    """Whether its keys are pairs, with what is said of each, and not verbs."""
    return any("->" in key.text for key, _ in node.entries)


_VERBS = frozenset(str(verb) for verb in Verb if verb.written is verb)
