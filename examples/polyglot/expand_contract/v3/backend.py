"""The backend, release V3: speaks the new form: prices and orders. Flask 3, psycopg 3."""

from __future__ import annotations

import json
import os

import pika
import psycopg
from flask import Flask, request

app = Flask("backend")
database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@app.get("/quote")
def quote():
    with database.cursor() as cursor:
        cursor.execute("SELECT price_cents FROM products WHERE id = %s", (request.args["product"],))
        (price,) = cursor.fetchone()
    return {"total": {"cents": price * int(request.args["quantity"]), "currency": "EUR"}}


@app.post("/orders")
def order():
    ordered = request.get_json()
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders (product, amount) VALUES (%s, %s) RETURNING id",
            (ordered["product"], ordered["quantity"]),
        )
        (number,) = cursor.fetchone()
    publish({"event": "order.placed", "order_id": number})
    return {"order": number}, 201


def publish(message):
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        channel = connection.channel()
        channel.queue_declare("orders", durable=True)
        channel.basic_publish("", "orders", json.dumps(message).encode())


app.run("127.0.0.1", int(os.environ["PORT"]))
