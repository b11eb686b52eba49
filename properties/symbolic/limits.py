"""What a search by diagrams may spend; beyond it there is no verdict."""

from __future__ import annotations

from ...model.search import StateLimitError
from .encoding import Encoding
from .library import Bdd


class Watch:
    """Looks at each search now and then, and ends it when it has gone too far."""

    def __init__(self, max_states: int | None) -> None:
        self._max_states = max_states

    def look(self, encoding: Encoding, found: Bdd) -> None:
        """Raises `StateLimitError` if `found` has more states than allowed."""
        if self._max_states is not None and encoding.count(found) > self._max_states:
            raise StateLimitError(self._max_states)
