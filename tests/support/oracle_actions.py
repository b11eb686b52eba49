"""The oracle's own reading of pipelines: releases, steps and actions, as they are written.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from support.oracle_parse import words_of

Place = tuple[str, int, int, int]
"""Where an action stands: in which pipeline or rollback, in which release, step and row."""


@dataclass(frozen=True)
class Action:
    """An action as it is written; `place` tells it from another that reads alike (60)."""

    place: Place
    text: str
    verb: str
    targets: tuple[str, ...]
    to: int | None
    background: bool
    count: int | None
    irreversible: bool
    per_instance: bool
    when: str


def read_action(text: str, place: Place, versions: Sequence[str]) -> Action:
    """`[irreversible] [start] VERB TARGETS... [to V] [per instance] [when PREDICATE]`."""
    rest, _, when = text.partition(" when ")
    rest, per_instance = re.subn(r"\s+per\s+instance$", "", rest.strip())
    words = words_of(rest)
    irreversible = words[0] == "irreversible"
    words = words[irreversible:]
    background = words[0] == "start"
    verb, *targets = words[background:]
    to, count = None, None
    if targets[-2:-1] == ["to"]:
        if verb == "scale":
            count = int(targets[-1])
        else:
            to = versions.index(targets[-1])
        targets = targets[:-2]
    each = bool(per_instance)
    return Action(
        place, text, verb, tuple(targets), to, background, count, irreversible, each, when or "true"
    )


def steps_of(pipeline: Sequence[Any]) -> list[tuple[str, list[str]]]:
    """The steps of a pipeline, each with its actions."""
    return [next(iter(s.items())) if isinstance(s, Mapping) else (s, []) for s in pipeline]


def releases_of(data: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """The releases by name; a pipeline is one (36, 37)."""
    items = data["releases"] if "releases" in data else [data["pipeline"]]
    return [
        next(iter(item.items())) if isinstance(item, Mapping) else (f"release {number}", item)
        for number, item in enumerate(items, start=1)
    ]


def pipelines_of(data: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The pipelines, each by its name as a file with that one alone and its rollback; one that has no name,
    and is all there is, is called ``."""
    if "pipelines" not in data:
        return [("", data)]
    back = data.get("rollback", {})
    rest = {key: value for key, value in data.items() if key not in ("pipelines", "rollback")}
    return [
        (name, {**rest, "pipeline": steps, **({"rollback": back[name]} if name in back else {})})
        for name, steps in data["pipelines"].items()
    ]


def actions_of(data: Mapping[str, Any]) -> list[Action]:
    """Every action of the file, in pipelines, in releases and in rollbacks."""
    return [action for name, own in pipelines_of(data) for action in _own_actions(name, own)]


def _own_actions(name: str, data: Mapping[str, Any]) -> list[Action]:
    pipelines = [(f"pipeline {name}", n, pipeline) for n, (_, pipeline) in enumerate(releases_of(data))]
    pipelines.append((f"rollback {name}", 0, data.get("rollback", [])))
    return [
        read_action(text, (where, release, step, number), data["versions"])
        for where, release, pipeline in pipelines
        for step, (_, texts) in enumerate(steps_of(pipeline))
        for number, text in enumerate(texts)
    ]
