"""The real databases of one world: their schemas, their rows, and what is done to them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...model.deployment import Deployment
from ...model.names import Contract
from .errors import NOT_THEIRS, HarnessError, Impossible, NoWayBackError
from .parts import Broker, BusyError, Database, Migration, Part, Sqlite
from .rows import Image, read_sqlite_rows, replace_sqlite_rows
from .session import tell_exception
from .sqlite import connect, migrate

if TYPE_CHECKING:
    from .site import Site


class Databases:
    """The databases of a run, in files of `folder` or at the servers of the site.

    `schemas` holds the version of each contract of a database or broker.
    """

    def __init__(self, deployment: Deployment, parts: Mapping[str, Part], folder: Path, site: Site) -> None:
        self._parts, self._folder, self._site = parts, folder, site
        self._versions = deployment.versions
        stored = (c for c in deployment.contracts if isinstance(parts.get(c.provider), Database | Broker))
        self.schemas: dict[Contract, str] = dict.fromkeys(stored, self._versions[0])
        self._connections: dict[str, list[sqlite3.Connection]] = {}

    @staticmethod
    def copy(source: Path, folder: Path) -> None:
        """Copies the files of a world that is closed into a new folder."""
        folder.mkdir()
        for file in source.glob("*.sqlite"):
            shutil.copyfile(file, folder / file.name)

    def file(self, name: str) -> Path:
        """Where an SQLite database lies."""
        return self._folder / f"database-{list(self._parts).index(name)}.sqlite"

    def create(self) -> None:
        """Makes each database in its first version, with its rows."""
        for name, part in self._parts.items():
            if isinstance(part, Database):
                for script in (part.schema, part.seed):
                    self._alter(name, script, self._versions[0], f"the first schema of `{name}`")

    def _alter(self, name: str, script: Any, version: str, what: str) -> None:
        with self._altering(what):
            if isinstance(self._parts[name], Sqlite):
                with closing(connect(self.file(name))) as connection:
                    migrate(connection, script)
            else:
                self._site.migrate(name, self._folder.name, script, version)

    @staticmethod
    @contextmanager
    def _altering(what: str) -> Iterator[None]:
        """Raises `Impossible` where a transaction is in the way, and `HarnessError` that says what fails."""
        try:
            yield
        except NOT_THEIRS:
            raise
        except Exception as error:
            if isinstance(error, BusyError) or (
                isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
            ):
                raise Impossible(f"{what} waits for a transaction that is open") from error
            raise HarnessError(f"{what}: {tell_exception(error)}") from error

    def rows(self, database: str, statement: str) -> list[Any]:
        """What a database holds now."""
        if not isinstance(self._parts[database], Sqlite):
            return self._site.rows(database, self._folder.name, statement)
        with closing(sqlite3.connect(self.file(database))) as connection:
            return connection.execute(statement).fetchall()

    def _tables(self, contract: Contract) -> list[str]:
        """The contract's tables, in every version's name."""
        part = self._parts[contract.provider]
        assert isinstance(part, Database), "only databases have tables"
        return [table for table, subject in part.tables.items() if subject == contract.subject]

    def read_rows(self, contract: Contract) -> Image:
        """What lies in the contract's tables."""
        name, tables = contract.provider, self._tables(contract)
        if isinstance(self._parts[name], Sqlite):
            return read_sqlite_rows(self.file(name), tables)
        return self._site.read_rows(name, self._folder.name, tables)

    def put_rows(self, contract: Contract, image: Image) -> None:
        """Puts these rows in place of those that lie there.

        Raises `Impossible` while a transaction holds them.
        """
        name = contract.provider
        self._refuse_if_busy(name)
        with self._altering(f"the rows of `{contract}`"):
            if isinstance(self._parts[name], Sqlite):
                replace_sqlite_rows(self.file(name), image)
            else:
                self._site.put_rows(name, self._folder.name, image)

    def migrate(self, contract: Contract, goal: str) -> None:
        """Takes one contract's schema to the version, on or back, one version after the other.

        Raises `Impossible` while a transaction holds the database, `HarnessError` if it fails.
        """
        versions = self._versions
        here, there = versions.index(self.schemas[contract]), versions.index(goal)
        way = versions[here + 1 : there + 1] if there > here else versions[there:here][::-1]
        for version in way:
            script = self._script(contract, version)
            if script is not None:
                self._refuse_if_busy(contract.provider)
                self._alter(contract.provider, script, version, f"the migration of `{contract}` to {version}")
            self.schemas[contract] = version

    def _script(self, contract: Contract, version: str) -> Migration | None:
        """What takes the contract's schema to the version from the one beside it."""
        part = self._parts[contract.provider]
        if not isinstance(part, Database):
            return None
        versions = self._versions
        if versions.index(version) > versions.index(self.schemas[contract]):
            return part.migrations.get(version, {}).get(contract.subject)
        back = part.reverts.get(version, {}).get(contract.subject)
        if back is None and contract.subject in part.migrations.get(self.schemas[contract], {}):
            raise NoWayBackError(f"`{contract}` goes back to {version}, and `reverts` does not say how")
        return back

    def backfill(self, contract: Contract, goal: str) -> None:
        """Puts rows that no request writes into the form of the version, one version after the other."""
        part, versions = self._parts[contract.provider], self._versions
        for version in versions[1 : versions.index(goal) + 1]:
            script = (
                part.backfills.get(version, {}).get(contract.subject) if isinstance(part, Database) else None
            )
            if script is not None:
                self._alter(contract.provider, script, version, f"the backfill of `{contract}` to {version}")

    def _refuse_if_busy(self, database: str) -> None:
        if any(connection.in_transaction for connection in self._connections.get(database, ())):
            raise Impossible(f"`{database}` is in a transaction")

    def keep(self, name: str, connection: sqlite3.Connection) -> None:
        """An instance has opened a connection: it is closed with the world."""
        self._connections.setdefault(name, []).append(connection)

    def close(self) -> None:
        for connections in self._connections.values():
            for connection in connections:
                connection.close()
        self._connections.clear()
