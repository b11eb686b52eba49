"""The hops of the request under watch: who runs them, whom and what they meet, what they leave."""

from __future__ import annotations

from support.tiny import everything, places, walk

CALLS = """
components: {a: {kind: service}, b: {kind: service, max_surge: 0, max_unavailable: 1}}
requests: {ask: [client calls a: x, a calls b: y, a calls b: z]}
pipeline: [One: [deploy a b]]
changes: {b/y: {breaks: none}}
"""
READ = """
components: {a: {kind: service}, c: {kind: cache}, b: {kind: service}}
requests: {ask: [client calls a: x, a reads c: k, a calls b: y using c/k]}
pipeline: [One: [purge c, deploy b a]]
changes: {c/k: {breaks: none}, b/y: {breaks: none}}
"""
QUEUE = """
components: {a: {kind: service}, w: {kind: worker}, q: {kind: broker}, db: {kind: database}}
requests:
  put: [client calls a: x, a publishes q: m]
  take: [w consumes q: m, w writes db: t using m]
pipeline: [One: [reconfigure q], Two: [deploy a w]]
changes: {q/m: {breaks: none}, db/t: {breaks: none}}
"""
WRITE = """
components: {a: {kind: service}, c: {kind: cache}}
requests: {ask: [client calls a: x, a writes c: k]}
pipeline: [One: [deploy a]]
changes: {c/k: {breaks: none}}
"""


def test_a_call_picks_any_version_that_is_up() -> None:
    here = walk(CALLS, "ask").go("One begins", "a: spawn")
    assert [text for text in here.can if text.startswith("client")] == [
        "client calls a V1: x",
        "client calls a V2: x",
    ]


def test_a_call_waits_while_nobody_is_up() -> None:
    here = walk(CALLS, "ask").go("client calls a V1", "One begins", "b: retire V1")
    assert here["up b"] == "nobody up"
    assert here.cannot("calls b")
    assert "a V1 calls b V2: y" in here.go("b: spawn V2").can


def test_the_caller_runs_the_hop_in_the_version_that_was_called() -> None:
    here = walk(CALLS, "ask").go("One begins", "a: spawn", "client calls a V2")
    assert here["frame 1 a"] == "V2"
    assert "a V2 calls b V1: y" in here.can
    assert here.cannot("a V1 calls")


def test_hops_follow_each_other_and_the_last_lets_everybody_go() -> None:
    here = walk(CALLS, "ask").go("client calls a V1", "a V1 calls b V1: y")
    assert here["request"] == "2"
    over = here.go("a V1 calls b V1: z")
    assert (over["request"], over["frame 1 a"]) == ("3", "None")
    assert not any("calls" in text for text in over.can)


def test_a_read_finds_what_lies_there() -> None:
    here = walk(READ, "ask").go("client calls a", "reads c: k (finds V1)")
    assert here["token c/k"] == "V1"


def test_a_read_of_nothing_is_a_miss_and_goes_on() -> None:
    here = walk(READ, "ask").go("client calls a", "One begins", "purge")
    assert here["content c/k"] == "empty"
    reads = [text for text in here.can if "reads" in text]
    assert reads == ["a V1 reads c: k"], "nothing is found"
    missed = here.go("a V1 reads c: k")
    assert (missed["request"], missed["token c/k"]) == ("2", "None")


def test_a_read_of_something_is_no_miss() -> None:
    here = walk(READ, "ask").go("client calls a")
    assert [text for text in here.can if "reads" in text] == ["a V1 reads c: k (finds V1)"]


def test_a_miss_forgets_what_was_read_before() -> None:
    text = READ.replace("a reads c: k, a calls b", "a reads c: k, a reads c: k, a calls b")
    here = walk(text, "ask").go("client calls a", "(finds V1)", "One begins", "purge", "a V1 reads c: k")
    assert (here["request"], here["token c/k"]) == ("3", "None")


def test_of_several_forms_a_read_finds_any_one() -> None:
    text = READ.replace("[purge c, deploy b a]", "[sync c]")
    here = walk(text, "ask").go("client calls a", "One begins", "sync")
    assert here["content c/k"] == "V1 + V2"
    assert [text for text in here.can if "reads" in text] == [
        "a V1 reads c: k (finds V1)",
        "a V1 reads c: k (finds V2)",
    ]


def test_what_was_obtained_is_forgotten_after_its_last_use() -> None:
    text = READ.replace("using c/k]}", "using c/k, a calls b: v]}")
    here = walk(text, "ask").go("client calls a", "(finds V1)", "a V1 calls b V1: y")
    assert (here["request"], here["token c/k"]) == ("3", "None")


def test_a_read_that_nothing_uses_does_not_ask_what_lies_there() -> None:
    text = READ.replace(" using c/k", "")
    here = walk(text, "ask").go("client calls a")
    assert "token c/k" not in here.values
    assert [text for text in here.can if "reads" in text] == ["a V1 reads c: k"]
    assert [t for t in here.go("One begins", "purge").can if "reads" in t] == ["a V1 reads c: k"]


def test_a_consumer_waits_at_an_empty_queue() -> None:
    here = walk(QUEUE, "take").go("no V1 message is left")
    assert here["content q/m"] == "empty"
    assert here.cannot("consumes")
    assert "w V1 consumes q: m (finds V1)" in here.go("a V1 writes q/m").can


