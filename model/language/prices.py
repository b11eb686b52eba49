"""The section `prices`: what each kind of remedy costs the team that would have to take it."""

from __future__ import annotations

from ..deployment import Prices, RemedyKind
from .document import Scalar, YamlNode
from .keys import MAX_PRICE, NEVER, PRICE_KEYS
from .reader import Reader


def read_prices(reader: Reader, node: YamlNode) -> Prices:
    """The prices that are said; nothing of those that are wrong, and that is reported."""
    values = reader.record(node, PRICE_KEYS, "`prices`") or {}
    return Prices({RemedyKind(key): _price(reader, key, value) for key, value in values.items()})


def _price(reader: Reader, key: str, node: YamlNode) -> int | None:
    if isinstance(node, Scalar) and node.text == NEVER:
        return None
    return reader.integer(node, f"the price of `{key}`", 1, MAX_PRICE)
