"""Checks a certificate against a deployment, and trusts nobody who made it.

A certificate holds claims. A claim names a request, one of its hops, some variables of the compiled system
of that request, and boxes: each gives every variable named a set of values. It says: whatever happens, as
long as the hop has not been run, the variables are in one of the boxes; and in none of them does the hop
look up a broken pair. Or it names a property that must hold in every state (an invariant), and says of the
deployment alone: whatever happens, the variables are in one of the boxes, and in none is it violated.

Seen in some variables alone, an event keeps the part of its guard and of its effect that speaks of them;
that is an abstraction whatever the variables are (a guard that lost conjuncts holds more often), so no
argument about slices has to be believed. Checked is, for each claim, that the initial state is in a box
(initial), that each event leads from each box into boxes or runs the hop (inductive: Floyd, "Assigning
meanings to programs", 1967), and that the guard of each broken lookup of the hop, or of what violates the
property, meets no box (excludes); and that every hop that has a broken lookup has a claim (complete). Which
properties have none is told: what must come at some time, and that the pipeline cannot stall, never has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.system import Condition, Event, Guard, System, Value
from ...model.compiler.variables import Standing, Vocabulary
from ...model.deployment import Deployment, Request
from ...model.errors import SkewproofError
from ...model.names import REQUEST, VariableKey, parse_key
from ..assumptions import Assumptions, find_assumptions
from ..lookups import Lookup, list_lookups
from ..temporal.questions import list_invariants, list_questions

FORMAT = "skewproof certificate"
VERSION = 3

_SHOWN = 200

StateBox = Mapping[VariableKey, frozenset[Value]]
"""For each variable of a claim the values that it can have."""
Excluded = tuple[str, Guard]
"""What no box may hold a state of: in words, and as a guard."""


class CertificateRefusedError(SkewproofError):
    """The certificate proves nothing of this deployment; the message says where it fails."""


@dataclass(frozen=True, slots=True)
class InvariantClaim:
    """What is claimed of the states in which hop `hop` has not been run; None: of all."""

    where: str
    hop: int | None
    boxes: tuple[StateBox, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a certificate proves: that none of the hops that could break does (`hops` claims), and the
    properties of these names; and those that the deployment states beside, of which it says nothing.
    `assumed` is what all of this rests on."""

    hops: int
    properties: tuple[str, ...]
    left_open: tuple[str, ...]
    assumed: Assumptions


def verify(deployment: Deployment, certificate: object) -> Proof:
    """What the certificate proves of the deployment, no hop of which meets a broken pair, nor calls where
    nobody takes calls. Raises `CertificateRefusedError`."""
    keys = {"format", "version", "system", "assumed", "claims", "properties"}
    given = _mapping(certificate, "the certificate", keys)
    for key, expected in (("format", FORMAT), ("version", VERSION), ("system", deployment.system)):
        if given[key] != expected or isinstance(given[key], bool):
            raise CertificateRefusedError(f"`{key}` is not {expected!r}")
    assumed = find_assumptions(deployment)
    _compare(given["assumed"], assumed.spell())
    by_request: dict[str, list[object]] = {request.name: [] for request in deployment.requests}
    for claim in _list(given["claims"], "`claims`"):
        name = _mapping(claim, "a claim", {"request", "hop", "variables", "boxes"})["request"]
        if not isinstance(name, str) or name not in by_request:
            raise CertificateRefusedError(f"a claim speaks of a request that there is not: {name!r}")
        by_request[name].append(claim)
    for request in deployment.requests:
        _verify(deployment, request, by_request[request.name])
    proven = _verify_properties(deployment, _list(given["properties"], "`properties`"))
    asked = list_questions(Vocabulary(deployment))
    names = dict.fromkeys((*(one.name for one in asked.stated), *(pair.text for pair in asked.setbacks)))
    left_open = tuple(name for name in names if name not in proven)
    return Proof(sum(map(len, by_request.values())), tuple(proven), left_open, assumed)


def _compare(given: object, assumed: Mapping[str, Any]) -> None:
    """What the certificate takes for granted is what the deployment says."""
    told = _mapping(given, "`assumed`", set(assumed))
    for key, here in assumed.items():
        if told[key] != here or type(told[key]) is not type(here):
            raise CertificateRefusedError(
                f"it was made with `{key}` {_shown(told[key])}, and here it is {_shown(here)}"
            )


