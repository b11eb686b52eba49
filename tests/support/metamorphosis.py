"""Deployment files changed in ways that must not change the verdict, as plain data."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

Data = dict[str, Any]

_LITERAL = frozenset({"kind", "severity", "rows", "strategy", "drain", "route", "readiness"})
"""Keys whose values are words of the language, though a component may be called the same."""


def names_of(data: Data) -> list[str]:
    """The names that the file makes up: components, requests, subjects, steps, flags."""
    subjects = [
        tail.split()[0] for hops in data["requests"].values() for hop in hops for tail in hop.values()
    ]
    steps = [step if isinstance(step, str) else next(iter(step)) for step in _steps(data)]
    names = [*data["components"], *data["requests"], *subjects, *steps, *data.get("flags", {})]
    return list(dict.fromkeys(names))


def _steps(data: Data) -> list[Any]:
    return list(data.get("pipeline", []))


def renamed(data: Data, names: Mapping[str, str]) -> Data:
    """The file with other names."""

    def words(text: str) -> str:
        return re.sub(r"[^\s/,:()\[\]]+", lambda word: names.get(word[0], word[0]), text)

    def walk(node: Any, key: str | None = None) -> Any:
        if isinstance(node, dict):
            return {words(name): walk(value, name) for name, value in node.items()}
        if isinstance(node, list):
            return [walk(item, key) for item in node]
        return words(node) if isinstance(node, str) and key not in _LITERAL else node

    changed = {section: walk(data[section]) for section in ("components", "requests", "pipeline", "changes")}
    changed |= {"flags": walk(data["flags"])} if "flags" in data else {}
    return data | changed


def with_stranger(data: Data, deployed: bool) -> Data:
    """The file with a service that nothing else knows, which a client calls; perhaps deployed at the end."""
    changed = copy.deepcopy(data)
    changed["components"]["stranger"] = {"kind": "service"}
    changed["requests"]["strange"] = [{"client calls stranger": "strange"}]
    if deployed:
        changed["pipeline"].append({"Strange": ["deploy stranger"]})
    return changed


def side_by_side(left: Data, right: Data) -> tuple[Data, Data] | None:
    """Two deployments that have nothing in common, in one file, one after the other; and the same with
    the last action of the first and the first action of the second exchanged, which stand in one step.

    They are independent: no chain of requests leads from what the one moves to what the other does, so
    neither a request nor the data that requests leave for each other ever sees which came first. None
    where one of them does nothing, or is a `start`: what that begins happens only behind it, so that as the
    last action of a step it leaves nothing to this step.
    """
    other = renamed(right, {name: f"{name}-2" for name in names_of(right)})
    first, second = [_actions(step) for step in left["pipeline"]], [_actions(s) for s in other["pipeline"]]
    if not first[-1][1] or not second[0][1]:
        return None
    (name, ours), (_, theirs) = first[-1], second[0]
    if ours[-1].startswith("start ") or theirs[0].startswith("start "):
        return None
    exchanged = [*ours[:-1], theirs[0], ours[-1], *theirs[1:]]
    both: list[Data] = []
    for middle in ([*ours, *theirs], exchanged):
        steps = [*first[:-1], (name, middle), *second[1:]]
        data = {key: left[key] | other[key] for key in ("components", "requests", "changes")}
        flags = left.get("flags", {}) | other.get("flags", {})
        data |= {"pipeline": [{step: actions} for step, actions in steps]} | (
            {"flags": flags} if flags else {}
        )
        both.append({"system": "both", "versions": left["versions"], **data})
    return both[0], both[1]


def _actions(step: Any) -> tuple[str, list[str]]:
    if isinstance(step, str):
        return step, []
    ((name, actions),) = step.items()
    return name, list(actions or [])
