"""What a request remembers on its way, and where its calls can go."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.walker import Walker
from skewproof.model.names import REQUEST, Contract, token_of
from support.tiny import everything, places, walk

TWICE = """
components: {a: {kind: service, replicas: 2}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y, b calls a: z, a calls b: w, b calls a: v]}
pipeline: [One: [deploy a]]
changes: {}
"""


def walker(text: str, request: str) -> Walker:
    found = walk(text, request).compiled.walker
    assert found is not None
    return found


def names(text: str, request: str) -> set[str]:
    """The variables that the request adds to the deployment's own."""
    whole = walk(text, request).compiled
    return {str(variable.key) for variable in whole.system.variables[whole.own_variables :]}


def test_a_request_of_leaf_calls_remembers_only_how_far_it_is() -> None:
    text = TWICE.replace(", a calls b: y, b calls a: z, a calls b: w, b calls a: v", "")
    assert names(text, "ask") == {"request"}


def test_each_instance_that_is_held_is_remembered() -> None:
    assert names(TWICE, "ask") == {"request", "frame 1 a", "frame 2 b", "frame 3 a", "frame 4 b"}


def test_a_component_that_is_stood_on_twice_holds_two_instances() -> None:
    here = walk(TWICE, "ask").go(
        "client calls a V1", "a V1 calls b V1: y", "One", "a: spawn", "b V1 calls a V2"
    )
    assert (here["frame 1 a"], here["frame 3 a"]) == ("V1", "V2")


def test_each_of_the_two_is_waited_for() -> None:
    """The inner one of the old version, the outer one of the new: either keeps the last old instance."""
    one = TWICE.replace(", replicas: 2", "")
    here = walk(one, "ask").go(
        "One", "a: spawn", "client calls a V2", "a V2 calls b V1: y", "b V1 calls a V1: z"
    )
    assert here.cannot("a: retire V1")
    other = walk(one, "ask").go(
        "One", "a: spawn", "client calls a V1", "a V1 calls b V1: y", "b V1 calls a V2: z"
    )
    assert other.cannot("a: retire V1")
    free = walk(one, "ask").go(
        "One", "a: spawn", "client calls a V2", "a V2 calls b V1: y", "b V1 calls a V2: z"
    )
    assert not free.cannot("a: retire V1")


def test_either_of_two_can_be_cut_off() -> None:
    text = TWICE.replace("replicas: 2", "drain: abrupt")
    here = walk(text, "ask").go(
        "One", "a: spawn", "client calls a V1", "a V1 calls b V1: y", "b V1 calls a V1: z"
    )
    cuts = {cut.born for cut in here.cuts}
    assert cuts == {1, 3}


