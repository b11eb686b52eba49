"""The worker: ships what was ordered, keeps the cache fresh."""

from __future__ import annotations

import json
import sqlite3
from typing import Protocol


class Cache(Protocol):
    """As Redis has it."""

    def set(self, key: str, value: bytes) -> None: ...


class Queue(Protocol):
    """As any broker has it."""

    def consume(self, topic: str) -> bytes | None: ...


class Worker:
    def __init__(self, database: sqlite3.Connection, cache: Cache, queue: Queue) -> None:
        self._database, self._cache, self._queue = database, cache, queue

    def ship_order(self) -> None:
        """Ships the next order, if there is one."""
        body = self._queue.consume("orders")
        if body is None:
            return
        message = json.loads(body)
        if message.get("event") == "order.placed":
            message = {"type": "OrderPlaced", "order": message["order_id"]}
        if message.get("type") != "OrderPlaced":
            raise ValueError(f"no handler for the message {message}")
        found = self._database.execute("SELECT quantity FROM orders WHERE id = ?", (message["order"],))
        (quantity,) = found.fetchone()
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO shipments VALUES (?, ?)", (message["order"], quantity)
            )

    def refresh_cache(self) -> None:
        """Writes every product into the cache."""
        for product, name, cents in self._database.execute(
            "SELECT id, name, price_cents FROM products"
        ).fetchall():
            entry = {"name": name, "price_cents": cents}
            self._cache.set(f"product:{product}", json.dumps(entry).encode())
