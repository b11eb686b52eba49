"""Code of one version at the tables of another: what it reads must be there, what it writes must be taken.

Code is taken to read and write every column that its own version's tables have, unless its queries are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..judgement import Access, Grade, Mismatch, Spot
from ..sides import Options, Side, UnjudgedError
from .catalog import Catalog
from .migrations import read_catalogs
from .operations import Column, Lasting, Opaque
from .queries import Arbiter, Touched, read_queries
from .shown import find_rows, find_shown, has_other_types, is_writable
from .tables import Table, split_names
from .types import compare_types


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What code of the consumer's version cannot do at the provider's tables. Raises `UnjudgedError`, and
    `MissingToolError` without the parser of the dialect."""
    older, newer = (consumer, provider) if consumer.rank < provider.rank else (provider, consumer)
    before, after = read_catalogs(older, newer, options.dialect)
    own, other = (before, after) if consumer is older else (after, before)
    judged = _Judged(own, other, consumer is newer, read_queries(options))
    return list(dict.fromkeys(judged.compare_tables(consumer.pointer.strip("/") or None, newer.path)))


_OPPOSITE = {
    Lasting.CHANGED: Lasting.CHANGED,
    Lasting.MADE: Lasting.GONE,
    Lasting.GONE: Lasting.WIDENED,
    Lasting.WIDENED: Lasting.GONE,
}
"""What it is to have a statement no more."""


_UNIQUE = ("unique", "primary key")


def _is_unique(table: Table, arbiter: Arbiter) -> bool:
    """Whether a constraint or index can say that a row is there already; one that is deferrable cannot."""
    if arbiter.constraint:
        return table.named.get(arbiter.constraint, ("", "", "deferrable")) in {
            one for one in table.bound if "deferrable" not in one[2]
        }
    return any(
        kind in ("unique", "primary key")
        and split_names(what) == arbiter.columns
        and "deferrable" not in rule
        for kind, what, rule in table.bound
    )


def _list_more(one: list[Opaque], other: list[Opaque]) -> list[Opaque]:
    """The statements of one side that the other does not have as often, wherever they stand."""
    left = Counter(statement.sense for statement in other)
    more = []
    for statement in one:
        if left[statement.sense]:
            left[statement.sense] -= 1
        else:
            more.append(statement)
    return more


