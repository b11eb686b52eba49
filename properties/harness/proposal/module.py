"""A proposal as a Python module that pytest and `skewproof learn` run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .proposing import Proposal
from .writing import Blank, Called, Joined, write_comment, write_text, write_value

_HEAD = '''\
"""The real versions under the rollout of a deployment file.

Written by `skewproof harness init`, and yours from here on. Each `blank(...)` is what no file tells: write in
its place what its sentence asks for. Then:

    skewproof learn {module}:{name} --allow-code -o learned.yaml
    pytest {module}.py
"""'''

_NAMES = ("Command", "Image", "Postgres", "Process", "RabbitMQ", "Redis", "Worker")

_CHECK = """\
        if outcome.request not in right:
            return None
        if outcome.response.status >= 400:
            return f"HTTP {outcome.response.status}: {outcome.response.text[:200]}"
        wanted = right[outcome.request]
        if wanted is not None and outcome.response.json() != wanted:
            return f"the answer is {outcome.response.text[:200]}"
        return None"""


def write_module(proposal: Proposal, deployment: str, module: str) -> str:
    """The text; `deployment` is the path of the deployment file from the module's folder."""
    return "\n".join(_lines(proposal, deployment, module)) + "\n"


def name_class(system: str) -> str:
    """A class name for a system.

    >>> name_class("Polyglot shop"), name_class("42"), name_class("skewproof")  # which names nothing
    ('PolyglotShop', 'Release', 'Release')
    """
    words = re.findall(r"[A-Za-z0-9]+", system)
    name = "".join(word[:1].upper() + word[1:] for word in words)[:60]
    return name if name[:1].isalpha() and name != "Skewproof" else "Release"


def _lines(proposal: Proposal, deployment: str, module: str) -> Iterator[str]:
    name = name_class(proposal.deployment.system)
    parts = [*_parts(proposal), *_perform(proposal), *_check(proposal)]
    text = "\n".join(parts)
    yield _HEAD.format(module=module, name=name)
    yield from ("", *(["import os"] if proposal.needs_paths else []), "from pathlib import Path", "")
    used = [one for one in _NAMES if re.search(rf"\b{one}\(", text)]
    imported = sorted([*used, "MixedVersions"])
    yield from ("from skewproof.properties.harness import (", *(f"    {one}," for one in imported))
    yield "    as_test_case,"
    yield from (["    blank,"] if "blank(" in text else [])
    yield from (")", "", "HERE = Path(__file__).parent", "", "", f"class {name}(MixedVersions):")
    yield from (f"    deployment = HERE / {write_text(deployment)}", "", *parts, "", "")
    yield f"Test{name} = as_test_case({name}, max_examples=20)  # more at night: each starts processes anew"


def _parts(proposal: Proposal) -> Iterator[str]:
    yield "    def parts(self):"
    parts = list(_list_parts(proposal))
    if any(re.search(r"\btop\b", line) for line in parts):
        yield f"        top = {write_value(_tops(proposal), 8)}"
    if proposal.needs_paths:
        found = {version: Joined("HERE", _path(version)) for version in proposal.tops}
        yield f"        own = {write_value(found, 8)}"
        yield "        path = {v: f\"{own[v]}:{os.environ['PATH']}\" for v in own}"
    yield from ("        return {", *parts, "        }", "")


def _list_parts(proposal: Proposal) -> Iterator[str]:
    for name, part in proposal.parts.items():
        if isinstance(part, Called) and part.comment:
            yield f"            {write_comment(part.comment)}"
        yield f"            {write_text(name)}: {write_value(part, 12)},"


def _tops(proposal: Proposal) -> dict[str, Any]:
    return {v: Joined("HERE", top) if isinstance(top, Blank) else top for v, top in proposal.tops.items()}


def _path(version: str) -> Blank:
    return Blank(
        f"the folder of the programs that {version} runs with, as `bin` of its virtual environment: it comes "
        'before your PATH; "" if it needs none'
    )


def _perform(proposal: Proposal) -> Iterator[str]:
    yield from ("    def perform(self, request, root):", "        match request:")
    for name, asked in proposal.requests.items():
        yield f"            case {write_text(name)}:"
        yield f"                return {write_value(asked, 16)}"
    yield ""


def _check(proposal: Proposal) -> Iterator[str]:
    if not proposal.answers:
        return
    right = {
        name: Blank(
            f"the answer of `{name}` that is right in every version, as JSON; None if any is right that is "
            "no error"
        )
        for name in proposal.answers
    }
    yield from (
        "    def check(self, outcome):",
        f"        right = {write_value(right, 8)}",
        *_CHECK.split("\n"),
    )
