"""What is asked beside the verdict has an end of its own, and never costs what is known."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import structs
from rich.console import Console

from skewproof.cli.commands.check import status_of
from skewproof.cli.render_json import to_json
from skewproof.cli.render_text import render
from skewproof.cli.status import EXIT_SAFE, EXIT_UNKNOWN, EXIT_UNSAFE
from skewproof.model.compiler.system import Reached, System, search
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError, TimeLimitError
from skewproof.properties import Answer, Safe, Unknown, Unsafe, check
from skewproof.properties.engines import reference
from skewproof.properties.engines.protocol import Engine, Judgement
from skewproof.properties.engines.registry import AUTO, ENGINES, UnknownEngineError, engine
from skewproof.properties.engines.slicing import engine as slicing
from skewproof.properties.engines.symbolic import engine as symbolic
from skewproof.properties.temporal.answers import Answers
from skewproof.properties.temporal.questions import STALLS, Questions
from skewproof.properties.verdict import Beside

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "verdict.schema.json").read_text())
NAMES = [f"s{number}" for number in range(4)]
AT_SIZE = loads(
    f"""
    components: {{{", ".join(f"{name}: {{kind: service, replicas: 3}}" for name in NAMES)}}}
    requests: {{r: [client calls s0: a, s0 calls s1: a, s1 calls s2: a, s2 calls s3: a]}}
    pipeline: [Roll: [deploy {" ".join(NAMES)}]]
    rollback: [Back: [rollback {" ".join(NAMES)}]]
    changes: {{s1/a: {{breaks: both}}}}
    """
)
SMALL = """
components: {a: {kind: service}, b: {kind: service}, w: {kind: worker}}
requests: {r: [client calls a: x, a calls b: y]}
pipeline: [Roll: [deploy a, deploy b], Off: [suspend w]]
rollback: [Back: [rollback a b]]
changes: {b/y: {breaks: %s}}
properties: {p: eventually b.up(V2)}
"""
SAFE, BROKEN = loads(SMALL % "none"), loads(SMALL % "both")


@dataclass(frozen=True)
class Patient:
    """Judges the hops however many states they have; of all else it knows nothing, for time is up."""

    hops: str = "reference"
    limit: type[TimeLimitError] | None = TimeLimitError
    name: str = "patient"
    summary: str = "judges the hops"

    def refuses(self, task: Task) -> None:
        return None

    def judge(self, task: Task) -> Judgement:
        return structs.replace(engine(self.hops).judge(task.under(Limits())), met_going_back=None)

    def answer(self, task: Task, questions: Questions) -> Answers:
        return Answers() if self.limit is None else Answers(left_open=questions, limit=self.limit())


def told(answer: Answer) -> dict[str, Any]:
    """The answer as JSON, as its schema has it."""
    found: dict[str, Any] = to_json(answer)
    jsonschema.validate(found, SCHEMA)
    return found


def text(answer: Answer, deployment: Deployment) -> str:
    printed = StringIO()
    render(answer, deployment, Console(file=printed, width=250))
    return printed.getvalue()


def test_ways_back_that_are_too_many_to_list_cost_no_hazard() -> None:
    """Four services of three replicas, rolled at once: more states than are allowed."""
    answer = check(AT_SIZE, engine=Patient("symbolic", None), limits=Limits(max_states=1000), failures=True)
    assert isinstance(answer.verdict, Unsafe)
    assert answer.ways_back == (("Roll", None),)
    assert answer.point_of_no_return is None
    assert told(answer)["ways_back"] == [{"step": "Roll", "safe": None}]
    (one,) = answer.left_open
    assert (one.what, one.names, one.limit) == (Beside.WAYS_BACK, ("Roll",), "--max-states")
    assert "whether there is a safe way back from Roll: more than 1,000 states" in text(answer, AT_SIZE)
    assert status_of(answer, "degraded") == EXIT_UNSAFE


def test_what_one_search_has_shown_of_the_ways_back_stays_known() -> None:
    """The second request's states are more than are allowed; the first one's rollback meets a hazard."""
    deployment = loads(
        """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service, replicas: 9}}
        requests:
          small: [client calls a: x, a calls b: y]
          large: [client calls a: x, a calls b: y, b calls c: z]
        pipeline: [First: [deploy b], Then: [deploy a], Last]
        rollback: [Back: [rollback b, rollback a]]
        changes: {b/y: {breaks: [V2 -> V1]}}
        """
    )
    known = check(deployment, engine="reference", failures=True)
    sizes = [
        len(search(product.system).states) for product in Task(replace(deployment, failures=True)).products
    ]
    limits = Limits(max_states=sizes[0])
    answer = check(deployment, engine=Patient("reference", None), limits=limits, failures=True)
    assert sizes[0] < sizes[1]
    assert known.ways_back == (("First", True), ("Then", False), ("Last", True))
    assert answer.ways_back == (("First", None), ("Then", False), ("Last", None))
    assert answer.point_of_no_return is None, "the first may have none, either"
    assert "none from Then" in text(answer, deployment)
    told(answer)


def test_a_property_that_is_not_judged_costs_no_hazard() -> None:
    answer = check(BROKEN, engine=Patient())
    assert isinstance(answer.verdict, Unsafe)
    assert answer.open_properties == ("p", STALLS)
    assert answer.statistics is not None
    assert answer.statistics.properties == 0, "it is not said to hold"
    place = BROKEN.properties[0].place
    told_so = f"not judged: p ({place}), the pipeline can stall: no time left (--timeout)"
    assert told_so in text(answer, BROKEN)
    told(answer)


def test_a_property_that_is_not_judged_makes_safe_unknown() -> None:
    answer = check(SAFE, engine=Patient())
    assert isinstance(answer.verdict, Unknown)
    assert answer.verdict.covered is not None
    assert answer.verdict.covered.limit == "--timeout"
    assert answer.open_properties == ("p", STALLS)
    told(answer)


def test_what_is_not_judged_is_told_with_its_place() -> None:
    """And that the hops are judged."""
    answer = check(SAFE, engine=Patient())
    (place,) = (str(one.place) for one in SAFE.properties)
    printed = text(answer, SAFE)
    assert "no request meets a hazard, but not all was judged: no time left (--timeout)" in printed
    assert f"left open   not judged: p ({place}), the pipeline can stall: no time left (--timeout)" in printed
    (one,) = (one for one in told(answer)["left_open"] if one["what"] == "properties")
    assert one["places"]["p"]["line"] == SAFE.properties[0].place.line  # type: ignore[union-attr]


def test_what_was_not_judged_may_be_worse_than_what_is_forgiven() -> None:
    mild = loads(SMALL % "both, severity: degraded")
    answer = check(mild, engine=Patient())
    assert isinstance(answer.verdict, Unsafe)
    assert status_of(answer, "degraded") == EXIT_UNSAFE
    assert status_of(answer, "error") == EXIT_UNKNOWN
    assert status_of(check(mild), "error") == EXIT_SAFE


@pytest.mark.parametrize(
    ("name", "module", "counts", "what"),
    [
        ("slice", slicing, "count_interleavings", Beside.INTERLEAVINGS),
        ("slice", slicing, "is_avoidable", Beside.AVOIDABLE),
        ("slice", slicing, "find_residue", Beside.RESIDUE),
        ("symbolic", symbolic, "_interleavings", Beside.INTERLEAVINGS),
    ],
)
@pytest.mark.parametrize("deployment", [SAFE, BROKEN], ids=["safe", "unsafe"])
def test_what_is_counted_beside_costs_no_verdict(
    name: str,
    module: object,
    counts: str,
    what: Beside,
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gives_up(*_: object) -> object:
        raise StateLimitError(7)

    before = check(deployment, engine=name)
    monkeypatch.setattr(module, counts, gives_up)
    answer = check(deployment, engine=name)
    assert answer.verdict == before.verdict
    assert [(one.what, one.reason) for one in answer.left_open] == [(what, "more than 7 states")]
    assert "left open" in text(answer, deployment)
    told(answer)


def test_the_interleavings_of_the_reference_engine_are_counted_last(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Task(BROKEN).own_moves.system

    def search_all_but_own_moves(system: System, limits: Limits) -> Reached:
        if len(system.events) == len(own.events) and system.variables == own.variables:
            raise TimeLimitError
        return search(system, limits)

    monkeypatch.setattr(reference, "search", search_all_but_own_moves)
    answer = check(BROKEN, engine="reference")
    assert isinstance(answer.verdict, Unsafe)
    assert [one.what for one in answer.left_open] == [Beside.INTERLEAVINGS]


def test_whoever_chooses_asks_the_whole_for_what_slices_leave_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: object) -> object:
        raise StateLimitError(7)

    monkeypatch.setattr(slicing, "is_avoidable", gives_up)
    answer = check(BROKEN)
    assert answer.left_open == ()
    assert answer.statistics is not None
    assert answer.statistics.choice == "slice: more than 7 states; no search has more than 20,000 states"
    limited = check(BROKEN, limits=Limits(max_states=29))  # enough for each slice, for the whole too few
    assert limited.statistics is not None
    assert (limited.statistics.engine, limited.avoidable) == ("slice", None)
    assert limited.verdict == check(BROKEN, engine="slice").verdict


@pytest.mark.parametrize("name", [AUTO, *ENGINES])
def test_an_engine_is_known_by_its_name(name: str) -> None:
    one: Engine = engine(name)
    assert one.name == name
    assert name == AUTO or one.summary == ENGINES[name].summary
    assert one.refuses(Task(SAFE)) is None
    assert isinstance(check(SAFE, engine=name).verdict, Safe)


def test_there_is_no_engine_but_those_that_there_are() -> None:
    with pytest.raises(
        UnknownEngineError, match="no engine 'nosuch'; there are auto, slice, reference, symbolic"
    ):
        engine("nosuch")
    with pytest.raises(UnknownEngineError):
        check(SAFE, engine="nosuch")


def test_the_engine_is_chosen_where_none_is_asked_for() -> None:
    statistics = check(SAFE).statistics
    assert statistics is not None
    assert statistics.choice == "each hop depends on a part of the deployment"


# --- a limit in the middle of the requests ---

SMALL_FIRST = """
components:
  a: {kind: service, replicas: 2}
  b: {kind: service, replicas: 2}
  c: {kind: service, replicas: 2}
  d: {kind: service, replicas: 2}
