"""Writes certificates: of slices where the deployment can be sliced, else of every state of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.compiler import compile_deployment
from ...model.deployment import Deployment, Request
from ...model.errors import SkewproofError
from ...model.limits import Limits
from ...model.search import search
from ...model.system import Value
from ...model.variables import PIPELINE, Standing, Vocabulary
from ...model.walker import REQUEST, SPAN, Walker
from ..lookups import lookups, lookups_of
from ..slicing.engine import Judged, Slicer
from ..slicing.plan import Plan
from ..slicing.scope import NotSliceableError, refuse_unknown
from ..slicing.walk import Walk
from .verify import FORMAT, VERSION, spell, verify

Spelled = dict[str, list[Any]]


class NotCertifiedError(SkewproofError):
    """No certificate can be written of this deployment; the message says why."""


def certify(deployment: Deployment, limits: Limits) -> dict[str, Any]:
    """A certificate that no hop meets a broken pair, accepted by `verify` before it is handed out.

    Raises `NotCertifiedError` where some hop does, and `LimitError`.
    """
    try:
        refuse_unknown(deployment)
        claims = list(_sliced(deployment, limits))
    except NotSliceableError:
        claims = list(_listed(deployment, limits))
    certificate = {"format": FORMAT, "version": VERSION, "system": deployment.system, "claims": claims}
    verify(deployment, certificate)
    return certificate


def _claim(request: str, hop: int, boxes: list[Spelled]) -> dict[str, Any]:
    return {"request": request, "hop": hop, "variables": list(boxes[0]), "boxes": boxes}


# --- by slices --------------------------------------------------------------------------------


def _sliced(deployment: Deployment, limits: Limits) -> Iterator[dict[str, Any]]:
    slicer = Slicer(Plan(deployment, {}), limits)
    for request in deployment.requests:
        vocabulary = Vocabulary(deployment)
        walker = Walker(vocabulary, request)
        domains = {v.name: v.domain for v in walker.variables()}
        walk = Walk(slicer.plan, slicer.profiles, request)
        broken = {
            lookup.hop
            for number in range(1, len(request.hops) + 1)
            for lookup in lookups_of(vocabulary, walker, number)
            if lookup.is_broken
        }
        for one in slicer.judged(walk):
            if one.number not in broken:
                continue
            if one.solution.seen:
                raise NotCertifiedError(f"hop {one.number} of `{request.name}` meets a broken pair")
            boxes = list(_boxes(one, vocabulary, domains))
            yield _claim(request.name, one.number, boxes)


def _boxes(one: Judged, vocabulary: Vocabulary, domains: dict[str, tuple[Value, ...]]) -> Iterator[Spelled]:
    """A box for each state of the slice before its last hop: the whole's states that it stands for."""
    part, compiled = one.part, one.solution.compiled
    names = [variable.name for variable in compiled.system.variables]
    columns = [_column(one, name, vocabulary, domains) for name in names]
    at, last = names.index(REQUEST), len(part.hops)
    told: dict[str, None] = {}
    for state in one.solution.reached.states:
        if state[at] < last:
            box: Spelled = {}
            for column, variable, rank in zip(columns, compiled.system.variables, state, strict=True):
                if column is not None:
                    whole, values = column
                    box[whole] = values[variable.domain[rank]]
            key = repr(box)
            if key not in told:
                told[key] = None
                yield box


Column = tuple[str, dict[Value, list[Any]]]
"""A variable of the whole, and which of its values each of the slice's stands for."""


def _column(
    one: Judged, name: str, vocabulary: Vocabulary, domains: dict[str, tuple[Value, ...]]
) -> Column | None:
    part, compiled = one.part, one.solution.compiled
    domain = next(v.domain for v in compiled.system.variables if v.name == name)
    if name == REQUEST:
        bounds = (0, *part.hops)
        return name, {i: list(range(bounds[i], part.hops[i])) for i in range(len(part.hops))}
    if name == SPAN:  # the whole request may be in flight for longer
        return name, {v: list(range(int(str(v)), len(domain))) for v in domain}
    if name in part.frames:
        return _frame(one, part.frames[name], domain, domains)
    if name in part.tokens:
        return part.tokens[name], {v: [v] for v in domain}
    return _life(one, name, vocabulary) if name in part.lives else None


def _frame(
    one: Judged, whole: str, domain: tuple[Value, ...], domains: dict[str, tuple[Value, ...]]
) -> Column | None:
    """An instance that the slice lets go, or calls, at another moment can be there or not."""
    if whole not in domains:
        return None
    frame = next(f for f in one.walk.stack.frames if f.variable == whole)
    is_exact = frame.until >= one.number or frame.until in one.part.hops
    return whole, {v: [v] if v is not None or is_exact else list(domains[whole]) for v in domain}


def _life(one: Judged, name: str, vocabulary: Vocabulary) -> Column:
    part, small = one.part, one.solution.compiled.vocabulary
    whole = part.lives[name]
    domain = small.lives[name].domain
    if name == PIPELINE:
        places = zip(small.positions, vocabulary.positions, strict=True)
        return whole, {Standing(here.name): [there.name] for here, there in places}
    if name.startswith("up "):
        class_of = part.quotients[name.removeprefix("up ")].class_of
        members: dict[str, list[Any]] = {}
        for state, its_class in class_of.items():
            members.setdefault(its_class, []).append(state)
        return whole, {v: members[v.state] for v in domain}
    ours = (move.number for move in small.moves_on.get(name, ()))
    numbers = dict(zip(ours, (m.number for m in vocabulary.moves_on.get(whole, ())), strict=True))
    return whole, {v: [spell(Standing(v.state, frozenset(numbers[n] for n in v.ended)))] for v in domain}


# --- by every state ---------------------------------------------------------------------------


def _listed(deployment: Deployment, limits: Limits) -> Iterator[dict[str, Any]]:
    for request in deployment.requests:
        yield from _every_state(deployment, request, limits)


def _every_state(deployment: Deployment, request: Request, limits: Limits) -> Iterator[dict[str, Any]]:
    compiled = compile_deployment(deployment, request)
    hops = sorted({lookup.hop for lookup in lookups(compiled) if lookup.is_broken})
    if not hops:
        return
    reached = search(compiled, limits)
    variables = compiled.system.variables
    at = [variable.name for variable in variables].index(REQUEST)
    for hop in hops:
        boxes = [
            {v.name: [spell(v.domain[rank])] for v, rank in zip(variables, state, strict=True)}
            for state in reached.states
            if state[at] < hop
        ]
        yield _claim(request.name, hop, boxes)
