"""`skewproof schema`: the JSON Schema of a deployment file."""

from __future__ import annotations

import click

from ..output import say_json


@click.command()
def schema() -> None:
    """Print the JSON Schema of a deployment file, for editors.

    \b
    skewproof schema > skewproof.schema.json
    """
    from ...model.language import json_schema

    say_json(json_schema())
