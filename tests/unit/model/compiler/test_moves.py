"""Moves: what a target makes move, when a move may happen, and what overtakes it."""

from __future__ import annotations

from skewproof.model.compiler.course import build_course
from skewproof.model.compiler.moves import (
    Move,
    Position,
    can_happen,
    has_content,
    is_overtaken,
    list_awaited_moves,
)
from skewproof.model.names import Contract
from support.tiny import deployment

TEXT = """
components: {{a: {{kind: service}}, db: {{kind: database}}, c: {{kind: cache}}, q: {{kind: broker}}}}
versions: [V1, V2, V3]
requests: {{ask: [client calls a: x, a reads db: t, a reads db: u, a reads c: k, a publishes q: m]}}
pipeline: {pipeline}
changes:
  db/t: {{breaks: none, rows: kept}}
  db/u: {{breaks: none}}
  c/k: {{breaks: none}}
  a/x: {{breaks: none}}
"""


def made(pipeline: str) -> tuple[tuple[Position, ...], tuple[Move, ...]]:
    found = build_course(deployment(TEXT.format(pipeline=pipeline)))
    return found.positions, found.moves


def subjects(pipeline: str) -> list[str]:
    return [str(move.subject) for move in made(pipeline)[1]]


def test_a_store_moves_each_contract_that_changes() -> None:
    assert subjects("[One: [migrate db]]") == ["db/t", "db/u"]
    assert subjects("[One: [migrate db/u]]") == ["db/u"]


def test_what_the_release_does_not_change_does_not_move() -> None:
    assert subjects("[One: [reconfigure q]]") == []


def test_content_moves_only_where_forms_lie() -> None:
    assert subjects("[One: [backfill db]]") == ["db/t"], "the rows of the other follow the schema"
    assert subjects("[One: [sync c]]") == ["c/k"]


def test_await_moves_nothing() -> None:
    assert subjects("[One: [start deploy a], Two: [await a]]") == ["a"]


def test_forms_lie_in_caches_brokers_and_rows_that_are_kept() -> None:
    found = deployment(TEXT.format(pipeline="[One]"))
    lies = {str(c): has_content(found, c) for c in found.contracts}
    assert lies == {"a/x": False, "db/t": True, "db/u": False, "c/k": True, "q/m": False}
    assert not has_content(found, Contract("c", "other"))


def happens(pipeline: str, number: int = 0) -> list[str]:
    """The steps in which the move may happen."""
    positions, moves = made(pipeline)
    return [p.step for p in positions if can_happen(moves[number], p, moves)]


def test_a_foreground_move_happens_at_its_action_alone() -> None:
    assert happens("[One, Two: [deploy a], Three]") == ["Two"]


def test_a_background_move_happens_behind_its_action() -> None:
    assert happens("[One, Two: [start deploy a], Three]") == ["Three", "(after)"]


def test_a_later_move_on_the_same_overtakes_it() -> None:
    assert happens("[One: [start deploy a], Two, Three: [deploy a], Four]") == ["Two"]


def test_a_later_background_move_overtakes_it_once_it_has_begun() -> None:
    assert happens("[One: [start deploy a], Two: [start deploy a], Three]") == ["Two"]


def test_a_later_move_to_the_same_goal_overtakes_nothing() -> None:
    pipeline = "[One: [start deploy a to V2], Two: [deploy a to V2], Three]"
    assert happens(pipeline) == ["Two", "Three", "(after)"]


def test_a_move_on_something_else_overtakes_nothing() -> None:
    assert happens("[One: [start migrate db/t], Two: [migrate db/u], Three]") == ["Two", "Three", "(after)"]
    assert happens("[One: [start deploy a], Two: [migrate db], Three]") == ["Two", "Three", "(after)"]


def test_nothing_overtakes_a_sync_or_a_switch() -> None:
    assert happens("[One: [start sync c], Two: [sync c], Three]") == ["Two", "Three", "(after)"]


def test_an_earlier_move_does_not_overtake_a_later_one() -> None:
    positions, moves = made("[One: [deploy a], Two: [deploy a]]")
    assert not any(is_overtaken(moves[1], position, moves) for position in positions)
    assert is_overtaken(moves[0], positions[2], moves)
    assert not is_overtaken(moves[0], positions[1], moves)


def waited_for(pipeline: str, step: str) -> list[str]:
    positions, moves = made(pipeline)
    return [str(m.subject) for p in positions if p.step == step for m in list_awaited_moves(p, moves)]


def test_an_action_waits_for_its_own_moves() -> None:
    assert waited_for("[One: [migrate db], Two: [deploy a]]", "One") == ["db/t", "db/u"]


def test_a_background_action_waits_for_nothing() -> None:
    assert waited_for("[One: [start migrate db]]", "One") == []


def test_await_waits_for_what_was_started_on_its_targets() -> None:
    pipeline = "[One: [start migrate db, start deploy a], Two: [await {}]]"
    assert waited_for(pipeline.format("db"), "Two") == ["db/t", "db/u"]
    assert waited_for(pipeline.format("db/u"), "Two") == ["db/u"]
    assert waited_for(pipeline.format("a"), "Two") == ["a"]


def test_await_does_not_wait_for_what_is_started_later_or_was_waited_for() -> None:
    assert waited_for("[One: [start deploy a], Two: [await a], Three: [start deploy a]]", "Two") == ["a"]
    assert waited_for("[Zero: [deploy a], One: [start deploy a], Two: [await a]]", "Two") == ["a"]


def test_where_an_action_has_failed_nothing_is_waited_for() -> None:
    text = TEXT.format(pipeline="[One: [deploy a]]")
    found = build_course(deployment(text, failures=True))
    here, stop = (p for p in found.positions if p.action is not None)
    assert (here.waits, stop.waits) == (True, False)
    assert list_awaited_moves(stop, found.moves) == ()
