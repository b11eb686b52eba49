"""The choice among the engines: which one judges a task, and who answers what another one leaves open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...model.resources.limits import LimitError, StateLimitError
from ..task import LISTED_STATES, Task, allow_few
from ..temporal.answers import Answers
from ..temporal.questions import Questions, identify
from ..verdict import Beside
from .protocol import Engine, EngineRefusesError, Judgement
from .registry import AUTO, engine

if TYPE_CHECKING:
    from .slicing.occurrences import SlicedOccurrences


@dataclass(frozen=True, slots=True)
class Auto:
    """The engine that fits: slices where the deployment can be cut into them; else the reference engine while
    the states are few, else the symbolic one; without its library, the reference engine after all."""

    name: str = AUTO
    summary: str = "the engine that fits"

    def refuses(self, task: Task) -> None:  # noqa: ARG002 - there is always one that does not
        return None

    def judge(self, task: Task) -> Judgement:
        slices = engine("slice")
        unsliced = slices.refuses(task)
        if unsliced is None:
            try:
                sliced = replace(slices.judge(task), choice="each hop depends on a part of the deployment")
                return sliced if sliced.avoidable is not None else _judge_the_rest(task, sliced)
            except (EngineRefusesError, StateLimitError) as refused:
                unsliced = str(refused)
        task.limits.progress.start_again()
        return _judge_the_whole(task, unsliced)

    def answer(self, task: Task, questions: Questions) -> Answers:
        return engine("slice").answer(task, questions)


ENGINE: Engine = Auto()


def find_slice_occurrences(task: Task) -> SlicedOccurrences | None:
    """Who tells from slices where something can be so; None where the deployment cannot be cut into them."""
    if task.deployment.failures or engine("slice").refuses(task) is not None:
        return None
    from .slicing.occurrences import SlicedOccurrences

    return SlicedOccurrences(task)


def settle(chosen: Engine, task: Task, questions: Questions) -> Answers:
    """The answers of the chosen engine, and of those that look at the whole to what it cannot tell. What is
    left open is so because of a limit."""
    answers = chosen.answer(task, questions)
    remaining = answers.left_open
    if answers.limit is not None or not remaining:
        return answers
    whole = _answer_on_the_whole(task, remaining)
    order = {identify(one.name, str(one.formula)): index for index, one in enumerate(questions.stated)}
    found = sorted((*answers.found, *whole.found), key=lambda one: order.get(one.id, len(order)))
    return replace(whole, found=tuple(found), in_slices=answers.in_slices)


def _answer_on_the_whole(task: Task, questions: Questions) -> Answers:
    """Listed while the states are few."""
    limits = task.limits
    listed = engine("reference").answer(task.under(allow_few(limits)), questions)
    is_all = limits.max_states is not None and limits.max_states <= LISTED_STATES
    if not isinstance(listed.limit, StateLimitError) or is_all:
        return listed
    symbolic = engine("symbolic")
    better = engine("reference") if symbolic.refuses(task) else symbolic
    rest = better.answer(task, listed.left_open)
    return replace(rest, found=(*listed.found, *rest.found))


def _judge_the_rest(task: Task, sliced: Judgement) -> Judgement:
    """All of it by an engine that looks at the whole, for what slices could not tell beside their hazards;
    where that one meets a limit, too, the hazards are known all the same."""
    limit = next(one.reason for one in sliced.left_open if one.what is Beside.AVOIDABLE)
    task.limits.progress.start_again()
    try:
        return _judge_the_whole(task, limit)
    except LimitError:
        return sliced


def _judge_the_whole(task: Task, unsliced: str) -> Judgement:
    limits = task.limits
    fewer = allow_few(limits)
    try:
        listed = engine("reference").judge(task.under(fewer))
        return replace(listed, choice=f"{unsliced}; no search has more than {LISTED_STATES:,} states")
    except StateLimitError:
        if limits.max_states == fewer.max_states:
            raise
    limits.progress.start_again()
    why = f"{unsliced}; a search has more than {LISTED_STATES:,} states"
    symbolic = engine("symbolic")
    missing = symbolic.refuses(task)
    if missing is None:
        return replace(symbolic.judge(task), choice=why)
    limits.progress.start_again()
    return replace(engine("reference").judge(task), choice=f"{why}, but {missing}")
