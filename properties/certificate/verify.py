"""Checks a certificate against a deployment, and trusts nobody who made it.

A certificate holds claims. A claim names a request, one of its hops, some variables of the compiled system
of that request, and boxes: each gives every variable named a set of values. It says: whatever happens, as
long as the hop has not been run, the variables are in one of the boxes; and in none of them does the hop
look up a broken pair.

Seen in some variables alone, an event keeps the part of its guard and of its effect that speaks of them;
that is an abstraction whatever the variables are (a guard that lost conjuncts holds more often), so no
argument about slices has to be believed. Checked is, for each claim, that the initial state is in a box
(initial), that each event leads from each box into boxes or runs the hop (inductive: Floyd, "Assigning
meanings to programs", 1967), and that the guard of each broken lookup of the hop meets no box (excludes);
and that every hop that has a broken lookup has a claim (complete).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...model.compiler import Compiled, compile_deployment
from ...model.deployment import Deployment, Request
from ...model.errors import SkewproofError
from ...model.system import Event, Guard, Value
from ...model.variables import Standing
from ...model.walker import REQUEST
from ..lookups import Lookup, lookups

FORMAT = "skewproof certificate"
VERSION = 1

Box = Mapping[str, frozenset[Value]]
"""For each variable of a claim the values that it can have."""


class RefusedError(SkewproofError):
    """The certificate proves nothing of this deployment; the message says where it fails."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of the states in which hop `hop` has not been run."""

    request: str
    hop: int
    boxes: tuple[Box, ...]


def verify(deployment: Deployment, certificate: object) -> int:
    """How many claims prove that no hop of the deployment meets a broken pair. Raises `RefusedError`.

    What is certified are the hops: pairs that break, and calls that nobody takes.
    """
    given = _mapping(certificate, "the certificate", {"format", "version", "system", "claims"})
    for key, expected in (("format", FORMAT), ("version", VERSION), ("system", deployment.system)):
        if given[key] != expected or isinstance(given[key], bool):
            raise RefusedError(f"`{key}` is not {expected!r}")
    by_request: dict[str, list[object]] = {request.name: [] for request in deployment.requests}
    for claim in _list(given["claims"], "`claims`"):
        name = _mapping(claim, "a claim", {"request", "hop", "variables", "boxes"})["request"]
        if not isinstance(name, str) or name not in by_request:
            raise RefusedError(f"a claim speaks of a request that there is not: {name!r}")
        by_request[name].append(claim)
    for request in deployment.requests:
        _verify(deployment, request, by_request[request.name])
    return sum(map(len, by_request.values()))


def _verify(deployment: Deployment, request: Request, claims: list[object]) -> None:
    compiled = compile_deployment(deployment, request)
    broken: dict[int, list[Lookup]] = {}
    for lookup in lookups(compiled):
        if lookup.is_broken:
            if lookup.event is not None:
                raise RefusedError(f"requests can be cut off in `{request.name}`, which no claim excludes")
            broken.setdefault(lookup.hop, []).append(lookup)
    _check_order(compiled)
    proven: set[int] = set()
    for given in claims:
        claim = _read(compiled, given)
        if claim.hop in proven:
            raise RefusedError(f"{_where(claim)}: claimed twice")
        _check(compiled, claim, broken.get(claim.hop, []))
        proven.add(claim.hop)
    if missing := sorted(set(broken) - proven):
        raise RefusedError(f"no claim about hop {missing[0]} of `{request.name}`")


def _check_order(compiled: Compiled) -> None:
    """Hops follow each other, so that what is beyond a hop does not come back before it."""
    for event in compiled.system.events:
        if REQUEST in event.effect:
            done, stood = event.effect[REQUEST], event.guard.get(REQUEST, frozenset())
            if not stood or not all(isinstance(n, int) and isinstance(done, int) and n < done for n in stood):
                raise RefusedError(f"`{event.text}` does not take the request on")


# --- one claim --------------------------------------------------------------------------------


def _check(compiled: Compiled, claim: Claim, broken: list[Lookup]) -> None:
    system, names = compiled.system, set(claim.boxes[0])
    start = {name: frozenset({system.value(system.initial, name)}) for name in names}
    if not _is_covered(start, claim.boxes):
        raise RefusedError(f"{_where(claim)}: the initial state is in no box")
    for lookup in broken:
        for box in claim.boxes:
            if _meet(box, lookup.guard) is not None:
                raise RefusedError(
                    f"{_where(claim)}: a box holds a state in which the hop meets {_pair(lookup)}"
                )
    for event in _seen(compiled, names):
        for box in claim.boxes:
            after = _after(box, event, claim.hop)
            if after is not None and not _is_covered(after, claim.boxes):
                raise RefusedError(f"{_where(claim)}: `{event.text}` leads out of the boxes")


