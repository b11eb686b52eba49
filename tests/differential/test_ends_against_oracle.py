"""What stands at the end, and what did nothing: by parts and by all states against the oracle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, seed, settings

from skewproof.model.compiler.moves import SWITCHES
from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import VariableKind
from skewproof.properties.coverage.occurrences import Occurrences
from skewproof.properties.coverage.standings import Standings
from skewproof.properties.coverage.vain import is_held, is_idle_switch
from skewproof.properties.engines.ends import UnitEnds, build_slice_ends
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.symbolic.ends import find_symbolic_ends
from support.oracle import TooManyStatesError, judge
from support.oracle_ends import Ends, ends
from support.oracle_plan import read_plan
from support.rich_deployments import rich_deployments
from support.shared_stores import shared_stores

PARTS = 4
MOST_STATES = 8_000
NO_UNITS = {
    VariableKind.PIPELINE,
    VariableKind.LEADER,
    VariableKind.UNACKNOWLEDGED,
    VariableKind.DEPARTED,
}
"""Nobody expects these to be anywhere at the end."""
FEW = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def told(task: Task, *, whole: bool, contents: UnitEnds | None = None) -> Ends:
    """The same as the oracle tells, of every unit: also of those that no answer would tell of."""
    occurrences = Occurrences(task, whole=whole)
    standings = Standings(occurrences, contents)
    vocabulary = standings.vocabulary
    forward = [move for move in vocabulary.moves if move.position in standings.passed]
    held = {
        (move.position, str(move.subject)): always
        for move in forward
        if move.background and move.action.when is not None
        if (always := is_held(standings, move)) is not None
    }
    units = [key for key in vocabulary.lives if key.kind not in NO_UNITS]
    stands = {
        (str(key.kind), str(key.subject)): frozenset(
            tuple((part.word, part.number) for part in stand) for stand in standings.stands(key)
        )
        for key in units
    }
    idle = {
        (move.position, str(move.subject))
        for move in forward
        if move.instruction in SWITCHES and is_idle_switch(standings, occurrences, move)
    }
    back = {key: standings.stands_after_rollback(key) for key in units}
    undone = {
        (str(key.kind), str(key.subject)): frozenset(
            tuple((part.word, part.number) for part in stand) for stand in some
        )
        for key, some in back.items()
        if some
    }
    return Ends({unit: some for unit, some in stands.items() if some}, frozenset(idle), held, undone)


def agree(data: dict[str, Any], *, failures: bool = False) -> None:
    try:
        by_oracle = ends(read_plan(data, failures=failures), MOST_STATES)
        can_stall = judge(data, failures=failures, most_states=MOST_STATES).stall is not None
    except TooManyStatesError:
        assume(False)
        raise
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    task = Task(replace(deployment, failures=failures))
    assert told(task, whole=True) == by_oracle
    if not can_stall:
        assert told(task, whole=False) == by_oracle
        if engine("slice").refuses(task) is None:
            assert told(task, whole=False, contents=build_slice_ends(task)) == by_oracle
            assert told(task, whole=False, contents=find_symbolic_ends(task)) == by_oracle


@pytest.mark.parametrize("failures", [False, True], ids=["", "with failures"])
@pytest.mark.parametrize("part", range(PARTS))
def test_what_stands_at_the_end(part: int, failures: bool) -> None:
    @seed(9_600 + part)
    @FEW
    @given(rich_deployments())
    def agrees(data: dict[str, Any]) -> None:
        agree(data, failures=failures)

    agrees()


@seed(9_700)
@FEW
@given(shared_stores())
def test_what_lies_in_a_store_at_the_end_whoever_writes_there(data: dict[str, Any]) -> None:
    agree(data)
