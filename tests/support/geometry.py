"""What can be wrong with a picture: texts over each other, or larger than their boxes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from skewproof.diagrams.pictures.canvas import SMALL, Box, Canvas

Rectangle = tuple[float, float, float, float]
SLACK = 0.6
"""Points by which rounding may be off."""


def text_of(box: Box) -> Rectangle:
    """Where the text of a box stands: left, upper, right, lower side."""
    left = box.x if box.left else box.x + (box.width - box.text_width) / 2
    top = box.y + (box.height - box.text_height) / 2
    return left, top, left + box.text_width, top + box.text_height


def rectangle_of(box: Box) -> Rectangle:
    return box.x, box.y, box.x + box.width, box.y + box.height


def overlap(one: Rectangle, other: Rectangle) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > SLACK and min(one[3], other[3]) - max(one[1], other[1]) > SLACK


def faults(canvas: Canvas) -> Iterator[str]:
    """What is wrong, in words."""
    told = [box for box in canvas.all_boxes if any(box.lines)]
    for box in told:
        left, top, right, bottom = text_of(box)
        if box.text_width > box.width + SLACK or box.text_height > box.height + SLACK:
            yield f"{box.lines} leaves its box: {box.text_width:.0f}x{box.text_height:.0f} in {box}"
        if left < 0 or top < 0 or right > canvas.width or bottom > canvas.height:
            yield f"{box.lines} leaves the picture"
        if box.size < SMALL:
            yield f"{box.lines} is too small"
    for one, other in combinations(told, 2):
        if overlap(text_of(one), text_of(other)):
            yield f"{one.lines} stands over {other.lines}"
    for at, box in enumerate(canvas.all_boxes):
        for covering in canvas.all_boxes[at + 1 :]:
            if any(box.lines) and covering.fill and overlap(text_of(box), rectangle_of(covering)):
                yield f"{covering.lines or covering.what} covers {box.lines}"
    for line in canvas.lines:
        for (x0, y0), (x1, y1) in pairwise(line.points):
            for box in canvas.boxes:  # what is above covers the line
                if any(box.lines) and crosses((x0, y0, x1, y1), text_of(box)):
                    yield f"{line} crosses {box.lines}"


def crosses(segment: Rectangle, text: Rectangle) -> bool:
    """Whether a straight line passes through the inside of a rectangle (clipping after Liang and Barsky)."""
    x0, y0, x1, y1 = segment
    dx, dy, enter, leave = x1 - x0, y1 - y0, 0.0, 1.0
    left, top, right, bottom = (text[0] + 1, text[1] + 1, text[2] - 1, text[3] - 1)
    for step, far in ((-dx, x0 - left), (dx, right - x0), (-dy, y0 - top), (dy, bottom - y0)):
        if step == 0:
            if far < 0:
                return False
        elif step < 0:
            enter = max(enter, far / step)
        else:
            leave = min(leave, far / step)
    return enter < leave
