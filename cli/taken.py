"""What an option takes, in words: for who sets it in a file, where no usage stands beside it."""

from __future__ import annotations

from collections.abc import Sequence

import click

_UNITS = {"SECONDS": " of seconds", "MIB": " of mebibytes"}


def tell_taken(parameter: click.Parameter) -> str:
    """`a whole number, at least 1`, `one of text, json`; as the option's type calls it, of other types."""
    unit = _UNITS.get(str(parameter.metavar), "")
    match parameter.type:
        case click.Choice(choices=choices):
            return f"one of {', '.join(map(str, choices))}"
        case click.IntRange() as kind:
            return f"a whole number{unit}{_tell_range(kind)}"
        case click.FloatRange() as kind:
            return f"a number{unit}{_tell_range(kind)}"
        case kind:
            return f"a {kind.name}"


def list_taken(parameter: click.Parameter) -> Sequence[str]:
    """The words that it takes, if it takes only some."""
    return tuple(map(str, parameter.type.choices)) if isinstance(parameter.type, click.Choice) else ()


def is_whole(parameter: click.Parameter) -> bool:
    """Whether it takes whole numbers alone."""
    return isinstance(parameter.type, click.types.IntParamType)


def _tell_range(kind: click.IntRange | click.FloatRange) -> str:
    said = []
    if kind.min is not None:
        said.append(f"{'above' if kind.min_open else 'at least'} {kind.min:,}")
    if kind.max is not None:
        said.append(f"{'below' if kind.max_open else 'at most'} {kind.max:,.0f}")
    return f", {' and '.join(said)}" if said else ""
