"""The film: the architecture step by step, a frame for each that looks otherwise; all keep their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from msgspec import structs

from ...model.compiler.stepview import StepView
from ...model.deployment import Deployment
from ...properties.verdict import Answer, HazardCause, HopHazard, Unknown
from ..concerned import find_ends, list_met_causes
from ..graphviz import draw_picture
from ..lettering import fit_name, fit_version
from ..palette import ERROR, ERROR_TEXT, GREY, INK, PAPER, find_swatch
from ..wording import count, find_failing_hop
from .canvas import PLAIN, SMALL, TITLE, WIDTH, Box, Canvas, Point, Polyline, write
from .columns import StepColumn, list_columns
from .routes import Edge, find_free_point
from .stage import MARGIN, TALL, WIDE, Stage, build_stage
from .strip import draw_strip

if TYPE_CHECKING:
    from ..graphviz import Drawing

MOST_COMPONENTS = 16
"""Of a larger deployment those are drawn between which something breaks."""
SECONDS = 2.0
"""So long stands a frame."""


def draw_film(deployment: Deployment, answer: Answer, views: Sequence[StepView]) -> list[Canvas]:
    """The frames, all of one size. Steps in a row that look alike are one frame. Limit: `MOST_COMPONENTS`;
    the frames say how many are not drawn."""
    return _draw(deployment, answer, views, folds=True)


def draw_steps(deployment: Deployment, answer: Answer, views: Sequence[StepView]) -> list[Canvas]:
    """The same, with a frame for each step."""
    return _draw(deployment, answer, views, folds=False)


def _draw(deployment: Deployment, answer: Answer, views: Sequence[StepView], *, folds: bool) -> list[Canvas]:
    names = _choose(deployment, answer)
    stage = build_stage(deployment, names)
    versioned = [name for name in names if name in deployment.components]
    runs = [views] if folds else [[view] for view in views]
    columns = [one for run in runs for one in list_columns(run, versioned, list_met_causes(answer))]
    frames = [
        _frame(deployment, answer, stage, versioned, column, [view.step for view in views])
        for column in columns
    ]
    height = max(frame.height for frame in frames)
    return [structs.replace(frame, height=height) for frame in frames]


def _choose(deployment: Deployment, answer: Answer) -> tuple[str, ...]:
    """Everybody who takes part, clients first; of many those at the ends of causes, else the first."""
    hops = [hop for request in deployment.requests for hop in request.hops]
    clients = dict.fromkeys(hop.consumer for hop in hops if hop.consumer not in deployment.components)
    everybody = (*clients, *deployment.components)
    if len(everybody) <= MOST_COMPONENTS:
        return everybody
    chosen: dict[str, None] = {}
    for cause in list_met_causes(answer):  # the worst first, and never one end without the other
        ends = [end for end in find_ends(deployment, cause) if end is not None]
        if len({*chosen, *ends}) <= MOST_COMPONENTS:
            chosen.update(dict.fromkeys(ends))
    names = chosen or dict.fromkeys(list(deployment.components)[:MOST_COMPONENTS])
    return tuple(name for name in everybody if name in names)


def _frame(
    deployment: Deployment,
    answer: Answer,
    stage: Stage,
    versioned: Sequence[str],
    column: StepColumn,
    steps: Sequence[str],
) -> Canvas:
    broken = _broken(deployment, answer, column)
    above = [
        box
        for name, corner in stage.corners.items()
        for box in _component(deployment, versioned, column, name, corner, broken.get((name, name), set()))
    ]
    lines, marks = _arrows(stage, broken, above)
    seen = [*stage.routes, *((name, name) for name in stage.corners)]
    drawn = len(set().union(*(broken.get(edge, ()) for edge in seen)))
    boxes = [
        *_title(deployment, answer, stage, column, drawn),
        *_strip(answer, column, steps, stage.bottom + 20),
    ]
    bottom = max(box.y + box.height for box in boxes)
    return Canvas(bottom + 12, tuple(boxes), tuple(lines), (*above, *marks))


def _arrows(
    stage: Stage, broken: Mapping[Edge, set[int]], above: Sequence[Box]
) -> tuple[list[Polyline], list[Box]]:
    """The hops, red where something breaks, and how many causes do."""
    lines: list[Polyline] = []
    marks: list[Box] = []
    for edge in sorted(stage.routes, key=broken.__contains__):  # what breaks lies over the others
        route = stage.routes[edge]
        fails = len(broken.get(edge, ()))
        what = f"{edge[0]} to {edge[1]}{' breaks' if fails else ''}"
        lines.append(Polyline(route, ERROR if fails else GREY, 3 if fails else 1, arrow=True, what=what))
        if fails:
            others = [one for other, one in stage.routes.items() if other != edge]
            x, y = find_free_point(route, [*above, *marks], others)
            sign = str(fails)
            marks.append(Box(x - 9, y - 9, 18, 18, (sign,), ERROR, PAPER, bold=True, round=True, what=what))
    return lines, marks


def _broken(deployment: Deployment, answer: Answer, column: StepColumn) -> dict[Edge, set[int]]:
    """For each pair of components which causes can strike between them in these steps."""
    found: dict[Edge, set[int]] = {}
    for number in column.struck:
        cause: HazardCause = list_met_causes(answer)[number]
        for hazard in cause.hazards:
            if isinstance(hazard, HopHazard) and set(hazard.window) & set(column.steps):
                hop = find_failing_hop(deployment, hazard)
                found.setdefault((hop.consumer, hop.provider), set()).add(number)
    return found


def _title(
    deployment: Deployment, answer: Answer, stage: Stage, column: StepColumn, drawn: int
) -> Iterator[Box]:
    """`drawn` of the causes that can strike have a red arrow."""
    room = WIDTH - 2 * MARGIN
    yield write(column.title, MARGIN, 10, room, TITLE, bold=True, most=1)
    said, ink = "nothing can break here", GREY
    if isinstance(answer.verdict, Unknown):
        said = "what can break here is not known"
    elif column.struck:
        hidden = len(column.struck) - drawn
        some = f", {f'{hidden} of them ' if drawn else ''}at no hop that is drawn" if hidden else ""
        said, ink = f"{count(len(column.struck), 'cause')} can strike here{some}", ERROR_TEXT
    yield write(said, MARGIN, 34, room, PLAIN, bold=True, ink=ink, most=1)
    release = f", release {answer.release}" if answer.release else ""
    more = len(deployment.components) - len(set(stage.corners) & set(deployment.components))
    left_out = f" · {count(more, 'more component')} not drawn" if more else ""
    counted = " · a red number says how many causes can strike there" if drawn else ""
    at_once = " · the pipelines run at once" if deployment.pipelines else ""
    text = f"{deployment.system}{release}{left_out}{at_once}{counted}"
    yield write(text, MARGIN, 52, room, ink=GREY, most=1)


def _strip(answer: Answer, column: StepColumn, steps: Sequence[str], y: float) -> Iterator[Box]:
    """The pipeline; the frame's steps are told by the first of them."""
    struck = {step for cause in list_met_causes(answer) for hazard in cause.hazards for step in hazard.window}
    folded = [step for step in steps if step not in column.steps[1:]]
    yield from draw_strip(folded, struck, column.steps[0], y)


