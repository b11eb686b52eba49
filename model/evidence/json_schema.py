"""JSON Schema: whether one version reads what another wrote.

At a topic or in a store the consumer reads what a provider's form holds; of a call the provider reads the
consumer's as well, since nothing tells whether it is sent or answered.
"""

from __future__ import annotations

from .documents import open_side
from .judgement import Flow, Mismatch
from .schemas.containment import Containment
from .schemas.idle import Judged, compare_as_meant
from .sides import Options, Side


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What of a provider's values the consumer does not understand, and at a call the provider of the
    consumer's. Raises `UnjudgedError`."""
    return compare_as_meant(lambda strictly: _compare(consumer, provider, options, strictly), _IDLE)


_IDLE = "`nullable`, which is of OpenAPI 3.0"


def _compare(consumer: Side, provider: Side, options: Options, strictly: bool) -> Judged:
    reader, writer = open_side(consumer), open_side(provider)
    for side in (reader, writer):
        side.library.heeds_nullable = not strictly
    asked = Containment(Flow.MESSAGE, writer_is_newer=provider.rank > consumer.rank)
    found = asked.compare((writer,), (reader,), consumer.pointer or "value")
    if options.is_called:
        sent = Containment(Flow.REQUEST, writer_is_newer=consumer.rank > provider.rank)
        found += sent.compare((reader,), (writer,), consumer.pointer or "value")
    has_idle_words = any(side.library.has_nullable for side in (reader, writer))
    return list(dict.fromkeys(found)), has_idle_words
