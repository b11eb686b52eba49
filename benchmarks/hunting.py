"""What the longer paths add to a hunt: hazards that no path of up to four hops has.

    python benchmarks/hunting.py [DEPLOYMENTS]

Two families of random deployments: the public strategy (at most three services), and chains of five or
six services in which clients reach every service and jobs alone write. For each: the hazards of the
declared requests, those that undeclared paths of up to four hops add, those that Hypothesis's longer
paths add to these (`--max-examples 200`), and, to hold it against, those that every path of up to
five (random) or seven (chains) hops adds besides.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.hunting import hunter as hunting
from skewproof.properties.strategies import deployments

EVERY_PATH = {"random": 5, "chains": 7}
"""Of the random ones, longer paths are too many to judge them all."""


def chain(random: Random) -> Deployment:
    """Five or six services that call the next (or the next but one), a database, and a job's writes."""
    services = [f"s{number}" for number in range(1, random.choice((6, 7)))]
    reach = [(a, b) for n, a in enumerate(services) for b in services[n + 1 : n + 3]]
    last = services[-1]
    requests: dict[str, list[dict[str, str]]] = {}
    for number in range(2):
        path, hops = services[:1], [{f"client calls {services[0]}": "page"}]
        while path[-1] != last:
            callee = random.choice([b for a, b in reach if a == path[-1]])
            hops.append({f"{path[-1]} calls {callee}": random.choice(("item", "price"))})
            path.append(callee)
        requests[f"visit {number}"] = [*hops, {f"{last} reads db": "item"}]
    for number in range(2):
        start = random.choice(services[1:])
        write = {f"{start} writes db": f"report{number}"}
        requests[f"job {number}"] = [{f"cron calls {start}": "report"}, write]
    instances = {name: {"kind": "service"} for name in services} | {"cron": {"kind": "worker"}}
    pipeline: list[Any] = [{"Quiet": ["suspend cron"]}, {"Migrate": ["migrate db"]}]
    pipeline += [
        {f"Roll {name}": [f"deploy {name}"]} for name in random.sample(list(instances), len(instances))
    ]
    data = {
        "components": instances | {"db": {"kind": "database"}},
        "requests": requests,
        "pipeline": [*pipeline, {"Open": ["resume cron"]}],
        "changes": {
            f"db/report{number}": {"breaks": random.choice(("both", "V1 -> V2"))} for number in range(2)
        },
    }
    return loads(json.dumps(data))


def chains(count: int) -> Iterator[Deployment]:
    for seed in range(count):
        yield chain(Random(seed))


def drawn(count: int) -> Iterator[Deployment]:
    kept: list[Deployment] = []
    quiet = settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    @quiet
    @given(deployments())
    def keep(deployment: Deployment) -> None:
        kept.append(deployment)

    keep()
    yield from kept


def measure(deployment: Deployment, most_hops: int) -> Counter[str]:
    """How many hazards each part of the hunt adds."""
    hunter = hunting._Hunter(deployment, Limits(max_states=500_000))
    added = Counter(deployments=1, declared=len(hunter.known))
    for part, go in (
        ("up to 4 hops", hunter.enumerate),
        ("longer, chosen", lambda: hunter.choose(200, 0)),
        ("longer, every path", lambda: every_path(hunter, most_hops)),
    ):
        before, start = len(hunter.known), time.perf_counter()
        go()
        added[part] += len(hunter.known) - before
        added[f"{part}: ms"] += round(1000 * (time.perf_counter() - start))
    return added


def every_path(hunter: hunting._Hunter, most_hops: int) -> None:
    enumerated, hunting.ENUMERATED_HOPS = hunting.ENUMERATED_HOPS, most_hops
    try:
        hunter.enumerate()
    finally:
        hunting.ENUMERATED_HOPS = enumerated


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    families: list[tuple[str, Callable[[int], Iterator[Deployment]]]] = [
        ("random", drawn),
        ("chains", chains),
    ]
    for name, family in families:
        total: Counter[str] = Counter()
        for deployment in family(count):
            total += measure(deployment, EVERY_PATH[name])
        print(name, *(f"{key}: {value:,}" for key, value in total.items()), sep="\n  ", flush=True)


if __name__ == "__main__":
    main()
