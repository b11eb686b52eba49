"""Writes the deployment file of ROLL(N, R), the family that engines are measured on.

N services in a call chain s1 -> s2 -> … -> sN, R replicas each, all rolled out at once, one request
down the chain. Every contract is changed; none breaks, or with --bad the one in the middle does:
`python benchmarks/roll.py 20 10 > roll.yaml; skewproof check --engine symbolic roll.yaml`. With --properties
as many instances of each service as before must be up, and three formulas hold.
"""

import argparse
from collections.abc import Iterator


def deployment(
    services: int,
    replicas: int,
    *,
    bad: bool = False,
    requests: int = 1,
    steps: int = 0,
    properties: bool = False,
) -> str:
    """The file's text; `bad` makes a new caller of the service in the middle meet an old callee.

    The same walk can stand there as several requests, and empty steps before and after the roll.
    """
    middle = services // 2 + 1 if bad else 0
    lines = _lines(services, replicas, middle, requests, steps)
    stated = _properties(services, replicas) if properties else ()
    text = "\n".join((*lines, *stated)) + "\n"
    asked = f"{{kind: service, replicas: {replicas}"
    return text.replace(asked, f"{asked}, min_available: {replicas}") if properties else text


def _lines(services: int, replicas: int, bad: int, requests: int, steps: int) -> Iterator[str]:
    numbers = range(1, services + 1)
    yield f"system: ROLL({services}, {replicas})"
    yield "versions: [V1, V2]"
    yield "components:"
    yield from (f"  s{n}: {{kind: service, replicas: {replicas}}}" for n in numbers)
    yield "requests:"
    callers = ["client", *(f"s{n}" for n in numbers)]
    for request in range(requests):
        yield f"  walk{request or ''}:"
        yield from (f"    - {callers[n - 1]} calls s{n}: p{n}" for n in numbers)
    yield "pipeline:"
    yield from (f"  - Before_{n}" for n in range(steps // 2))
    yield f"  - Roll: [deploy {' '.join(f's{n}' for n in numbers)}]"
    yield from (f"  - After_{n}" for n in range(steps - steps // 2))
    yield "changes:"
    yield from (f"  s{n}/p{n}: {{breaks: {'[V2 -> V1]' if n == bad else 'none'}}}" for n in numbers)


def _properties(services: int, replicas: int) -> Iterator[str]:
    yield "properties:"
    yield "  over: eventually done"
    yield f"  forward: s{services}.up(V2) leads to all s{services} at V2"
    yield f"  pair: always s1.up + s{services}.up <= {2 * replicas + 2}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", type=int)
    parser.add_argument("replicas", type=int)
    parser.add_argument("--bad", action="store_true", help="one incompatible pair in the middle")
    parser.add_argument("--properties", action="store_true", help="properties, all of which hold")
    chosen = parser.parse_args()
    text = deployment(chosen.services, chosen.replicas, bad=chosen.bad, properties=chosen.properties)
    print(text, end="")
