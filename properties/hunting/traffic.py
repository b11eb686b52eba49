"""Whether a path adds to what others write and use up; if not, it is judged in the deployment as it is."""

from __future__ import annotations

from msgspec.structs import replace

from ...model.compiler.moves import has_content
from ...model.compiler.traffic import Hand, hand_of
from ...model.deployment import Deployment, Hop, Request, Verb, list_obtained
from .call_graph import kind_of


class DeclaredTraffic:
    """Who does what at the contents of a deployment, by its declared requests."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._known = {
            (kind_of(hop), hand_of(deployment, request, number))
            for request in deployment.requests
            for number, hop in enumerate(request.hops, start=1)
            if has_content(deployment, hop.contract)
        }

    def has(self, request: Request) -> bool:
        """Whether others do all that they would do if the request were declared: each of its hops at a
        content is done there by the same hand, or by requests of clients. What is passed on depends on what
        the request has obtained before, so it is taken for new; and so is a path with which more contracts
        are taken as named (paragraph 73)."""
        changed, numbers = self._deployment.changed, range(1, len(request.hops) + 1)
        used = (list_obtained(request.hops, n) for n in numbers if request.hops[n - 1].contract in changed)
        return all(contract in changed for contracts in used for contract in contracts) and all(
            self._is_known(hop, hand_of(self._deployment, request, number))
            for number, hop in enumerate(request.hops, start=1)
            if has_content(self._deployment, hop.contract)
        )

    def _is_known(self, hop: Hop, hand: Hand | None) -> bool:
        if hop.verb is Verb.RELAYS or hop.contract in self._deployment.redelivered:
            return False
        known = {hand} if hand is None else {hand, replace(hand, roots=())}
        return any((kind_of(hop), one) in self._known for one in known)
