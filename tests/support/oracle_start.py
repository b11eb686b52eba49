"""The oracle's reading of what lies in stores and queues when a release begins (75).

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from support.oracle_actions import Action, actions_of
from support.oracle_parse import RELAYS, WRITES, Change, Hop, Request, provider_of


def first_contents(
    data: Mapping[str, Any], requests: Sequence[Request], changes: Mapping[str, Change]
) -> dict[str, frozenset[int]]:
    """By contract with content, the forms that it holds at the start."""
    start = _Start(actions_of(data), requests, changes)
    return {contract: start.forms(contract) for contract, change in changes.items() if change.content}


class _Start:
    def __init__(
        self, actions: Sequence[Action], requests: Sequence[Request], changes: Mapping[str, Change]
    ) -> None:
        self.actions = actions
        self.requests = requests
        self.changes = changes

    def forms(self, contract: str) -> frozenset[int]:
        """What it holds."""
        change = self.changes[contract]
        if change.starts is not None:
            return change.starts
        if 0 not in change.exists:
            return frozenset()
        source = self.changes.get(change.source) if change.source is not None else None
        if source is not None and (source.content or source.schema) and not self._is_ring(contract):
            return self.forms(source.contract) if source.content else frozenset({0}) & source.exists
        return frozenset({0}) if self._is_old(contract) else frozenset()

    def _is_ring(self, contract: str) -> bool:
        """Whether its sources lead back to itself."""
        seen: list[str] = []
        here: str | None = contract
        while here is not None and here in self.changes and here not in seen:
            seen.append(here)
            here = self.changes[here].source
        return here == contract

    def _is_old(self, contract: str) -> bool:
        """Whether somebody of the first version knows it, or nobody could have filled it otherwise."""
        hops = [(r, hop) for r in self.requests for hop in r.hops if hop.contract == contract]
        known = not hops or any(_is_anonymous(r, hop) or 0 in hop.runs for r, hop in hops)
        return known or not (any(_leaves(r, hop) for r, hop in hops) or self._is_synced(contract))

    def _is_synced(self, contract: str) -> bool:
        names = {contract, provider_of(contract)}
        return any(a.verb in ("sync", "backfill") and names & set(a.targets) for a in self.actions)


def _is_anonymous(request: Request, hop: Hop) -> bool:
    return hop.caller_frame == 0 and not request.starter


def _leaves(request: Request, hop: Hop) -> bool:
    """Whether a hop can put a form there (18, 56)."""
    if hop.verb == RELAYS:
        return bool(hop.sources)
    return hop.verb in WRITES and not _is_anonymous(request, hop) and bool(hop.runs)
