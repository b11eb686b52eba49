"""Files of JSON that are no manifests: plans, traces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Json = Any
"""None, a truth, a number, a text, a list of these, or a mapping from texts to these."""


def read_json(content: bytes) -> list[Json]:
    """The values in a text of JSON: one, or one a line, as collectors write them. Empty if it is none."""
    try:
        return [json.loads(content)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return []


def is_trace(value: Json) -> bool:
    """Whether JSON is of traces."""
    if not isinstance(value, dict):
        return False
    data = value.get("data")
    return "resourceSpans" in value or (
        isinstance(data, list) and any(isinstance(one, dict) and "traceID" in one for one in data)
    )


def as_dict(value: Json) -> dict[str, Json]:
    """The value if it is a mapping; else an empty one."""
    return value if isinstance(value, dict) else {}


def as_dicts(value: Json) -> list[dict[str, Json]]:
    """The mappings in a list; none if it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: Mapping[str, Json], key: str) -> str:
    """The text under a key; empty if there is none."""
    found = value.get(key)
    return found if isinstance(found, str) else ""