requests:
  small: [client calls a: x, a calls b: x]
  large: [client calls a: x, a calls b: y, b calls c: y, client calls d: y using b/y c/y]
pipeline: [Roll: [deploy a b c d]]
changes:
  b/x: {breaks: [V2 -> V1]}
  b/y: {breaks: none}
  c/y: {breaks: none}
  d/y: {breaks: {token: [V2 -> V1]}}
"""


@pytest.mark.parametrize("engine", ["slice", "auto"])
def test_a_hazard_that_was_found_before_a_limit_stays_known(engine: str) -> None:
    deployment = loads(SMALL_FIRST)
    whole = check(deployment, engine="slice")
    answer = check(deployment, limits=Limits(max_states=60), engine=engine)
    assert isinstance(answer.verdict, Unsafe)
    told = {hazard.id for hazard in answer.hazards}
    assert told < {hazard.id for hazard in whole.hazards}
    first = answer.left_open[0]
    assert (first.what, first.names, first.limit) == (Beside.REQUESTS, ("large",), "--max-states")
    assert (answer.avoidable, answer.residue, answer.coverage, answer.compatible) == (None, (), (), ())
    assert answer.statistics is not None
    assert (answer.statistics.hops_proven, answer.statistics.never_mixed) == (1, ())


def test_without_a_hazard_a_limit_is_no_verdict() -> None:
    text = SMALL_FIRST.replace("b/x: {breaks: [V2 -> V1]}", "b/x: {breaks: none}")
    answer = check(loads(text), limits=Limits(max_states=60), engine="slice")
    assert isinstance(answer.verdict, Unknown)
