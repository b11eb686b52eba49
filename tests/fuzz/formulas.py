"""Formulas by the grammar of docs/language.md over the names of a deployment; nearly all of them load."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .mutations import mutated


@dataclass(frozen=True)
class Ground:
    """A deployment up to its properties, and the names that formulas about it can use."""

    text: str
    instances: tuple[str, ...]
    stores: tuple[str, ...]
    steps: tuple[str, ...]
    others: tuple[str, ...] = ("done",)


LARGE = Ground(
    """\
components:
  glue: {kind: service, replicas: 2, max_unavailable: 1}
  zed: {kind: service, strategy: blue-green}
  cron: {kind: worker, image: zed}
  db: {kind: database}
  redis: {kind: cache}
  mq: {kind: broker}
requests:
  buy: [client calls glue: cart, glue reads redis: product, glue calls zed: add,
        zed writes db: item using product, zed publishes mq: m]
  job: [cron consumes mq: m, cron writes redis: product]
pipeline:
  - Stop: [suspend cron]
  - Install: [migrate db, start sync redis, reconfigure mq]
  - Deploy: [deploy glue zed, deploy cron, resume cron]
  - Switch: [enable cart when all glue at V2, await redis]
flags: {cart: {guards: [zed/add]}}
changes: {db/item: {breaks: [V2 -> V1]}, redis/product: {breaks: none}, mq/m: {breaks: none},
          zed/add: {breaks: none}}
properties:
""",
    instances=("glue", "zed", "cron"),
    stores=("db", "redis", "mq", "db/item", "redis/product", "mq/m"),
    steps=("Stop", "Install", "Deploy", "Switch"),
    others=("done", "cron.suspended", "cart.on", "cart.off"),
)

SERVICES = Ground(
    """\
components: {a: {kind: service, replicas: 2}, b: {kind: service, strategy: recreate}, d: {kind: database}}
requests: {ask: [client calls a: x, a calls b: y, b writes d: z]}
pipeline: [One: [migrate d], Two: [deploy b], Three: [deploy a]]
changes: {b/y: {breaks: none}, d/z: {breaks: [V2 -> V1]}}
properties:
""",
    instances=("a", "b"),
    stores=("d", "d/z"),
    steps=("One", "Two", "Three"),
)

QUEUE = Ground(
    """\
components: {a: {kind: service}, q: {kind: broker}, w: {kind: worker}}
requests: {ask: [client calls a: x, a publishes q: m], job: [w consumes q: m]}
flags: {new: {guards: [q/m]}}
pipeline:
  [One: [suspend w], Two: [deploy a, start deploy w], Three: [resume w, await w, enable new when w.up]]
changes: {q/m: {breaks: [V2 -> V1]}}
properties:
""",
    instances=("a", "w"),
    stores=("q", "q/m"),
    steps=("One", "Two", "Three"),
    others=("done", "w.suspended", "new.on", "new.off"),
)

BACK = Ground(
    """\
components: {a: {kind: service, replicas: 2}, b: {kind: service}, c: {kind: cache}}
requests: {ask: [client calls a: x, a calls b: y, b reads c: k]}
pipeline: [One: [deploy b], Two: [deploy a]]
rollback: [Off: [rollback a], Back: [rollback b, purge c]]
changes: {b/y: {breaks: [V2 -> V1]}, c/k: {breaks: none}}
properties:
""",
    instances=("a", "b"),
    stores=("c", "c/k"),
    steps=("One", "Two", "Off", "Back"),
)

GROUNDS, _WEIGHTS = (LARGE, SERVICES, QUEUE, BACK), (1, 20, 20, 20)
"""The large one costs as much as twenty of the others."""

_FORMULAS = ("always {}", "never {}", "eventually {}", "{} leads to {}", "{} before {}", "{} until {}")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_VERSIONS = ("V1", "V2")
MUTATED = 0.1


def deployment(chance: Random) -> str:
    """A deployment with up to three formulas; one in ten is mutated from its properties on."""
    (ground,) = chance.choices(GROUNDS, _WEIGHTS)
    lines = [f"  p{number}: {formula(chance, ground)}\n" for number in range(chance.randint(1, 3))]
    told = "".join(lines)
    return ground.text + (mutated(told, chance, 2) if chance.random() < MUTATED else told)


def formula(chance: Random, ground: Ground) -> str:
    shape = chance.choice(_FORMULAS)
    return shape.format(*(predicate(chance, ground, chance.randint(0, 4)) for _ in range(shape.count("{}"))))


def predicate(chance: Random, ground: Ground, depth: int) -> str:
    if depth == 0:
        return _atom(chance, ground)
    left = predicate(chance, ground, depth - 1)
    right = predicate(chance, ground, chance.randrange(depth))
    return chance.choice(
        [f"({left} and {right})", f"({left} or {right})", f"({left} implies {right})", f"not ({left})"]
    )


def _atom(chance: Random, ground: Ground) -> str:
    who, store, version = (
        chance.choice(ground.instances),
        chance.choice(ground.stores),
        chance.choice(_VERSIONS),
    )
    compared, step = chance.choice(_COMPARISONS), chance.choice((*ground.steps, '"(before)"', '"(after)"'))
    sides = [chance.choice(("{0}.up", "{0}.up({1})")).format(one, version) for one in ground.instances]
    total = " + ".join(chance.sample(sides, chance.randint(1, len(sides))))
    return chance.choice(
        [
            *("true", "false", *ground.others),
            *(f"{who}.up", f"{who}.up({version})", f"{total} {compared} {chance.randint(0, 8)}"),
            *(f"{who}.version {compared} {version}", f"{store}.version {compared} {version}"),
            *(f"all {who} at {version}", f"{version} in {store}", f"old in {store}", f"{store} is empty"),
            f"{chance.choice(('in', 'before', 'after'))} {step}",
        ]
    )
