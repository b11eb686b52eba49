"""JSON Schema: whether a consumer reads what a provider of another version wrote."""

from __future__ import annotations

from .documents import open_side
from .judgement import ContractFinding, Flow
from .schemas.containment import SchemaComparison
from .sides import ContractSide, Options


def compare(consumer: ContractSide, provider: ContractSide, options: Options) -> list[ContractFinding]:
    """What of a provider's values the consumer does not understand. Raises `UnjudgedError`."""
    reader, writer = open_side(consumer), open_side(provider)
    asked = SchemaComparison(Flow.MESSAGE, writer_is_newer=provider.rank > consumer.rank)
    return asked.compare((writer,), (reader,), consumer.pointer or "value")
