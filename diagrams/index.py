"""A page that shows the pictures of a folder; it asks for nothing else, and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from ..model.escapes import make_printable

_STYLE = """
body { font: 16px/1.4 Helvetica, Arial, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
body { color: #222; }
figure { margin: 0 0 2.5rem; overflow-x: auto; }
img { max-width: max(100%, 680px); height: auto; }
figcaption { margin-bottom: .5rem; font-weight: 600; position: sticky; left: 0; }
h1, figcaption, p { overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { background: #14171b; color: #e8eaed; } a { color: #7cc0ff; } }
"""
_NOTHING_ELSE = "base-uri 'none'; form-action 'none'"
_SHOWN = (".svg", ".png")


class IndexEntry(NamedTuple):
    """A picture beside the page: its file, and what is said of it."""

    file: str
    caption: str


def write_index(system: str, release: str | None, entries: Iterable[IndexEntry]) -> str:
    """The page, whole: HTML in which every name is text, with a policy that forbids script and network."""
    return "\n".join(_lines(system, release, list(entries))) + "\n"


def _lines(system: str, release: str | None, entries: list[IndexEntry]) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{digest}'; {_NOTHING_ELSE}"
    title = _text(system + (f", release {release}" if release else ""))
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"
    for entry in entries:
        file, caption = quote(entry.file), _text(entry.caption)
        if entry.file.endswith(_SHOWN):
            picture = f'<a href="{file}"><img src="{file}" alt="{caption}"></a>'
            yield f"<figure><figcaption>{caption}</figcaption>{picture}</figure>"
        else:
            yield f'<p><a href="{file}">{caption}</a> ({_text(entry.file)})</p>'
    yield "</body>\n</html>"


def _text(text: str) -> str:
    return escape(make_printable(text))
