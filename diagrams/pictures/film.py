"""The film: the architecture step by step, a frame for each that looks otherwise; all keep their places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ...model.compiler.stepview import StepView
from ...model.deployment import Deployment
from ...properties.verdict import Answer, HazardCause, HopHazard, Unknown
from ..concerned import find_ends, list_met_causes
from ..graphviz import draw_picture
from ..lettering import fit_name, fit_version
from ..palette import ERROR, ERROR_TEXT, GREY, INK, PAPER, find_swatch
from ..report.layout import Direction, LayoutArrow, lay_out
from ..wording import count, find_failing_hop
from .canvas import PLAIN, SMALL, TITLE, WIDTH, Box, Canvas, Point, Polyline, write
from .columns import StepColumn, list_columns
from .routes import Boxes, Edge, Route, find_free_point, find_routes
from .strip import draw_strip

if TYPE_CHECKING:
    from ..graphviz import Drawing

MOST_COMPONENTS, MOST_RANKS = 16, 6
"""Of a larger deployment those are drawn between which something breaks; so many stand side by side."""
SECONDS = 2.0
"""So long stands a frame."""
_MARGIN, _WIDE, _TALL, _TOP = 16.0, 112.0, 60.0, 78.0
_FARTHEST = 120.0
"""So far at most is it from one column to the next."""


class _Stage(Struct, frozen=True):
    """Who stands where, in every frame, and the lines of the hops between them."""

    corners: Mapping[str, Point]
    routes: Mapping[Edge, Route]

    @property
    def bottom(self) -> float:
        return max((y for _, y in self.corners.values()), default=_TOP) + _TALL


def draw_film(deployment: Deployment, answer: Answer, views: Sequence[StepView]) -> list[Canvas]:
    """The frames, all of one size. Steps in a row that look alike are one frame. Limit: `MOST_COMPONENTS`;
    the frames say how many are not drawn."""
    return _draw(deployment, answer, views, folds=True)


def draw_steps(deployment: Deployment, answer: Answer, views: Sequence[StepView]) -> list[Canvas]:
    """The same, with a frame for each step."""
    return _draw(deployment, answer, views, folds=False)


def _draw(deployment: Deployment, answer: Answer, views: Sequence[StepView], *, folds: bool) -> list[Canvas]:
    names = _choose(deployment, answer)
    stage = _set(deployment, names)
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


def _set(deployment: Deployment, names: tuple[str, ...]) -> _Stage:
    """Places by Graphviz's layers, stretched over the width; row by row where there are too many layers."""
    hops = (hop for request in deployment.requests for hop in request.hops)
    pairs = dict.fromkeys((hop.consumer, hop.provider) for hop in hops)
    edges = tuple(edge for edge in pairs if set(edge) <= set(names) and edge[0] != edge[1])
    arrows = tuple(LayoutArrow(names.index(one), names.index(other)) for one, other in edges)
    layout = lay_out(len(names), arrows, Direction.WIDE)
    ranks = sorted({round(x) for x, _ in layout.centres})
    if len(ranks) <= MOST_RANKS:
        columns = [
            sorted((y, name) for name, (x, y) in zip(names, layout.centres, strict=True) if round(x) == rank)
            for rank in ranks
        ]
        return _stand(dict(_in_columns(columns)), edges, in_rows=False)
    by_distance = _list_by_distance(names, edges)
    if len(by_distance) <= MOST_RANKS:
        tallest = max(map(len, by_distance)) * (_TALL + 14)
        columns = [
            [(tallest * (place + 0.5) / len(column), name) for place, name in enumerate(column)]
            for column in by_distance
        ]
        return _stand(dict(_in_columns(columns)), edges, in_rows=False)
    return _stand(dict(_in_rows(names)), edges, in_rows=True)


def _in_columns(columns: Sequence[Sequence[tuple[float, str]]]) -> Iterator[tuple[str, Point]]:
    """Corners of columns of names with their heights; those that would touch move down."""
    room = (WIDTH - 2 * _MARGIN - _WIDE) / max(len(columns) - 1, 1)
    for index, column in enumerate(columns):
        last = -_TALL - 14
        for y, name in column:
            last = max(last + _TALL + 14, (y - _TALL / 2) * 0.86)
            yield name, (_MARGIN + min(room, _WIDE + _FARTHEST) * index, _TOP + last)


