"""Whether all that one schema lets be written is understood by who reads it with another schema.

A value that the writer's schema allows must be allowed by the reader's: containment of languages, judged case
by case, and within a case keyword by keyword (compare Habib, Shinnar, Hirzel, Pradel, "Finding Data
Compatibility Bugs with JSON Subschema Checks", 2021). Recursive schemas are contained if no difference is
found before they come round (coinduction). What no rule knows is `unknown`, unless both sides say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import structs

from ..documents import Json, Node
from ..judgement import Flow, Grade, Mismatch, find_worst
from ..sides import UnjudgedError
from .alternatives import list_cases
from .exclusive import Tried, grade_ambiguity
from .flattening import Parts
from .patterns import UntriedPatternError
from .shapes import TYPES, Case, find_type

MAX_COMPARISONS = 100_000
"""Of two cases, in one question."""
MAX_DEPTH = 60
"""Of schemas within schemas at a time; what stands deeper is compared later. Each level takes ten frames of
Python's thousand."""

MAX_VALUES = 100
"""Of a list, to be tried one by one at alternatives."""

Key = tuple[str, tuple[str | int, ...]]


PairKey = tuple[frozenset[Key], frozenset[Key], bool]

_SURE = MAX_DEPTH
"""Deeper than any open pair: nothing was assumed."""


@dataclass
class SchemaBudget:
    """Comparisons that are left for one question."""

    left: int = MAX_COMPARISONS

    def spend(self, at: Node) -> None:
        """Takes one. Raises `UnjudgedError` if none is left."""
        self.left -= 1
        if self.left < 0:
            raise UnjudgedError(f"more than {MAX_COMPARISONS:,} comparisons of schemas", at.path)


