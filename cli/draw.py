"""The pictures of a deployment, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, assert_never

from ..diagrams.graphviz import Stems, draw_picture, require, write_picture
from ..diagrams.index import IndexEntry, write_index
from ..model.compiler.compile import Compiled
from ..model.compiler.stepview import StepView
from ..model.compiler.task import Task, allow_few
from ..model.deployment import Deployment
from ..model.errors import SkewproofError
from ..model.machines.rollouts import Rollout
from ..model.resources.limits import Limits, StateLimitError
from ..properties.checker import check
from ..properties.coverage.step_views import find_placing, find_step_views
from ..properties.verdict import Answer, HopHazard, Unknown, list_hop_hazards

if TYPE_CHECKING:
    from ..diagrams.graphviz import Drawing


class Picture(StrEnum):
    """What can be drawn."""

    LANES = "lanes"
    MAP = "map"
    PROOF = "proof"
    MOMENT = "moment"
    FILM = "film"
    STORY = "story"
    ARCHITECTURE = "architecture"
    TIMELINE = "timeline"
    EXPOSURE = "exposure"
    SPACE = "space"
    MACHINES = "machines"


MOST_MAPS = 12
"""So many maps are drawn, of those hops first that break."""

Rollouts = Mapping[str, Rollout] | None
"""The lives of components that have a machine of their own."""


class DrawnPicture(NamedTuple):
    """A picture with its name, and what an index says of it."""

    name: str
    caption: str
    graph: Drawing
    frames: tuple[Drawing, ...] = ()
    """Of a film all of its frames, of which `graph` is the one that stands still."""
    mermaid: str = ""


class NoVerdictError(SkewproofError):
    """There is no verdict on the hazards, so none can be drawn."""

    def __init__(self, verdict: Unknown) -> None:
        super().__init__(f"{verdict.reason}; {verdict.advice}")


def draw_all(
    deployment: Deployment,
    rollouts: Rollouts,
    directory: Path,
    style: str,
    limits: Limits,
    kinds: Collection[Picture],
    undrawn: Callable[[Picture, Answer | None], None] | None = None,
) -> Iterator[Path]:
    """Draws into `directory` and yields each file as it appears, an index of them last. Without changes there
    are no hazards to tell of, and what does not need them alone is drawn. `undrawn` hears of each kind of
    which there is no picture.

    Raises `NoVerdictError` where there is no verdict on the hazards, `LimitError` where even the
    architecture is too much, or the list of all states, behind what can be drawn without; `DiagramError`
    where nothing can be drawn.
    """
    if style != MERMAID:
        require(style)
    judged = any(kind is not Picture.MACHINES for kind in kinds)
    answer = check(deployment, rollouts=rollouts, limits=limits) if judged else None
    studio = _Studio(deployment, rollouts, answer, limits)
    entries: list[IndexEntry] = []
    there: set[Picture] = set()
    for kind, stem, drawn in _named(studio, kinds, style):
        there.add(kind)
        content = _make(drawn, style)
        entries.append(IndexEntry(f"{stem}.{_ENDINGS.get(style, style)}", drawn.caption))
        yield write_picture(content, directory / entries[-1].file)
    if entries:
        page = write_index(deployment.system, deployment.release, entries)
        yield write_picture(page.encode(), directory / "index.html")
    if answer is not None and deployment.changes is not None and isinstance(answer.verdict, Unknown):
        raise NoVerdictError(answer.verdict)  # no picture of a hazard must not look like no hazard
    for kind in Picture:
        if undrawn is not None and kind in kinds and kind not in there:
            undrawn(kind, answer)


MERMAID = "mermaid"
IN_MERMAID = (Picture.STORY, Picture.ARCHITECTURE)
"""What is written as Mermaid, too."""
_ENDINGS = {MERMAID: "mmd"}


def _make(drawn: DrawnPicture, style: str) -> bytes:
    if style == MERMAID:
        return drawn.mermaid.encode()
    if style == "dot":
        return str(drawn.graph.source).encode()
    if not drawn.frames:
        return draw_picture(drawn.graph, style)
    from ..diagrams.pictures.film import play

    return play(drawn.frames, drawn.frames.index(drawn.graph))


def _named(
    studio: _Studio, kinds: Collection[Picture], style: str
) -> Iterator[tuple[Picture, str, DrawnPicture]]:
    """Each picture with its kind and the name of its file; none is there twice."""
    seen: set[str] = set()
    stems = Stems()
    for kind in Picture:
        for drawn in studio.draw(kind, style) if kind in kinds else ():
            if (source := str(drawn.graph.source)) not in seen:
                seen.add(source)
                yield kind, stems.take(drawn.name), drawn


class _Studio:
    """Draws a deployment and its answer; what several kinds need is found once. Without an answer there is
    none of hazards."""

    def __init__(
        self, deployment: Deployment, rollouts: Rollouts, answer: Answer | None, limits: Limits
    ) -> None:
        self._deployment, self._answer, self._rollouts = deployment, answer, rollouts
        self._task = Task(deployment, rollouts, limits)

    @property
    def _compiled(self) -> Compiled:
        return self._task.alone

    @cached_property
    def _views(self) -> tuple[StepView, ...]:
        return find_step_views(self._task)

    def draw(self, kind: Picture, style: str) -> Iterator[DrawnPicture]:
        """The pictures of that kind; only in SVG a film is one of them, else each of its frames."""
        if kind is Picture.MACHINES:
            yield from self._machines()
        if self._answer is None:
            return
        match kind:
            case Picture.ARCHITECTURE:
                yield from self._architecture(self._answer)
            case Picture.STORY:
                yield from self._stories(self._answer)
            case Picture.LANES:
                yield self._lanes(self._answer)
            case Picture.MAP:
                yield from self._maps(answer=self._answer)
            case Picture.MOMENT:
                yield from self._moments(self._answer)
            case Picture.FILM:
                yield from self._film(self._answer, style)
            case Picture.PROOF:
                yield self._proof(self._answer)
            case Picture.TIMELINE:
                yield self._timeline(self._answer)
            case Picture.EXPOSURE:
                yield from self._exposure()
            case Picture.SPACE:
                yield from self._spaces(self._answer)
            case Picture.MACHINES:
                pass
            case _:
                assert_never(kind)

    def _machines(self) -> Iterator[DrawnPicture]:
        from ..diagrams.machines import draw_machines

        for variable, graph in draw_machines(self._compiled.vocabulary):
            yield DrawnPicture(f"machine {variable}", f"What {variable} can do", graph)

    def _architecture(self, answer: Answer) -> Iterator[DrawnPicture]:
        from ..diagrams.architecture import draw_architecture
        from ..diagrams.concerned import list_met_hazards
        from ..diagrams.mermaid import write_architecture

        hazards = None if isinstance(answer.verdict, Unknown) else list_met_hazards(answer)
        for view in self._views:
            graph = draw_architecture(self._deployment, view, hazards)
            mermaid = write_architecture(self._deployment, view, hazards)
            name, caption = f"step {view.number:02} {view.step}", f"The architecture in {view.step}"
            yield DrawnPicture(name, caption, graph, mermaid=mermaid)

    def _stories(self, answer: Answer) -> Iterator[DrawnPicture]:
        """One for each cause, the worst first."""
        from ..diagrams.concerned import name_cause
        from ..diagrams.mermaid import write_story
        from ..diagrams.story import draw_story

        for number, cause in enumerate(answer.causes, start=1):
            hazard = cause.hazards[0]
            caption = f"How it comes to {name_cause(self._deployment, cause)}"
            graph, mermaid = draw_story(self._deployment, hazard), write_story(self._deployment, hazard)
            yield DrawnPicture(f"story {number:02} {hazard.subject}", caption, graph, mermaid=mermaid)

    def _lanes(self, answer: Answer) -> DrawnPicture:
        from ..diagrams.pictures.lanes import draw_lanes

        graph = draw_lanes(self._deployment, answer, self._views).draw()
        return DrawnPicture("lanes", "Which version can be met where, step by step, and what breaks", graph)

    def _moments(self, answer: Answer) -> Iterator[DrawnPicture]:
        """One for each cause, the worst first."""
        from ..diagrams.concerned import name_cause
        from ..diagrams.pictures.moment import draw_moment
        from ..diagrams.report.timeline import list_column_names

        vocabulary = self._compiled.vocabulary
        steps = list_column_names(vocabulary, answer.hazards)
        for number, cause in enumerate(answer.causes, start=1):
            caption = f"The moment at which {name_cause(self._deployment, cause)} breaks"
            graph = draw_moment(vocabulary, cause, steps).draw()
            yield DrawnPicture(f"moment {number:02} {cause.hazards[0].subject}", caption, graph)

    def _film(self, answer: Answer, style: str) -> Iterator[DrawnPicture]:
        from ..diagrams.pictures.film import draw_film

        canvases = draw_film(self._deployment, answer, self._views)
        frames = tuple(canvas.draw() for canvas in canvases)
        caption = "The architecture, step by step"
        if style == "svg":
            still = max(range(len(frames)), key=lambda index: canvases[index].marks)
            yield DrawnPicture("film", caption, frames[still], frames)
            return
        for number, frame in enumerate(frames, start=1):
            yield DrawnPicture(f"film {number:02}", f"{caption}: frame {number} of {len(frames)}", frame)

    def _exposure(self) -> Iterator[DrawnPicture]:
        """Where the file says how often requests come; else nothing is known of how many fail."""
        from ..diagrams.pictures.exposure import draw_exposure
        from ..properties.exposure.measure import find_exposure

        if not self._deployment.timing.traffic:
            return
        found = find_exposure(self._deployment, self._task.limits)
        yield DrawnPicture(
            "exposure", "How many requests are expected to fail, and when", draw_exposure(found).draw()
        )

    def _proof(self, answer: Answer) -> DrawnPicture:
        from ..diagrams.pictures.proof import draw_proof

        caption = "What meets and is fine, what meets and breaks, and what is never met"
        return DrawnPicture("proof", caption, draw_proof(self._deployment, answer).draw())

    def _maps(self, answer: Answer) -> Iterator[DrawnPicture]:
        """One for each hop between two rollouts at which a pair breaks, those that are met first."""
        from ..diagrams.concerned import list_met_hazards
        from ..diagrams.pictures.map import draw_map
        from ..diagrams.pictures.progress import find_progress, list_hops_to_map

        met = list_hop_hazards(list_met_hazards(answer))
        struck = {(hazard.consumer, hazard.contract) for hazard in met}
        hops = sorted(
            list_hops_to_map(self._deployment),
            key=lambda one: (one[0].consumer, one[0].contract) not in struck,
        )
        placing = find_placing(self._task)
        for hop, aspect in hops[:MOST_MAPS]:
            found = find_progress(self._compiled.vocabulary, hop, aspect, placing, met)
            if found is not None:
                caption = f"{hop.consumer} against {hop.provider}: every order of the two, and what breaks"
                yield DrawnPicture(
                    f"map {hop.consumer} {hop.contract}", caption, draw_map(self._deployment, found).draw()
                )

    def _timeline(self, answer: Answer) -> DrawnPicture:
        from ..diagrams.timeline import draw_timeline

        caption = "Each request at each step, and what runs on in the background"
        return DrawnPicture("timeline", caption, draw_timeline(self._compiled.vocabulary, answer))

    def _spaces(self, answer: Answer) -> Iterator[DrawnPicture]:
        """For each cause at hops the space, with where its worst hazard strikes; of one of too many
        states (more than are listed in seconds, if nobody says how many) the part that the hazard's story
        passes."""
        from ..diagrams.space import draw_hazard_space
        from ..model.compiler.space import explore
        from ..properties.engines.slicing.space_size import refuse_more
        from ..properties.engines.strikes import Strikes

        if not answer.at_hops:
            return
        given = self._task.limits
        limits = given if given.max_states else allow_few(given)  # what is drawn must be there in seconds
        try:
            refuse_more(self._compiled, limits)
            space = explore(self._compiled, limits)
            strikes = Strikes(Task(self._deployment, self._rollouts, limits))
            struck = {hazard.id: strikes.states(hazard) for hazard in answer.at_hops}
        except StateLimitError as ended:
            yield from self._runs(answer, str(ended))
            return
        for number, cause in enumerate(answer.causes, start=1):
            hazard = cause.hazards[0]
            if isinstance(hazard, HopHazard):
                others = [bad for other, bad in struck.items() if other != hazard.id]
                graph = draw_hazard_space(space, hazard, struck[hazard.id], others)
                yield DrawnPicture(
                    f"space {number:02} {hazard.request}", f"The states of cause {number}", graph
                )

    def _runs(self, answer: Answer, why: str) -> Iterator[DrawnPicture]:
        """For each cause at hops the part of the space that its worst hazard's story passes."""
        from ..diagrams.run_space import draw_run_space

        requests = {request.name: request for request in self._deployment.requests}
        for number, cause in enumerate(answer.causes, start=1):
            hazard = cause.hazards[0]
            if not isinstance(hazard, HopHazard):
                continue
            graph = draw_run_space(self._task.product(requests[hazard.request]), hazard, why)
            if graph is not None:
                caption = f"A run into cause {number}, and what else can happen; the space has {why}"
                yield DrawnPicture(f"space {number:02} {hazard.request}", caption, graph)
