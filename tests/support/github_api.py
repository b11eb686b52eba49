"""The comments of pull requests as GitHub's REST API has them, over HTTP on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Comment = dict[str, Any]
TOKEN = "a-token"


class Comments(ThreadingHTTPServer):
    """A server with the comments of one pull request, the first of `owner/repository`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[Comment] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, body: str, author: str = "Bot") -> Comment:
        comment = {"id": 1000 + len(self.comments), "body": body, "user": {"type": author}}
        self.comments.append(comment)
        return comment


@contextmanager
def serve() -> Iterator[Comments]:
    """The server, while this lasts."""
    server = Comments()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Comments

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        size, page = int(asked["per_page"][0]), int(asked["page"][0])
        self._answer(200, self.server.comments[(page - 1) * size : page * size])

    def do_POST(self) -> None:
        self._answer(201, self.server.add(self._body()))

    def do_PATCH(self) -> None:
        number = int(self.path.rpartition("/")[2])
        (comment,) = (one for one in self.server.comments if one["id"] == number)
        comment["body"] = self._body()
        self._answer(200, comment)

    def _body(self) -> str:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert set(sent) == {"body"}
        return str(sent["body"])

    def _answer(self, status: int, value: object) -> None:
        path = urlsplit(self.path).path
        known = re.fullmatch(r"/repos/owner/repository/issues/(1/comments|comments/\d+)", path)
        if self.headers["Authorization"] != f"Bearer {TOKEN}" or known is None:
            status, value = 403, {}
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that it has there
        """Says nothing on standard error."""
