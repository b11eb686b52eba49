"""A service of gRPC for tests: `python grpc_shop.py front|back VERSION PORT [BACK]`; messages are JSON."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import grpc

NAME, VERSION, PORT, *BACK = sys.argv[1:]
SIZE = int(os.environ.get("SIZE", "1"))
DEADLINE_S = float(os.environ.get("DEADLINE_S", "60"))
TALK_S = float(os.environ.get("TALK_S", "60"))
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
FIELD = {"V1": "cents", "V2": "amount"}[VERSION]


def quote(asked: Any, context: Any) -> Any:
    context.set_trailing_metadata((("by-bin", VERSION.encode()),))
    return {FIELD: 1999, "padding": "x" * SIZE, "heard": len(asked["padding"])}


def list_quotes(asked: Any, _: Any) -> Any:
    for number in range(3):
        yield {FIELD: number}


def total(asked: Any, context: Any) -> Any:
    if asked["id"] == 0:
        context.abort(grpc.StatusCode.NOT_FOUND, "no such product")
    call = CHANNEL.unary_unary("/shop.Prices/Quote", write, read)
    answer, done = call.with_call({"padding": "y" * SIZE}, timeout=DEADLINE_S)
    assert done.trailing_metadata()[0][0] == "by-bin"
    if os.environ.get("TALK"):
        talk()
    several = CHANNEL.unary_stream("/shop.Prices/List", write, read)
    count = len(list(several({}, timeout=DEADLINE_S)))
    return {"total": answer[FIELD], "heard": answer["heard"], "count": count}


def talk() -> None:
    """Says a word, and goes on when it has heard one."""
    words: SimpleQueue[Any] = SimpleQueue()
    words.put({"number": 1})
    answers = CHANNEL.stream_stream("/shop.Prices/Talk", write, read)(iter(words.get, None), timeout=TALK_S)
    if os.environ["TALK"] == "all at once":
        words.put(None)
    next(answers)
    words.put(None)


def echo(asked: Any, _: Any) -> Any:
    yield from asked


def write(value: Any) -> bytes:
    return json.dumps(value).encode()


def read(body: bytes) -> Any:
    return json.loads(body)


HANDLERS = {
    "front": {"Total": grpc.unary_unary_rpc_method_handler(total, read, write)},
    "back": {
        "Quote": grpc.unary_unary_rpc_method_handler(quote, read, write),
        "Talk": grpc.stream_stream_rpc_method_handler(echo, read, write),
        "List": grpc.unary_stream_rpc_method_handler(list_quotes, read, write),
    },
}
SERVICES = {"front": "shop.Front", "back": "shop.Prices"}

if BACK:
    CHANNEL = grpc.insecure_channel(BACK[0], OPTIONS)
    if os.environ.get("TLS"):
        CHANNEL = grpc.secure_channel(BACK[0], grpc.ssl_channel_credentials(), OPTIONS)
server = grpc.server(ThreadPoolExecutor(4), options=OPTIONS)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICES[NAME], HANDLERS[NAME]),))
server.add_insecure_port(f"127.0.0.1:{PORT}")
server.start()
server.wait_for_termination()