def _seen(compiled: Compiled, names: set[str]) -> Iterator[Event]:
    """The events that change one of the variables."""
    return (event for event in compiled.system.events if not names.isdisjoint(event.effect))


def _after(box: Box, event: Event, hop: int) -> Box | None:
    """Where the event leads from the box; None if it cannot happen there, or runs the hop."""
    reached = event.effect.get(REQUEST)
    if isinstance(reached, int) and reached >= hop:
        return None
    met = _meet(box, event.guard)
    if met is None:
        return None
    return {name: frozenset({event.effect[name]}) if name in event.effect else v for name, v in met.items()}


def _meet(box: Box, guard: Guard) -> Box | None:
    """The part of the box in which the guard can hold, as far as it speaks of the box's variables."""
    met = {name: values & guard[name] if name in guard else values for name, values in box.items()}
    return met if all(met.values()) else None


def _is_covered(box: Box, boxes: tuple[Box, ...]) -> bool:
    """Whether every state of the box is in one of the boxes: by cutting it along their edges."""
    todo = [box]
    while todo:
        some = todo.pop()
        near = [other for other in boxes if all(some[n] & other[n] for n in some)]
        if not near:
            return False
        if any(all(some[n] <= other[n] for n in some) for other in near):
            continue
        name = next(n for n in some if not some[n] <= near[0][n])
        todo += [{**some, name: some[name] & near[0][name]}, {**some, name: some[name] - near[0][name]}]
    return True


def _where(claim: Claim) -> str:
    return f"hop {claim.hop} of `{claim.request}`"


def _pair(lookup: Lookup) -> str:
    if lookup.aspect is None:
        return "nobody"
    return f"{lookup.consumer_version} -> {lookup.provider_version} ({lookup.aspect})"


# --- reading ----------------------------------------------------------------------------------


def spell(value: Value) -> Hashable:
    """A variable's value as JSON has it: a text, a number or null."""
    if isinstance(value, Standing):
        ended = ", ".join(map(str, sorted(value.ended)))
        return f"{value.state}; ended: {ended}" if ended else value.state
    return value


def _read(compiled: Compiled, given: object) -> Claim:
    parts = _mapping(given, "a claim", {"request", "hop", "variables", "boxes"})
    hop, request = parts["hop"], str(parts["request"])
    assert compiled.walker is not None
    if not isinstance(hop, int) or isinstance(hop, bool) or not 1 <= hop <= len(compiled.walker.request.hops):
        raise RefusedError(f"`{request}` has no hop {hop!r}")
    domains = {variable.name: variable.domain for variable in compiled.system.variables}
    names = _list(parts["variables"], f"`variables` of hop {hop}")
    if not names or len(set(map(str, names))) < len(names) or REQUEST not in names:
        raise RefusedError(
            f"hop {hop} of `{request}`: the variables are named once each, `{REQUEST}` with them"
        )
    for name in names:
        if not isinstance(name, str) or name not in domains:
            raise RefusedError(f"hop {hop} of `{request}`: there is no variable {name!r}")
    values: dict[str, dict[Hashable, Value]] = {
        str(name): {(type(spell(v)), spell(v)): v for v in domains[str(name)]} for name in names
    }
    boxes = [_box(box, values) for box in _list(parts["boxes"], f"`boxes` of hop {hop}")]
    if not boxes:
        raise RefusedError(f"hop {hop} of `{request}`: no boxes")
    return Claim(request, hop, tuple(boxes))


def _box(given: object, values: Mapping[str, Mapping[Hashable, Value]]) -> Box:
    parts = _mapping(given, "a box", set(values))
    box = {}
    for name, known in values.items():
        found = _list(parts[name], f"a box's `{name}`")
        keys = [(type(v), v) for v in found if isinstance(v, str | int | None)]
        if not keys or len(keys) < len(found) or not all(key in known for key in keys):
            raise RefusedError(f"a box gives `{name}` values that it cannot have: {found!r}")
        box[name] = frozenset(known[key] for key in keys)
    return box


def _mapping(given: object, what: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict) or set(given) != keys:
        raise RefusedError(f"{what} is no mapping of {', '.join(f'`{key}`' for key in sorted(keys))}")
    return given


def _list(given: object, what: str) -> list[Any]:
    if not isinstance(given, list):
        raise RefusedError(f"{what} is no list")
    return given
