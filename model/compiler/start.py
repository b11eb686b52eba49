"""What lies in a store or queue when a deployment begins (paragraph 75 of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ..deployment import Change, Deployment, Hop, Verb, list_obtained
from ..names import Contract
from .moves import SYNCS, has_content, list_changed_contracts


def find_starting_forms(deployment: Deployment, contract: Contract) -> frozenset[str]:
    """The forms in the contract's content at the start."""
    change, first = _change(deployment, contract), deployment.versions[0]
    if change.starts is not None:
        return change.starts
    if not _exists_at_first(deployment, contract):
        return frozenset()
    source = _source(deployment, contract)
    if source is not None and not _is_ring(deployment, contract):
        if has_content(deployment, source):
            return find_starting_forms(deployment, source)
        return frozenset({first} if _exists_at_first(deployment, source) else ())
    known = _is_known_to_the_first(deployment, contract) or not _is_ever_filled(deployment, contract)
    return frozenset({first} if known else ())


def _change(deployment: Deployment, contract: Contract) -> Change:
    return (deployment.changes or {})[contract]


def _exists_at_first(deployment: Deployment, contract: Contract) -> bool:
    exists = _change(deployment, contract).exists
    return exists is None or deployment.versions[0] in exists


def _source(deployment: Deployment, contract: Contract) -> Contract | None:
    """The contract that it is a copy of; one that no change names, or without data, is no source."""
    source = _change(deployment, contract).source
    if source is None or source not in (deployment.changes or {}):
        return None
    is_schema = deployment.components[source.provider].kind.has_schema
    return source if is_schema or has_content(deployment, source) else None


def _is_ring(deployment: Deployment, contract: Contract) -> bool:
    """Whether its sources lead back to itself."""
    seen: set[Contract] = set()
    here: Contract | None = contract
    while here is not None and here in (deployment.changes or {}) and here not in seen:
        seen.add(here)
        here = _change(deployment, here).source
    return here == contract


def _hops(deployment: Deployment, contract: Contract) -> Iterator[tuple[Hop, bool]]:
    """The hops at the contract, each with whether it carries what an earlier one obtained."""
    for request, number in deployment.hops_at.get(contract, ()):
        yield request.hops[number - 1], bool(list_obtained(request.hops, number))


def _is_anonymous(deployment: Deployment, hop: Hop) -> bool:
    return hop.consumer not in deployment.components


def _is_known_to_the_first(deployment: Deployment, contract: Contract) -> bool:
    """Whether code of the first version has to do with it, or no code at all that the file knows of."""
    hops = [hop for hop, _ in _hops(deployment, contract)]
    first = deployment.versions[0]
    return not hops or any(_is_anonymous(deployment, hop) or deployment.runs(first, hop) for hop in hops)


def _is_ever_filled(deployment: Deployment, contract: Contract) -> bool:
    """Whether some hop or some action of the file puts a form there."""
    actions = (action for action in deployment.actions if action.instruction in SYNCS)
    if any(
        contract in list_changed_contracts(deployment, target)
        for action in actions
        for target in action.targets
    ):
        return True
    return any(
        carries if hop.verb is Verb.RELAYS else hop.verb.leaves_content and not _is_anonymous(deployment, hop)
        for hop, carries in _hops(deployment, contract)
    )
