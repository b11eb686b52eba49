"""What else follows where instances come and go: messages can come back, a leader is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .deliveries import note_departures
from .elections import end_offices
from .system import Event
from .variables import Vocabulary


def with_consequences(vocabulary: Vocabulary, events: Iterable[Event]) -> Iterator[Event]:
    """The events of instances, with all that follows from them at once."""
    return end_offices(vocabulary, note_departures(vocabulary, events))
