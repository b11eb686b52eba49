"""From what was judged to the text of a format: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from ..options import write_file
from ..output import complain, hand_over, say, write_json
from .formats import Format, Output
from .judged import Judged, Silent, Verdict, WrongInput


def write_output(style: Format, files: Sequence[Judged], is_fleet: bool = False) -> str | None:
    """The text, with a line end; None where the format has nothing to say: a trace without a hazard.

    One file is told by itself, a fleet as a list, in formats that differ by that (JSON).
    """
    match style:
        case Format.TEXT:
            return "\n".join(map(_text, files))
        case Format.JSON:
            told = list(map(_json, files))
            return write_json(told if is_fleet else told[0]["answer"] or told[0])
        case Format.SARIF:
            from .sarif import to_sarif

            return write_json(to_sarif(files))
        case Format.JUNIT:
            from .junit import write_junit

            return write_junit(files)
        case Format.GITHUB:
            from .github import write_annotations

            return write_annotations(files)
        case Format.GITLAB:
            from .gitlab import list_quality_issues

            return write_json(list_quality_issues(files))
        case Format.MARKDOWN:
            from .markdown import write_markdown

            return write_markdown(files)
        case Format.ITF:
            from .itf import to_itf

            verdicts = (judged.outcome for judged in files if isinstance(judged.outcome, Verdict))
            traces = (trace for verdict in verdicts if (trace := to_itf(verdict)) is not None)
            return next(map(write_json, traces), None)
        case _:
            assert_never(style)


def _json(judged: Judged) -> dict[str, Any]:
    from ...model.errors import render_problems
    from ..render_json import to_json

    answer, error = None, None
    match judged.outcome:
        case Verdict(_, answered, certificate=certificate):
            answer = to_json(answered, certificate)
        case WrongInput(problems):
            error = render_problems(problems)
        case Silent(reason):
            error = reason
        case _:
            assert_never(judged.outcome)
    return {"file": judged.file, "status": judged.status, "answer": answer, "error": error}


def _text(judged: Judged) -> str:
    from ...model.errors import render_problems
    from ..render_text import render_plain

    match judged.outcome:
        case Verdict(deployment, answer):
            return render_plain(answer, deployment)
        case WrongInput(problems):
            return render_problems(problems) + "\n"
        case Silent(reason):
            return f"no verdict: {reason}\n"
        case _:
            assert_never(judged.outcome)


def write_files(outputs: Iterable[Output], files: Sequence[Judged], is_fleet: bool = False) -> None:
    """Writes the outputs that were asked for. Raises `click.FileError` where a file cannot be written."""
    for output in outputs:
        text = write_output(output.format, files, is_fleet)
        if text is None:
            complain(f"{output.path} is not written: there is no hazard, so there is no trace")
        else:
            write_file(output.path, text.encode("utf-8", "backslashreplace"))


def print_output(style: Format, files: Sequence[Judged], is_fleet: bool = False) -> None:
    """Prints it, so that nothing in a user's file acts on a terminal or in a log."""
    text = write_output(style, files, is_fleet)
    if text is None:
        return
    if style in (Format.JUNIT, Format.MARKDOWN):
        say(text.rstrip("\n"))
    else:  # JSON is harmless as it is written, and so are annotations, which are commands
        hand_over(text.encode())
