"""The oracle's traffic of others: they write, they pass on, they use messages up, and data expires.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterator

from support.oracle_parse import RELAYS, WRITES, Change, Hop, Request, provider_of
from support.oracle_plan import Plan
from support.oracle_state import Deployment, forms_of, get, is_anonymous, put, runners


def traffic_events(plan: Plan, state: Deployment) -> Iterator[Deployment]:
    """The states after each event of other requests (19, 52, 56, 79)."""
    for contract, forms in state.content:
        change = plan.changes[contract]
        for form in _written_forms(plan, state, change) - forms:
            yield state._replace(content=put(state.content, contract, forms | {form}))
        used = plan.kinds[provider_of(contract)] == "broker" and can_be_used_up(plan, state, contract)
        if used and contract in plan.redelivers:
            for form in forms:
                taken = take(state, contract, form)
                yield taken
                yield taken._replace(content=put(state.content, contract, forms - {form}))
        elif used or change.expires:
            for form in forms:
                yield state._replace(content=put(state.content, contract, forms - {form}))
    yield from _deliveries(plan, state)
    for name, leader in state.leaders:  # elections (92)
        candidates: list[int | None] = [*get(state.up, name).taking_calls, None]
        for other in candidates:
            if other != leader:
                yield state._replace(leaders=put(state.leaders, name, other))


def take(state: Deployment, contract: str, form: int) -> Deployment:
    """The state after a message of the form was taken, and others lie there still (88)."""
    taken = state.taken(contract) | {form}
    return state._replace(unacknowledged=put(state.unacknowledged, contract, taken))


def _deliveries(plan: Plan, state: Deployment) -> Iterator[Deployment]:
    """What was taken is acknowledged, or comes back (88)."""
    for contract, taken in state.unacknowledged:
        for form in taken:
            fewer = state._replace(unacknowledged=put(state.unacknowledged, contract, taken - {form}))
            if _can_acknowledge(plan, state, contract):
                yield fewer
            if _can_come_back(plan, state, contract) and exists(state, plan.changes[contract]):
                content = put(state.content, contract, state.forms(contract) | {form})
                yield fewer._replace(content=content)
                yield state._replace(content=content)


def _consumers(plan: Plan, contract: str) -> list[tuple[Request, Hop]]:
    return [(r, h) for r in plan.requests for h in r.hops if (h.contract, h.verb) == (contract, "consumes")]


def _is_unknown(plan: Plan, contract: str) -> bool:
    """Nobody is declared who consumes it, or somebody without instances does."""
    consumers = _consumers(plan, contract)
    return not consumers or any(is_anonymous(request, hop) for request, hop in consumers)


def _can_acknowledge(plan: Plan, state: Deployment, contract: str) -> bool:
    """Somebody who consumes it is there, terminating or not, its worker suspended or not (88)."""
    return _is_unknown(plan, contract) or any(
        runners(plan, state, request, hop, led=False) for request, hop in _consumers(plan, contract)
    )


def _can_come_back(plan: Plan, state: Deployment, contract: str) -> bool:
    """An instance of somebody who consumes it has gone (88)."""
    return _is_unknown(plan, contract) or any(
        hop.caller in state.departed for _, hop in _consumers(plan, contract)
    )


def can_be_used_up(plan: Plan, state: Deployment, contract: str) -> bool:
    """Whether somebody runs and consumes it, or nobody is declared who would (79)."""
    consumers = [
        (r, h) for r in plan.requests for h in r.hops if (h.contract, h.verb) == (contract, "consumes")
    ]
    return not consumers or any(
        is_anonymous(request, hop)
        or (is_going_on(state, request) and bool(runners(plan, state, request, hop, terminating=False)))
        for request, hop in consumers
    )


def is_going_on(state: Deployment, request: Request) -> bool:
    """Whether the worker of a job is not suspended (19)."""
    return not request.job or request.hops[0].caller not in state.suspended


def exists(state: Deployment, change: Change) -> bool:
    """Whether a contract is there in the schema or configuration of now (55)."""
    return not change.schema or get(state.schema, change.contract) in change.exists


def _written_forms(plan: Plan, state: Deployment, change: Change) -> set[int]:
    """The forms that others may add to a contract now (19); none where it is not there (55)."""
    if not exists(state, change):
        return set()
    return {
        form
        for request in plan.requests
        if is_going_on(state, request)
        for hop in request.hops
        if hop.contract == change.contract
        for form in _left_forms(plan, state, request, hop)
    }


def _left_forms(plan: Plan, state: Deployment, request: Request, hop: Hop) -> set[int]:
    """The forms that a hop of another request may leave now."""
    if is_anonymous(request, hop):
        return _forms_of_sources(plan, state, hop) if hop.verb == RELAYS else set()
    writers = runners(plan, state, request, hop)  # (47, 80)
    if hop.verb == RELAYS and writers:
        return _forms_of_sources(plan, state, hop)
    if hop.verb in WRITES:
        return {form for version in writers for form in forms_of(plan, state, hop.contract, version)}
    return set()


def _forms_of_sources(plan: Plan, state: Deployment, hop: Hop) -> set[int]:
    """What the sources of a hop have now (56)."""
    return {
        form for source in hop.sources if source in plan.changes for form in forms_now(plan, state, source)
    }


def forms_now(plan: Plan, state: Deployment, contract: str) -> frozenset[int]:
    """The forms in which a changed contract could be obtained now (17, 56)."""
    change = plan.changes[contract]
    if change.content:
        return state.forms(contract)
    if change.schema:
        return frozenset({get(state.schema, contract)})
    callees = get(state.up, provider_of(contract)).taking_calls
    return frozenset(form for v in callees for form in forms_of(plan, state, contract, v))
