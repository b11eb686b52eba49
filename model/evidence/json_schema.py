"""JSON Schema: whether a consumer reads what a provider of another version wrote."""

from __future__ import annotations

from .documents import open_side
from .judgement import Finding, Flow
from .schemas.containment import Comparison
from .sides import Options, Side


def compare(consumer: Side, provider: Side, options: Options) -> list[Finding]:
    """What of a provider's values the consumer does not understand. Raises `UnjudgedError`."""
    reader, writer = open_side(consumer), open_side(provider)
    asked = Comparison(Flow.MESSAGE, writer_is_newer=provider.rank > consumer.rank)
    return asked.compare((writer,), (reader,), consumer.pointer or "value")
