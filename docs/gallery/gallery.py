"""Draws the gallery from the examples: `make gallery`. Beside each SVG lies the DOT it was drawn from.

The DOT is what the tests hold against the examples; what a program makes of it differs from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from skewproof.diagrams import draw_architecture, draw_machine, draw_story, draw_timeline, render
from skewproof.diagrams.pictures.exposure import draw_exposure
from skewproof.diagrams.pictures.film import draw_film, play
from skewproof.diagrams.pictures.lanes import draw_lanes
from skewproof.diagrams.pictures.map import draw_map
from skewproof.diagrams.pictures.moment import draw_moment
from skewproof.diagrams.pictures.progress import find_progress, list_hops_to_map
from skewproof.diagrams.pictures.proof import draw_proof
from skewproof.diagrams.report.timeline import list_column_names
from skewproof.diagrams.space import draw_hazard_space
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import explore
from skewproof.model.compiler.task import Task
from skewproof.model.compiler.views import list_step_views
from skewproof.model.deployment import Aspect, Deployment
from skewproof.model.deployment.timing import Timing
from skewproof.model.language import load
from skewproof.model.names import instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.checker import check
from skewproof.properties.coverage.step_views import find_placing
from skewproof.properties.engines.strikes import find_struck_states
from skewproof.properties.exposure.measure import expose
from skewproof.properties.verdict import Answer, HopHazard

if TYPE_CHECKING:
    from skewproof.diagrams.graphviz import Drawing

GALLERY = Path(__file__).parent
SCCOS = GALLERY.parents[1] / "examples" / "sccos"
MADE_UP = Timing(
    {
        "add to cart": Fraction(5),
        "browse product": Fraction(20),
        "publish product": Fraction(1, 100),
        "synchronise product": Fraction(1, 100),
    },
    {word: Fraction(s) for word, s in {"spawn": 20, "retire": 5, "migrate": 30, "sync": 60}.items()}
    | dict.fromkeys(("stop", "reconfigure"), Fraction(5)),
)
"""Requests a second, and mean seconds: nobody measured them."""
STEP, FAILING = "Deploy_Spryker_services", "zed"


def pictures() -> Iterator[tuple[str, Drawing | Film]]:
    """Each picture with the name of its file."""
    sccos = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    answer, compiled = check(sccos), compile_deployment(sccos)
    views = list_step_views(explore(compiled))
    view = next(view for view in views if view.step == STEP)
    hazard = next(one for one in answer.at_hops if one.provider == FAILING)
    yield "architecture", draw_architecture(sccos, view, answer.at_hops)
    yield "story", draw_story(sccos, hazard)
    yield "lanes", draw_lanes(sccos, answer, views).draw()
    safe = load(SCCOS / "enable-after.yaml", SCCOS / "releases" / "flagged.yaml")
    yield "proof", draw_proof(safe, check(safe)).draw()
    steps = list_column_names(compiled.vocabulary, answer.hazards)
    cause = next(one for one in answer.causes if one.aspect is Aspect.SCHEMA)
    yield "moment", draw_moment(compiled.vocabulary, cause, steps).draw()
    yield "exposure", draw_exposure(expose(replace(sccos, timing=MADE_UP))).draw()
    waiting = load(SCCOS / "await-sync.yaml", SCCOS / "releases" / "realistic.yaml")
    yield "exposure-await-sync", draw_exposure(expose(replace(waiting, timing=MADE_UP))).draw()
    yield "film", _film()
    yield "map", _map(sccos, answer)
    yield "timeline", draw_timeline(compiled.vocabulary, answer)
    yield "machine", draw_machine(compiled.vocabulary, compiled.vocabulary.lives[instances_of("glue")])
    yield "space-by-classes", _space(sccos, hazard)
    small = load(GALLERY / "two-services.yaml")
    yield "space", _space(small, check(small).at_hops[0])


def _map(deployment: Deployment, answer: Answer) -> Drawing:
    """The first hop between two rollouts at which a pair breaks."""
    task = Task(deployment)
    hop, aspect = next(list_hops_to_map(deployment))
    found = find_progress(task.vocabulary, hop, aspect, find_placing(task), answer.at_hops)
    assert found is not None
    return draw_map(deployment, found).draw()


def _space(deployment: Deployment, hazard: HopHazard) -> Drawing:
    bad, *others = (
        find_struck_states(deployment, one, Limits())
        for one in sorted(check(deployment).at_hops, key=lambda one: one.id != hazard.id)
    )
    return draw_hazard_space(explore(compile_deployment(deployment)), hazard, bad, others)


@dataclass(frozen=True)
class Film:
    """Frames, as one picture that plays; the frame of number `still` is for who wants less motion."""

    frames: tuple[Drawing, ...]
    still: int

    @property
    def source(self) -> str:
        """The DOT of all frames."""
        return "\n".join(str(frame.source) for frame in self.frames)


def _film() -> Film:
    """The pessimistic release of Spryker Cloud Commerce OS, step by step."""
    sccos = load(SCCOS / "deployment.yaml").pessimistic()
    canvases = draw_film(sccos, check(sccos), list_step_views(explore(compile_deployment(sccos))))
    still = max(range(len(canvases)), key=lambda index: canvases[index].marks)
    return Film(tuple(canvas.draw() for canvas in canvases), still)


def write(drawn: Iterable[tuple[str, Drawing | Film]], folder: Path) -> None:
    """Each picture, in DOT and in SVG."""
    for name, graph in drawn:
        if isinstance(graph, Film):
            (folder / f"{name}.dot").write_text(graph.source, encoding="utf-8", newline="\n")
            (folder / f"{name}.svg").write_bytes(play(graph.frames, graph.still))
            continue
        for style in ("dot", "svg"):
            render(graph, folder, name, style)


if __name__ == "__main__":
    write(pictures(), GALLERY)
