"""A plan as other tools take it. Each file says what it leaves to whoever uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model.deployment import Deployment, Instruction
from ..model.escapes import make_words_harmless
from ..model.language.writing import write_scalar
from ..properties.ordering.actions import PlannedAction, Waves
from ..properties.ordering.planner import Plan


def export_plan(style: str, found: Plan, deployment: Deployment) -> str:
    """The plan as a `pipeline`, or for `argocd`, `helmfile`, `github`, `spryker`. It has waves."""
    assert found.waves is not None
    assert found.deployment is not None
    match style:
        case "pipeline":
            lines = _pipeline(found.deployment)
        case "argocd":
            lines = _argocd(found.waves)
        case "helmfile":
            lines = _helmfile(found.waves)
        case "github":
            lines = _github(found.waves, deployment)
        case "spryker":
            lines = _spryker(found.waves)
        case _:
            raise AssertionError(f"no export is called {style}")
    return "\n".join(lines)


def _pipeline(planned: Deployment) -> Iterator[str]:
    yield "pipeline:"
    for step in planned.pipeline:
        yield f"  - {write_scalar(step.name)}: [{', '.join(write_scalar(str(one)) for one in step.actions)}]"


def _argocd(waves: Waves) -> Iterator[str]:
    """Argo CD goes on to the next wave when all that is in this one is healthy."""
    yield "# Annotations for Argo CD, by component; a migration is a Job that is a hook: `Sync`."
    yield "# Flags are enabled by whoever keeps them, as a Job of that wave."
    for number, wave in enumerate(waves):
        for action in wave:
            yield f"{write_scalar(_title(action))}:"
            yield "  metadata:"
            yield "    annotations:"
            yield f'      argocd.argoproj.io/sync-wave: "{number}"'


def _helmfile(waves: Waves) -> Iterator[str]:
    yield "# `needs` for helmfile.yaml: a release begins when what it needs is ready (`wait`)."
    yield "# A migration or a flag is a release of its own, whose chart has a Job as a hook."
    yield "releases:"
    for before, action in _with_before(waves):
        yield f"  - name: {write_scalar(_title(action))}"
        yield "    wait: true"
        if before:
            yield f"    needs: [{', '.join(write_scalar(_title(one)) for one in before)}]"


def _github(waves: Waves, deployment: Deployment) -> Iterator[str]:
    yield "# `needs` for a workflow: put what does each action in place of `exit 1`."
    yield f"name: {write_scalar('deploy ' + make_words_harmless(deployment.system))}"
    yield "on: {workflow_dispatch: {}}"
    yield "permissions: {}"
    yield "jobs:"
    ids = _ids(waves)
    for before, action in _with_before(waves):
        yield f"  {ids[action]}:"
        yield f"    name: {write_scalar(str(action))}"
        if before:
            yield f"    needs: [{', '.join(ids[one] for one in before)}]"
        yield "    runs-on: ubuntu-latest"
        yield "    steps:"
        yield "      - run: exit 1"


def _spryker(waves: Waves) -> Iterator[str]:
    """Sections of a recipe run one after the other; what is in one does as well, which is one of its
    orders."""
    yield "# Sections for config/install/*.yml, in this order; put what does it in place of `exit 1`."
    yield "sections:"
    for number, wave in enumerate(waves, start=1):
        yield f"  wave-{number}:"
        for action in wave:
            yield f"    {write_scalar(_title(action))}:"
            yield "      command: exit 1"


def _with_before(waves: Waves) -> Iterator[tuple[tuple[PlannedAction, ...], PlannedAction]]:
    """Each action with those of the wave before: what is earlier follows."""
    for number, wave in enumerate(waves):
        for action in wave:
            yield (waves[number - 1] if number else ()), action


def _ids(waves: Waves) -> dict[PlannedAction, str]:
    """Names that are fit for a job: letters, digits, `-` and `_`, each once."""
    found: dict[PlannedAction, str] = {}
    for number, wave in enumerate(waves, start=1):
        for place, action in enumerate(wave, start=1):
            plain = re.sub(r"[^A-Za-z0-9_-]+", "-", str(action))[:60].strip("-")
            found[action] = f"w{number}_{place}_{plain}"
    return found


def _title(action: PlannedAction) -> str:
    """What is rolled out is called as it is, all else by what happens to it."""
    is_deploy = action.instruction is Instruction.DEPLOY
    return "-".join(
        [action.name, *([] if is_deploy else [str(action.instruction)]), *([action.to] if action.to else [])]
    )
