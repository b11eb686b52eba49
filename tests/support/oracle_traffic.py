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
        if used or change.expires:
            for form in forms:
                yield state._replace(content=put(state.content, contract, forms - {form}))


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
