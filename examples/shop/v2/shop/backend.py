"""The backend: prices and orders."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Protocol

from flask import Flask, request


class Queue(Protocol):
    """As any broker has it."""

    def publish(self, topic: str, message: bytes) -> None: ...


def create_app(database: sqlite3.Connection, queue: Queue) -> Flask:
    app = Flask("backend")

    @app.get("/quote")
    def quote() -> dict[str, Any]:
        found = database.execute("SELECT price_cents FROM products WHERE id = ?", (request.args["product"],))
        (price,) = found.fetchone()
        return {"total": price * int(request.args["quantity"]) / 100}

    @app.post("/orders")
    def order() -> tuple[dict[str, Any], int]:
        ordered = request.get_json()
        with database:
            made = database.execute(
                "INSERT INTO orders (product, amount) VALUES (?, ?)",
                (ordered["product"], ordered["quantity"]),
            )
        message = {"event": "order.placed", "order_id": made.lastrowid}
        queue.publish("orders", json.dumps(message).encode())
        return {"order": made.lastrowid}, 201

    return app
