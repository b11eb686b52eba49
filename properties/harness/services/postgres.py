"""PostgreSQL: a real server, a database for each run, and its message flow between an instance and it."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ....model.resources.children import find_program
from ..errors import HarnessError, MissingPackageError
from ..lines import Line
from ..parts import BusyError, Command, Database, Migration
from ..rows import Image
from .message_flow import MessageFlow, Opening, end_sending, read_messages
from .postgres_rows import put_rows, read_rows
from .spawning import LOOPBACK, NotReadyError, reserve_port

if TYPE_CHECKING:
    import psycopg

    from ..site import Site

PROGRAMS = "/usr/lib/postgresql/*/bin"
"""Where Debian keeps the programs of each version of the server."""

LOCK_TIMEOUT = "500ms"
"""So long a statement waits for a lock of another request; a run that needs more is left out."""

START_S = 30.0
COMMAND_S = 120.0


class Postgres(Database, frozen=True):
    """A PostgreSQL database.

    A migration is SQL, a file of SQL, the team's own command (`Command(["alembic", "upgrade", "head"])`), or
    a function of a psycopg connection. A command finds the database in PGHOST, PGPORT, PGUSER, PGPASSWORD and
    PGDATABASE, and in what stands in braces: `{url}`, or `{user}`, `{host}`, `{port}`, `{database}`;
    `{version}` is that to which it leads.
    Each run has a copy of its own, made from a template. The server is one of this machine, started for the
    test, or `server`, the URL of one that runs: its user must be allowed to create databases.
    """

    server: str = ""

    def open(self, name: str, site: Site) -> PostgresServer:
        """The server, ready. Raises `HarnessError` that says what is missing."""
        try:
            import psycopg  # noqa: F401 - asked for here, so that it is missed in words
        except ImportError as error:
            raise MissingPackageError(name, "PostgreSQL", "psycopg") from error
        address = _read_url(self.server) if self.server else _start_server(name, site)
        return PostgresServer(name, address, site)


class PostgresAddress(NamedTuple):
    """Where a server listens, and as whom it is reached."""

    host: str
    port: int
    user: str
    password: str = ""

    def url(self, database: str) -> str:
        secret = f":{self.password}" if self.password else ""
        return f"postgresql://{self.user}{secret}@{self.host}:{self.port}/{database}"


def _read_url(url: str) -> PostgresAddress:
    found = urlsplit(url)
    if found.scheme not in ("postgresql", "postgres") or not found.hostname:
        raise HarnessError("`server` of Postgres is a URL, `postgresql://user@host:port`")
    user = unquote(found.username or getpass.getuser())
    return PostgresAddress(found.hostname, found.port or 5432, user, unquote(found.password or ""))


def _start_server(name: str, site: Site) -> PostgresAddress:
    programs = find_server_programs()
    if programs is None:
        raise HarnessError(
            f"`{name}` needs a PostgreSQL server on this machine (Debian: `apt-get install postgresql`), or "
            "the URL of one: Postgres(server=…)"
        )
    folder = site.ward.folder / f"postgres-{len(site.servers)}"
    folder.mkdir()
    owner = _give_away(folder)
    cluster = str(folder / "cluster")
    made = [str(programs / "initdb"), "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    serving = [str(programs / "postgres"), "-D", cluster, "-h", LOOPBACK, "-k", str(folder)]
    for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"):
        serving += ["-c", setting]
    try:
        with closing_program(
            site.ward.spawn(name, [*made, "--no-sync", "--locale=C"], {}, folder, owner)
        ) as making:
            making.wait_to_its_end(START_S, "initdb does not end")
        with reserve_port() as port:
            server = site.ward.spawn(name, [*serving, "-p", str(port)], {}, folder, owner)
            address = PostgresAddress(LOOPBACK, port, "postgres")
            server.wait_until(lambda: _is_up(address, cluster), START_S, "it takes no connections")
            site.ward.keep(server)
    except NotReadyError as error:
        raise HarnessError(f"the PostgreSQL server of `{name}` does not start: {error}") from error
    return address


@contextmanager
def closing_program(spawned: Any) -> Iterator[Any]:
    """Ends the program's group when it is left."""
    try:
        yield spawned
    finally:
        spawned.kill()


