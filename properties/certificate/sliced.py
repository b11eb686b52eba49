"""Diagrams for hops from slices: what a slice can be in, said of the variables of the whole."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import pairwise, zip_longest

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.life_variables import Standing
from ...model.compiler.system import Value, Variable, search
from ...model.compiler.task import Task, allow_few
from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import Walker
from ...model.names import PIPELINE, REQUEST, SPAN, VariableKey, VariableKind
from ...model.resources.limits import Limits, StateLimitError
from ..engines.slicing.engine import Slicer
from ..engines.slicing.plan import SlicePlan
from ..engines.slicing.request_walk import Walk
from ..engines.slicing.slice import Slice
from ..engines.slicing.solve import compile_slice
from ..lookups.listing import list_hop_lookups
from .claims import Name
from .diagram import Diagram
from .drawing import RankVariable, draw, redraw


def draw_hops(task: Task, limits: Limits) -> Iterator[tuple[Name, Diagram]]:
    """For each hop that can break, and whose slice has few states, those before it is run, as far as the
    slice sees them. Raises `NotSliceableError` and `LimitError`."""
    deployment = task.deployment
    slicer = Slicer(SlicePlan(deployment, {}, task.compilation), limits)
    vocabulary = slicer.plan.whole.vocabulary
    drawn: dict[Hashable, tuple[Compiled, Diagram] | None] = {}
    for request in deployment.requests:
        own = (life.variable for life in vocabulary.lives.values())
        walker = Walker(vocabulary, request)
        variables = {variable.key: variable for variable in (*own, *walker.variables())}
        for walk, number, part in slicer.slices(request):
            if not any(lookup.is_broken for lookup in list_hop_lookups(vocabulary, walker, number)):
                continue
            if part.key not in drawn:
                drawn[part.key] = _draw(part, limits)
            known = drawn[part.key]
            if known is None:
                continue
            compiled, diagram = known
            columns = _columns(SlicedHop(walk, number, part, compiled), vocabulary, variables)
            yield ("hop", request.name, number), redraw(diagram, columns)


class SlicedHop(Struct, frozen=True):
    """Hop `number` of a walk with its slice, compiled."""

    walk: Walk
    number: int
    part: Slice
    compiled: Compiled


def _draw(part: Slice, limits: Limits) -> tuple[Compiled, Diagram] | None:
    """The slice, compiled, and its states before the last hop: also those in which a request waits, which
    whoever looks for a hazard may serve at once. None if it has too many."""
    compiled, last = compile_slice(part), len(part.hops)
    try:
        reached = search(compiled.system, allow_few(limits))
    except StateLimitError:
        return None
    at = reached.system.index(REQUEST)
    states = dict.fromkeys((state for state in reached.states if state[at] < last), 0)
    return compiled, draw(reached.system.variables, states)


def _columns(
    one: SlicedHop, vocabulary: Vocabulary, variables: Mapping[VariableKey, Variable]
) -> list[RankVariable | None]:
    """For each variable of the slice the one of the whole that it stands for."""
    found: list[RankVariable | None] = []
    for variable in one.compiled.system.variables:
        stands_for = _stands_for(one, variable, vocabulary, variables)
        if stands_for is None:
            found.append(None)
            continue
        key, values = stands_for
        ranks = {value: rank for rank, value in enumerate(variables[key].domain)}
        bits = (sum({1 << ranks[whole] for whole in values[value]}) for value in variable.domain)
        found.append(RankVariable(variables[key], tuple(bits)))
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
