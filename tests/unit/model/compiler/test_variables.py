"""The variables of a deployment, their values, and the guards that speak of them."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.system import Guard
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.names import Contract
from support.tiny import deployment, walk

TEXT = """
components:
  a: {kind: service, replicas: 2, max_unavailable: 2, max_surge: 0}
  w: {kind: worker}
  db: {kind: database}
  c: {kind: cache}
  q: {kind: broker}
versions: [V1, V2, V3]
requests:
  ask: [client calls a: x, a reads db: t, a reads db: u, a reads c: k, a publishes q: m]
  job: [w reads c: k]
flags: {f: {guards: [a/x]}, g: {guards: [c/k], since: V3, understands: own}}
pipeline: [One: [deploy a, migrate db, sync c]]
changes:
  db/t: {breaks: none, rows: kept, exists: [V2, V3]}
  c/k: {breaks: none}
  a/x: {breaks: none}
  q/m: {breaks: none}
"""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(deployment(TEXT))


def states(guard: Guard) -> set[str]:
    """The states of the machine of which the guard speaks."""
    (values,) = guard.values()
    return {getattr(value, "state") for value in values}  # noqa: B009 - a value is any hashable


def test_there_is_a_variable_for_all_that_moves_and_no_other(vocabulary: Vocabulary) -> None:
    assert [str(name) for name in vocabulary.lives] == [
        "pipeline",
        "up a",
        "up w",
        "jobs w",
        "flag f",
        "flag g",
        "schema db/t",
        "content db/t",
        "content c/k",
        "schema q/m",
        "content q/m",
    ]


def test_their_places_are_in_this_order(vocabulary: Vocabulary) -> None:
    assert list(vocabulary.places.values()) == list(range(11))


def test_who_serves(vocabulary: Vocabulary) -> None:
    assert states(vocabulary.up("a", "V1")) == {"2×V1", "1×V1", "1×V1 1×V2"}
    assert states(vocabulary.not_up("a", "V1")) == {"nobody up", "1×V2", "2×V2"}
    assert states(vocabulary.nobody_up("a")) == {"nobody up"}
    assert states(vocabulary.only_up("a", "V2")) == {"nobody up", "1×V2", "2×V2"}
    assert states(vocabulary.writes("a", "V2")) == {"1×V1 1×V2", "1×V2", "2×V2"}


def test_only_workers_are_suspended(vocabulary: Vocabulary) -> None:
    assert states(vocabulary.running("w")) == {"running"}
    assert vocabulary.running("a") == {}


def test_what_lies_there(vocabulary: Vocabulary) -> None:
    cache = Contract("c", "k")
    assert all("V2" in state for state in states(vocabulary.holds(cache, "V2")))
    assert states(vocabulary.is_empty(cache)) == {"empty"}
    assert "empty" not in states(vocabulary.not_empty(cache))
    assert len(states(vocabulary.not_empty(cache))) == 7, "the other sets of three forms"


def test_where_a_contract_exists(vocabulary: Vocabulary) -> None:
    table = Contract("db", "t")
    assert [vocabulary.exists(table, version) for version in ("V1", "V2", "V3")] == [False, True, True]
    assert states(vocabulary.is_there(table)) == {"V2", "V3"}
    assert vocabulary.exists(Contract("c", "k"), "V1")
    assert vocabulary.exists(Contract("db", "u"), "V1")
    assert vocabulary.is_there(Contract("q", "m")) == {}


def test_new_code_behaves_in_the_form_before_while_its_flag_is_off(vocabulary: Vocabulary) -> None:
    guarded = Contract("a", "x")
    assert [vocabulary.form(guarded, v, "off") for v in ("V1", "V2", "V3")] == ["V1", "V1", "V2"]
    assert [vocabulary.form(guarded, v, "on") for v in ("V1", "V2", "V3")] == ["V1", "V2", "V3"]
    assert vocabulary.form(Contract("q", "m"), "V3", None) == "V3"


def test_a_flag_that_a_version_brings_holds_that_version_back(vocabulary: Vocabulary) -> None:
    late = Contract("c", "k")
    assert [vocabulary.form(late, v, "off") for v in ("V1", "V2", "V3")] == ["V1", "V2", "V2"]


def test_tolerant_code_understands_both_forms(vocabulary: Vocabulary) -> None:
    assert vocabulary.understands(Contract("a", "x"))
    assert not vocabulary.understands(Contract("c", "k"))
    assert not vocabulary.understands(Contract("q", "m"))


def test_a_flag_is_seen_off_or_on(vocabulary: Vocabulary) -> None:
    assert [(view, states(guard)) for view, guard in vocabulary.views(Contract("a", "x"))] == [
        ("off", {"off"}),
        ("on", {"on"}),
    ]
    assert vocabulary.views(Contract("q", "m")) == [(None, {})]


def test_a_flag_that_is_taken_up_one_by_one_is_seen_both_ways() -> None:
    text = TEXT.replace("[deploy a,", "[enable f per instance, deploy a,")
    found = Vocabulary(deployment(text)).views(Contract("a", "x"))
    assert [(view, states(guard)) for view, guard in found] == [
        ("off", {"off", "partly on"}),
        ("on", {"on", "partly on"}),
    ]


def test_only_what_can_be_undone_remembers_which_moves_have_ended(vocabulary: Vocabulary) -> None:
    tracked = {str(name) for name, life in vocabulary.lives.items() if life.is_tracked}
    assert tracked == {"content c/k"}


def test_switches_remember_only_in_the_background() -> None:
    text = TEXT.replace("[deploy a,", "[{} enable f, suspend w, deploy a,")
    foreground = Vocabulary(deployment(text.replace("{} ", "")))
    background = Vocabulary(deployment(text.replace("{} ", "start ")))
    kept = [{str(n) for n, life in v.lives.items() if life.is_tracked} for v in (foreground, background)]
    assert kept == [{"content c/k"}, {"flag f", "content c/k"}]


def test_ways_that_exclude_each_other_remember_only_their_own_moves() -> None:
    """A sync of the rollback never happens in the run that comes to the end."""
    text = TEXT + "rollback: [R: [sync c]]\n"
    found = Vocabulary(deployment(text, failures=True)).lives
    life = next(life for name, life in found.items() if str(name) == "content c/k")
    assert max(len(value.ended) for value in life.domain) == 2
    assert min(len(value.ended) for value in life.domain) == 0


def test_moves_are_found_by_what_they_move(vocabulary: Vocabulary) -> None:
    found = {
        str(name): [str(move.instruction) for move in moves] for name, moves in vocabulary.moves_on.items()
    }
    assert found == {"up a": ["deploy"], "schema db/t": ["migrate"], "content c/k": ["sync"]}


def test_a_machine_whose_code_is_not_loaded_is_wrong_input() -> None:
    text = "a: {kind: service, machine: 'm:o'"
    wrong = TEXT.replace("a: {kind: service", text)
    wrong = wrong.replace(", replicas: 2, max_unavailable: 2, max_surge: 0", "")
    with pytest.raises(InvalidDeploymentError, match="whose code is not loaded"):
        Vocabulary(deployment(wrong))


def test_the_requests_variables_come_last() -> None:
    whole = walk(TEXT, "ask").compiled
    own = [str(variable.key) for variable in whole.system.variables[: whole.own_variables]]
    alone = [str(variable.key) for variable in walk(TEXT).compiled.system.variables]
    assert own == alone
    assert str(whole.system.variables[whole.own_variables].key) == "request"
