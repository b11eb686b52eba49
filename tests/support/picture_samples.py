"""Deployments of shapes and with names that a picture has to bear."""

from __future__ import annotations

from itertools import pairwise

LONG = "a_very_long_name-of-something/that.nobody_would_ever:give" * 3
HOSTILE = r"<b>&amp;</b> \N \l \"q\" \x 世界 🚀"


def chain(services: int) -> str:
    names = [f"s{number}" for number in range(services)]
    hops = [
        f"client calls {names[0]}: x",
        *(f"{a} calls {b}: x" for a, b in pairwise(names)),
    ]
    steps = ", ".join(f"{{Step {name}: [deploy {name}]}}" for name in names)
    return f"""
system: chain
components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}}}
requests: {{walk: [{", ".join(hops)}]}}
pipeline: [{steps}]
changes: {{s{services // 2}/x: {{breaks: both}}}}
"""


def star(services: int) -> str:
    names = [f"service_{number}" for number in range(services)]
    requests = [f"ask {name}: [client calls {name}: x, {name} writes db: rows]" for name in names]
    return f"""
system: star
components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}, db: {{kind: database}}}}
requests: {{{", ".join(requests)}}}
pipeline: [Migrate: [migrate db], {", ".join(f"Roll {name}: [deploy {name}]" for name in names)}]
changes: {{db/rows: {{breaks: {{schema: both}}}}}}
"""


def named(name: str) -> str:
    told = "'" + name.replace("'", "''") + "'"
    return f"""
system: {told}
components: {{front: {{kind: service}}, back: {{kind: service}}}}
requests: {{{told}: [client calls front: page, front calls back: answer]}}
pipeline: [{told}: [deploy front], Two: [deploy back]]
changes: {{back/answer: {{breaks: both, note: {told}}}}}
"""