def test_an_instance_that_has_answered_is_forgotten() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
    requests: {ask: [client calls a: x, a calls b: y, b calls c: z, a calls c: w]}
    pipeline: [One: [deploy a]]
    changes: {}
    """
    here = walk(text, "ask").go("client calls a", "a V1 calls b", "b V1 calls c")
    assert (here["frame 1 a"], here["frame 2 b"]) == ("V1", "None")


SESSION = """
components: {a: {kind: service}, b: {kind: service, route: session}}
requests: {ask: [client calls a: x, a calls b: y, a calls b: z, a calls a: v]}
pipeline: [One: [deploy b]]
changes: {}
"""


def test_a_session_keeps_to_the_version_of_its_first_call() -> None:
    here = walk(SESSION, "ask").go("client calls a", "One", "spawn", "a V1 calls b V1: y")
    assert here["session b"] == "V1"
    assert [text for text in here.can if "calls b" in text] == ["a V1 calls b V1: z"]


def test_a_session_whose_version_is_gone_goes_anywhere() -> None:
    here = walk(SESSION, "ask").go("client calls a", "One", "spawn", "a V1 calls b V1: y", "b: retire V1")
    assert [text for text in here.can if "calls b" in text] == ["a V1 calls b V2: z"]


def test_a_session_is_forgotten_after_its_last_call() -> None:
    here = walk(SESSION, "ask").go("client calls a", "a V1 calls b V1: y", "a V1 calls b V1: z")
    assert here["session b"] == "None"


def test_one_call_is_no_session() -> None:
    assert "session b" not in names(SESSION.replace("a calls b: z, ", ""), "ask")


PATH = """
components: {a: {kind: service}, b: {kind: service, route: carried}}
requests: {ask: [client calls b: x, client calls b: y using b/x]}
pipeline: [One: [deploy b]]
changes: {b/x: {breaks: none}, b/y: {breaks: none}}
"""


def test_a_path_leads_to_the_version_of_what_is_carried() -> None:
    here = walk(PATH, "ask").go("One", "spawn", "client calls b V1: x")
    assert here["token b/x"] == "V1"
    assert [text for text in here.can if "client calls b" in text] == ["client calls b V1: y"]


def test_a_path_whose_version_is_gone_leads_anywhere() -> None:
    here = walk(PATH, "ask").go("One", "spawn", "client calls b V1: x", "retire V1")
    assert [text for text in here.can if "client calls b" in text] == ["client calls b V2: y"]


TWO_SOURCES = """
components: {b: {kind: service, route: carried}, c: {kind: cache}, d: {kind: cache}}
requests: {ask: [client reads c: k, client reads d: l, client calls b: y using d/l c/k]}
pipeline: [One: [purge d, deploy b]]
changes: {c/k: {breaks: none, starts: [V1]}, d/l: {breaks: none, starts: [V1, V2]}, b/y: {breaks: none}}
"""


def test_of_two_sources_the_one_that_is_obtained_first_says_the_way() -> None:
    here = walk(TWO_SOURCES, "ask").go("client reads c: k (finds V1)", "(finds V2)", "One", "purge", "next")
    up = here.go("b: spawn V2")
    assert (up["token c/k"], up["token d/l"]) == ("V1", "V2")
    assert [text for text in up.can if "client calls b" in text] == ["client calls b V1: y"]


def test_a_source_that_was_missed_leaves_the_way_to_the_next() -> None:
    text = TWO_SOURCES.replace("starts: [V1]}", "starts: empty}")
    here = walk(text, "ask").go("client reads c: k", "(finds V2)", "One", "purge", "next", "b: spawn V2")
    assert (here["token c/k"], here["token d/l"]) == ("None", "V2")
    assert [text for text in here.can if "client calls b" in text] == ["client calls b V2: y"]


def test_a_request_that_carries_nothing_goes_anywhere() -> None:
    text = TWO_SOURCES.replace("starts: [V1]}", "starts: empty}").replace("starts: [V1, V2]", "starts: empty")
    here = walk(text, "ask").go("client reads c: k", "client reads d: l", "One", "next", "b: spawn V2")
    assert [text for text in here.can if "client calls b" in text] == [
        "client calls b V1: y",
        "client calls b V2: y",
    ]


def test_without_a_route_a_call_goes_anywhere() -> None:
    text = PATH.replace(", route: carried", "")
    here = walk(text, "ask").go("One", "spawn", "client calls b V1: x")
    assert [t for t in here.can if "client calls b" in t] == ["client calls b V1: y", "client calls b V2: y"]


SPAN = """
components: {a: {kind: service}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy a], Two, Three]
changes: {}
assume: {max_span: 1}
"""


def test_no_more_steps_begin_than_are_assumed_while_the_request_is_in_flight() -> None:
    here = walk(SPAN, "ask").go("client calls a V1", "One begins", "a: spawn")
    assert here["span"] == "1"
    stuck = walk(SPAN.replace("[deploy a]", "[deploy b]"), "ask")
    stuck = stuck.go("client calls a V1", "One begins", "b: spawn", "b: retire")
    assert stuck.cannot("Two begins")
    assert "Two begins" in stuck.go("a V1 calls b V2").can


def test_steps_that_begin_before_and_after_do_not_count() -> None:
    before = walk(SPAN, "ask").go("One begins", "spawn", "retire", "Two begins")
    assert before["span"] == "0"
    after = before.go("client calls a", "a V2 calls b V1", "Three begins")
    assert after["span"] == "0"


@pytest.mark.parametrize("limit", [0, 2])
def test_the_span_goes_to_its_limit(limit: int) -> None:
    text = SPAN.replace("max_span: 1", f"max_span: {limit}").replace("One: [deploy a], ", "One, ")
    assert places(everything(text, "ask"), "span") == {str(n) for n in range(limit + 1)}


def test_the_end_of_the_pipeline_is_no_step() -> None:
    text = SPAN.replace("max_span: 1", "max_span: 0").replace("One: [deploy a], Two, Three", "One")
    here = walk(text, "ask").go("One begins", "client calls a")
    assert "the pipeline is over" in here.can


def test_a_hop_knows_the_changed_contracts_that_it_has_its_data_from() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}, d: {kind: cache}, b: {kind: service}}
    requests: {ask: [client calls a: x, a reads c: k, a reads d: k, a writes c: k, a calls b: y using k]}
    pipeline: [One]
    changes: {c/k: {breaks: none}}
    """
    found = walker(text, "ask")
    assert [str(contract) for contract in found.sources(5)] == ["c/k"], "nothing changes at the other"
    assert found.sources(4) == []
    assert found.sources(2) == []


