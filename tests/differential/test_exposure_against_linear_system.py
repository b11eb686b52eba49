"""Expected failures against a chain that is built from the oracle's states, and solved as one linear system.

Nothing of the model or of `properties/exposure` makes the chain: the oracle says what can happen, what it was
is seen in the states, the chances of a request are written down by hand, and Gauss eliminates in floating
point.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from skewproof.model.language import loads
from skewproof.properties.exposure.measure import expose
from support.oracle_deployment import first_state, is_complete, move_events, pipeline_events
from support.oracle_plan import Plan, read_plan
from support.oracle_state import EMPTY_GRIP, Deployment

SPAWN, READY, RETIRE, MIGRATE = 20.0, 7.0, 5.0, 30.0
RATE = 0.5
ONE, TWO = "{kind: service}", "{kind: service, replicas: 2}"
FORWARD = "[Callers: [deploy shop], Db: [migrate db], Callees: [deploy pay]]"
TOGETHER = "[All: [start deploy shop, start migrate db, deploy pay], Wait: [await shop, await db]]"


def write(shop: str, pay: str, pipeline: str) -> str:
    return f"""
versions: [V1, V2]
components: {{shop: {shop}, pay: {pay}, db: {{kind: database}}}}
requests: {{order: [client calls shop: page, shop calls pay: charge, pay writes db: row]}}
pipeline: {pipeline}
changes: {{pay/charge: {{breaks: {{call: [V2 -> V1]}}}}, db/row: {{breaks: {{schema: [V1 -> V2]}}}}}}
traffic: {{order: {RATE}/s}}
durations: {{spawn: {SPAWN}s, ready: {READY}s, retire: {RETIRE}s, migrate: {MIGRATE}s, stop: {RETIRE}s}}
"""


FILES = {
    "in turn": write(TWO, TWO, FORWARD),
    "all at once": write(TWO, ONE, TOGETHER),
    "recreate": write(ONE, "{kind: service, replicas: 2, strategy: recreate}", FORWARD),
    "ready later": write("{kind: service, replicas: 2, readiness: event}", ONE, FORWARD),
    "canary": write(
        "{kind: service, replicas: 3, strategy: {canary: 1}}",
        ONE,
        "[Canary: [deploy shop], Db: [migrate db], Rest: [promote shop, deploy pay]]",
    ),
    "called off": write(TWO, ONE, "[Callers: [deploy shop], Back: [rollback shop]]"),
}


def list_onward(plan: Plan, state: Deployment) -> Iterator[tuple[Deployment, float | None]]:
    """What can come next, with its rate a second; None: at once."""
    for after in pipeline_events(plan, state, EMPTY_GRIP):
        yield after, None
    for event in move_events(plan, state, EMPTY_GRIP):
        yield event.after, 1 / mean_between(state, event.after)


def mean_between(before: Deployment, after: Deployment) -> float:
    """How long the event takes that led from one state to the other."""
    if before.schema != after.schema:
        return MIGRATE
    there, here = (sum(sum(one.there) for _, one in state.up) for state in (after, before))
    if there == here:
        return READY
    return SPAWN if there > here else RETIRE


def fails(state: Deployment) -> float:
    """How likely a request fails that comes now."""
    up, schema = dict(state.up), dict(state.schema)
    shop, pay = up["shop"].ready, up["pay"].ready
    if not sum(shop) or not sum(pay):
        return 1.0
    new_shop, new_pay = shop[1] / sum(shop), pay[1] / sum(pay)
    refused = new_shop * (1 - new_pay)
    old_writes = (1 - new_shop) * (1 - new_pay) if schema.get("db/row") == 1 else 0.0
    return refused + old_writes


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """x with matrix x = right."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda line: abs(rows[line][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for line in range(column + 1, size):
            factor = rows[line][column] / rows[column][column]
            if factor:
                rows[line] = [one - factor * top for one, top in zip(rows[line], rows[column], strict=True)]
    found = [0.0] * size
    for line in reversed(range(size)):
        known = sum(rows[line][other] * found[other] for other in range(line + 1, size))
        found[line] = (rows[line][size] - known) / rows[line][line]
    return found


def expect_failures(text: str) -> float:
    """The first of x, where x = time in the state times what fails there, and what comes after."""
    plan = read_plan(yaml.safe_load(text))
    states = [first_state(plan)]
    place = {states[0]: 0}
    rows: list[dict[int, float]] = []
    right: list[float] = []
    for state in states:  # grows
        onward = [] if is_complete(plan, state) else list(list_onward(plan, state))
        at_once = [after for after, rate in onward if rate is None]
        rates: dict[Deployment, float] = {}
        for after, rate in [(after, 1.0) for after in at_once] or [(a, r or 0.0) for a, r in onward]:
            rates[after] = rates.get(after, 0.0) + rate
        for after in rates:
            if place.setdefault(after, len(states)) == len(states):
                states.append(after)
        whole = sum(rates.values())
        rows.append({place[after]: rate / whole for after, rate in rates.items()})
        right.append(0.0 if at_once or not whole else RATE * fails(state) / whole)
    size = len(states)
    matrix = [[float(i == j) - rows[i].get(j, 0.0) for j in range(size)] for i in range(size)]
    return solve(matrix, right)[0]


@pytest.mark.parametrize("name", list(FILES))
def test_the_expected_number(name: str) -> None:
    expected = expect_failures(FILES[name])
    assert expected > 1
    assert float(expose(loads(FILES[name])).expected) == pytest.approx(expected, rel=1e-9)
