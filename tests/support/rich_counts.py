"""What the rich random deployments must have often enough to find what once went wrong."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from support.rich_deployments import rich_deployments, words_of
from support.rich_pipelines import Data

ASPECTS = {"call", "schema", "content", "token"}
CLEANING = ("drain", "purge", "expire")


def counted(examples: int, number: int = 0) -> Mapping[str, int]:
    """How many of so many examples, drawn from a seed, have each of these."""
    counts = dict.fromkeys(OCCURRENCES, 0)

    @seed(number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(rich_deployments())
    def count(data: Data) -> None:
        for name, occurs in OCCURRENCES.items():
            counts[name] += occurs(data)

    count()
    return counts


def pipelines_of(data: Data) -> Iterator[list[str]]:
    """The actions of each pipeline: of all releases one after the other, and of the rollback."""
    releases = data["releases"] if "releases" in data else [data["pipeline"]]
    plain = [next(iter(r.values())) if isinstance(r, dict) else r for r in releases]
    yield [action for pipeline in plain for action in _actions(pipeline)]
    yield list(_actions(data.get("rollback", [])))


def _actions(pipeline: list[Any]) -> Iterator[str]:
    for step in pipeline:
        if isinstance(step, dict):
            yield from next(iter(step.values()))


def actions_of(data: Data) -> list[str]:
    """Every action of the file."""
    return [action for pipeline in pipelines_of(data) for action in pipeline]


def plain(action: str) -> list[str]:
    """The words of an action from its verb on."""
    words = action.partition(" when ")[0].split()
    return [word for word in words if word not in ("start", "irreversible")]


def _is_promoted_after_a_rollback(data: Data) -> bool:
    words = [plain(action) for action in next(pipelines_of(data))]
    return any(
        one[0] == "rollback" and other[0] == "promote" and set(one[1:]) & set(other[1:])
        for number, one in enumerate(words)
        for other in words[number:]
    )


def _is_drained_with_all_consumers_suspended(data: Data) -> bool:
    """A worker that consumes is suspended, and not resumed, before a queue is waited for."""
    workers = {words_of(next(iter(hop)))[0] for hop in _hops(data) if "consumes" in next(iter(hop))}
    suspended: set[str] = set()
    for action in next(pipelines_of(data)):
        verb, *targets = plain(action)
        suspended |= set(targets) if verb == "suspend" else set()
        suspended -= set(targets) if verb == "resume" else set()
        if verb == "drain" and workers and workers <= suspended:
            return True
    return False


def _hops(data: Data) -> Iterator[dict[str, str]]:
    for hops in data["requests"].values():
        yield from hops


def _is_cleaned_to_a_version(data: Data) -> bool:
    return any(words[0] in CLEANING and "to" in words for words in map(plain, actions_of(data)))


def _is_pulled_by_a_worker_with_readiness(data: Data) -> bool:
    for hops in data["requests"].values():
        caller, verb, _ = words_of(next(iter(hops[0])))
        if verb == "consumes" and "readiness" in data["components"].get(caller, {}):
            return True
    return False


def _fails_in_one_of_several_releases(data: Data) -> bool:
    return len(data.get("releases", ())) > 1 and "rollback" in data


def _has_percentages(data: Data) -> bool:
    sizes = [
        spec.get(key) for spec in data["components"].values() for key in ("max_surge", "max_unavailable")
    ]
    return any(isinstance(size, str) for size in sizes)


def _comes_to_zero_and_zero(data: Data) -> bool:
    """Percentages of which nothing is left."""
    for spec in data["components"].values():
        replicas, surge = spec.get("replicas", 1), spec.get("max_surge", 1)
        replicas = max(replicas.values()) if isinstance(replicas, dict) else replicas
        unavailable = spec.get("max_unavailable", 0)
        down = int(unavailable[:-1]) * replicas // 100 if isinstance(unavailable, str) else unavailable
        if _has_percentages({"components": {"c": spec}}) and surge in (0, "0%") and not down:
            return True
    return False


def _is_forwarded_to_what_is_not_there(data: Data) -> bool:
    for hop in _hops(data):
        ((head, tail),) = hop.items()
        _, verb, provider = words_of(head)
        change = data["changes"].get(f"{provider}/{tail.split()[0]}", {})
        if verb == "forwards" and data["versions"][0] not in change.get("exists", data["versions"]):
            return True
    return False


def _carries_what_no_change_names(data: Data) -> bool:
    """A hop of a changed contract carries what an earlier one obtained from a contract that is not."""
    for hops in data["requests"].values():
        obtained: set[str] = set()
        for hop in hops:
            ((head, tail),) = hop.items()
            _, verb, provider = words_of(head)
            subject, *rest = tail.partition(" since ")[0].partition(" until ")[0].split()
            unnamed = {c for c in obtained if c not in data["changes"]}
            if f"{provider}/{subject}" in data["changes"] and any(
                {c, c.partition("/")[2]} & set(rest) for c in unnamed
            ):
                return True
            if verb in ("calls", "reads", "consumes") or (verb, provider) == ("forwards", "zed"):
                obtained.add(f"{provider}/{subject}")
    return False


def _has_a_flag_that_nobody_enables(data: Data) -> bool:
    enabled = {flag for words in map(plain, actions_of(data)) if words[0] == "enable" for flag in words[1:]}
    return not set(data.get("flags", {})) <= enabled


def _starts_what_is_held_for_ever(data: Data) -> bool:
    return any(
        action.startswith(("start", "irreversible start"))
        and action.rpartition(" when ")[2].split()[-1] == "false"
        for action in actions_of(data)
        if " when " in action
    )


def _changes(data: Data, key: str) -> bool:
    return any(key in change for change in data["changes"].values())


OCCURRENCES: Mapping[str, Callable[[Data], bool]] = {
    "promote after rollback": _is_promoted_after_a_rollback,
    "drain with all consumers suspended": _is_drained_with_all_consumers_suspended,
    "drain, purge or expire to V": _is_cleaned_to_a_version,
    "starts": lambda data: _changes(data, "starts"),
    "worker with readiness that pulls": _is_pulled_by_a_worker_with_readiness,
    "failures in several releases": _fails_in_one_of_several_releases,
    "percentages": _has_percentages,
    "percentages that come to zero and zero": _comes_to_zero_and_zero,
    "skew with an aspect": lambda data: any(
        set(change.get("skew", ())) & ASPECTS for change in data["changes"].values()
    ),
    "forward to a queue that is not there": _is_forwarded_to_what_is_not_there,
    "source that no change names": _carries_what_no_change_names,
    "flag that nobody enables": _has_a_flag_that_nobody_enables,
    "background action that is held for ever": _starts_what_is_held_for_ever,
    "assume: never": lambda data: bool(data.get("assume", {}).get("never")),
    "pulls: ready": lambda data: any("pulls" in spec for spec in data["components"].values()),
    "scale": lambda data: (
        any(isinstance(spec.get("replicas"), dict) for spec in data["components"].values())
        or any(plain(action)[0] == "scale" for action in actions_of(data))
    ),
    "migrates": lambda data: (
        any("migrates" in spec for spec in data["components"].values())
        and any(contract.startswith("database/") for contract in data["changes"])
    ),
    "verbs": lambda data: any(
        isinstance(pairs, dict)
        for change in data["changes"].values()
        if isinstance(change.get("breaks"), dict)
        for pairs in change["breaks"].values()
    ),
    "facts": lambda data: any(
        not spec.get("guards") and any(f"{name}.o" in action or name in action for action in actions_of(data))
        for name, spec in data.get("flags", {}).items()
    ),
    "accept": lambda data: "accept" in data,
    "terminates": lambda data: any("terminates" in spec for spec in data["components"].values()),
    "redelivers": lambda data: (
        any("redelivers" in spec for spec in data["components"].values())
        and any(contract.startswith("rabbit/") for contract in data["changes"])
    ),
    "leader": lambda data: any(" leader " in f"{next(iter(hop))} " for hop in _hops(data)),
    "restarts": lambda data: any("restarts" in spec for spec in data["components"].values()),
    "route: carried": lambda data: any(
        spec.get("route") == "carried" for spec in data["components"].values()
    ),
}
