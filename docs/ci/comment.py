"""Keeps one comment on a pull request up to date: `python comment.py NUMBER FILE`.

The comment is found by the first line of FILE, among those that bots wrote. Needs GITHUB_TOKEN,
GITHUB_REPOSITORY and GITHUB_API_URL, which GitHub's runner sets, and nothing but Python.
Source: GitHub Docs, "REST API endpoints for issue comments".
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

LONGEST = 65_000
"""Characters; GitHub takes 65,536."""
A_PAGE = 100


def main(number: int, file: Path) -> None:
    text = shorten(file.read_text(encoding="utf-8"))
    mark = text.splitlines()[0]
    comments = f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues/{number}/comments"
    ours = [one["id"] for one in list_comments(comments) if one["body"].startswith(mark) and is_by_bot(one)]
    if ours:
        ask("PATCH", f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues/comments/{ours[0]}", {"body": text})
    else:
        ask("POST", comments, {"body": text})


def shorten(text: str) -> str:
    """The text, or as many lines of it as fit, and a word on the rest."""
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST].rpartition("\n")[0]
    return f"{cut}\n\nThe rest is in the evidence of this run.\n"


def is_by_bot(comment: dict[str, Any]) -> bool:
    return bool(comment["user"]) and comment["user"]["type"] == "Bot"


def list_comments(path: str) -> Iterator[dict[str, Any]]:
    """All of them, the oldest first."""
    page, found = 1, A_PAGE
    while found == A_PAGE:
        comments = ask("GET", f"{path}?per_page={A_PAGE}&page={page}")
        yield from comments
        page, found = page + 1, len(comments)


def ask(method: str, path: str, body: dict[str, str] | None = None) -> Any:
    url = os.environ.get("GITHUB_API_URL", "https://api.github.com") + path
    headers = {
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Content-Type": "application/json",
    }
    content = None if body is None else json.dumps(body).encode()
    asked = Request(url, content, headers, method=method)  # noqa: S310 - the runner says where
    with urlopen(asked, timeout=30) as answer:  # noqa: S310 - as above
        return json.load(answer)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
