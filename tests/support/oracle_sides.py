"""The two sides of a cell: who could meet whom at a contract, in the states of the deployment (68).

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from support.oracle_parse import RELAYS, Hop, Request, as_written, provider_of
from support.oracle_plan import Plan
from support.oracle_state import Deployment, forms_of, get, is_anonymous, runners
from support.oracle_traffic import forms_now

Pair = tuple[int | None, int]
CALLS = ("calls", "forwards")


class Side(Enum):
    """One of the two of a cell."""

    CONSUMER = "consumer"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Sides:
    """By form, the positions at which each side occurs, and the pairs that some state has both of."""

    consumers: Mapping[int | None, frozenset[int]]
    providers: Mapping[int | None, frozenset[int]]
    together: frozenset[Pair]


def judged_hops(plan: Plan, contract: str, aspect: str, verb: str | None = None) -> list[tuple[Request, Hop]]:
    """The hops of a changed contract that are judged in an aspect (21, 67), of a verb or of any (87)."""
    hops = [(r, h) for r in plan.requests for h in r.hops if h.contract == contract]
    hops = [(r, h) for r, h in hops if verb in (None, as_written(h.verb))]
    return [(request, hop) for request, hop in hops if _is_judged(plan, request, hop, aspect)]


def _is_judged(plan: Plan, request: Request, hop: Hop, aspect: str) -> bool:
    change = plan.changes[hop.contract]
    if aspect == "token":
        return bool(hop.sources) and plan.kinds[provider_of(hop.contract)] != "cache"
    if aspect == "schema" and hop.verb == RELAYS:
        return change.schema and len(change.exists) < len(plan.versions)  # (82)
    if is_anonymous(request, hop):
        return False
    match aspect:
        case "call":
            return hop.verb == "calls"
        case "schema":
            return change.schema
        case "content":
            return change.content and hop.verb in ("reads", "consumes")
    raise ValueError(aspect)


Where = tuple[str, str, str | None]
"""A contract, an aspect, and a verb or None for any."""


def seen_sides(plan: Plan, space: Iterable[Deployment]) -> Mapping[Where, Sides]:
    """By contract, aspect in which it is judged, and verb, what occurs in these states."""
    aspects = ("call", "schema", "content", "token")
    keys: list[Where] = [
        (c, a, verb)
        for c, change in plan.changes.items()
        for a in aspects
        for verb in (None, *change.verbs.get(a, ()))
        if judged_hops(plan, c, a, verb)
    ]
    consumers: dict[Where, dict[int | None, set[int]]] = {key: {} for key in keys}
    providers: dict[Where, dict[int | None, set[int]]] = {key: {} for key in keys}
    together: dict[Where, set[Pair]] = {key: set() for key in keys}
    for state in space:
        for key in keys:
            these, those = _consumers(plan, state, *key), _providers(plan, state, *key[:2])
            for form in these:
                consumers[key].setdefault(form, set()).update(state.positions)
            for form in those:
                providers[key].setdefault(form, set()).update(state.positions)
            together[key].update((consumer, provider) for consumer in these for provider in those)
    return {
        key: Sides(_frozen(consumers[key]), _frozen(providers[key]), frozenset(together[key])) for key in keys
    }


def _frozen(by_form: Mapping[int | None, set[int]]) -> Mapping[int | None, frozenset[int]]:
    return {form: frozenset(positions) for form, positions in by_form.items()}


def _consumers(
    plan: Plan, state: Deployment, contract: str, aspect: str, verb: str | None
) -> set[int | None]:
    """The forms of the consumer's side that are there now (68)."""
    found: set[int | None] = set()
    for request, hop in judged_hops(plan, contract, aspect, verb):
        if aspect == "token":
            found.update(form for source in hop.sources for form in forms_now(plan, state, source))
        elif hop.verb == RELAYS:
            if is_anonymous(request, hop) or runners(plan, state, request, hop):
                found.add(None)
        else:
            for version in runners(plan, state, request, hop):
                found |= looked_up(plan, contract, aspect, version, forms_of(plan, state, contract, version))
    return found


def looked_up(plan: Plan, contract: str, aspect: str, version: int, forms: Iterable[int]) -> frozenset[int]:
    """What of a consumer is held against the provider: its forms, of content its version (21, 50)."""
    flag = plan.guards.get(contract)
    by_version = aspect == "content" and (flag is None or flag.both)
    return frozenset({version}) if by_version else frozenset(forms)


def _providers(plan: Plan, state: Deployment, contract: str, aspect: str) -> frozenset[int]:
    """The forms of the provider's side that are there now (68)."""
    if aspect == "content":
        return state.forms(contract)
    if plan.changes[contract].schema:
        return frozenset({get(state.schema, contract)})
    callees = get(state.up, provider_of(contract)).taking_calls
    return frozenset(form for v in callees for form in forms_of(plan, state, contract, v))
