"""All that a report shows, as one JSON value: made here, so that the page computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...model.compiler.causes import PipelineCause
from ...model.compiler.moves import Position
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Deployment
from ...model.escapes import make_printable
from ...model.machines.rollouts import Rollout
from ...model.resources.figures import write_figure
from ...properties.exposure.measure import Exposure
from ...properties.verdict import Answer, Hazard, HopHazard, PropertyHazard, Statistics
from ..accepted import tell_accepted
from ..concerned import list_met_causes
from ..condense import list_left_out, tell_left_out
from ..explained import tell_help
from ..statements import list_statements
from ..wording import find_failing_hop, tell_failure, tell_hazard, tell_sides, tell_violation
from .blame import Quote, SourceLines, list_quotes
from .cast import StageDrawings
from .explorer import IN_A_REPORT, build_world, list_wanted
from .exposure import build_exposure
from .headline import build_banner, tell_certainty, tell_ending, tell_when
from .matrix import build_matrix
from .scenes import StageView, list_scenes
from .timeline import build_timeline, list_column_names

Json = dict[str, Any]


def build_content(
    deployment: Deployment,
    answer: Answer,
    rollouts: Mapping[str, Rollout] | None = None,
    exposure: Exposure | None = None,
) -> Json:
    """The report's content; every text in it is fit to be shown.

    Raises `DiagramError` where the architecture cannot be laid out.
    """
    vocabulary = Vocabulary(deployment, rollouts)
    hazards = [hazard for cause in list_met_causes(answer) for hazard in cause.hazards]
    accepted = {one.hazard.id: tell_accepted(one) for one in answer.accepted}
    times = build_timeline(vocabulary, answer, hazards)
    steps = list_column_names(vocabulary, hazards)
    stages, sources = StageDrawings(deployment), SourceLines()
    causes = {one.id: number for number, cause in enumerate(list_met_causes(answer)) for one in cause.hazards}
    helps = {one.id: tell_help(cause, deployment) for cause in answer.causes for one in cause.hazards}
    told = [
        {
            **_hazard(vocabulary, stages, sources, hazard, steps),
            "accepted": accepted.get(hazard.id),
            "help": helps.get(hazard.id),
            "cause": causes[hazard.id],
        }
        for hazard in hazards
    ]
    explored = build_world(vocabulary, stages, list_wanted(deployment, answer), hazards, IN_A_REPORT)
    if len(explored["drawn"]) < 2:  # no request has room: its own page does without this one's
        explored = {"drawn": [], "world": None}
    shown: Json = make_all_printable(
        {
            **build_banner(deployment, answer, steps),
            "timeline": times,
            "hazards": told,
            "start": _start(vocabulary, stages),
            "stages": stages.drawings,
            "changes": list(_changes(deployment, sources)),
            "statements": [list(statement) for statement in list_statements(answer, deployment)],
            "statistics": list(_statistics(answer.statistics)),
            "exposure": build_exposure(exposure) if exposure is not None else None,
            **explored,
        }
    )
    return shown


def _start(vocabulary: Vocabulary, stages: StageDrawings) -> Json:
    """Everybody as they stand before the deployment: what a report without a hazard shows."""
    cast, number = stages.gather(None)
    stage = StageView(vocabulary, None)
    values = {name: life.life.initial for name, life in vocabulary.lives.items()}
    nodes = {str(index): stage.standing(name, values) for index, name in enumerate(cast.names)}
    return {"stage": number, "nodes": nodes}


def _hazard(
    vocabulary: Vocabulary, stages: StageDrawings, sources: SourceLines, hazard: Hazard, steps: Sequence[str]
) -> Json:
    deployment = vocabulary.deployment
    is_hop = isinstance(hazard, HopHazard)
    request = next((r for r in deployment.requests if is_hop and r.name == hazard.subject), None)
    cast, number = stages.gather(request, hazard.hop if isinstance(hazard, HopHazard) else None)
    position = _position(hazard)
    return {
        "id": hazard.id,
        "kind": _kind(hazard),
        "request": hazard.subject,
        "how": f"“{hazard.subject}” breaks" if isinstance(hazard, HopHazard) else tell_violation(hazard),
        "severity": str(hazard.severity),
        "inevitable": hazard.inevitable,
        **(_pair(deployment, hazard) if isinstance(hazard, HopHazard) else _NO_PAIR),
        "what": tell_failure(hazard),
        "sentence": tell_hazard(hazard, deployment),
        "when": tell_when(hazard, steps),
        "certainty": tell_certainty(hazard),
        "ending": tell_ending(hazard),
        "stage": number,
        "scenes": list(list_scenes(vocabulary, cast, hazard, request)),
        "events": len(hazard.whole_story),
        "left_out": tell_left_out(list_left_out(hazard.whole_story)),
        "quotes": list(list_quotes(sources, deployment, hazard, position.action if position else None)),
    }


_NO_PAIR: Json = {"span": 0, "left": "", "right": "", "note": None, "matrix": None}
"""What is told of a property in place of the pair that breaks."""


def _pair(deployment: Deployment, hazard: HopHazard) -> Json:
    hop, change = find_failing_hop(deployment, hazard), deployment.change_of(hazard.contract)
    left, right = tell_sides(hazard, deployment)
    return {
        "span": hazard.span,
        "left": left,
        "right": right,
        "note": change.note if change and hazard.aspect else None,
        "matrix": build_matrix(deployment, hazard, hop),
    }


def _kind(hazard: Hazard) -> str:
    return "property" if isinstance(hazard, PropertyHazard) else str(hazard.kind)


def _position(hazard: Hazard) -> Position | None:
    """Where the pipeline stands when it fails: where the last of its events in the story took it."""
    passed = [cause.there for event in hazard.whole_story if isinstance(cause := event.cause, PipelineCause)]
    if not passed or passed[-1].action is None:
        return None
    return passed[-1]


def _changes(deployment: Deployment, sources: SourceLines) -> Iterator[Quote]:
    """What was judged: each change as the files say it."""
    for contract, change in deployment.changed.items():
        yield sources.quote(str(contract), change.place, "taken as changed and broken both ways")


def _statistics(statistics: Statistics | None) -> Iterator[list[str]]:
    if statistics is None:
        return
    ways = statistics.interleavings
    choice = f" ({statistics.choice})" if statistics.choice else ""
    yield ["engine", f"{statistics.engine}{choice}"]
    yield ["requests, hops", f"{statistics.requests}, {statistics.hops}"]
    yield ["hops proven for every interleaving", str(statistics.hops_proven)]
    yield [
        "states, transitions looked at",
        f"{write_figure(statistics.states)}, {write_figure(statistics.transitions)}",
    ]
    yield [
        "interleavings of the rollout",
        "not counted: without end, or too many" if ways is None else write_figure(ways),
    ]


def make_all_printable(value: Any) -> Any:
    """The same, with every text fit to be shown: what would act on a page is written as an escape."""
    match value:
        case str():
            return make_printable(value)
        case dict():
            return {make_printable(key): make_all_printable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [make_all_printable(inner) for inner in value]
        case _:  # numbers, truth values, None: nothing that is shown as text
            return value
