"""`skewproof exposure`: how many requests fail while a rollout is under way, of one plan or of several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import changes_option, format_option, limit_options, load_deployment
from ..output import say, say_json
from ..status import EXIT_SAFE, EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.resources.limits import Limits


@click.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@changes_option
@limit_options
@format_option
def exposure(files: tuple[Path, ...], changes: Path | None, limits: Limits, style: str) -> None:
    """Say how many requests are expected to fail during the rollout in FILE; of several, side by side.

    The file says how often requests come (`traffic`) and how long things take (`durations`). The exit status
    is 0 whatever they come to, 2 for wrong input, 3 if a limit was hit.

    \b
    skewproof exposure deploy.yaml
    """
    from ...model.escapes import make_line_harmless
    from ...properties.exposure.measure import expose
    from ..exposure_text import compare_exposures, exposure_to_json, tell_exposure

    found = [(str(file), expose(load_deployment(file, changes, False), limits=limits)) for file in files]
    if style == "json":
        say_json([exposure_to_json(name, one) for name, one in found])
    else:
        for name, one in found:
            for line in tell_exposure(name, one):
                say(make_line_harmless(line))
        for line in compare_exposures(found) if len(found) > 1 else ():
            say(make_line_harmless(line))
    raise click.exceptions.Exit(EXIT_UNKNOWN if any(one.reason for _, one in found) else EXIT_SAFE)
