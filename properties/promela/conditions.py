"""Guards as Promela expressions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ...model.compiler.system import Guard, Value
from ...model.names import VariableKey
from .encoding import Axis, AxisEncoding, AxisKind, Vector
from .regions import Region, cover

TRUE = "true"


@dataclass
class Conditions:
    """Writes guards over the encoded variables; what was written once is kept."""

    encodings: Mapping[VariableKey, AxisEncoding]
    _written: dict[tuple[VariableKey, frozenset[Value]], str] = field(default_factory=dict)

    def write(self, guard: Guard) -> str:
        """The guard as one expression, its parts joined by `&&`."""
        parts = [self._restriction(name, allowed) for name, allowed in guard.items()]
        told = [part for part in parts if part != TRUE]
        if len(told) > 1:
            told = [part if _is_closed(part) else f"({part})" for part in told]
        return " && ".join(told) or TRUE

    def _restriction(self, key: VariableKey, allowed: frozenset[Value]) -> str:
        said = key, allowed
        if said not in self._written:
            self._written[said] = _set_of_values(self.encodings[key], allowed)
        return self._written[said]


def _is_closed(part: str) -> bool:
    """Whether the part binds as one beside `&&`: no `||` stands outside of parentheses."""
    depth = 0
    for index, char in enumerate(part):
        depth += (char == "(") - (char == ")")
        if depth == 0 and part.startswith("||", index):
            return False
    return True


def _set_of_values(encoding: AxisEncoding, allowed: frozenset[Value]) -> str:
    """Whichever is shorter: the regions of the values allowed, or that none of the others' holds."""
    axes = _with_total(encoding.axes)
    points = {value: _totalled(encoding.axes, vector) for value, vector in encoding.vectors.items()}
    wanted = [points[value] for value in encoding.variable.domain if value in allowed]
    others = [points[value] for value in encoding.variable.domain if value not in allowed]
    if not others:
        return TRUE
    if not wanted:
        return "false"
    direct = cover(axes, list(points.values()), wanted)
    if len(direct) > 1 and len(excluded := cover(axes, list(points.values()), others)) == 1:
        return f"!({_region(axes, excluded[0], points.values())})"
    told = [_region(axes, region, points.values()) for region in direct]
    return " || ".join(f"({t})" if " && " in t and len(told) > 1 else t for t in told)


def _with_total(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes and, where several count, their sum as one more: it is what a surge is bounded by."""
    counted = [axis.name for axis in axes if axis.kind is AxisKind.COUNT]
    if len(counted) < 2:
        return axes
    return (*axes, Axis(" + ".join(counted), AxisKind.COUNT, (), {}, ""))


def _totalled(axes: tuple[Axis, ...], vector: Vector) -> Vector:
    counted = [code for axis, code in zip(axes, vector, strict=True) if axis.kind is AxisKind.COUNT]
    return (*vector, sum(counted)) if len(counted) > 1 else vector


def _region(axes: tuple[Axis, ...], region: Region, points: Collection[Vector]) -> str:
    parts = []
    for index, (axis, bound) in enumerate(zip(axes, region.bounds, strict=True)):
        if bound is not None:
            parts.append(_bound(axis, bound, sorted({point[index] for point in points})))
    return " && ".join(part for part in parts if part) or TRUE


def _bound(axis: Axis, bound: frozenset[int], codes: list[int]) -> str:
    """A bound on one axis, of which `codes` are all that occur."""
    inside = [code for code in codes if code in bound]
    outside = [code for code in codes if code not in bound]
    if axis.kind is AxisKind.BIT:
        return axis.name if inside == [1] else f"!{axis.name}"
    if len(inside) == 1:
        return f"{axis.name} == {axis.code(inside[0])}"
    if len(outside) == 1 and axis.kind is not AxisKind.COUNT:
        return f"{axis.name} != {axis.code(outside[0])}"
    if axis.kind is not AxisKind.CHOICE and _is_range(inside, codes):
        return _range(axis, inside, codes)
    return _listed(axis, inside, outside)


def _is_range(inside: list[int], codes: list[int]) -> bool:
    first = codes.index(inside[0])
    return codes[first : first + len(inside)] == inside


def _range(axis: Axis, inside: list[int], codes: list[int]) -> str:
    parts = []
    if inside[0] != codes[0]:
        parts.append(f"{axis.name} >= {axis.code(inside[0])}")
    if inside[-1] != codes[-1]:
        parts.append(f"{axis.name} <= {axis.code(inside[-1])}")
    return " && ".join(parts)


def _listed(axis: Axis, inside: list[int], outside: list[int]) -> str:
    if len(inside) <= len(outside):
        return "(" + " || ".join(f"{axis.name} == {axis.code(code)}" for code in inside) + ")"
    return " && ".join(f"{axis.name} != {axis.code(code)}" for code in outside)
