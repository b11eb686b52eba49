"""Writes certificates: of slices where the deployment can be sliced, else of every state of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, zip_longest
from typing import Any

from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.system import Reached, State, Value, Variable, passes, search
from ...model.compiler.variables import Standing, Vocabulary
from ...model.compiler.walker import Walker
from ...model.deployment import Deployment, Drain, Request
from ...model.errors import SkewproofError
from ...model.names import PIPELINE, REQUEST, SPAN, VariableKey, VariableKind
from ...model.resources.limits import Limits, StateLimitError
from ..assumptions import find_assumptions
from ..engines.slicing.engine import Slicer
from ..engines.slicing.plan import Plan
from ..engines.slicing.request_walk import Walk
from ..engines.slicing.restrict import Slice
from ..engines.slicing.scope import NotSliceableError, refuse_unknown
from ..engines.slicing.solve import compile_slice
from ..lookups import list_hop_lookups, list_lookups
from ..temporal.influence import Influence
from ..temporal.questions import list_invariants
from .boxes import Box, cover_with_boxes, merge_boxes
from .verify import FORMAT, VERSION, CertificateRefusedError, spell, verify

Spelled = dict[str, Any]


class NotCertifiedError(SkewproofError):
    """No certificate can be written of this deployment; the message says why."""


def certify(deployment: Deployment, limits: Limits) -> dict[str, Any]:
    """A certificate that no hop meets a broken pair, and of the properties that slices can show to hold in
    every state; accepted by `verify` before it is handed out.

    Raises `NotCertifiedError` where some hop does, and `LimitError`.
    """
    try:
        if deployment.failures or any(c.drain is Drain.ABRUPT for c in deployment.components.values()):
            raise NotSliceableError("nobody certifies what happens after a failure, or who is cut off")
        refuse_unknown(deployment)
        claims = list(_sliced(deployment, limits))
    except NotSliceableError:
        claims = list(_listed(deployment, limits))
    certificate = {
        "format": FORMAT,
        "version": VERSION,
        "system": deployment.system,
        "assumed": find_assumptions(deployment).spell(),
        "claims": claims,
        "properties": list(_properties(deployment, limits)),
    }
    try:
        verify(deployment, certificate)
    except CertificateRefusedError as refused:
        raise NotCertifiedError(str(refused)) from refused
    return certificate


def _properties(deployment: Deployment, limits: Limits) -> Iterator[Spelled]:
    """A claim for each invariant that its cone of influence, shows."""
    compiled = compile_deployment(deployment)
    influence = Influence(compiled)
    for name, violated in list_invariants(compiled.vocabulary).items():
        spoken_of = (one for guard in violated for one in guard)
        try:
            reached = search(influence.part(influence.cone(spoken_of)).system, limits)
        except StateLimitError:  # it is left open, as every other that no cone shows
            continue
        tests = [reached.system.test(guard) for guard in violated]
        if not any(passes(state, test) for state in reached.states for test in tests):
            variables = reached.system.variables
            yield {"property": name, **_boxes(variables, _states(reached, reached.states))}


def _states(reached: Reached, states: Iterable[State]) -> list[Box[Value]]:
    """States as boxes of values."""
    variables = reached.system.variables
    return cover_with_boxes(
        [v.domain[rank] for v, rank in zip(variables, state, strict=True)] for state in states
    )


def _boxes(variables: Sequence[Variable], boxes: Iterable[Box[Value]]) -> Spelled:
    """Variables of the whole and boxes, as JSON has them."""
    names = [str(variable.key) for variable in variables]
    spelled = [dict(zip(names, map(_spelled, variables, box), strict=True)) for box in boxes]
    return {"variables": names, "boxes": spelled}


def _spelled(variable: Variable, values: frozenset[Value]) -> list[Any]:
    """The values in the order of the domain; three or more that follow each other as the first and last."""
    ranks = [rank for rank, value in enumerate(variable.domain) if value in values]
    told: list[Any] = []
    for _, run in groupby(enumerate(ranks), key=lambda pair: pair[1] - pair[0]):
        names = [spell(variable.domain[rank]) for _, rank in run]
        told += [[names[0], names[-1]]] if len(names) > 2 else names
    return told


# --- by slices --------------------------------------------------------------------------------


def _sliced(deployment: Deployment, limits: Limits) -> Iterator[dict[str, Any]]:
    slicer = Slicer(Plan(deployment, {}), limits)
    vocabulary = slicer.plan.whole.vocabulary
    covers: dict[Hashable, tuple[Compiled, list[Box[int]]]] = {}
    for request in deployment.requests:
        walker = Walker(vocabulary, request)
        own = (life.variable for life in vocabulary.lives.values())
        variables = {variable.key: variable for variable in (*own, *walker.variables())}
        broken = {
            lookup.hop
            for number in range(1, len(request.hops) + 1)
            for lookup in list_hop_lookups(vocabulary, walker, number)
            if lookup.is_broken
        }
        for walk, number, part in slicer.slices(request):
            if number not in broken:
                continue
            if part.key not in covers:
                covers[part.key] = _cover(part, limits)
            one = SlicedHop(walk, number, part, *covers[part.key])
            columns = _columns(one, vocabulary, variables)
            boxes = merge_boxes(tuple(c.image(box[c.at]) for c in columns) for box in one.boxes)
            told = _boxes([column.whole for column in columns], boxes)
            yield {"request": request.name, "hop": number, **told}


@dataclass(frozen=True, slots=True)
class SlicedHop:
    """Hop `number` of a walk with its slice, compiled, and the slice's states before its last hop as boxes
    of ranks; equal slices share those."""

    walk: Walk
    number: int
    part: Slice
    compiled: Compiled
    boxes: list[Box[int]]


def _cover(part: Slice, limits: Limits) -> tuple[Compiled, list[Box[int]]]:
    """The slice, compiled, and its states before the last hop as boxes: also those in which a request waits,
    which whoever looks for a hazard may serve at once."""
    compiled, last = compile_slice(part), len(part.hops)
    reached = search(compiled.system, limits)
    at = reached.system.index(REQUEST)
    return compiled, cover_with_boxes(state for state in reached.states if state[at] < last)


@dataclass(frozen=True, slots=True)
class WholeVariable:
    """A variable of the whole, and which of its values each rank of the slice's variable stands for."""

    at: int
    whole: Variable
    values: tuple[frozenset[Value], ...]

    def image(self, ranks: frozenset[int]) -> frozenset[Value]:
        return frozenset().union(*(self.values[rank] for rank in ranks))