def _shown(value: object) -> str:
    """A value, cut where it is long: a certificate may hold anything."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _verify(deployment: Deployment, request: Request, claims: list[object]) -> None:
    compiled = compile_deployment(deployment, request)
    broken: dict[int, list[Excluded]] = {}
    for lookup in list_lookups(compiled):
        if lookup.is_broken:
            if lookup.event is not None:
                raise CertificateRefusedError(
                    f"requests can be cut off in `{request.name}`, which no claim excludes"
                )
            what = f"the hop meets {_pair(lookup)}"
            broken.setdefault(lookup.hop, []).append((what, lookup.guard))
    _check_order(compiled)
    reader, proven = _Reader(compiled), set[int]()
    for given in claims:
        hop, claim = reader.of_hop(given)
        if hop in proven:
            raise CertificateRefusedError(f"{claim.where}: claimed twice")
        _check(compiled.system, claim, broken.get(hop, []))
        proven.add(hop)
    if missing := sorted(set(broken) - proven):
        raise CertificateRefusedError(f"no claim about hop {missing[0]} of `{request.name}`")


def _verify_properties(deployment: Deployment, claims: list[object]) -> dict[str, None]:
    if not claims:
        return {}
    compiled = compile_deployment(deployment)
    wanted, proven = list_invariants(compiled.vocabulary), dict[str, None]()
    reader = _Reader(compiled)
    for given in claims:
        name, claim = reader.of_property(given, wanted)
        if name in proven:
            raise CertificateRefusedError(f"{claim.where}: claimed twice")
        _check(compiled.system, claim, [("it is violated", guard) for guard in wanted[name]])
        proven[name] = None
    return proven


def _check_order(compiled: Compiled) -> None:
    """Hops follow each other, so that what is beyond a hop does not come back before it."""
    for event in compiled.system.events:
        if REQUEST in event.effect:
            done, stood = event.effect[REQUEST], event.guard.get(REQUEST, frozenset())
            if not stood or not all(isinstance(n, int) and isinstance(done, int) and n < done for n in stood):
                raise CertificateRefusedError(f"`{event.text}` does not take the request on")


# --- one claim --------------------------------------------------------------------------------


def _check(system: System, claim: InvariantClaim, excluded: list[Excluded]) -> None:
    names = list(claim.boxes[0])  # in the order of the claim, so that the same event is told each time
    start = {name: frozenset({system.value(system.initial, name)}) for name in names}
    if not _is_covered(start, claim.boxes):
        raise CertificateRefusedError(f"{claim.where}: the initial state is in no box")
    for what, guard in excluded:
        if any(_meet(box, guard) is not None for box in claim.boxes):
            raise CertificateRefusedError(f"{claim.where}: a box holds a state in which {what}")
    for event in system.changing(names):
        for box in claim.boxes:
            after = _after(box, event, claim.hop)
            if after is not None and not _is_covered(after, claim.boxes):
                raise CertificateRefusedError(f"{claim.where}: `{event.text}` leads out of the boxes")


def _after(box: StateBox, event: Event, hop: int | None) -> StateBox | None:
    """Where the event leads from the box; None if it cannot happen there, runs the hop, or stays within."""
    reached = event.effect.get(REQUEST)
    if hop is not None and isinstance(reached, int) and reached >= hop:
        return None
    if all(value in box[name] for name, value in event.effect.items() if name in box):
        return None
    met = _meet(box, event.guard)
    if met is None:
        return None
    return {name: frozenset({event.effect[name]}) if name in event.effect else v for name, v in met.items()}


def _meet(box: StateBox, guard: Guard) -> StateBox | None:
    """The part of the box in which the guard can hold, as far as it speaks of the box's variables."""
    met = dict(box)
    for name, values in guard.items():
        if name in box:
            met[name] = box[name] & values
            if not met[name]:
                return None
    return met


def _is_covered(box: StateBox, boxes: tuple[StateBox, ...]) -> bool:
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


def _pair(lookup: Lookup) -> str:
    if lookup.aspect is None:
        return "nobody"
    return f"{lookup.consumer_version or 'who forwards'} -> {lookup.provider_version} ({lookup.aspect})"


# --- reading ----------------------------------------------------------------------------------


