"""Which formats there are, and which one a file's name asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class Format(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"
    ITF = "itf"


ENDINGS = {
    ".itf.json": Format.ITF,
    ".gitlab.json": Format.GITLAB,
    ".sarif.json": Format.SARIF,
    ".sarif": Format.SARIF,
    ".json": Format.JSON,
    ".xml": Format.JUNIT,
    ".md": Format.MARKDOWN,
    ".txt": Format.TEXT,
}
"""What a name ends in, longer endings first."""


class Output(NamedTuple):
    """A file to write."""

    format: Format
    path: Path


def parse_outputs(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[Output, ...]:
    """Each as `report.sarif`, whose ending says the format, or `sarif:FILE`. Raises `click.BadParameter`."""
    return tuple(_parse(text, ctx, param) for text in given)


def format_option(formats: Iterable[Format]) -> Callable[[Command], Command]:
    """--format, for a command that prints these; it is given `style`."""
    return click.option(
        "--format",
        "style",
        type=click.Choice([str(one) for one in formats]),
        default="text",
        show_default=True,
        help="What is printed.",
    )


def output_option(told: str) -> Callable[[Command], Command]:
    """--output, several times; the command is given `outputs`."""
    return click.option(
        "--output", "outputs", multiple=True, callback=parse_outputs, metavar="FILE", help=told
    )


def _parse(text: str, ctx: click.Context, param: click.Parameter) -> Output:
    word, _, path = text.partition(":")
    if path and word in list(Format):
        return Output(Format(word), Path(path))
    if text == "-":
        raise click.BadParameter("-: --format says what is printed; --output writes files", ctx, param)
    for ending, found in ENDINGS.items():
        if text.lower().endswith(ending):
            return Output(found, Path(text))
    known = f"use one of {', '.join(ENDINGS)}"
    before = f"or write the format before the name: {', '.join(f'{one}:FILE' for one in Format)}"
    raise click.BadParameter(f"{text}: no format is known by this ending; {known}, {before}", ctx, param)
