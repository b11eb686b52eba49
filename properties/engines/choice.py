"""The engines by name, each imported when it is asked for, and the choice among them.

An engine is a module of this package with a function `judge` (`protocol.Engine`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module

from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Deployment
from ...model.formula import Property
from ...model.machines.rollout_strategies import Rollout
from ...model.resources.alarm import alarm
from ...model.resources.jobs import ALONE
from ...model.resources.limits import LimitError, Limits, StateLimitError, as_limit
from ..temporal.questions import Questions, identity, properties_of, questions_of
from ..verdict import Hazard, Undecided
from .protocol import Engine, EngineUnavailableError, Judgement

AUTO = "auto"

ENGINES: Mapping[str, str] = {
    "slice": "each hop in the part of the deployment that it depends on; cost linear in the hops",
    "reference": "every state, listed; obviously right, and slow",
    "symbolic": "sets of states as decision diagrams; needs dd with CUDD",
}
"""Each engine's name, and in a line what it is."""

MODULES: Mapping[str, str] = {
    "slice": ".slicing.engine",
    "reference": ".reference",
    "symbolic": ".symbolic.engine",
}

Violations = Callable[[Deployment, Mapping[str, Rollout] | None, Limits], tuple[Hazard, ...]]


@dataclass(frozen=True, slots=True)
class Violated:
    """What is violated of a deployment's own properties; `in_slices` counts the formulas, violated or not,
    that were settled without a look at the whole; `left_open` are those that a limit left open."""

    hazards: tuple[Hazard, ...]
    in_slices: int = 0
    left_open: tuple[Undecided, ...] = ()


LISTED_STATES = 20_000
"""So many states of one search are listed sooner than a library for anything better is imported."""


def engine(name: str) -> Engine:
    """The engine of this name, or the choice among them (`auto`)."""
    if name == AUTO:
        return choose
    judge: Engine = import_module(f"{__package__}{MODULES[name]}").judge
    return judge


def violated(
    name: str, deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits
) -> Violated:
    """A deployment's own properties, judged on all its states, listed or held as that engine does.
    With slices, or where the engine is chosen, the whole is asked only for what no slice can settle, and
    listed while its states are few. A limit that is hit leaves open what was not judged by then."""
    try:
        with alarm(limits):
            return _violated(name, deployment, rollouts, limits)
    except (LimitError, MemoryError) as ended:
        return Violated((), left_open=_left_open(properties_of(deployment), as_limit(ended, limits)))


def _left_open(stated: Iterable[Property], limit: LimitError, *, stall: bool = True) -> tuple[Undecided, ...]:
    told = limit.option, str(limit), limit.advice
    formulas = [Undecided(one.name, *told, one.place) for one in stated]
    return (*formulas, *([Undecided("whether the pipeline can stall", *told)] if stall else []))


def _violated(
    name: str, deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits
) -> Violated:
    if name in ("slice", AUTO):
        return _in_slices(deployment, rollouts, limits)
    module = ".symbolic.temporal" if name == "symbolic" else "..temporal.judge"
    judge: Violations = import_module(module, __package__).violations
    return Violated(judge(deployment, rollouts, limits))


def _in_slices(deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits) -> Violated:
    from .slicing.stalls import plainly_cannot_stall
    from .slicing.temporal import judge

    questions = questions_of(Vocabulary(deployment, rollouts))
    questions = replace(questions, stall=not plainly_cannot_stall(deployment, rollouts, limits))
    if not questions:
        return Violated(())
    compiled = compile_deployment(deployment, rollouts=rollouts)
    judged = judge(compiled, questions, _few(limits))
    remaining = judged.left_open
    others = _others(compiled, remaining, limits) if remaining else Violated(())
    hazards = (*judged.violated, *others.hazards)
    order = {identity(one.name, str(one.formula)): index for index, one in enumerate(questions.stated)}
    ordered = sorted(hazards, key=lambda hazard: order.get(hazard.id, len(order)))
    return Violated(tuple(ordered), len(questions.stated) - len(remaining.stated), others.left_open)


def _others(compiled: Compiled, questions: Questions, limits: Limits) -> Violated:
    """What no slice has settled. What slices have is not lost where a limit is hit at these."""
    try:
        with alarm(limits):
            return Violated(_on_the_whole(compiled, questions, limits))
    except (LimitError, MemoryError) as ended:
        limit = as_limit(ended, limits)
        return Violated((), left_open=_left_open(questions.stated, limit, stall=questions.stall))


def _on_the_whole(compiled: Compiled, questions: Questions, limits: Limits) -> tuple[Hazard, ...]:
    from ..temporal import judge as temporal

    try:
        return temporal.answers(compiled, questions, _few(limits))
    except StateLimitError:
        if limits.max_states is not None and limits.max_states <= LISTED_STATES:
            raise
    try:
        from .symbolic import temporal as symbolic

        return symbolic.answers(compiled, questions, limits)
    except EngineUnavailableError:
        return temporal.answers(compiled, questions, limits)


def _few(limits: Limits) -> Limits:
    most = LISTED_STATES if limits.max_states is None else min(limits.max_states, LISTED_STATES)
    return replace(limits, max_states=most, workers=ALONE)  # over before a worker has started


def choose(deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits) -> Judgement:
    """The answer of slices where the deployment can be cut into them; else of the reference engine while
    the states are few, else of the symbolic one; without its library, of the reference engine after all."""
    try:
        sliced = engine("slice")(deployment, rollouts, limits)
        return replace(sliced, choice="each hop depends on a part of the deployment")
    except (EngineUnavailableError, StateLimitError) as unsliced:
        limits.progress.start_again()
        return _whole(deployment, rollouts, limits, str(unsliced))


def _whole(
    deployment: Deployment, rollouts: Mapping[str, Rollout] | None, limits: Limits, unsliced: str
) -> Judgement:
    few = _few(limits)
    try:
        listed = engine("reference")(deployment, rollouts, few)
        return replace(listed, choice=f"{unsliced}; no search has more than {LISTED_STATES:,} states")
    except StateLimitError:
        if limits.max_states == few.max_states:
            raise
    limits.progress.start_again()
    why = f"{unsliced}; a search has more than {LISTED_STATES:,} states"
    try:
        return replace(engine("symbolic")(deployment, rollouts, limits), choice=why)
    except EngineUnavailableError as missing:
        limits.progress.start_again()
        listed = engine("reference")(deployment, rollouts, limits)
        return replace(listed, choice=f"{why}, but {missing}")