def _component(
    deployment: Deployment,
    versioned: Sequence[str],
    column: StepColumn,
    name: str,
    corner: Point,
    itself: Set[int],
) -> Iterator[Box]:
    """The box of a component; `itself` are the causes that strike where it calls itself."""
    x, y = corner
    versions = column.versions[versioned.index(name)] if name in versioned else ()
    pen = 2.4 if len(versions) > 1 else 1.2
    yield Box(x, y, WIDE, TALL, fill=PAPER, border=ERROR if itself else INK, pen=3 if itself else pen)
    if itself:
        what = f"{name} to {name} breaks"
        yield Box(
            x + WIDE - 12, y - 8, 18, 18, (str(len(itself)),), ERROR, PAPER, bold=True, round=True, what=what
        )
    lines, size = fit_name(name, WIDE - 6, (PLAIN, SMALL))
    has_state = name in deployment.components
    height = 32 if has_state else TALL - 6
    yield Box(x + 3, y + 3, WIDE - 6, height, lines, size=size, bold=True, what=name)
    if not has_state:
        return
    if not versions:
        said = "nobody up" if deployment.components[name].kind.has_instances else "unchanged"
        yield Box(x + 4, y + 37, WIDE - 8, 18, (said,), ink=GREY)
        return
    part = (WIDE - 10) / len(versions)
    for index, version in enumerate(versions):
        fill, ink = find_swatch(version, deployment.versions)
        said = deployment.name_version(name, version)
        text = fit_version(said, part - 4, SMALL)
        what = f"{name} {said}"
        yield Box(x + 5 + index * part, y + 37, part - 2, 18, text, fill, ink, bold=True, what=what)


def play(frames: Sequence[Drawing], still: int) -> bytes:
    """One SVG that shows the frames one after the other, and begins again; whoever wants less motion sees the
    frame of number `still` alone. Raises `DiagramError`."""
    drawn = [draw_picture(frame, "svg").decode() for frame in frames]
    head = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', drawn[0])
    assert head is not None, "Graphviz says how large a picture is"
    width, height = head[1], head[2]
    total = len(frames) * SECONDS
    style = (
        f".f{{visibility:hidden;animation:f {total:g}s step-end infinite}}"
        f"@keyframes f{{0%{{visibility:visible}}{100 / len(frames):.4f}%{{visibility:hidden}}}}"
        "@media(prefers-reduced-motion:reduce){.f{animation:none}.f.still{visibility:visible}}"
    )
    if len(frames) == 1:
        style = ""
    groups = [
        f'<g class="f{" still" if index == still else ""}" style="animation-delay:{index * SECONDS:g}s">'
        f"{_inside(text)}</g>"
        for index, text in enumerate(drawn)
    ]
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    size = f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}"'
    return f"<svg {spaces} {size}><style>{style}</style>{''.join(groups)}</svg>\n".encode()


def _inside(svg: str) -> str:
    """What an SVG of Graphviz draws, without ids, of which a page has each but once."""
    inner = svg[svg.index("<g ") : svg.rindex("</svg>")]
    return re.sub(r' id="[^"]*"', "", inner)
