"""What is read out of logs, commands and statements, without a process."""

from __future__ import annotations

import pytest

from skewproof.properties.harness import HarnessError
from skewproof.properties.harness.services.amqp import Message
from skewproof.properties.harness.services.message_flow import split
from skewproof.properties.harness.services.process import Addresses, fill
from skewproof.properties.harness.services.spawning import find_error, find_reason, tell_status
from skewproof.properties.harness.statements import classify_statement


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["Traceback (most recent call last):", '  File "a.py", line 1', "KeyError: 'price'"],
            "KeyError: 'price'",
        ),
        (
            ["psycopg.errors.UndefinedColumn: column", "LINE 1: SELECT", "        ^"],
            "psycopg.errors.UndefinedColumn: column",
        ),
        (["TypeError: Cannot read", "    at page (/a.js:1:2)", "    at Error: x"], "TypeError: Cannot read"),
        (["FATAL:  no pg_hba.conf entry"], "FATAL:  no pg_hba.conf entry"),
        (["INFO: ready", '127.0.0.1 - - "GET / HTTP/1.1" 500 -'], ""),
        ([], ""),
    ],
)
def test_an_error_is_found_in_a_log(lines: list[str], said: str) -> None:
    assert find_error(lines) == said


def test_without_an_error_the_last_line_is_the_reason() -> None:
    assert find_reason(["starting", "no licence"]) == "no licence"
    assert find_reason([]) == ""


def test_how_a_program_ended_is_said() -> None:
    assert (tell_status(3), tell_status(-9)) == ("status 3", "SIGKILL")


def test_names_in_braces_are_filled_in_and_wires_opened_when_they_are_named() -> None:
    opened: list[str] = []

    def open_wire(name: str) -> str:
        opened.append(name)
        return f"127.0.0.1:{len(opened)}"

    values = Addresses({"port": "80"}, open_wire, ("order-queue", "cache"))
    assert fill("amqp://{order-queue}/ {port} {order-queue} ${HOME} {}", values) == (
        "amqp://127.0.0.1:1/ 80 127.0.0.1:1 ${HOME} {}"
    )
    assert opened == ["order-queue"]
    with pytest.raises(
        HarnessError,
        match=r"`\{other\}` in `\{other\}` stands for nothing; there are port, order-queue, cache",
    ):
        fill("{other}", values)


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2", ""]),
        ("SELECT 'a;b', \"c;d\" -- e;\n; BEGIN", ["SELECT 'a;b', \"c;d\" -- e", "BEGIN"]),
        ("DO $$ BEGIN; END $$; SELECT $x$;$x$", ["DO $$ BEGIN; END $$", "SELECT $x$;$x$"]),
    ],
)
def test_a_simple_query_is_split_where_its_statements_end(text: str, statements: list[str]) -> None:
    assert split(text) == statements


@pytest.mark.parametrize(
    ("statement", "hop"),
    [
        ('INSERT INTO public."Orders" (a) VALUES (1)', ("writes", "Orders")),
        ("DELETE FROM ONLY orders", ("writes", "orders")),
        ("COPY orders FROM STDIN", ("writes", "orders")),
        ("COPY orders TO STDOUT", ("reads", "orders")),
        ("TRUNCATE TABLE orders", ("writes", "orders")),
        ("SELECT * FROM orders WHERE id = 1 FOR UPDATE", ("reads", "orders")),
        ("SELECT typname FROM pg_catalog.pg_type", None),
        ("SELECT * FROM information_schema.tables", None),
        ("SELECT 1 FROM pg_class", None),
        ("SET client_encoding TO 'UTF8'", None),
    ],
)
def test_a_statement_is_a_hop_at_its_main_table(statement: str, hop: tuple[str, str] | None) -> None:
    assert classify_statement(statement) == hop


def test_a_message_is_kept_with_all_that_came_with_it() -> None:
    message = Message("paper", "local.today", b"\x80\x00\ntext/plain", bytes(range(256)) * 300)
    assert Message.unpack(message.pack()) == message
    assert Message.unpack(Message("", "", b"", b"").pack()) == Message("", "", b"", b"")