@dataclass
class Containment:
    """What is asked of two schemas: which way values flow, who is newer, how they travel.

    With `as_text` values travel as text (parameters, forms), so that every scalar is a text as well; with
    `as_xml` they have names and places of their own there (`xml`).
    """

    flow: Flow
    writer_is_newer: bool
    as_text: bool = False
    as_xml: bool = False
    budget: SchemaBudget = field(default_factory=SchemaBudget)
    _open: dict[PairKey, int] = field(default_factory=dict)
    """The pairs that are being compared, by how deep each is in the others."""
    _known: dict[PairKey, tuple[tuple[Mismatch, ...], int]] = field(default_factory=dict)
    """What was found of a pair, and the shallowest open pair that was taken as contained for it; `_SURE` if
    none was."""
    _resting: list[PairKey] = field(default_factory=list)
    """Those of `_known` that rest on open pairs, in the order in which they were found."""
    _later: dict[PairKey, tuple[Parts, Parts, str]] = field(default_factory=dict)
    """Pairs that stand too deep: taken as contained, and compared when the outermost one is done."""
    _assumed: int = _SURE
    """The shallowest open pair that was taken as contained since the last one was begun."""

    def compare(self, writer: Parts, reader: Parts, path: str) -> list[Mismatch]:
        """What of the writer's values the reader does not understand. Raises `UnjudgedError`."""
        found = self._compare_pair(writer, reader, path)
        while self._later and not self._open:
            found += self._compare_pair(*self._later.pop(next(iter(self._later))))
        return list(dict.fromkeys(found))

    def _compare_pair(self, writer: Parts, reader: Parts, path: str) -> list[Mismatch]:
        key = (frozenset(map(_find_key, writer)), frozenset(map(_find_key, reader)), self.as_text)
        if key in self._known:
            found, assumed = self._known[key]
            self._assumed = min(self._assumed, assumed)
            return list(found)
        if key in self._open:
            self._assumed = min(self._assumed, self._open[key])
            return []
        if key in self._later or len(self._open) >= MAX_DEPTH:
            self._later.setdefault(key, (writer, reader, path))
            return []
        depth, begin = len(self._open), len(self._resting)
        self._open[key] = depth
        outer, self._assumed = self._assumed, _SURE
        readers = list_cases(reader)
        several = [
            one
            for case in list_cases(writer)
            if not self._fits_by_value(case, readers, path)
            for one in self._compare_case(case, readers, path)
        ]
        del self._open[key]
        assumed = self._assumed if self._assumed < depth else _SURE
        self._settle(depth, begin, assumed, several)
        self._keep(key, tuple(dict.fromkeys(several)), assumed)
        self._assumed = min(outer, assumed)
        return several

    def _keep(self, key: PairKey, found: tuple[Mismatch, ...], assumed: int) -> None:
        self._known[key] = found, assumed
        if assumed < _SURE:
            self._resting.append(key)

    def _settle(self, depth: int, begin: int, assumed: int, found: list[Mismatch]) -> None:
        """A pair is done: what rested on it is as sure as it is itself, and no better than it."""
        resting, self._resting = self._resting[begin:], self._resting[:begin]
        worst = min(found, key=lambda one: one.grade.rank, default=None)
        for key in resting:
            own, rested = self._known[key]
            told = own if worst is None or worst in own else (*own, worst)
            self._keep(key, told, assumed if rested >= depth else min(rested, assumed))

    def note(self, grade: Grade, rule: str, message: str, writer: Node, reader: Node) -> Mismatch:
        """A finding, told at the newer side."""
        newer = writer if self.writer_is_newer else reader
        return Mismatch(grade, rule, message, newer.spot)

    # --- cases ---

    def _fits_by_value(self, writer: Case, readers: tuple[Case, ...], path: str) -> bool:
        """Whether each value that the writer lists is taken by some alternative of the reader."""
        values = writer.values
        if values is None or len(readers) < 2 or not 1 < len(values) <= MAX_VALUES:
            return False
        at = writer.at("enum")
        for index, value in enumerate(values):
            single = Node(at.library, at.path, (*at.pointer, index), {"const": value})
            case = structs.replace(writer, parts=(*writer.parts, single))
            if [*self._compare_case(case, readers, path)]:
                return False
        return True

    def _compare_case(self, writer: Case, readers: tuple[Case, ...], path: str) -> Iterator[Mismatch]:
        known = {case.name for case in readers}
        readers, unmatched = self._choose(writer, readers)
        if unmatched:
            message = f"{path}: the reader knows no alternative `{writer.label}`"
            yield self.note(Grade.BREAKS, "alternative", message, writer.node, readers[0].node)
            return
        yield from self._compare_labels(writer, readers, known, path)
        for type_ in self._split(writer):
            taking = [case for case in readers if self._takes(case, type_)]
            if not taking:
                yield self._refused(writer, readers, type_, path)
                continue
            tried = [(case, self._compare_one(writer, case, type_, path)) for case in taking]
            if (grade := grade_ambiguity(writer, tried)) is not None:
                message = f"{path}: what is written fits several alternatives of `oneOf`, which allows one"
                yield self.note(grade, "one-of", message, writer.node, taking[0].node)
            yield from self._pick(writer, tried, path)

    def _compare_labels(
        self, writer: Case, readers: tuple[Case, ...], known: set[str | None], path: str
    ) -> Iterator[Mismatch]:
        """A label that means one alternative to the writer and another one to the reader, who knows both."""
        if writer.label is None or writer.name not in known:
            return
        for case in readers:
            if case.label == writer.label and case.name not in (None, writer.name):
                text = f"{path}: `{writer.label}` is `{writer.name}` to the writer"
                text += f" and `{case.name}` to the reader"
                yield self.note(Grade.SILENT, "discriminator", text, writer.node, case.node)

    def _pick(self, writer: Case, tried: list[Tried], path: str) -> Iterator[Mismatch]:
        """What is found where the reader takes what is written for the alternative that fits it best; it
        should be the one of the same name."""
        case, best = min(tried, key=_rank)
        named = [one for one in tried if writer.name is not None and one[0].name == writer.name]
        if named:
            found = min(named, key=_rank)[1]
            if find_worst(found) is Grade.BREAKS and find_worst(best) is not Grade.BREAKS:
                message = f"{path}: `{writer.name}` is written, and the reader takes it for {_show(case)}"
                yield self.note(Grade.SILENT, "alternative", message, writer.node, case.node)
            yield from best if find_worst(found) is Grade.BREAKS else found
            return
        yield from best
        if writer.name is not None and len(tried) > 1 and all(one.name is not None for one, _ in tried):
            message = (
                f"{path}: the reader knows no alternative `{writer.name}`, and takes it for {_show(case)}"
            )
            yield self.note(Grade.MAY_BREAK, "alternative", message, writer.node, case.node)

    def _choose(self, writer: Case, readers: tuple[Case, ...]) -> tuple[tuple[Case, ...], bool]:
        """The reader's alternatives that the writer's is held against, and whether none has its name."""
        if writer.label is None or any(case.label is None for case in readers):
            return readers, False
        if any(case.discriminator != writer.discriminator for case in readers):
            return readers, False
        named = tuple(case for case in readers if case.label == writer.label)
        return (named, False) if named else (readers, True)

    def _split(self, writer: Case) -> list[str]:
        """The types of values that are really written."""
        if writer.values is None:
            return [type_ for type_ in TYPES if type_ in writer.types]
        present = {find_type(value) for value in writer.values}
        return [type_ for type_ in TYPES if type_ in present and type_ in writer.types]

    def _takes(self, reader: Case, type_: str) -> bool:
        if type_ in reader.types:
            return True
        return self.as_text and "string" in reader.types and type_ in ("integer", "number", "boolean")

    def _refused(self, writer: Case, readers: tuple[Case, ...], type_: str, path: str) -> Mismatch:
        known = sorted({name for case in readers for name in case.types}) or ["nothing"]
        message = f"{path}: {type_} is written, the reader takes {', '.join(known)}"
        if len(writer.types) == len(TYPES):
            message = f"{path}: anything is written, the reader takes {', '.join(known)}"
        rule = "nullable" if type_ == "null" else "type"
        return self.note(Grade.BREAKS, rule, message, writer.node, readers[0].node)

    # --- one case, one type ---

    def _compare_one(self, writer: Case, reader: Case, type_: str, path: str) -> list[Mismatch]:
        from . import arrays, conditions, scalars

        self.budget.spend(writer.node)
        found = [*scalars.compare_values(self, writer, reader, type_, path)]
        if type_ in ("integer", "number"):
            found += scalars.compare_numbers(self, writer, reader, type_, path)
        elif type_ == "string":
            found += scalars.compare_strings(self, writer, reader, path)
        elif type_ == "array":
            found += arrays.compare_arrays(self, writer, reader, path)
        elif type_ == "object":
            found += self._compare_objects(writer, reader, path)
        found += conditions.compare_conditions(self, writer, reader, type_, path)
        return found

    def _compare_objects(self, writer: Case, reader: Case, path: str) -> list[Mismatch]:
        from . import objects

        try:
            return [*objects.compare_objects(self, writer, reader, path)]
        except UntriedPatternError as untried:
            text = f"{path}: {untried.reason}"
            return [self.note(Grade.UNKNOWN, "patternProperties", text, writer.node, reader.node)]

    # --- words that more than one type has ---

    def limit(self, writer: Case, reader: Case, word: str, path: str) -> Iterator[Mismatch]:
        """An upper or lower limit of the reader that the writer does not keep."""
        wanted, given = find_limit(reader, word), find_limit(writer, word)
        if given is None and writer.values is not None:
            given = _limit_of_values(writer.values, word)
        if wanted is None or (given is not None and not _is_looser(word, given, wanted)):
            return
        if given is None and _is_void(word, wanted):
            return
        if given is None:
            # Nobody named a value beyond the limit, so none need ever be sent; who was promised a limit
            # that is gone has been told that none comes.
            grade = Grade.BREAKS if self.flow is Flow.RESPONSE else Grade.MAY_BREAK
            text = f"{path}: the reader has `{word}: {wanted}`, the writer has no limit"
        else:
            grade = Grade.BREAKS
            text = f"{path}: the reader has `{word}: {wanted}`, the writer `{word}: {given}`"
        yield self.note(grade, word, text, writer.node, reader.at(word))


