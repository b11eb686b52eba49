"""Hypothesis strategy: random deployments with several pipelines at once, small enough for the oracle.

A random deployment of one pipeline is parted: actions that move the same thing stay together, and each such
group goes to one of the pipelines. Some actions then wait for another pipeline.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from support.rich_deployments import FEATURES, rich_deployments
from support.rich_pipelines import Data, chance, pick

NAMES = ("front", "back", "jobs")
WHAT = {
    **dict.fromkeys(("deploy", "promote", "rollback", "scale"), "instances"),
    **dict.fromkeys(("migrate", "reconfigure", "revert"), "schema"),
    **dict.fromkeys(("sync", "backfill", "purge", "expire"), "content"),
    **dict.fromkeys(("suspend", "resume"), "jobs"),
    **dict.fromkeys(("enable", "disable"), "flag"),
}
ANY_WAIT = (*("done",) * 6, "after", "in", "before")
MISSED = ("in", "in", "before", "done")
"""Ways to wait for another pipeline: any; and mostly such as can come too late, so that some run stalls."""
ONE_PIPELINE = tuple(feature for feature in FEATURES if feature != "releases")


@st.composite
def several_pipelines(
    draw: DrawFn,
    most: int = 3,
    features: tuple[str, ...] = ONE_PIPELINE,
    *,
    waits: tuple[str, ...] = ANY_WAIT,
) -> Data:
    """A random deployment of two or three versions with two pipelines, or `most`, each with a rollback or
    without one where some may have one. They wait for each other now and then, in one of these ways."""
    data = draw(rich_deployments(features))
    names = NAMES[: pick(draw, *([2] * 4), *range(2, most + 1))]
    forward, back = _actions(data.pop("pipeline")), _actions(data.pop("rollback", []))
    whose = _parted(draw, data, names, [*forward, *back])
    own = {name: [action for action in forward if whose[action] == name] for name in names}
    data["pipelines"] = {name: _steps(draw, actions, "Step") for name, actions in own.items()}
    undone = {name: [action for action in back if whose[action] == name] for name in names}
    rollback = {name: _steps(draw, actions, "Step") for name, actions in undone.items() if actions}
    if rollback:
        data["rollback"] = rollback
    if waits:
        _wait_for_others(draw, data, waits)
    for entry in data.get("accept", []):
        if "in" in entry:
            entry["in"] = draw(st.lists(st.sampled_from(_every_step(data)), min_size=1, unique=True))
    return data


def _actions(steps: list[Any]) -> list[str]:
    return [action for step in steps if isinstance(step, dict) for action in next(iter(step.values()))]


def moved_by(data: Data, action: str) -> set[tuple[str, str]]:
    """What an action moves, by kind and provider."""
    words = [w for w in action.partition(" when ")[0].split() if w not in ("start", "irreversible")]
    verb, *targets = words
    named = {
        target.partition("/")[0] for target in targets[: targets.index("to") if "to" in targets else None]
    }
    if verb not in WHAT:
        return set()
    found = {(WHAT[verb], name) for name in named - {"per", "instance"}}
    if verb == "deploy":
        components = data["components"]
        found |= {("schema", db) for name in named for db in components[name].get("migrates", ())}
    return found


def _parted(draw: DrawFn, data: Data, names: tuple[str, ...], actions: list[str]) -> dict[str, str]:
    """The pipeline of each action; those that move the same have one."""
    owner: dict[tuple[str, str], str] = {}
    groups: list[set[tuple[str, str]]] = []
    for action in actions:
        moved = moved_by(data, action)
        joined = [group for group in groups if group & moved]
        groups = [group for group in groups if group not in joined] + [moved.union(*joined)] * bool(moved)
    for group in groups:
        owner |= dict.fromkeys(group, pick(draw, *names))
    return {
        action: owner[min(moved)] if (moved := moved_by(data, action)) else pick(draw, *names)
        for action in actions
    }


def _steps(draw: DrawFn, actions: list[str], prefix: str) -> list[Any]:
    """The actions, cut into steps; at least one."""
    steps: list[list[str]] = [[]]
    for action in actions:
        if steps != [[]] and chance(draw, 2):
            steps.append([])
        steps[-1].append(action)
    named = [(f"{prefix}_{number}", found) for number, found in enumerate(steps, start=1)]
    return [{name: found} if found else name for name, found in named]


def _names_of(steps: list[Any]) -> list[str]:
    return [next(iter(step)) if isinstance(step, dict) else step for step in steps]


def _every_step(data: Data) -> list[str]:
    return [
        f"{name}: {step}"
        for name, steps in data["pipelines"].items()
        for step in ("(before)", *_names_of(steps), "(after)")
    ]


def _wait_for_others(draw: DrawFn, data: Data, waits: tuple[str, ...]) -> None:
    """Some actions that wait for nothing take effect only when another pipeline has come somewhere."""
    for name, steps in data["pipelines"].items():
        others = [other for other in data["pipelines"] if other != name]
        for step in steps:
            for number, action in enumerate(next(iter(step.values())) if isinstance(step, dict) else ()):
                if " when " not in action and chance(draw, 4):
                    other = pick(draw, *others)
                    at = pick(draw, *_names_of(data["pipelines"][other]))
                    side = pick(draw, *waits)
                    asked = f"{other} done" if side == "done" else f'{side} "{other}: {at}"'
                    next(iter(step.values()))[number] = f"{action} when {asked}"