def test_a_request_is_in_flight_from_its_first_hop_to_its_last() -> None:
    found = walker(TWICE, "ask")
    assert found.is_next(3) == {REQUEST: {2}}
    assert found.in_flight() == {REQUEST: {1, 2, 3, 4}}
    assert found.not_in_flight() == {REQUEST: {0, 5}}


def test_who_stands_on_a_component_says_so_of_each_instance() -> None:
    found = walker(TWICE, "ask")
    outer, inner = found.held_at("a")
    assert found.not_on("a") == {outer.variable: {None}, inner.variable: {None}}
    assert found.not_of(outer, ["V1"]) == {outer.variable: {None, "V2"}}
    assert found.not_of(outer, []) == {}, "whatever it is"


def test_what_is_carried_in_another_form_or_not_at_all_is_not_carried() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
    requests: {ask: [client calls a: x, a reads c: k, a calls b: y using c/k]}
    pipeline: [One]
    changes: {c/k: {breaks: none}}
    """
    found = walker(text, "ask")
    carried = Contract("c", "k")
    assert found.not_carrying(carried, frozenset({"V1"})) == {token_of(carried): {None, "V2"}}
    assert found.not_carrying(Contract("b", "y"), frozenset({"V1"})) == {}, "nobody is using it"


ASKED = """
components: {w: {kind: worker}, a: {kind: service}, b: {kind: service}, c: {kind: cache}}
requests: {ask: [w reads c: k since V2, w calls a: x, w calls a: y since V2, a calls b: z, b calls a: v]}
pipeline: [One: [deploy a]]
changes: {}
"""


def test_a_hop_asks_which_version_its_caller_has_only_if_it_may_pass_it_over() -> None:
    found = walker(ASKED, "ask")
    asked = [{str(key): values for key, values in found.runs(n).items()} for n in range(1, 6)]
    assert asked == [
        {},
        {},
        {"frame 0 w": {"V2"}},
        {"frame 3 a": {"V1", "V2"}},
        {"frame 4 b": {"V1", "V2"}},
    ], "the first picks its caller; who was called by a hop that is passed over may be missing"


def test_a_request_that_is_over_has_forgotten_everything() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}, b: {kind: service, route: session}}
    requests: {ask: [client calls a: x, a reads c: k, a calls b: y using c/k, a calls b: z using c/k]}
    pipeline: [One: [deploy b]]
    changes: {c/k: {breaks: none}, b/y: {breaks: none}, b/z: {breaks: none}}
    """
    over = {str(key): value for key, value in walker(text, "ask").over().items()}
    assert over == {"request": 4, "frame 1 a": None, "token c/k": None, "session b": None}