def _list_by_distance(names: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Names by how few hops they are from one that nobody calls, in each column below the first of their
    callers: fewer columns than layers, where many call each other."""
    called, calling = (Counter(edge[end] for edge in edges) for end in (1, 0))
    first = max(names, key=lambda name: calling[name] - called[name])
    columns = [[name for name in names if not called[name]] or [first]]
    seen = set(columns[0])
    while len(seen) < len(names):
        following = dict.fromkeys(
            provider
            for name in columns[-1]
            for consumer, provider in edges
            if consumer == name and provider not in seen
        )
        if not following:  # the others call each other in circles that nobody enters
            following = dict.fromkeys(name for name in names if name not in seen)
        columns.append(list(following))
        seen |= following.keys()
    return columns


def _stand(corners: Mapping[str, Point], edges: Sequence[Edge], *, in_rows: bool) -> _Stage:
    return _Stage(corners, find_routes(Boxes(corners, _WIDE, _TALL, in_rows), edges))


def _in_rows(names: Sequence[str]) -> Iterator[tuple[str, Point]]:
    step = (WIDTH - 2 * _MARGIN - _WIDE) / (MOST_RANKS - 1)
    for index, name in enumerate(names):
        row, place = divmod(index, MOST_RANKS)
        yield name, (_MARGIN + place * step, _TOP + 16 + row * (_TALL + 30))  # lines pass above them, too


def _frame(
    deployment: Deployment,
    answer: Answer,
    stage: _Stage,
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
    stage: _Stage, broken: Mapping[Edge, set[int]], above: Sequence[Box]
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
    deployment: Deployment, answer: Answer, stage: _Stage, column: StepColumn, drawn: int
) -> Iterator[Box]:
    """`drawn` of the causes that can strike have a red arrow."""
    room = WIDTH - 2 * _MARGIN
    yield write(column.title, _MARGIN, 10, room, TITLE, bold=True, most=1)
    said, ink = "nothing can break here", GREY
    if isinstance(answer.verdict, Unknown):
        said = "what can break here is not known"
    elif column.struck:
        hidden = len(column.struck) - drawn
        some = f", {f'{hidden} of them ' if drawn else ''}at no hop that is drawn" if hidden else ""
        said, ink = f"{count(len(column.struck), 'cause')} can strike here{some}", ERROR_TEXT
    yield write(said, _MARGIN, 34, room, PLAIN, bold=True, ink=ink, most=1)
    release = f", release {answer.release}" if answer.release else ""
    more = len(deployment.components) - len(set(stage.corners) & set(deployment.components))
    left_out = f" · {count(more, 'more component')} not drawn" if more else ""
    counted = " · a red number says how many causes can strike there" if drawn else ""
    at_once = " · the pipelines run at once" if deployment.pipelines else ""
    text = f"{deployment.system}{release}{left_out}{at_once}{counted}"
    yield write(text, _MARGIN, 52, room, ink=GREY, most=1)


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
    yield Box(x, y, _WIDE, _TALL, fill=PAPER, border=ERROR if itself else INK, pen=3 if itself else pen)
    if itself:
        what = f"{name} to {name} breaks"
        yield Box(
            x + _WIDE - 12, y - 8, 18, 18, (str(len(itself)),), ERROR, PAPER, bold=True, round=True, what=what
        )
    lines, size = fit_name(name, _WIDE - 6, (PLAIN, SMALL))
    has_state = name in deployment.components
    height = 32 if has_state else _TALL - 6
    yield Box(x + 3, y + 3, _WIDE - 6, height, lines, size=size, bold=True, what=name)
    if not has_state:
        return
    if not versions:
        said = "nobody up" if deployment.components[name].kind.has_instances else "unchanged"
        yield Box(x + 4, y + 37, _WIDE - 8, 18, (said,), ink=GREY)
        return
    part = (_WIDE - 10) / len(versions)
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
