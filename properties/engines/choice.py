"""The choice among the engines: each has a turn, the cheapest first; the better one has what is left."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.compile import compile_with
from ...model.compiler.task import LISTED_STATES, Task, allow_few
from ...model.resources.limits import LimitError, ShareLimitError, StateLimitError
from ..temporal.answers import Answers
from ..temporal.questions import Questions, identify
from ..verdict import Beside
from .protocol import Engine, EngineRefusesError, Judgement
from .registry import AUTO, engine
from .turns import Round, Turn

if TYPE_CHECKING:
    from ...model.deployment import Request
    from ..lookups.lookup import Lookup
    from .slicing.engine import Slicer
    from .slicing.occurrences import LineOccurrences
    from .slicing.several import SeveralRequests

LIST_FEW = Turn("reference", parts=4, search_states=LISTED_STATES)
FIRST = (
    Turn("slice", parts=2, search_states=200_000, work=500_000, work_a_hop=5_000),
    LIST_FEW,
    Turn("symbolic", parts=2, work=50_000_000),
)
"""Slices are nearly always small; few states are listed sooner than a library is imported; sets do not grow
with states. A share is some seconds of work, or some tens: whoever is wrong for a file costs no more."""


class Auto(Struct, frozen=True):
    """The engines in turn, until one has the answer: first with a share each; if these are spent, with what
    is left, those that judged more requests in their share before the others."""

    name: str = AUTO
    summary: str = "the engines in turn, the cheapest first"

    def refuses(self, task: Task) -> None:  # noqa: ARG002 - there is always one that does not
        return None

    def judge(self, task: Task) -> Judgement:
        """As the first engine with the whole answer; else as the first that has the hazards."""
        tried, known = Round(task, "hops"), list[Judgement]()

        def judge(one: Engine, under: Task) -> Judgement:
            found = one.judge(under)
            if (spent := _find_spent(found)) is not None:
                known.append(found)
                raise spent
            return found

        try:
            for turn in _turns(tried, FIRST, lambda: _is_enough(task, known)):
                if (found := tried.take(turn, judge)) is not None:
                    return replace(found, choice=_why(tried, turn))
            raise tried.give_up()
        except LimitError as limit:
            if not known:
                raise
            best = _choose_best(known)
            if not _is_enough(task, known):
                best = _say_what_ended(best, limit.with_traceback(None))
            return replace(best, choice=SLICED)

    def answer(self, task: Task, questions: Questions) -> Answers:
        return _answer_in_turns(FIRST, task, questions, Answers(left_open=questions))


ENGINE: Engine = Auto()
SLICED = "each hop depends on a part of the deployment"


def _turns(
    tried: Round, first: Sequence[Turn], is_enough: Callable[[], bool] = lambda: False
) -> Iterator[Turn]:
    """The first turns; then, if these were not enough, of the engines that were ended by their share."""
    yield from first
    if is_enough():
        return
    cut_short = [turn for turn in first if tried.was_cut_short(turn)]
    cut_short.sort(key=lambda turn: -tried.judged(turn))  # stable: the cheapest first
    for left, turn in zip(range(len(cut_short), 0, -1), cut_short, strict=True):
        yield Turn(turn.engine, parts=left)


def _is_enough(task: Task, known: Sequence[Judgement]) -> bool:
    """Whether all hazards are known: what is asked beside them has a share, and not time without end."""
    return task.limits.deadline_s is None and any(one.ended is None for one in known)


def _find_spent(found: Judgement) -> LimitError | None:
    """Why the judgement wants another engine, or more than a share."""
    if found.ended is not None:
        return found.ended
    for one in found.left_open:
        if one.what is Beside.AVOIDABLE or one.limit == ShareLimitError.option:
            return ShareLimitError(one.reason)
    return None


def _choose_best(known: Sequence[Judgement]) -> Judgement:
    """Of several that are not whole, the one with all hazards, or with most; the last of equals."""
    return max(reversed(known), key=lambda one: (one.ended is None, len(one.found)))


def _say_what_ended(best: Judgement, limit: LimitError) -> Judgement:
    """With the limit that ended the last turn in place of a share that ended an earlier one: nobody asked for
    shares, and nobody can give more of them."""
    told = tuple(
        replace(one, reason=str(limit), limit=limit.option) if one.limit == ShareLimitError.option else one
        for one in best.left_open
    )
    return replace(
        best, left_open=told, ended=limit if isinstance(best.ended, ShareLimitError) else best.ended
    )


def _why(tried: Round, turn: Turn) -> str:
    if turn.engine == "slice":
        return SLICED
    before = [f"{one.engine}: {one.ended}" for one in tried.attempts[:-1]]
    if turn == LIST_FEW:
        before.append(f"no search has more than {LISTED_STATES:,} states")
    return "; ".join((*tried.refused.values(), *before))


def settle(chosen: Engine, task: Task, questions: Questions) -> Answers:
    """The answers of the chosen engine, and of those that look at the whole to what it cannot tell. What is
    left open is so because of a limit."""
    answers = chosen.answer(task, questions)
    if answers.limit is not None or not answers.left_open:
        return answers
    return _answer_in_turns(FIRST[1:], task, questions, answers)


def _answer_in_turns(first: Sequence[Turn], task: Task, questions: Questions, answers: Answers) -> Answers:
    """What is found is kept, whoever finds it, and whatever ends the search for the rest."""
    tried = Round(task, "properties")

    def ask(one: Engine, under: Task) -> bool:
        nonlocal answers
        more = one.answer(under, answers.left_open)
        answers = replace(
            more, found=(*answers.found, *more.found), in_slices=answers.in_slices + more.in_slices
        )
        if more.limit is not None:
            raise more.limit
        return True

    try:
        for turn in _turns(tried, first):
            if not answers.left_open:
                break
            tried.take(turn, ask)
    except LimitError as limit:
        answers = replace(answers, limit=limit)
    order = {identify(one.name, str(one.formula)): index for index, one in enumerate(questions.stated)}
    return replace(answers, found=tuple(sorted(answers.found, key=lambda one: order.get(one.id, len(order)))))


class RequestJudge:
    """Judges requests one by one: in slices, which share what is found of the deployment; where it cannot be
    cut into them, or they are too large, on the list of all states."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._slicer: Slicer | SeveralRequests | None = None
        if engine("slice").refuses(task) is not None:
            return
        if task.deployment.pipelines:
            from .slicing.several import requests_of_several

            self._slicer = requests_of_several(task)
        else:
            from .slicing.engine import slicer_of

            self._slicer = slicer_of(task)

    def find_broken_lookups(self, request: Request, numbers: Container[int] | None = None) -> list[Lookup]:
        """What breaks at its hops, or, at least, at these of them. It is a request of the deployment, or one
        that adds nothing to what others write and use up there. Raises `LimitError`."""
        limits = self.task.limits
        if self._slicer is not None:
            try:
                return self._slicer.judge_request(request, numbers or range(1, len(request.hops) + 1))
            except EngineRefusesError:
                pass
            except StateLimitError:
                limits = allow_few(limits)  # the whole is hardly smaller than a part of it
        from .reference import find_hazards

        product = compile_with(self.task.vocabulary, request)
        return [one.lookup for one in find_hazards(product, limits).by_key.values()]


def find_slice_occurrences(task: Task) -> LineOccurrences | None:
    """Who tells from slices where something can be so; None where the deployment cannot be cut into them."""
    if task.deployment.pipelines or engine("slice").refuses(task) is not None:
        return None
    from .slicing.occurrences import LineOccurrences

    return LineOccurrences(task)
