"""Files of manifests: read within limits, and never from outside of the folder that was named."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import Problem
from ..escapes import make_printable
from ..language.document import Stream, parse_stream
from ..language.text import UnreadableFileError, read_bytes
from ..names import Place

_TEMPLATE = re.compile(
    rb"\{\{-?\s*(?:[.$(\"]|/\*|include|template|if|else|end|range|with|define|toYaml|tpl|required|default|quote)|\{%-?\s"
)
"""Go templates and Jinja; Argo's own placeholders (`{{args.x}}`) stand in quotes and are none."""
_ENVOY = re.compile(rb"^(?:static_resources|dynamic_resources):", re.MULTILINE)
_VARIABLE = re.compile(rb"\$\{[A-Za-z_]\w*\}")


class UnreadError(Exception):
    """A file that cannot be read as what it should be; holds the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_file(path: Path) -> bytes:
    """What is in a file. Raises `UnreadError`."""
    try:
        return read_bytes(path)
    except UnreadableFileError as refused:
        raise UnreadError(refused.problem) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"{make_printable(str(path))}: {reason.lower()}"
        raise UnreadError(Problem("unreadable-file", message)) from None


def parse_file(path: Path, content: bytes) -> Stream:
    """The documents of a file of YAML. Raises `UnreadError`, for a template with what to run first."""
    stream = parse_stream(content, str(path))
    if not stream.problems:
        return stream
    problem = stream.problems[0]
    template = find_template(path, content)
    raise UnreadError(template if template is not None else problem)


def find_template(path: Path, content: bytes) -> Problem | None:
    """The problem that a file is a template, with what makes manifests of it; None if it is none."""
    is_envoy = _ENVOY.search(content) is not None
    found = (_VARIABLE if is_envoy else _TEMPLATE).search(content)
    if found is None:
        return None
    line = content.count(b"\n", 0, found.start()) + 1
    column = found.start() - (content.rfind(b"\n", 0, found.start()) + 1) + 1
    fix = "render it first, and import what comes out"
    chart = _find_chart(path)
    if is_envoy:
        fix = f"run `envsubst < {make_printable(str(path))}` first"
    elif chart is not None:
        fix = f"run `helm template {make_printable(str(chart))} > rendered.yaml` first, and import that"
    return Problem("template", "this is a template, no manifest", Place(str(path), line, column), fix=fix)


def _find_chart(path: Path) -> Path | None:
    """The folder of the Helm chart that a file is a template of."""
    for folder in path.parents[:4]:
        if (folder / "Chart.yaml").is_file():
            return folder
    return None


def stay_inside(root: Path, path: Path, place: Place) -> Path:
    """The path, if it leads to somewhere in the folder, links followed. Raises `UnreadError`."""
    try:
        is_inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):
        is_inside = False
    if is_inside:
        return path
    shown = make_printable(str(path))
    message = f"{shown} lies outside of {make_printable(str(root))}, where nothing is read"
    fix = "name a file on the command line, or import from the folder above both"
    raise UnreadError(Problem("outside-folder", message, place, fix=fix))
