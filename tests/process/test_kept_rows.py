"""Rows of a real PostgreSQL, taken out and put back as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from skewproof.properties.harness import Postgres
from skewproof.properties.harness.services.postgres import PostgresServer
from skewproof.properties.harness.site import Site

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
"""


@pytest.fixture
def server(servers: Mapping[str, str], tmp_path: Path) -> Iterator[PostgresServer]:
    part = Postgres(schema="", tables={}, server=servers["database"])
    site = Site({"db": part}, tmp_path)
    site.open()
    found = site.servers["db"]
    assert isinstance(found, PostgresServer)
    for run in ("one", "other"):
        found.begin(run, None)
        found.migrate(run, SCHEMA, "V1")
    yield found
    site.close()


def test_rows_are_taken_out_and_put_as_they_were(server: PostgresServer) -> None:
    every = "SELECT * FROM orders ORDER BY id"
    before = server.rows("one", every)
    image = server.read_rows("one", ["orders", "bills"])
    assert [(one.table, one.columns) for one in image] == [("orders", ("id", "Said so", "customer", "paid"))]
    server.migrate("other", "ALTER TABLE orders DISABLE TRIGGER stern; DELETE FROM orders", "V1")
    server.migrate("other", "DELETE FROM customers; ALTER TABLE orders ENABLE TRIGGER stern", "V1")
    server.put_rows("other", image)
    assert server.rows("other", every) == before
    server.migrate("other", "ALTER TABLE orders DISABLE TRIGGER stern", "V1")
    (added,) = server.rows("other", "INSERT INTO orders (paid) VALUES (3) RETURNING id")
    assert added[0] > max(row[0] for row in before)
