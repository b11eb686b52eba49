"""How likely a quick request fails in one state: by the instances that it can be given."""

from __future__ import annotations

from fractions import Fraction

import pytest

from skewproof.model.compiler.system import search
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import Contract, content_of, instances_of
from skewproof.properties.exposure.quick import QuickRequest

FILE = """
components: {shop: {kind: service, replicas: 3}, pay: {kind: service, replicas: 3}}
requests: {order: [client calls shop: order, shop calls pay: charge]}
pipeline: [Both: [deploy shop pay]]
changes: {pay/charge: {breaks: BREAKS}}
"""


@pytest.mark.parametrize(
    ("breaks", "shop", "pay", "likely"),
    [
        ("V2 -> V1", "2×V1 1×V2", "3×V1", Fraction(1, 3)),
        ("V2 -> V1", "2×V1 1×V2", "1×V1 2×V2", Fraction(1, 9)),
        ("both", "2×V1 1×V2", "1×V1 2×V2", Fraction(5, 9)),
        ("both", "3×V1", "3×V1", Fraction(0)),
    ],
)
def test_instances_are_picked_alike(breaks: str, shop: str, pay: str, likely: Fraction) -> None:
    task = Task(loads(FILE.replace("BREAKS", breaks)))
    wanted = {instances_of("shop"): shop, instances_of("pay"): pay}
    system = task.alone.system
    state = next(
        one
        for one in search(system).states
        if all(system.value(one, key).state == name for key, name in wanted.items())  # type: ignore[attr-defined]
    )
    found = QuickRequest(task.vocabulary, task.deployment.requests[0], ()).in_state(state)
    assert found.total == likely
    assert sum(found.by_hazard.values(), Fraction(0)) == likely


@pytest.mark.parametrize(
    ("hops", "likely"),
    [
        ("a reads c: x", Fraction(1, 2)),
        ("a reads c: x, a calls b: y using c/x", Fraction(1, 2)),
        ("a writes c: x, a reads c: x", Fraction(1, 2)),
        ("a reads c: x, a reads c: x", Fraction(3, 4)),
    ],
)
def test_forms_that_lie_side_by_side_are_found_alike(hops: str, likely: Fraction) -> None:
    """Of an old reader, where the old form and the new one lie."""
    text = f"""
components: {{a: {{kind: service}}, b: {{kind: service}}, c: {{kind: cache}}}}
requests: {{ask: [client calls a: page, {hops}]}}
pipeline: [Sync: [sync c], Roll: [deploy a]]
changes: {{c/x: {{breaks: {{content: [V1 -> V2]}}}}}}
"""
    task = Task(loads(text.replace("ask: [", "put: [client calls a: put, a writes c: x], ask: [")))
    system, quick = task.alone.system, QuickRequest(task.vocabulary, task.deployment.requests[1], ())
    states = search(system).states
    both = next(
        one
        for one in states
        if system.value(one, content_of(Contract("c", "x"))).state == "V1 + V2"  # type: ignore[attr-defined]
        and system.value(one, instances_of("a")).state == "1×V1"  # type: ignore[attr-defined]
    )
    assert quick.in_state(both).total == likely
