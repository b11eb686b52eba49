"""`skewproof config`: which settings hold for a command, and where each is from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..output import say, say_json
from ..settable import name_of
from ..settings import Settings, find_variable, read_settings
from . import COMMANDS

if TYPE_CHECKING:
    from ..settings_file import SettingsFile


@click.command()
@click.argument("command", type=click.Choice(list(COMMANDS)), default="check")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is printed.",
)
@click.pass_context
def config(context: click.Context, command: str, style: str) -> None:
    """Show the settings that hold for COMMAND (check by default), and where each is from.

    The first of these that says anything holds: the command line, the environment
    (SKEWPROOF_CHECK_ENGINE, SKEWPROOF_ENGINE), the table [tool.skewproof.check] and then [tool.skewproof] of
    the nearest pyproject.toml, or [check] and the top of a .skewproof.toml; the default.

    \b
    skewproof config check
    """
    parent = context.parent
    assert parent is not None
    assert isinstance(parent.command, click.Group)
    judged = parent.command.get_command(parent, command)
    assert judged is not None
    settings = read_settings(judged, command) if parent.params.get("read_config", True) else Settings({})
    parent.default_map = {command: dict(settings.values)}
    held = judged.make_context(command, [], parent=parent, resilient_parsing=True)
    rows = list(_list_rows(held, command, settings.file))
    if style == "json":
        file = None if settings.file is None else str(settings.file.path)
        say_json({"file": file, "command": command, "settings": [_row(*row) for row in rows]})
        return
    say(f"file: {settings.file.path if settings.file is not None else 'none'}")
    told = [(name, _shown(value), source) for name, value, source in rows]
    names, values = (max((len(row[index]) for row in told), default=0) for index in (0, 1))
    for name, value, source in told:
        say(f"{name:<{names}}  {value:<{values}}  {source}")


def _row(name: str, value: object, source: str) -> dict[str, Any]:
    return {"name": name, "value": value, "source": source}


def _list_rows(
    held: click.Context, called: str, file: SettingsFile | None
) -> Iterator[tuple[str, object, str]]:
    """Each option that can be set, its value, and where that is from."""
    for parameter in held.command.params:
        name = name_of(parameter, called)
        if name is None or parameter.name is None:
            continue
        value = parameter.consume_value(held, {})[0]
        yield name, _plain(value), _source(held, parameter, called, file)


def _source(held: click.Context, parameter: click.Parameter, called: str, file: SettingsFile | None) -> str:
    match held.get_parameter_source(parameter.name or ""):
        case ParameterSource.ENVIRONMENT:
            return find_variable(held, parameter) or "the environment"
        case ParameterSource.DEFAULT_MAP if file is not None:
            return str(file.place_of(called, parameter) or file.path)
        case _:
            return "default"


def _plain(value: object) -> object:
    """The value as JSON has it; None for what is not given."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) else None


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else str(value)
