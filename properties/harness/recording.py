"""What a request really does, noted hop by hop: told where it is not what the file declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...model.deployment import Hop, Verb
from .session import Meeting, Session

_VERBS: Mapping[str, Verb] = {
    "calls": Verb.CALLS,
    "reads": Verb.READS,
    "writes": Verb.WRITES,
    "publishes": Verb.PUBLISHES,
    "consumes": Verb.CONSUMES,
}
"""What each operation is written as; who passes on looks like who does it itself."""


@dataclass(slots=True, eq=False)
class Recording(Session):
    """A run that is held against nothing: whatever the code does is a hop; `request.hops` are those so far.

    The director is asked for each, and may not care which it is.
    """

    def names_everything(self) -> bool:
        return True

    def expects(self, consumer: str, operation: str, provider: str) -> bool:  # noqa: ARG002 - anything
        return self.running.component == consumer

    def cross(self, consumer: str, operation: str, provider: str, subject: str | None) -> Meeting:
        self.beat += 1
        frame = self.running
        hop = Hop(consumer, _VERBS[operation], provider, subject or self._name(provider))
        taken = self.request.hops if self.crossed else ()
        last = self.crossed.get(frame.last)
        if last is not None and taken[frame.last - 1] == hop:
            return last
        self.request = replace(self.request, hops=(*taken, hop))
        frame.last = len(self.request.hops)
        meeting = self.director.meet(frame.last)
        self.crossed[frame.last] = meeting
        return meeting

    def _name(self, provider: str) -> str:
        """The subject of the provider, where it has only one; else it is for whoever reads this to name."""
        named = {c.subject for c in self.deployment.contracts if c.provider == provider}
        return named.pop() if len(named) == 1 else "SUBJECT"