def find_server_programs() -> Path | None:
    """The folder of the newest server's programs; None if there is none on this machine."""
    on_path = find_program("initdb")
    folders = sorted(Path("/").glob(PROGRAMS.lstrip("/")), key=lambda path: float(path.parent.name))
    if on_path is not None:
        folders.append(on_path.resolve().parent)
    return next((folder for folder in reversed(folders) if (folder / "postgres").exists()), None)


def _give_away(folder: Path) -> str | None:
    """To whom a folder is given, for PostgreSQL refuses to run as root; None where it need not be."""
    if os.geteuid() != 0:
        return None
    import shutil

    try:
        shutil.chown(folder, "postgres", "postgres")
    except LookupError as error:
        raise HarnessError("PostgreSQL does not run as root, and there is no user `postgres`") from error
    folder.parent.chmod(0o711)  # it goes through there
    return "postgres"


def _is_up(address: PostgresAddress, cluster: str) -> bool:
    """Whether the server of this cluster takes connections there, and no other."""
    import psycopg

    try:
        with psycopg.connect(address.url("postgres"), connect_timeout=2) as connection:
            return connection.execute("SHOW data_directory").fetchall() == [(cluster,)]
    except psycopg.Error:
        return False


@dataclass
class _Place:
    """A run's database: what made it, and whether anybody but migrations has used it."""

    history: tuple[object, ...]
    is_used: bool = False


