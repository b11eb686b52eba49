"""One HTML file that holds everything: text, style, script; no part of it asks for another file.

Nothing that a deployment names becomes markup or script: it stands in a data block that is
escaped for HTML, and the script puts it on the page as text alone. The page forbids itself
everything else by its Content-Security-Policy.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from string import Template

SCRIPTS = (
    "dom.js",
    "timeline.js",
    "architecture.js",
    "details.js",
    "summary.js",
    "player.js",
    "system.js",
    "explorer.js",
    "printing.js",
    "main.js",
)
"""The report's modules in the order in which each finds what it imports."""

EXPLORER = (
    "dom.js", "architecture.js", "details.js", "summary.js", "system.js", "explorer.js", "explore.js"
)  # fmt: skip
"""The explorer's."""

_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HARMFUL = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def fill_page(content: object, modules: Sequence[str] = SCRIPTS) -> str:
    """The page whose script shows `content`, which is JSON."""
    script, style = _script(modules), _source("report.css")
    return Template(_source("page.html")).substitute(
        policy=_POLICY.format(script=_digest(script), style=_digest(style)),
        style=style,
        script=script,
        content=as_data(content),
    )


def as_data(content: object) -> str:
    """`content` as JSON that HTML takes for nothing but text, wherever it stands."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).translate(_HARMFUL)


def _script(modules: Sequence[str]) -> str:
    """The modules as one script, each in a scope of its own that hands out its exports."""
    return "\n".join(['"use strict";', "(() => {", *map(_scope, modules), "})();", ""])


def _scope(name: str) -> str:
    """`const player = (() => { … return { Player }; })();` for `player.js`.

    Limit: a module imports by `import { a, b } from "./module.js";` and exports what it declares.
    """
    source = _source(name)
    exports = re.findall(r"^export (?:const|function|class) (\w+)", source, flags=re.MULTILINE)
    body = re.sub(r"^export ", "", source, flags=re.MULTILINE)
    body = re.sub(r'^import (\{.*\}) from "\./(\w+)\.js";$', r"const \1 = \2;", body, flags=re.MULTILINE)
    return f"const {name.removesuffix('.js')} = (() => {{\n{body}return {{ {', '.join(exports)} }};\n}})();"


def _source(name: str) -> str:
    return (files(__package__) / "front" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
