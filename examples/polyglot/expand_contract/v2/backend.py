"""The backend, release V2: speaks the old form: prices and orders. Flask 2, psycopg2."""

from __future__ import annotations

import json
import os

import pika
import psycopg2
from flask import Flask, request

app = Flask("backend")
database = psycopg2.connect(os.environ["DATABASE_URL"])
database.autocommit = True


@app.get("/quote")
def quote():
    with database.cursor() as cursor:
        cursor.execute("SELECT price_cents FROM products WHERE id = %s", (request.args["product"],))
        (price,) = cursor.fetchone()
    return {"total": price * int(request.args["quantity"])}


@app.post("/orders")
def order():
    ordered = request.get_json()
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders (product, quantity) VALUES (%s, %s) RETURNING id",
            (ordered["product"], ordered["quantity"]),
        )
        (number,) = cursor.fetchone()
    publish({"type": "OrderPlaced", "order": number})
    return {"order": number}, 201


def publish(message):
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        channel = connection.channel()
        channel.queue_declare("orders", durable=True)
        channel.basic_publish("", "orders", json.dumps(message).encode())


app.run("127.0.0.1", int(os.environ["PORT"]))
