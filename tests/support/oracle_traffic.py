"""The oracle's traffic of others: they write, they pass on, they use messages up, and data expires.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterator

from support.oracle_parse import RELAYS, WRITES, Change, Hop, provider_of
from support.oracle_plan import Plan
from support.oracle_state import Deployment, forms_of, get, put


def traffic_events(plan: Plan, state: Deployment) -> Iterator[Deployment]:
    """The states after each event of other requests (19, 52, 56)."""
    for contract, forms in state.content:
        change = plan.changes[contract]
        for form in _written_forms(plan, state, change) - forms:
            yield state._replace(content=put(state.content, contract, forms | {form}))
        if plan.kinds[provider_of(contract)] == "broker" or change.expires:
            for form in forms:
                yield state._replace(content=put(state.content, contract, forms - {form}))


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
        if not request.job or request.hops[0].caller not in state.suspended
        for hop in request.hops
        if hop.contract == change.contract
        for form in _left_forms(plan, state, hop)
    }


def _left_forms(plan: Plan, state: Deployment, hop: Hop) -> set[int]:
    """The forms that a hop of another request may leave now."""
    if hop.caller not in plan.components:
        return _forms_of_sources(plan, state, hop) if hop.verb == RELAYS else set()
    writers = [v for v in get(state.up, hop.caller).writing if v in hop.runs]  # (47)
    if hop.verb == RELAYS and writers:
        return _forms_of_sources(plan, state, hop)
    if hop.verb in WRITES:
        return {form for version in writers for form in forms_of(plan, state, hop.contract, version)}
    return set()


def _forms_of_sources(plan: Plan, state: Deployment, hop: Hop) -> set[int]:
    """What the sources of a hop have now (56)."""
    return {
        form for source in hop.sources if source in plan.changes for form in _forms_now(plan, state, source)
    }


def _forms_now(plan: Plan, state: Deployment, contract: str) -> frozenset[int]:
    change = plan.changes[contract]
    if change.content:
        return state.forms(contract)
    if change.schema:
        return frozenset({get(state.schema, contract)})
    callees = get(state.up, provider_of(contract)).taking_calls
    return frozenset(form for v in callees for form in forms_of(plan, state, contract, v))
