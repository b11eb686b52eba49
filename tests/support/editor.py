"""An editor that speaks with yaml-language-server, as VS Code, Neovim and others do (LSP 3.17)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Self

from .command import ROOT

SERVER = ROOT / ".judges/node_modules/yaml-language-server/bin/yaml-language-server"


class Editor:
    """Opens files in a folder; use it in a `with`."""

    def __init__(self, folder: Path) -> None:
        assert SERVER.is_file(), "`bash .ci/tools` installs the language server"
        self.folder = folder
        self._asked = 0
        self._told: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        command = ["node", str(SERVER), "--stdio"]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        can = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
        root = self.folder.as_uri()
        self._ask("initialize", {"processId": None, "rootUri": root, "capabilities": can})
        self._tell("initialized", {})
        return self

    def __exit__(self, *_: object) -> None:
        self._server.kill()
        self._server.communicate()

    def open(self, name: str, text: str) -> list[tuple[int, str]]:
        """What is flagged in a file: lines, from 1, and messages."""
        (self.folder / name).write_text(text, encoding="utf-8")
        document = {"uri": self._uri(name), "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        while True:
            for one in self._told:
                if one["method"] == "textDocument/publishDiagnostics":
                    self._told.remove(one)
                    flagged = one["params"]["diagnostics"]
                    return [(flag["range"]["start"]["line"] + 1, flag["message"]) for flag in flagged]
            self._hear()

    def complete(self, name: str, line: int, column: int) -> list[str]:
        """What is offered at a place, from 1: the text that would be put in."""
        place = {"line": line - 1, "character": column - 1}
        asked = {"textDocument": {"uri": self._uri(name)}, "position": place}
        offered = self._ask("textDocument/completion", asked)
        items = offered["items"] if isinstance(offered, dict) else offered
        return [item["insertText"] for item in items]

    def _uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._server.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._server.stdin.flush()

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            heard = self._hear()
            if heard is not None:
                return heard["result"]

    def _hear(self) -> dict[str, Any] | None:
        """An answer to what was asked; None of what the server told or wanted to know by itself."""
        assert self._server.stdout is not None
        length = 0
        while line := self._server.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        assert length, "the language server ended"
        message: dict[str, Any] = json.loads(self._server.stdout.read(length))
        if "method" not in message:
            return message
        if "id" in message:
            wanted = len(message["params"].get("items", ()))
            self._send({"id": message["id"], "result": [{}] * wanted or None})
        else:
            self._told.append(message)
        return None
