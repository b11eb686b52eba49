"""The worker, release V3, which reads both forms and writes the new; `worker.py refresh` fills the cache."""

from __future__ import annotations

import json
import os
import socket
import sys

import pika
import psycopg

database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def ship(channel, method, _properties, body):
    message = json.loads(body)
    if message.get("type") == "OrderPlaced":
        message = {"event": "order.placed", "order_id": message["order"]}
    if message.get("event") != "order.placed":
        raise ValueError(f"no handler for the message {message}")
    with database.cursor() as cursor:
        cursor.execute("SELECT amount FROM orders WHERE id = %s", (message["order_id"],))
        (pieces,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO shipments VALUES (%s, %s) ON CONFLICT (order_id) DO NOTHING",
            (message["order_id"], pieces),
        )
    channel.basic_ack(method.delivery_tag)


def refresh():
    """Writes every product into the cache, in Redis' own protocol: a worker needs no more of it."""
    with database.cursor() as cursor:
        cursor.execute("SELECT id, name, price_cents FROM products")
        products = cursor.fetchall()
    host, port = os.environ["REDIS_ADDRESS"].split(":")
    with socket.create_connection((host, int(port))) as cache:
        for product, name, cents in products:
            entry = json.dumps({"title": name, "price": f"{cents / 100:.2f}"})
            cache.sendall(command("SET", f"product:{product}", entry))
            assert cache.recv(100) == b"+OK\r\n"


def command(*words):
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


if sys.argv[1:] == ["refresh"]:
    refresh()
else:
    channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
    channel.queue_declare("orders", durable=True)
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("orders", ship)
    print("waiting for orders")
    channel.start_consuming()