def _find_key(part: Node) -> Key:
    """What a schema is known by: of a mere reference the schema that it leads to, which many refer to."""
    for _ in range(MAX_DEPTH):
        if part.reference is None or part.value.keys() != {"$ref"}:
            break
        part = part.follow()
    return part.key


def _rank(tried: Tried) -> tuple[int, int]:
    """The best alternative comes first."""
    return -find_worst(tried[1]).rank, len(tried[1])


def _show(case: Case) -> str:
    return f"`{case.name}`" if case.name is not None else "another"


def find_limit(case: Case, word: str) -> float | None:
    """The tightest limit of a keyword among the parts of a case."""
    numbers: list[float] = [number for number in case.read(word) if _is_number(number)]
    if not numbers:
        return None
    return max(numbers) if word.startswith("min") else min(numbers)


def _limit_of_values(values: list[Json], word: str) -> float | None:
    """What limit listed values keep."""
    sizes: list[float]
    if word.startswith(("minimum", "maximum")):
        sizes = [value for value in values if _is_number(value)]
    elif word in ("minLength", "maxLength"):
        sizes = [len(value) for value in values if isinstance(value, str)]
    else:
        return None
    if not sizes:
        return None
    return min(sizes) if word.startswith("min") else max(sizes)


def _is_looser(word: str, given: float, wanted: float) -> bool:
    return given < wanted if word.startswith("min") else given > wanted


def _is_void(word: str, wanted: float) -> bool:
    """A limit that every value keeps."""
    return word in ("minLength", "minItems", "minProperties") and wanted <= 0


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
