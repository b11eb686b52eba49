"""Formulas by the grammar of docs/language.md over the names of one deployment; nearly all of them load."""

from __future__ import annotations

from random import Random

DEPLOYMENT = """\
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
"""

_FORMULAS = ("always {}", "never {}", "eventually {}", "{} leads to {}", "{} before {}", "{} until {}")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_INSTANCES, _STORES = ("glue", "zed", "cron"), ("db", "redis", "mq", "db/item", "redis/product", "mq/m")
_VERSIONS = ("V1", "V2")
_STEPS = ("Stop", "Install", "Deploy", "Switch", '"(before)"', '"(after)"')


def deployment(chance: Random) -> str:
    """The deployment with up to three formulas."""
    lines = [f"  p{number}: {formula(chance)}\n" for number in range(chance.randint(1, 3))]
    return DEPLOYMENT + "".join(lines)


def formula(chance: Random) -> str:
    shape = chance.choice(_FORMULAS)
    return shape.format(*(predicate(chance, chance.randint(0, 4)) for _ in range(shape.count("{}"))))


def predicate(chance: Random, depth: int) -> str:
    if depth == 0:
        return _atom(chance)
    left, right = predicate(chance, depth - 1), predicate(chance, chance.randrange(depth))
    return chance.choice(
        [f"({left} and {right})", f"({left} or {right})", f"({left} implies {right})", f"not ({left})"]
    )


def _atom(chance: Random) -> str:
    who, store, version = chance.choice(_INSTANCES), chance.choice(_STORES), chance.choice(_VERSIONS)
    compared = chance.choice(_COMPARISONS)
    sides = [chance.choice(("{0}.up", "{0}.up({1})")).format(one, version) for one in _INSTANCES]
    total = " + ".join(chance.sample(sides, chance.randint(1, 3)))
    return chance.choice(
        [
            *("true", "false", "done", "cron.suspended", f"cart.{chance.choice(('on', 'off'))}"),
            *(f"{who}.up", f"{who}.up({version})", f"{total} {compared} {chance.randint(0, 8)}"),
            *(f"{who}.version {compared} {version}", f"{store}.version {compared} {version}"),
            *(f"all {who} at {version}", f"{version} in {store}", f"old in {store}", f"{store} is empty"),
            f"{chance.choice(('in', 'before', 'after'))} {chance.choice(_STEPS)}",
        ]
    )
