"""ROLL(N, R) for minicheck (PyPI): `python minicheck_roll.py N R [--bad]`; exit status 1 if unsafe."""

from __future__ import annotations

import sys
from typing import Any

from minicheck import Protocol, check_safety

State = tuple[int, ...]
FAILED = 3


def protocol(services: int, replicas: int, bad: bool) -> Any:
    """Old and new instances of each service, hops done, and the version of the request's last instance."""
    hops, version = 2 * services, 2 * services + 1

    def successors(state: State) -> list[tuple[str, State]]:
        if state[version] == FAILED:
            return []
        found = []
        for n in range(services):
            old, new = state[n], state[services + n]
            if new < replicas and old + new <= replicas:
                found.append((f"spawn {n}", changed(state, {services + n: new + 1})))
            if old and old + new > replicas:
                found.append((f"retire {n}", changed(state, {n: old - 1})))
        at = state[hops]
        for callee, up in ((1, at), (2, services + at)) if at < services else ():
            if state[up]:
                breaks = bad and at == services // 2 and state[version] == 2 and callee == 1
                found.append(
                    (f"hop {callee}", changed(state, {hops: at + 1, version: FAILED if breaks else callee}))
                )
        return found

    return Protocol(
        name="roll",
        candidate=False,
        fields=(*(f"x{n}" for n in range(2 * services)), "hops", "version"),
        initial=(replicas,) * services + (0,) * services + (0, 0),
        transitions=successors,
        invariants={"safe": lambda state: state["version"] != FAILED},
    )


def changed(state: State, values: dict[int, int]) -> State:
    new = list(state)
    for index, value in values.items():
        new[index] = value
    return tuple(new)


if __name__ == "__main__":
    model = protocol(int(sys.argv[1]), int(sys.argv[2]), "--bad" in sys.argv)
    result = check_safety(model, max_states=10**9)
    print(result["reachable_states"], "states")
    sys.exit(0 if result["properties"]["safe"]["holds"] else 1)