class PostgresServer:
    """A server with a database for each run."""

    def __init__(self, name: str, address: PostgresAddress, site: Site) -> None:
        self._name, self.address, self._site = name, address, site
        self._places: dict[str, _Place] = {}
        self._templates: dict[tuple[object, ...], str] = {}

    def _connect(self, database: str, *, options: str = "") -> psycopg.Connection[Any]:
        import psycopg

        return psycopg.connect(self.address.url(database), autocommit=True, options=options)

    def _database(self, run: str) -> str:
        """Its name: of one run of one trial, for a given server may serve several."""
        return f"skewproof_{self._site.ward.token[:8]}_{self._name}_{run}".replace('"', "")

    @property
    def url(self) -> str:
        return self.address.url("postgres")

    def begin(self, run: str, source: str | None) -> None:
        self._places[run] = _Place(() if source is None else (source,))
        self._copy("template0" if source is None else self._database(source), self._database(run))

    def _copy(self, template: str, database: str) -> None:
        self._administer(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        self._administer(f"""ALTER DATABASE "{database}" SET lock_timeout = '{LOCK_TIMEOUT}'""")

    def end(self, run: str) -> None:
        self._places.pop(run, None)
        self._administer(f'DROP DATABASE IF EXISTS "{self._database(run)}" WITH (FORCE)')

    def close(self) -> None:
        """Throws away every database of the trial."""
        own = f"skewproof_{self._site.ward.token[:8]}_"
        with suppress(HarnessError):  # a server that is gone keeps none
            for (database,) in self._administer("SELECT datname FROM pg_database"):
                if database.startswith(own):
                    self._administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _administer(self, statement: str) -> list[Any]:
        import psycopg

        try:
            with self._connect("postgres") as connection:
                done = connection.execute(statement.encode())
                return done.fetchall() if done.description else []
        except psycopg.Error as error:
            raise HarnessError(f"the PostgreSQL server of `{self._name}`: {str(error).strip()}") from error

    def rows(self, run: str, statement: str) -> list[Any]:
        """What a statement gives, past all hops."""
        with self._connect(self._database(run)) as connection:
            return connection.execute(statement.encode()).fetchall()

    def read_rows(self, run: str, tables: Sequence[str]) -> Image:
        """What lies in those of the tables that are there."""
        with self._connect(self._database(run)) as connection:
            return read_rows(connection, tables)

    def put_rows(self, run: str, image: Image) -> None:
        """Puts these rows in place of those that lie there.

        Raises `BusyError` if a lock is in its way, `HarnessError` if the user may not do so.
        """
        import psycopg

        self._places[run].is_used = True  # a template would not have them
        try:
            with self._connect(self._database(run)) as connection:
                put_rows(connection, image)
        except psycopg.errors.LockNotAvailable as error:
            raise BusyError from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise HarnessError(
                f"`rows: kept` at `{self._name}` needs the owner of the tables, or a user who may set "
                "`session_replication_role` (a superuser; from PostgreSQL 15 on, whom GRANT SET ON PARAMETER "
                f"names): {str(error).strip()}"
            ) from error

    def migrate(self, run: str, script: Migration, version: str) -> None:
        """Runs the migration. Raises `BusyError` if a lock is in its way, else what says why it fails.

        What a command makes of a database that nobody has used yet is kept as a template, and made once.
        """
        import psycopg

        place = self._places[run]
        place.history = (*place.history, script)
        if isinstance(script, Command):
            self._run_once(run, script, version)
            return
        try:
            with self._connect(self._database(run)) as connection:
                if callable(script):
                    script(connection)
                else:
                    text = script.read_text("utf-8") if isinstance(script, Path) else script
                    if text.strip():
                        connection.execute(text.encode())
        except psycopg.errors.LockNotAvailable as error:
            raise BusyError from error

    def _run_once(self, run: str, command: Command, version: str) -> None:
        place, database = self._places[run], self._database(run)
        known = tuple(map(repr, place.history))
        if place.is_used or not isinstance(place.history[0], str):
            self._run(run, command, version)
        elif known in self._templates:
            self._administer(f'DROP DATABASE "{database}" WITH (FORCE)')
            self._copy(self._templates[known], database)
        else:
            self._run(run, command, version)
            self._templates[known] = f"{database}_migrated"
            self._copy(database, self._templates[known])

    def _run(self, run: str, command: Command, version: str) -> None:
        from .process import fill

        database = self._database(run)
        host, port, user, password = self.address
        values = {"url": self.address.url(database), "version": version, "database": database}
        values |= {"host": host, "port": str(port), "user": user}
        own = {
            "PGHOST": host,
            "PGPORT": str(port),
            "PGUSER": user,
            "PGDATABASE": database,
            "PGPASSWORD": password,
        }
        env = own | {name: fill(text, values) for name, text in command.env.items()}
        words = [fill(word, values) for word in command.words]
        try:
            self._site.ward.run("a migration", words, env, fill(str(command.folder), values), COMMAND_S)
        except NotReadyError as error:
            if "lock timeout" in str(error):
                raise BusyError from error
            raise

    # --- the message flow ---

    def speak(self, line: Line, client: socket.socket) -> None:
        """Passes messages on; those of a batch wait together while its statements stop at their hops."""
        self._places[line.world.folder.name].is_used = True
        opening = Opening(client, self.address.user, self._database(line.world.folder.name)).read()
        with closing(socket.create_connection((self.address.host, self.address.port))) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with line.joined(server):
                server.sendall(opening)
                back = Thread(target=self._answer, args=(line, server, client), daemon=True)
                back.start()
                MessageFlow(line, client, server).run()

    @staticmethod
    def _answer(line: Line, server: socket.socket, client: socket.socket) -> None:
        """Passes on what the server says; a lock that another request holds shows nothing of this one."""
        try:
            for kind, message in read_messages(server):
                session = line.session
                if kind == b"E" and b"C55P03\0" in message and session is not None:
                    session.impossible = True
                client.sendall(message)
        except OSError:
            pass
        finally:
            end_sending(client)
