"""Runs one part of the shop as a program over real servers: `python serve.py FOLDER PART`.

What the shop asks for (a database like SQLite's, a cache, a queue) is put on psycopg, redis and pika here, as
a team that moves from one to the other would.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pika
import psycopg
import redis
from flask import Flask

ENDINGS = {
    "INSERT INTO orders": " RETURNING id",
    "INSERT OR REPLACE INTO shipments": " ON CONFLICT (order_id) DO UPDATE SET pieces = EXCLUDED.pieces",
}
"""What PostgreSQL needs besides, where SQLite knows it by itself."""


class Made:
    """What a statement gave."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows
        self.lastrowid = rows[0][0] if rows else None

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[Any]:
        return self._rows


class Database:
    """A connection that takes what the shop says to SQLite."""

    def __init__(self, url: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)

    def execute(self, statement: str, parameters: tuple[Any, ...] = ()) -> Made:
        ending = next((end for begin, end in ENDINGS.items() if statement.startswith(begin)), "")
        text = statement.replace("OR REPLACE ", "").replace("?", "%s") + ending
        done = self._connection.execute(text.encode(), parameters)
        return Made(done.fetchall() if done.description else [])

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        pass  # each statement is a transaction


class Queue:
    """Topics as queues of RabbitMQ."""

    def __init__(self, url: str) -> None:
        self._channel = pika.BlockingConnection(pika.URLParameters(url)).channel()

    def publish(self, topic: str, message: bytes) -> None:
        self._channel.queue_declare(topic)
        self._channel.basic_publish("", topic, message)

    def consume(self, topic: str) -> bytes | None:
        self._channel.queue_declare(topic)
        method, _, body = self._channel.basic_get(topic)
        if method is not None:
            self._channel.basic_ack(method.delivery_tag)
        return body  # type: ignore[no-any-return]  # pika has no types


def start_storefront() -> Any:
    backend = httpx.Client(base_url=os.environ["BACKEND_URL"], trust_env=False, timeout=60)
    cache = redis.Redis.from_url(os.environ["REDIS_URL"])
    return import_module("shop.storefront").create_app(cache, backend)


def start_backend() -> Any:
    database, queue = Database(os.environ["DATABASE_URL"]), Queue(os.environ["AMQP_URL"])
    return import_module("shop.backend").create_app(database, queue)


def start_worker() -> Flask:
    """Its jobs as paths, so that somebody can begin one."""
    cache = redis.Redis.from_url(os.environ["REDIS_URL"])
    database, queue = Database(os.environ["DATABASE_URL"]), Queue(os.environ["AMQP_URL"])
    worker = import_module("shop.worker").Worker(database, cache, queue)
    app = Flask("worker")
    app.post("/ship_order")(_job(worker.ship_order, "ship_order"))
    app.post("/refresh_cache")(_job(worker.refresh_cache, "refresh_cache"))
    return app


def _job(job: Callable[[], None], name: str) -> Callable[[], str]:
    def run() -> str:
        job()
        return "done"

    run.__name__ = name
    return run


class Quiet(WSGIRequestHandler):
    """Nothing about requests: the log is for what goes wrong."""

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    folder, part = sys.argv[1:]
    sys.path.insert(0, folder)
    start = {"storefront": start_storefront, "backend": start_backend, "worker": start_worker}[part]
    make_server("127.0.0.1", int(os.environ["PORT"]), start(), handler_class=Quiet).serve_forever()
