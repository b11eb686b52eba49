"""A backend for tests: `python flagged.py VERSION PORT FLAGS`. It answers only who asks as its flag is."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

VERSION, PORT, FLAGS = sys.argv[1:]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_new = VERSION == "V2" and json.loads(Path(FLAGS).read_text("utf-8"))["new"]
        wanted = "/new" if is_new else "/old"
        fits = self.path == wanted
        if not fits:
            print(f"FormError: {wanted} was wanted, and {self.path} came", flush=True)
        self.send_response(200 if fits else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()


HTTPServer(("127.0.0.1", int(PORT)), Handler).serve_forever()