def spell(value: Value) -> Hashable:
    """A variable's value as JSON has it: a text, a number or null."""
    if isinstance(value, Standing):
        ended = ", ".join(map(str, sorted(value.ended)))
        return f"{value.state}; ended: {ended}" if ended else value.state
    return value


@dataclass
class _Reader:
    """Reads claims about one request; sets that are spelled alike are made once."""

    compiled: Compiled
    _sets: dict[tuple[VariableKey, str], frozenset[Value]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.domains = {variable.key: variable.domain for variable in self.compiled.system.variables}

    def of_hop(self, given: object) -> tuple[int, InvariantClaim]:
        parts = _mapping(given, "a claim", {"request", "hop", "variables", "boxes"})
        hop, where = parts["hop"], f"hop {parts['hop']!r} of `{parts['request']}`"
        assert self.compiled.walker is not None
        hops = len(self.compiled.walker.request.hops)
        if not isinstance(hop, int) or isinstance(hop, bool) or not 1 <= hop <= hops:
            raise CertificateRefusedError(f"there is no {where}")
        keys = self._keys(parts["variables"], where)
        if REQUEST not in keys:
            raise CertificateRefusedError(f"{where}: `{REQUEST}` is not among the variables")
        return hop, InvariantClaim(where, hop, self._boxes(parts["boxes"], keys, where))

    def of_property(self, given: object, wanted: Mapping[str, Condition]) -> tuple[str, InvariantClaim]:
        parts = _mapping(given, "a claim", {"property", "variables", "boxes"})
        name, where = parts["property"], f"property {parts['property']!r}"
        if not isinstance(name, str) or name not in wanted:
            raise CertificateRefusedError(f"no invariant is called {name!r}")
        keys = self._keys(parts["variables"], where)
        return name, InvariantClaim(where, None, self._boxes(parts["boxes"], keys, where))

    def _keys(self, given: object, where: str) -> list[VariableKey]:
        names = _list(given, f"`variables` of {where}")
        keys = [self._key(name, where) for name in names]
        if len(set(keys)) < len(keys) or not keys:
            raise CertificateRefusedError(f"{where}: the variables are named once each, and there is one")
        return keys

    def _key(self, name: object, where: str) -> VariableKey:
        with suppress(ValueError):
            if isinstance(name, str) and (key := parse_key(name)) in self.domains:
                return key
        raise CertificateRefusedError(f"{where}: there is no variable {name!r}")

    def _boxes(self, given: object, keys: list[VariableKey], where: str) -> tuple[StateBox, ...]:
        boxes = tuple(self._box(box, keys) for box in _list(given, f"`boxes` of {where}"))
        if not boxes:
            raise CertificateRefusedError(f"{where}: no boxes")
        return boxes

    def _box(self, given: object, keys: list[VariableKey]) -> StateBox:
        parts = _mapping(given, "a box", set(map(str, keys)))
        return {key: self._values(key, parts[str(key)]) for key in keys}

    def _values(self, key: VariableKey, given: object) -> frozenset[Value]:
        spelled = (key, repr(given))
        if spelled not in self._sets:
            self._sets[spelled] = frozenset(self._spelled(key, given))
        return self._sets[spelled]

    def _spelled(self, key: VariableKey, given: object) -> Iterator[Value]:
        """Values one by one, and as pairs: all from the first to the last, in the order of the domain."""
        domain = self.domains[key]
        rank = {(type(spell(value)), spell(value)): number for number, value in enumerate(domain)}
        told = _list(given, f"a box's `{key}`")
        if not told:
            raise CertificateRefusedError(f"a box gives `{key}` no values")
        for one in told:
            ends = one if isinstance(one, list) and len(one) == 2 else [one, one]
            ranked = [(type(end), end) for end in ends if isinstance(end, str | int | None)]
            if len(ranked) < 2 or not all(one in rank for one in ranked) or rank[ranked[0]] > rank[ranked[1]]:
                raise CertificateRefusedError(f"a box gives `{key}` values that it cannot have: {one!r}")
            yield from domain[rank[ranked[0]] : rank[ranked[1]] + 1]


def _mapping(given: object, what: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict) or set(given) != keys:
        raise CertificateRefusedError(
            f"{what} is no mapping of {', '.join(f'`{key}`' for key in sorted(keys))}"
        )
    return given


def _list(given: object, what: str) -> list[Any]:
    if not isinstance(given, list):
        raise CertificateRefusedError(f"{what} is no list")
    return given
