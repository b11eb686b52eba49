"""A backend for tests: `python back.py VERSION PORT DATABASE`, over PostgreSQL.

HABIT says what it does wrong.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psycopg

VERSION, PORT, DATABASE = sys.argv[1:]
COLUMN = {"V1": "quantity", "V2": "amount"}[VERSION]
HABIT = os.environ.get("HABIT", "")
CONNECTION: psycopg.Connection[Any] = psycopg.connect(f"postgresql://shop@{DATABASE}/shop", autocommit=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if HABIT == "gets stuck":
            time.sleep(600)
        if HABIT == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if HABIT == "dies":
            print("OutOfLuckError: no more of it", flush=True)
            os._exit(7)
        if HABIT.startswith("reads the last row"):
            self.answer_last()
            return
        (quantity,) = CONNECTION.execute(f"SELECT {COLUMN} FROM orders WHERE id = 1").fetchall()[0]
        self.answer({"quantity": quantity})

    def answer_last(self) -> None:
        row = CONNECTION.execute("SELECT * FROM orders ORDER BY id DESC LIMIT 1")
        named = dict(zip([column.name for column in row.description or ()], row.fetchall()[0], strict=True))
        found = named.get(COLUMN)
        if found is None and HABIT.endswith("in both forms"):
            found = named["quantity"] or named["amount"]
        if found is None:
            print(f"MissingError: no {COLUMN}", flush=True)
        self.answer({"quantity": found}, 500 if found is None else 200)

    def do_POST(self) -> None:
        ordered = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            CONNECTION.execute(f"INSERT INTO orders ({COLUMN}) VALUES (%s)", (ordered["quantity"],))
        except psycopg.Error as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            self.answer({"error": "see the log"}, 500)
        else:
            self.answer({"done": True})

    def answer(self, told: object, status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if HABIT == "does not stop":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if HABIT == "has a daemon":
    subprocess.Popen(["sleep", "600"], start_new_session=True)
if HABIT == "reads as it starts":
    CONNECTION.execute(f"SELECT {COLUMN} FROM orders")
if HABIT == "is killed as it starts":
    os.kill(os.getpid(), signal.SIGKILL)
if HABIT == "does not start":
    raise SystemExit("ConfigError: no licence")
HTTPServer(("127.0.0.1", int(PORT)), Handler).serve_forever()
