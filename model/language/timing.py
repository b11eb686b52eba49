"""The sections `traffic` and `durations`."""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction

from ..deployment import Request
from ..deployment.timing import WORDS, Timing
from .components import Components
from .document import Mapping, Scalar, YamlNode
from .keys import DURATION, RATE
from .reader import Reader

_RATE, _DURATION = re.compile(RATE), re.compile(DURATION)
_SECONDS = {
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "min": Fraction(60),
    "h": Fraction(3600),
}


def read_timing(
    reader: Reader,
    traffic: YamlNode | None,
    durations: YamlNode | None,
    requests: Collection[Request],
    components: Components,
) -> Timing:
    """What the two sections say."""
    rates: dict[str, Fraction] = {}
    names = [request.name for request in requests]
    mapping = reader.mapping(traffic, "`traffic`") if traffic is not None else None
    for name, node in mapping.entries if mapping is not None else ():
        if name.text not in names:
            reader.report_unknown("request", name, names)
        elif (
            rate := _quantity(reader, node, _RATE, "a rate", "a number a time: `50/s`, `3/min`, `100/h`")
        ) is not None:
            rates[name.text] = rate
    every, own = _durations(reader, durations, components)
    return Timing(rates, every, own)


def _durations(
    reader: Reader, node: YamlNode | None, components: Components
) -> tuple[dict[str, Fraction], dict[tuple[str, str], Fraction]]:
    every: dict[str, Fraction] = {}
    own: dict[tuple[str, str], Fraction] = {}
    mapping = reader.mapping(node, "`durations`") if node is not None else None
    for key, value in mapping.entries if mapping is not None else ():
        if key.text in components.by_name and isinstance(value, Mapping):
            for word, one in value.entries:
                if (seconds := _seconds(reader, word, one)) is not None:
                    own[key.text, word.text] = seconds
        elif key.text in components.by_name:
            reader.mapping(value, f"the durations of `{key.text}`")
        elif (seconds := _seconds(reader, key, value)) is not None:
            every[key.text] = seconds
    return every, own


def _seconds(reader: Reader, word: Scalar, node: YamlNode) -> Fraction | None:
    if word.text not in WORDS:
        reader.report_unknown("key", word, WORDS, " in `durations`")
        return None
    return _quantity(
        reader, node, _DURATION, "a duration", "a number with its unit: `500ms`, `20s`, `5m`, `1h`"
    )


def _quantity(
    reader: Reader, node: YamlNode, pattern: re.Pattern[str], what: str, expected: str
) -> Fraction | None:
    scalar = reader.scalar(node, what, expected)
    if scalar is None:
        return None
    found = pattern.fullmatch(scalar.text)
    if found is None:
        reader.report("bad-number", f"{what} must be {expected}", scalar)
        return None
    number, unit = Fraction(found["number"]), _SECONDS[found["unit"]]
    return number / unit if pattern is _RATE else number * unit