def _columns(
    one: SlicedHop, vocabulary: Vocabulary, variables: Mapping[VariableKey, Variable]
) -> list[WholeVariable]:
    found = []
    for at, variable in enumerate(one.compiled.system.variables):
        stands_for = _stands_for(one, variable, vocabulary, variables)
        if stands_for is not None:
            key, values = stands_for
            ranks = tuple(frozenset(values[value]) for value in variable.domain)
            found.append(WholeVariable(at, variables[key], ranks))
    return found


StandsFor = tuple[VariableKey, Mapping[Value, Iterable[Value]]]
"""A variable of the whole, and which of its values each of the slice's stands for."""


def _stands_for(
    one: SlicedHop, variable: Variable, vocabulary: Vocabulary, variables: Mapping[VariableKey, Variable]
) -> StandsFor | None:
    part, key, domain = one.part, variable.key, variable.domain
    if key is REQUEST:
        done = pairwise((0, *part.hops))
        return key, dict(zip_longest(domain, (range(*hops) for hops in done), fillvalue=()))
    if key is SPAN:  # the whole request may be in flight for longer
        most = len(variables[key].domain)
        return key, {v: range(int(str(v)), most) for v in domain}
    if key in part.frames:
        return _frame(one, part.frames[key], domain, variables)
    if key in part.tokens:
        return part.tokens[key], {v: [v] for v in domain}
    return _life(one, key, vocabulary) if key in part.lives else None


def _frame(
    one: SlicedHop, whole: VariableKey, domain: tuple[Value, ...], variables: Mapping[VariableKey, Variable]
) -> StandsFor | None:
    """An instance that the slice lets go, or calls, at another moment can be there or not."""
    if whole not in variables:
        return None
    frame = next(f for f in one.walk.stack.frames if f.variable is whole)
    is_exact = frame.until >= one.number or frame.until in one.part.hops
    return whole, {v: [v] if v is not None or is_exact else variables[whole].domain for v in domain}


def _life(one: SlicedHop, key: VariableKey, vocabulary: Vocabulary) -> StandsFor:
    part, small = one.part, one.compiled.vocabulary
    whole, domain = part.lives[key], small.lives[key].domain
    if key is PIPELINE:
        covers = part.stretches.covers
        return whole, {
            Standing(here.name): [Standing(vocabulary.positions[there].name) for there in covers(index)]
            for index, here in enumerate(small.positions)
        }
    if key.kind is VariableKind.INSTANCES:
        members: dict[Value, list[Value]] = {}
        for state, its_class in part.quotients[key.owner].class_of.items():
            members.setdefault(Standing(its_class), []).append(Standing(state))
        return whole, members
    ours = (move.number for move in small.moves_on.get(key, ()))
    numbers = dict(zip(ours, (m.number for m in vocabulary.moves_on.get(whole, ())), strict=True))
    return whole, {v: [Standing(v.state, frozenset(numbers[n] for n in v.ended))] for v in domain}


# --- by every state ---------------------------------------------------------------------------


def _listed(deployment: Deployment, limits: Limits) -> Iterator[dict[str, Any]]:
    for request in deployment.requests:
        yield from _every_state(deployment, request, limits)


def _every_state(deployment: Deployment, request: Request, limits: Limits) -> Iterator[dict[str, Any]]:
    compiled = compile_deployment(deployment, request)
    hops = sorted({lookup.hop for lookup in list_lookups(compiled) if lookup.is_broken})
    if not hops:
        return
    reached = search(compiled.system, limits)
    at = compiled.system.index(REQUEST)
    for hop in hops:
        before = (state for state in reached.states if state[at] < hop)
        told = _boxes(compiled.system.variables, _states(reached, before))
        yield {"request": request.name, "hop": hop, **told}