@dataclass
class _Judged:
    own: Catalog
    other: Catalog
    code_is_newer: bool
    touched: Touched | None

    def compare_tables(self, only: str | None, path: str) -> Iterator[Mismatch]:
        """One table, or all that the code's version has."""
        known = {*self.own.tables, *self.other.tables, *self.own.gone, *self.other.gone}
        came = _list_more(self._newer.opaque, self._older.opaque)
        went = _list_more(self._older.opaque, self._newer.opaque)
        if only is not None and only not in known and all(one.table != only for one in [*came, *went]):
            raise UnjudgedError(f"no table `{only}` is on either side", path)
        for one in came:
            if self._concerns(one, only):
                yield from self._compare_opaque(one, one.lasting)
        for one in went:
            if self._concerns(one, only):
                yield from self._compare_opaque(one, _OPPOSITE[one.lasting], "in the older version alone: ")
        for name, table in self.own.tables.items():
            if only in (None, name) and (self.touched is None or self.touched.has_table(name)):
                yield from self._compare_table(name, table)

    def _concerns(self, one: Opaque, only: str | None) -> bool:
        """Whether a statement is about the contract, and about what the queries that are given name. Of a
        table that is new all is said when it is missed."""
        if one.table is None:
            return True
        if only not in (None, one.table) or (self.touched and not self.touched.has_table(one.table)):
            return False
        table = self._newer.tables.get(one.table)
        return table is None or not table.whole or one.table in self._older.tables

    def _compare_opaque(self, one: Opaque, lasting: Lasting, before: str = "") -> Iterator[Mismatch]:
        """Code of one version knows nothing of what came later, or went before."""
        if lasting is Lasting.MADE and one.table is not None and one.table in self._older.tables:
            lasting = Lasting.CHANGED
        if lasting in (Lasting.MADE, Lasting.WIDENED) and not self.code_is_newer:
            return
        if lasting is Lasting.GONE and self.code_is_newer:
            return
        text = f"{before}{one.what}, and no rule says what it does"
        yield Mismatch(Grade.UNKNOWN, "statement", text, one.spot)

    @property
    def _newer(self) -> Catalog:
        return self.own if self.code_is_newer else self.other

    @property
    def _older(self) -> Catalog:
        return self.other if self.code_is_newer else self.own

    def _compare_table(self, name: str, table: Table) -> Iterator[Mismatch]:
        there = self.other.tables.get(name)
        if there is None:
            yield from self._compare_absent(name, table)
            return
        older, newer = self._older.tables[name], self._newer.tables[name]
        if newer.is_remade and newer.first_name != older.first_name:
            text = f"the table `{name}` is another one of the same name, without the rows of the first"
            yield Mismatch(Grade.SILENT, "table", text, newer.spot)
        for column, own in table.columns.items():
            other = there.columns.get(column)
            spot = self._spot(name, column)
            if other is None:
                yield from self._missing(name, column, spot)
            else:
                yield from self._compare_column(name, column, own, other, spot)
        for column, other in {**there.hidden, **there.columns}.items():
            if column not in {**table.hidden, **table.columns}:
                yield from self._unwritten(name, column, other)
        if table.view is not None or there.view is not None:
            yield from self._compare_views(name, table, there)
        yield from self._compare_bound(name, table, there)
        yield from self._compare_released(name, table, there)
        yield from self._compare_positions(name, table, there)
        yield from self._compare_arbiters(name, table, there)

    def _compare_absent(self, name: str, table: Table) -> Iterator[Mismatch]:
        """A table that is not there; where something stands in its place, that is told."""
        more = _list_more(self.other.opaque, self.own.opaque)
        if any(one.table == name and not one.is_about_rights for one in more):
            return
        gone = "is not there yet" if self.code_is_newer else "is gone"
        spot = table.spot if self.code_is_newer else self.other.gone.get(name, table.spot)
        yield Mismatch(Grade.BREAKS, "table", f"the table `{name}` {gone}", spot)

    def _compare_views(self, name: str, table: Table, there: Table) -> Iterator[Mismatch]:
        """A view, or a table in its place: what it shows, and whether rows are written through it."""
        spot = self._newer.tables[name].spot
        takes_no_more = is_writable(table) and not is_writable(there)
        if takes_no_more and (self.touched is None or self.touched.writes(name)):
            text = f"`{name}` is a view that takes no rows"
            yield Mismatch(Grade.BREAKS, "writes-view", text, spot, Access.WRITES)
        own, other = find_rows(table), find_rows(there)
        if own != other:
            is_told = own[0] == other[0] == ""
            what = "shows the rows of another table" if is_told else "takes its rows in another way"
            text = f"the view `{name}` {what}"
            yield Mismatch(Grade.SILENT if is_told else Grade.UNKNOWN, "view", text, spot)
        is_retyped = has_other_types(table.view, there.view)
        for column in [one for one in table.columns if one in there.columns]:
            shown = [find_shown(side, column) for side in (table, there)]
            is_told = isinstance(shown[0], tuple) and isinstance(shown[1], tuple)
            if shown[0] != shown[1] or (is_retyped and not is_told):
                what = "is another column" if is_told else "is made of something else"
                text = f"the column `{name}.{column}` of a view {what}"
                grade = Grade.SILENT if is_told else Grade.UNKNOWN
                yield from self._note(grade, "reads-view", text, spot, Access.READS, name, column)

    def _spot(self, table: str, what: str) -> Spot:
        """Where the newer version last spoke of a column or constraint; else the table's line."""
        found = self._newer.tables[table]
        own = found.columns.get(what)
        return found.spots.get(what) or (own.spot if own and own.spot.line else found.spot)

    def _note(
        self, grade: Grade, rule: str, text: str, spot: Spot, verb: Access, table: str, column: str
    ) -> Iterator[Mismatch]:
        """A finding, unless the queries that are given leave the column alone."""
        if self.touched is None or self.touched.has(table, column, verb):
            yield Mismatch(grade, rule, text, spot, verb)

    def _missing(self, table: str, column: str, spot: Spot) -> Iterator[Mismatch]:
        gone = "is not there yet" if self.code_is_newer else "is gone"
        text = f"the column `{table}.{column}` {gone}"
        for verb in (Access.READS, Access.WRITES):
            yield from self._note(Grade.BREAKS, f"{verb}-column", text, spot, verb, table, column)

    def _unwritten(self, table: str, column: str, other: Column) -> Iterator[Mismatch]:
        """A column of which the code does not know."""
        needed = other.nullable is False and other.default is None and not other.generated
        if needed and (self.touched is None or self.touched.inserts(table)):
            text = f"the column `{table}.{column}` must be written, and the code does not know it"
            spot = self._spot(table, column)
            yield Mismatch(Grade.BREAKS, "writes-not-null", text, spot, Access.WRITES)

    def _compare_column(
        self, table: str, name: str, own: Column, other: Column, spot: Spot
    ) -> Iterator[Mismatch]:
        shown = f"the column `{table}.{name}`"
        remade = self._newer.tables[table].remade.get(name)
        if remade is not None and remade != self._older.tables[table].remade.get(name):
            text = f"{shown} is another one of the same name, without what lay in the first"
            for verb in (Access.READS, Access.WRITES):
                yield from self._note(Grade.SILENT, f"{verb}-column", text, remade, verb, table, name)
        if own.nullable is not other.nullable and other.nullable is False:
            text = f"{shown} takes no NULL, which the code may write"
            yield from self._note(Grade.BREAKS, "writes-null", text, spot, Access.WRITES, table, name)
        if own.nullable is not other.nullable and own.nullable is False:
            text = f"{shown} may hold NULL, which the code does not expect"
            yield from self._note(Grade.MAY_BREAK, "reads-null", text, spot, Access.READS, table, name)
        if other.computed and not own.computed:
            text = f"{shown} is computed by the database, which takes no value for it"
            yield from self._note(Grade.BREAKS, "writes-computed", text, spot, Access.WRITES, table, name)
        elif own.generated and not other.generated and not (own.default or other.default):
            grade = Grade.BREAKS if other.nullable is False and other.default is None else Grade.MAY_BREAK
            text = f"{shown} is not computed by the database, and the code leaves it out"
            yield from self._note(grade, "writes-computed", text, spot, Access.WRITES, table, name)
        if own.default != other.default and other.default is None and other.nullable is False:
            text = f"{shown} has no default, and the code may leave it out"
            yield from self._note(Grade.BREAKS, "writes-default", text, spot, Access.WRITES, table, name)
        elif own.default is not None and own.default != other.default:
            text = f"{shown}: left out, it becomes another value"
            yield from self._note(Grade.SILENT, "writes-default", text, spot, Access.WRITES, table, name)
        for grade, verb, words in compare_types(own.type_, other.type_, self.own.enums, self.other.enums):
            text = f"{shown} {words}"
            yield from self._note(grade, f"{verb}-type", text, spot, verb, table, name)

    def _compare_bound(self, name: str, table: Table, there: Table) -> Iterator[Mismatch]:
        """Constraints that the code's version does not have."""
        for kind, what, rule in sorted(there.bound - table.bound):
            if split_names(what) <= there.columns.keys() - table.columns.keys():
                continue  # it binds columns alone of which the code does not know
            text = f"the table `{name}` has a constraint ({kind}: {what[:60]}) that the code does not know"
            if any(one[:2] == (kind, what) for one in table.bound):
                text = f"the table `{name}` has a constraint ({kind}: {what[:60]}) that asks something else"
                text += f" ({rule[:60]})" if kind == "foreign key" else ""
            if self.touched is None or self.touched.writes(name):
                yield Mismatch(
                    Grade.MAY_BREAK, "writes-constraint", text, self._spot(name, what), Access.WRITES
                )

    def _compare_released(self, name: str, table: Table, there: Table) -> Iterator[Mismatch]:
        """Constraints that one version took away: older code may rest on them, newer code not keep them."""
        if self.touched is not None and not self.touched.writes(name):
            return
        for (owner, constraint), spot in self._newer.released.items():
            if owner == name and (owner, constraint) not in self._older.released:
                text = f"the table `{name}` has the constraint `{constraint}` in one version alone"
                yield Mismatch(Grade.MAY_BREAK, "writes-constraint", text, spot, Access.WRITES)
        for kind, what, _ in sorted(table.bound - there.bound):
            if self._knows_arbiters(name, table):
                continue  # what they name is looked at one by one
            if kind == "exclusion" or (kind in _UNIQUE and split_names(what) <= there.columns.keys()):
                gone = "does not have the constraint" + (" yet" if self.code_is_newer else " any more")
                text = f"the table `{name}` {gone} ({kind}: {what[:60]}), on which `ON CONFLICT` rests"
                yield Mismatch(
                    Grade.MAY_BREAK, "writes-constraint", text, self._spot(name, what), Access.WRITES
                )

    def _knows_arbiters(self, name: str, table: Table) -> bool:
        """Whether all that statements name in `ON CONFLICT` is found at the code's own version."""
        if self.touched is None or self.touched.unread:
            return False
        return all(one.table != name or _is_unique(table, one) for one in self.touched.upserted)

    def _compare_arbiters(self, name: str, table: Table, there: Table) -> Iterator[Mismatch]:
        """What statements of the code name in `ON CONFLICT`, and only its own version may have."""
        for arbiter in sorted(self.touched.upserted if self.touched is not None else (), key=str):
            if arbiter.table == name and _is_unique(table, arbiter) and not _is_unique(there, arbiter):
                text = f"nothing that is unique in `{name}` goes with `ON CONFLICT` ({arbiter})"
                spot = self._spot(name, ", ".join(sorted(arbiter.columns)))
                yield Mismatch(Grade.BREAKS, "writes-conflict", text, spot, Access.WRITES)

    def _compare_positions(self, name: str, table: Table, there: Table) -> Iterator[Mismatch]:
        """Statements that insert without naming columns."""
        if self.touched is None or not self.touched.inserts_by_position(name):
            return
        if list(table.columns) != list(there.columns):
            text = f"values are inserted into `{name}` without naming columns, and the columns differ"
            yield Mismatch(
                Grade.BREAKS, "writes-positions", text, self._newer.tables[name].spot, Access.WRITES
            )