def test_a_consumer_waits_at_an_empty_queue_though_nothing_uses_the_message() -> None:
    here = walk(QUEUE.replace(" using m", ""), "take").go("no V1 message is left")
    assert here.cannot("consumes")
    assert "w V1 consumes q: m" in here.go("a V1 writes q/m").can


def test_the_rows_that_a_read_obtains_have_the_form_of_the_schema() -> None:
    text = """
    components: {a: {kind: service}, db: {kind: database}, b: {kind: service}}
    requests: {ask: [client calls a: x, a reads db: t, a calls b: y using db/t]}
    pipeline: [One: [migrate db]]
    changes: {db/t: {breaks: none}, b/y: {breaks: none}}
    """
    assert walk(text, "ask").go("client calls a", "a V1 reads")["token db/t"] == "V1"
    later = walk(text, "ask").go("One begins", "schema", "client calls a", "a V1 reads")
    assert later["token db/t"] == "V2"


def test_a_write_leaves_the_form_of_its_caller() -> None:
    here = walk(WRITE, "ask", traffic=False).go(
        "One begins", "a: spawn V2", "client calls a V2", "a V2 writes c"
    )
    assert here["content c/k"] == "V1 + V2"


def test_a_write_of_a_form_that_lies_there_changes_nothing_else() -> None:
    here = walk(WRITE, "ask", traffic=False).go("client calls a V1", "a V1 writes c")
    assert (here["content c/k"], here["request"]) == ("V1", "2")


def test_a_client_leaves_no_form() -> None:
    text = WRITE.replace("client calls a: x, a writes c: k", "client writes c: k")
    assert walk(text, "ask", traffic=False).go("client writes c: k")["content c/k"] == "V1"


def test_nothing_stays_where_a_table_does_not_exist() -> None:
    text = """
    components: {a: {kind: service}, db: {kind: database}}
    requests: {ask: [client calls a: x, a writes db: t]}
    pipeline: [One: [migrate db]]
    changes: {db/t: {breaks: none, rows: kept, exists: [V2]}}
    """
    before = walk(text, "ask", traffic=False).go("client calls a V1", "a V1 writes db")
    assert (before["content db/t"], before["request"]) == ("empty", "2")
    after = walk(text, "ask", traffic=False).go("One", "schema", "client calls a V1", "a V1 writes db")
    assert after["content db/t"] == "V1"


def test_a_message_is_passed_on_as_it_was_obtained() -> None:
    text = """
    components: {a: {kind: service}, q: {kind: broker}, r: {kind: broker}}
    requests: {ask: [client calls a: x, a consumes q: m, a forwards r: n using q/m]}
    pipeline: [One: [reconfigure q, purge r]]
    changes: {q/m: {breaks: none}, r/n: {breaks: none}}
    """
    here = walk(text, "ask", traffic=False)
    here = here.go("client calls a", "finds V1", "One", "q/m: conf", "next", "purge")
    assert here["content r/n"] == "empty"
    assert here.go("a V1 forwards r")["content r/n"] == "V1"


def test_callers_of_other_versions_pass_a_hop_over() -> None:
    text = CALLS.replace("a calls b: y,", "a calls b: y since V2,")
    old = walk(text, "ask").go("client calls a V1")
    assert [t for t in old.can if t.startswith("a V1")] == ["a V1 passes over: a calls b: y since V2"]
    assert "a V1 calls b V1: z" in old.go("passes over").can
    new = walk(text, "ask").go("One begins", "a: spawn", "client calls a V2")
    assert "a V2 calls b V1: y" in new.can
    assert new.cannot("passes over")


def test_who_was_never_called_passes_its_hops_over() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}, db: {kind: database}}
    requests: {ask: [client calls a: x, a calls b: y since V2, b reads db: t]}
    pipeline: [One: [deploy a]]
    changes: {}
    """
    here = walk(text, "ask").go("client calls a V1", "a V1 passes over")
    assert [t for t in here.can if t.startswith("b")] == ["b, never called, passes over: b reads db: t"]
    called = walk(text, "ask").go("One", "spawn", "client calls a V2", "a V2 calls b V1")
    assert [t for t in called.can if t.startswith("b")] == ["b V1 reads db: t"]


def test_a_first_hop_of_a_job_needs_a_running_worker() -> None:
    text = QUEUE.replace("Two: [deploy a w]", "Two: [suspend w]")
    here = walk(text, "take").go("One", "q/m: configuration", "Two")
    assert not here.cannot("w V1 consumes")
    assert here.go("w suspended").cannot("w V1 consumes")


def test_a_job_goes_on_when_its_worker_is_suspended() -> None:
    text = QUEUE.replace("Two: [deploy a w]", "Two: [suspend w]")
    here = walk(text, "take").go("w V1 consumes", "One", "q/m: configuration", "Two", "w suspended")
    assert "w V1 writes db: t" in here.can


def test_the_flag_decides_in_which_form_a_callee_answers() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}}
    requests: {ask: [client calls a: x, a calls b: y using a/x]}
    flags: {f: {guards: [a/x]}}
    pipeline: [One: [deploy a], Two: [enable f]]
    changes: {a/x: {breaks: none}, b/y: {breaks: none}}
    """
    new = walk(text, "ask", traffic=False).go("One", "spawn", "retire")
    assert new.go("client calls a V2")["token a/x"] == "V1", "new code behaves in the old form"
    assert new.go("Two", "flag f on", "client calls a V2")["token a/x"] == "V2"


def test_every_hop_takes_the_request_on_by_one() -> None:
    found = everything(CALLS, "ask")
    assert places(found, "request") == {"0", "1", "2", "3"}
