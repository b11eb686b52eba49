"""`skewproof schema`: the JSON Schema of a deployment file."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of a deployment file, for editors."""
    import json

    from ...model.language import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
