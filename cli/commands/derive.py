"""`skewproof derive`: what a release changes, from contracts that a team has, at two revisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import load_deployment, resource_options, write_file
from ..output import complain, say
from ..status import EXIT_INPUT

if TYPE_CHECKING:
    from ...model.deployment import Deployment
    from ...model.evidence.deriving import Derived, Disagreement
    from ...model.evidence.judgement import ContractJudgement


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("skewproof.yaml"))
@click.option("--base", metavar="REV|DIR", help="What runs now: a revision in git, or a folder.")
@click.option(
    "--head", metavar="REV|DIR", help="What comes: a revision, or a folder.  [default: the files as they are]"
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the changes to FILE, for `skewproof check --changes FILE`.  [default: standard output]",
)
@click.option("--discover", is_flag=True, help="Propose the `sources:` of the deployment file, and stop.")
@resource_options()
def derive(file: Path, base: str | None, head: str | None, output: Path | None, discover: bool) -> None:
    """Derive `changes` from the contracts that `sources:` of FILE names, at two revisions.

    Each pair of versions is judged in both directions: it breaks, may break, means something else, is
    compatible, or is not known. Where FILE declares otherwise both are shown, and the exit status is 2.

    \b
    skewproof derive deploy.yaml --base v41 -o changes.yaml
    """
    deployment = load_deployment(file, None, False)
    if discover:
        _discover(deployment, file, head)
        return
    if base is None:
        raise click.UsageError("give --base: the revision that runs now, or a folder with its files")
    if not deployment.sources:
        raise click.ClickException(
            f"{file} has no `sources:`, so nothing says where contracts are written; "
            "`skewproof derive --discover` proposes some"
        )
    derived = _derive(deployment, file, base, head)
    _tell(derived)
    _write(derived, deployment, base, head, output)
    if any(one.override is None for one in derived.disagreements):
        raise click.exceptions.Exit(EXIT_INPUT)


def _derive(deployment: Deployment, file: Path, base: str, head: str | None) -> Derived:
    from ...model.evidence.deriving import Deriving
    from ...model.evidence.programs import MissingToolError
    from ...model.evidence.trees import RevisionError

    try:
        return Deriving(deployment, file.absolute().parent, base, head).derive()
    except (RevisionError, MissingToolError) as error:
        raise click.ClickException(str(error)) from error


def _write(
    derived: Derived, deployment: Deployment, base: str, head: str | None, output: Path | None
) -> None:
    from ...model.evidence.trees import WORKING_TREE
    from ...model.evidence.writing import write_changes

    declared = [contract for contract, change in deployment.changed.items() if not change.implied]
    text = write_changes(derived.judgements, base, head or WORKING_TREE, declared)
    if output is None:
        say(text.rstrip("\n"))
    else:
        write_file(output, text.encode())


def _tell(derived: Derived) -> None:
    """A line for each pair that does not plainly fit, and for each declaration that says otherwise."""
    from ...model.evidence.judgement import Grade

    for judged in derived.judgements:
        if judged.grade is not Grade.COMPATIBLE:
            complain(_told(judged))
    for one in derived.disagreements:
        complain(_told_apart(one))


def _told(judged: ContractJudgement) -> str:
    why = f": {judged.evidence[0]}" if judged.evidence else ""
    more = f" and {len(judged.evidence) - 1} more" if len(judged.evidence) > 1 else ""
    return f"{judged.contract} {' -> '.join(judged.pair)} {judged.grade}{why}{more}"


def _told_apart(one: Disagreement) -> str:
    pair = f"{one.contract} {' -> '.join(one.pair)}"
    declared = "is declared to break" if one.is_declared else "is not declared to break"
    derived = f"{one.judgement.grade} by evidence"
    if one.override is not None:
        return f"{pair} {declared}, {derived}; overridden: {one.override}"
    fix = "correct `changes`, or write `override: WHY` beside its source"
    return f"Error: {pair} {declared}, {derived}; {fix}"


def _discover(deployment: Deployment, file: Path, head: str | None) -> None:
    from ...model.evidence.discovery import propose_sources
    from ...model.evidence.trees import RevisionError, open_root, open_working_tree

    folder = file.absolute().parent
    try:
        root = open_working_tree(folder) if head is None else open_root(head, folder)
    except RevisionError as error:
        raise click.ClickException(str(error)) from error
    say(propose_sources(deployment, root))
