"""`skewproof explain`: what a kind of hazard is, or one hazard of a file, and what usually helps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..code import code_option, load_rollouts
from ..options import limit_options, load_deployment
from ..output import complain, say
from ..status import EXIT_UNKNOWN

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.resources.limits import Limits
    from ...properties.verdict import Answer, HazardCause


@click.command()
@click.argument("what", metavar="CODE|ID")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--changes", type=click.Path(path_type=Path), metavar="FILE", help="As of `check`.")
@click.option("--pessimistic", is_flag=True, help="As of `check`.")
@limit_options
@code_option
def explain(
    what: str, file: Path | None, changes: Path | None, pessimistic: bool, limits: Limits, allow_code: bool
) -> None:
    """Say what happened, why, and what usually helps at what price: of a code (SKW101), a kind of it
    (SKW101-schema), or of one hazard of FILE by the beginning of its id (`check --format json`).

    \b
    skewproof explain SKW101-schema
    """
    if file is None:
        _explain_code(what)
        return
    deployment = load_deployment(file, changes, pessimistic)
    from ...properties.checker import check

    answer = check(deployment, rollouts=load_rollouts(deployment, allow_code), limits=limits)
    _explain_hazard(what, deployment, answer)


def _explain_code(what: str) -> None:
    from ...diagrams.explained import explain_code
    from ...model.codes import list_codes
    from ..explanation_text import write_explanation

    found = explain_code(what)
    if found:
        say("\n\n".join(map(write_explanation, found)))
        return
    meaning = next((one for one in list_codes() if str(one) == what.upper()), None)
    if meaning is None:
        raise click.UsageError(f"{what!r} is no code; {_known()}")
    say(f"{meaning}  {meaning.word}\n\n{meaning.meaning}")


def _known() -> str:
    from ...diagrams.explained import list_explanations

    names = ", ".join(one.name for one in list_explanations())
    return f"of hazards there are {names}; for a hazard by its id give FILE, too"


def _explain_hazard(what: str, deployment: Deployment, answer: Answer) -> None:
    from ...diagrams.explained import explain_hazard
    from ...properties.verdict import Unknown
    from ..explanation_text import write_explanation
    from ..render_text import printed_whole, render_cause

    found = [one for one in answer.causes if _is_meant(what, one)]
    if not found and isinstance(answer.verdict, Unknown):
        complain(f"unknown: {answer.verdict.reason}; {answer.verdict.advice}")
        raise click.exceptions.Exit(EXIT_UNKNOWN)
    if len(found) != 1:
        raise click.UsageError(
            f"{'several hazards are' if found else 'no hazard is'} {what!r}; {_ids(answer)}"
        )
    with printed_whole() as screen:
        render_cause(found[0], deployment, screen)
    say(write_explanation(explain_hazard(found[0].hazards[0])))


def _is_meant(what: str, cause: HazardCause) -> bool:
    """By the id of one of its hazards."""
    return any(hazard.id.startswith(what) for hazard in cause.hazards)


def _ids(answer: Answer) -> str:
    ids = [hazard.id for hazard in answer.hazards]
    return f"there are {', '.join(ids)}" if ids else "there is no hazard"
