"""The migrations of two versions, read into what they leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ..sides import Side, UnjudgedError
from . import dialects, postgres
from .catalog import Catalog
from .operations import (
    CreateTable,
    CreateView,
    DropTable,
    Enumerate,
    FillTable,
    Lasting,
    Opaque,
    Operation,
    Partition,
    RenameEnum,
    RenameTable,
)

_DOWN = re.compile(
    r"^\s*--\s*(\+goose\s+down|migrate:down|\+migrate\s+down|rollback)\b.*", re.I | re.M | re.S
)
"""What takes a migration back, and all behind it: goose, dbmate, sql-migrate, liquibase."""
_NUMBER = re.compile(r"(\d+)")


def read_catalogs(older: Side, newer: Side, dialect: str) -> tuple[Catalog, Catalog]:
    """The tables of both versions. A file that alters what it does not create is a migration of the older
    version's tables. Raises `UnjudgedError`, `MissingToolError`."""
    before = Catalog()
    before.apply(_read(older, dialect))
    operations = list(_read(newer, dialect))
    start = Catalog() if older.path == newer.path and len(newer.files) > 1 else None
    after = start or (before.copied() if _alters(operations) else Catalog())
    after.older = before
    after.apply(operations)
    before.settle_views()
    after.settle_views()
    return before, after


def _alters(operations: list[Operation]) -> bool:
    """Whether the statements change what others made; those that make no table do, if anything."""
    made: set[str] = set()
    for one in operations:
        if isinstance(one, CreateTable | CreateView) and _is_new(one, made):
            made.add(one.table)
        elif isinstance(one, RenameTable):
            made.add(one.to)
        elif isinstance(one, Partition):
            made |= {one.table} if one.of in made else set()
        elif isinstance(one, Opaque) and one.lasting is Lasting.MADE:
            made |= {one.table} if one.table is not None else set()
        elif isinstance(one, Enumerate | RenameEnum | FillTable) or _is_about_rights(one):
            continue
        elif one.table is not None and one.table not in made:
            return True
    return not made


def _is_new(one: CreateTable | CreateView, made: set[str]) -> bool:
    """Whether a table or view is made; a view that may be in the place of another one is if tables are."""
    return isinstance(one, CreateTable) or one.statement.lasting is Lasting.MADE or bool(made)


def _is_about_rights(one: Operation) -> bool:
    """Of what was made elsewhere as well: a sequence, a view."""
    return isinstance(one, Opaque) and one.is_about_rights


def _read(side: Side, dialect: str) -> Iterator[Operation]:
    paths = [path for path in sorted(side.files, key=_in_order) if _is_up(path)]
    if not paths:
        raise UnjudgedError(f"no `.sql` file is at `{side.path}`", side.path)
    for path in paths:
        try:
            text = side.tree.read(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UnjudgedError(f"`{path}` is no text in UTF-8", path) from None
        if "\0" in text:
            raise UnjudgedError(f"`{path}` holds a character that no SQL has", path)
        text = _DOWN.sub("", text)
        if dialect in ("postgres", "postgresql"):
            yield from _without_temporary(list(postgres.read_operations(text, path)))
        else:
            yield from _without_temporary(list(dialects.read_operations(text, path, dialect)))


def _without_temporary(operations: list[Operation]) -> Iterator[Operation]:
    """What is left when the session of a migration ends. Until a temporary table is dropped its name means no
    other."""
    hidden: set[str] = set()
    for one in operations:
        if isinstance(one, Enumerate | RenameEnum) or one.table is None:
            yield one
        elif isinstance(one, CreateTable) and one.is_temporary:
            hidden.add(one.table)
        elif one.table not in hidden:
            yield one
        elif isinstance(one, DropTable):
            hidden.discard(one.table)


def _is_up(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    return name.endswith(".sql") and not (name.endswith(".down.sql") or re.match(r"u\d.*__|down\.sql", name))


def _in_order(path: str) -> list[tuple[int, str]]:
    """Numbers in names count as numbers."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in _NUMBER.split(path)]
