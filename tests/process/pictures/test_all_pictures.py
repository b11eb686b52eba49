"""What holds of every picture: it is legible, and hides nothing that is accepted."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, settings

from skewproof.diagrams.pictures.film import draw_film
from skewproof.diagrams.pictures.lanes import draw_lanes
from skewproof.diagrams.pictures.map import draw_map
from skewproof.diagrams.pictures.moment import draw_moment
from skewproof.diagrams.pictures.progress import find_progress, list_hops_to_map
from skewproof.diagrams.pictures.proof import Fate, draw_proof, list_rows
from skewproof.diagrams.report.timeline import list_column_names
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import LimitError, Limits
from skewproof.properties.checker import check
from skewproof.properties.coverage.step_views import find_placing, find_step_views
from skewproof.properties.verdict import Safe
from support.geometry import faults
from support.rich_deployments import rich_deployments


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(rich_deployments())
def test_pictures_of_random_deployments_are_legible(data: dict[str, Any]) -> None:
    written = loads(yaml.safe_dump(data, sort_keys=False))
    task = Task(written, limits=Limits(max_states=8_000))
    try:
        answer, views = check(written, limits=task.limits), find_step_views(task)
        placing = find_placing(task)
        steps = list_column_names(task.vocabulary, answer.hazards)
        canvases = [draw_lanes(written, answer, views), draw_proof(written, answer)]
        canvases += draw_film(written, answer, views)
        canvases += [draw_moment(task.vocabulary, cause, steps) for cause in answer.causes]
        for hop, aspect in list_hops_to_map(written):
            progress = find_progress(task.vocabulary, hop, aspect, placing, answer.at_hops)
            if progress is not None:
                canvases.append(draw_map(written, progress))
                assert bool(progress.struck) == any(
                    (one.consumer, one.contract, one.aspect) == (hop.consumer, hop.contract, aspect)
                    and one.span == 0
                    for one in answer.at_hops
                )
    except LimitError:
        return
    assert [fault for canvas in canvases for fault in faults(canvas)] == []


ACCEPTED = """
components: {front: {kind: service}, back: {kind: service}}
requests: {ask: [client calls front: page, front calls back: answer]}
pipeline: [One: [deploy front], Two: [deploy back]]
changes: {back/answer: {breaks: both}}
accept:
  - {contract: back/answer, versions: V2 -> V1, reason: we live with it}
"""


def test_no_picture_hides_what_is_accepted() -> None:
    written = loads(ACCEPTED)
    task = Task(written)
    answer, views = check(written), find_step_views(task)
    assert isinstance(answer.verdict, Safe)
    (row,) = list_rows(written, answer)
    assert row.fates == (Fate.HELD_APART, Fate.ACCEPTED)
    lanes = draw_lanes(written, answer, views)
    said = " ".join(line for box in lanes.boxes for line in box.lines)
    assert "accepted" in said
    assert "× can break" in said
    frames = draw_film(written, answer, views)
    assert any("1 cause can strike here" in line for f in frames for b in f.boxes for line in b.lines)
    for canvas in (lanes, draw_proof(written, answer), *frames):
        assert list(faults(canvas)) == []
