"""What two engines must agree in: everything but which of several shortest stories is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skewproof.model.compiler.replay import ReplayError
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.machines.rollouts import Rollout
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.engines.choice import settle
from skewproof.properties.engines.protocol import Judgement
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing.engine import Slicer
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.telling import tell_formula
from skewproof.properties.temporal.answers import Answers
from skewproof.properties.temporal.questions import Questions, list_questions
from skewproof.properties.verdict import PropertyHazard

MAX_STATES = 1_000_000


def told(judgement: Judgement) -> dict[str, Any]:
    """The judgement in plain values, but for the counts of states."""
    return {
        "hazards": {
            (f.compiled.walker and f.compiled.walker.request.name, f.lookup.hop, *_pair(f.lookup)): (
                sorted(f.window),
                f.inevitable,
                f.span,
                len(f.story),
                f.for_ever,
            )
            for f in judgement.found
        },
        "order": [(f.lookup.hop, *_pair(f.lookup)) for f in judgement.found],
        "avoidable": judgement.avoidable,
        "residue": judgement.residue,
        "mixed": judgement.mixed,
        "interleavings": judgement.interleavings,
    }


def _pair(lookup: Any) -> tuple[str, ...]:
    pair = lookup.kind, lookup.aspect, lookup.consumer_version, lookup.provider_version
    return tuple(map(str, pair))


def sliced(deployment: Deployment) -> tuple[Judgement, int]:
    """The judgement by slices, and how many of them had to be widened."""
    slicer = Slicer(SlicePlan(deployment, {}), Limits(MAX_STATES))
    return slicer.judge(), slicer.widened


def agree(deployment: Deployment, max_states: int = MAX_STATES) -> None:
    """Slices say what the enumeration of everything says; stories replay, and no slice was widened, unless
    there are copies: where a write spares some of them an event, a slice can promise too long a story.
    Raises `LimitError` where there are more states than that."""
    whole = told(engine("reference").judge(Task(deployment, None, Limits(max_states))))
    judgement, widened = sliced(deployment)
    assert told(judgement) == whole
    assert widened == 0 or SlicePlan(deployment, {}).sources
    check(deployment, engine=Judged(judgement))  # replays every story


def differs(deployment: Deployment) -> bool:
    """Whether slices, as they are now, are found out: by what they say, or by a story."""
    whole = told(engine("reference").judge(Task(deployment)))
    try:
        judgement, widened = sliced(deployment)
    except (ReplayError, KeyError):
        return True
    return widened > 0 or told(judgement) != whole


@dataclass(frozen=True)
class Judged:
    """An engine that has judged before."""

    judgement: Judgement
    name: str = "judged"
    summary: str = "knows the judgement"

    def refuses(self, task: Task) -> None:
        return None

    def judge(self, task: Task) -> Judgement:
        return self.judgement

    def answer(self, task: Task, questions: Questions) -> Answers:
        return Answers()


def violations(
    deployment: Deployment, name: str = "reference", rollouts: Mapping[str, Rollout] | None = None
) -> tuple[PropertyHazard, ...]:
    """What is violated of the deployment's own properties, as an engine finds it."""
    task = Task(deployment, rollouts)
    answers = settle(engine(name), task, list_questions(task.vocabulary))
    assert answers.limit is None
    return tuple(tell_formula(task.alone, found) for found in answers.found)
