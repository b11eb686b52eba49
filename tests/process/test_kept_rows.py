"""Rows of a real PostgreSQL, taken out and put back as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from skewproof.properties.harness import HarnessError, Postgres
from skewproof.properties.harness.services.postgres import PostgresServer
from skewproof.properties.harness.site import Site

PLAIN = f"plain{os.getpid()}"
"""A user who is no superuser."""

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Said so" text, customer int REFERENCES customers,
    paid numeric, twice numeric GENERATED ALWAYS AS (paid * 2) STORED
);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'woken'; END $$;
INSERT INTO customers VALUES (1);
INSERT INTO orders ("Said so", customer, paid) VALUES (E'a\\tb\\\\', 1, 1.10), (NULL, NULL, NULL);
CREATE TRIGGER stern BEFORE INSERT OR DELETE ON orders EXECUTE FUNCTION refuse();
CREATE TRIGGER "always so" AFTER TRUNCATE ON orders EXECUTE FUNCTION refuse();
ALTER TABLE orders ENABLE ALWAYS TRIGGER "always so";
"""


@pytest.fixture(params=["superuser", "owner"])
def server(
    servers: Mapping[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[PostgresServer]:
    """A server, as one who may do all, and as one who may make databases, and owns what he makes."""
    url = owned = servers["database"]
    if request.param == "owner":
        with psycopg.connect(owned, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {PLAIN} LOGIN CREATEDB".encode())
        url = owned.replace("//postgres@", f"//{PLAIN}@")
    part = Postgres(schema="", tables={}, server=url)
    site = Site({"db": part}, tmp_path)
    site.open()
    found = site.servers["db"]
    assert isinstance(found, PostgresServer)
    for run in ("one", "other"):
        found.begin(run, None)
        found.migrate(run, SCHEMA, "V1")
    yield found
    site.close()
    if request.param == "owner":
        with psycopg.connect(owned, autocommit=True) as connection:
            connection.execute(f"DROP ROLE {PLAIN}".encode())


def list_rules(server: PostgresServer) -> list[tuple[str, ...]]:
    """The triggers and foreign keys that hold in the other run, and how."""
    triggers = "SELECT tgname::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
    keys = "SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
    told = [*server.rows("other", triggers), *server.rows("other", keys)]
    return sorted((name, how.removesuffix(" NOT VALID")) for name, how in told)


def test_rows_are_taken_out_and_put_as_they_were(server: PostgresServer) -> None:
    every = "SELECT * FROM orders ORDER BY id"
    before = server.rows("one", every)
    image = server.read_rows("one", ["orders", "bills"])
    assert [(one.table, one.columns) for one in image] == [("orders", ("id", "Said so", "customer", "paid"))]
    server.migrate("other", "ALTER TABLE orders DISABLE TRIGGER stern; DELETE FROM orders", "V1")
    server.migrate("other", "DELETE FROM customers; ALTER TABLE orders ENABLE TRIGGER stern", "V1")
    rules = list_rules(server)
    assert len(rules) == 3
    server.put_rows("other", image)
    assert server.rows("other", every) == before
    assert list_rules(server) == rules
    with pytest.raises(psycopg.errors.RaiseException, match="woken"):
        server.rows("other", "INSERT INTO orders (paid) VALUES (3) RETURNING id")
    server.migrate("other", "ALTER TABLE orders DISABLE TRIGGER stern", "V1")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        server.rows("other", "INSERT INTO orders (customer) VALUES (99) RETURNING id")
    (added,) = server.rows("other", "INSERT INTO orders (paid) VALUES (3) RETURNING id")
    assert added[0] > max(row[0] for row in before)


def test_rows_to_which_others_refer_are_replaced_too(server: PostgresServer) -> None:
    """Orders stay that refer to a customer who is gone, and none is deleted with him."""
    image = server.read_rows("one", ["customers"])
    server.migrate("other", "INSERT INTO customers VALUES (2)", "V1")
    server.put_rows("other", (replace(image[0], rows=b"7\n"),))
    assert server.rows("other", "SELECT id FROM customers") == [(7,)]
    assert server.rows("other", "SELECT count(*) FROM orders WHERE customer = 1") == [(1,)]


@pytest.mark.parametrize("server", ["owner"], indirect=True)
def test_who_may_not_replace_rows_is_told_what_is_needed(server: PostgresServer) -> None:
    image = server.read_rows("other", ["orders"])
    server.migrate("other", "ALTER TABLE orders DISABLE TRIGGER stern", "V1")
    with psycopg.connect(
        server.address._replace(user="postgres").url(server._database("other"))
    ) as connection:
        connection.execute("ALTER TABLE orders OWNER TO postgres")
        connection.execute(f"GRANT ALL ON orders TO {PLAIN}".encode())
    with pytest.raises(HarnessError, match="needs the owner of the tables, or a user who may set"):
        server.put_rows("other", image)
