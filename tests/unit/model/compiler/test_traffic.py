"""What other requests do at any time: write, pass on, use up, expire."""

from __future__ import annotations

from support.tiny import walk

WRITER = """
components: {a: {kind: service}, w: {kind: worker}, c: {kind: cache}}
requests:
  ask: [client calls a: x, a reads c: k]
  job: [w writes c: k]
pipeline: [Stop: [suspend w], One: [deploy w], Go: [resume w]]
changes: {c/k: {breaks: none}}
"""
QUEUE = """
components: {a: {kind: service}, q: {kind: broker}}
requests: {put: [client calls a: x, a publishes q: m], take: [client calls a: y, a consumes q: m]}
pipeline: [One: [deploy a]]
changes: {q/m: {breaks: none}}
"""
RELAY = """
components: {a: {kind: service}, q: {kind: broker}, r: {kind: broker}}
requests: {ask: [client calls a: x, a consumes q: m, a forwards r: n using q/m]}
pipeline: [One: [deploy a]]
changes: {q/m: {breaks: none}, r/n: {breaks: none}}
"""


def others(can: list[str]) -> list[str]:
    return [text.removeprefix("other traffic: ") for text in can if text.startswith("other traffic")]


def test_instances_of_a_version_write_in_its_form_once_they_are_up() -> None:
    start = walk(WRITER)
    assert others(start.can) == [], "what they could write lies there"
    up = start.go("Stop", "w suspended", "One", "spawn V2", "retire V1", "Go", "w running")
    assert others(up.can) == ["w V2 writes c/k (V1 + V2)"]
    assert up.go("w V2 writes")["content c/k"] == "V1 + V2"


def test_a_suspended_worker_writes_nothing() -> None:
    start = walk(WRITER).go("Stop")
    busy = start.go("w suspended", "One", "spawn V2")
    assert others(busy.can) == []


def test_who_writes_in_other_requests_too_does_not_wait_for_the_worker() -> None:
    text = """
    components: {a: {kind: service}, w: {kind: worker}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a writes c: k], job: [w calls a: y, a writes c: k]}
    pipeline: [Stop: [suspend w], One: [deploy a]]
    changes: {c/k: {breaks: none}}
    """
    here = walk(text).go("Stop", "w suspended", "One", "spawn")
    assert others(here.can) == ["a V2 writes c/k (V1 + V2)"]


def test_versions_that_do_not_run_a_hop_do_not_write() -> None:
    text = WRITER.replace("w writes c: k", "w writes c: k until V1")
    here = walk(text).go("Stop", "w suspended", "One", "spawn V2", "retire V1", "Go", "w running")
    assert others(here.can) == []


def test_readers_write_nothing() -> None:
    text = WRITER.replace("job: [w writes c: k]", "job: [w reads c: k]")
    here = walk(text).go("Stop", "w suspended", "One", "spawn V2", "retire V1", "Go", "w running")
    assert others(here.can) == []


def test_what_drains_still_writes() -> None:
    text = """
    components: {a: {kind: service, strategy: blue-green}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a writes c: k]}
    pipeline: [One: [purge c, deploy a]]
    changes: {c/k: {breaks: none}}
    """
    here = walk(text).go("One", "c/k: purge", "next", "spawn")
    assert others(here.can) == ["a V1 writes c/k (V1)"], "green instances do nothing yet"
    assert others(here.go("switch").can) == ["a V1 writes c/k (V1)", "a V2 writes c/k (V2)"]


def test_messages_are_used_up_form_by_form() -> None:
    here = walk(QUEUE)
    assert others(here.can) == ["no V1 message is left in q/m (empty)"]
    both = here.go("One", "spawn", "a V2 writes q/m")
    assert others(both.can) == [
        "no V1 message is left in q/m (V2)",
        "no V2 message is left in q/m (V1)",
    ]


def test_entries_expire_only_where_the_change_says_so() -> None:
    assert others(walk(WRITER).can) == []
    text = WRITER.replace("c/k: {breaks: none}", "c/k: {breaks: none, expires: true}")
    assert others(walk(text).can) == ["no V1 entry is left in c/k (empty)"]
    assert walk(text).go("no V1 entry")["content c/k"] == "empty"


def test_what_is_passed_on_keeps_the_form_of_its_source() -> None:
    here = walk(RELAY).go("no V1 message is left in r/n")
    assert set(others(here.can)) == {"no V1 message is left in q/m (empty)", "a passes on to r/n (V1)"}
    assert here.go("a passes on")["content r/n"] == "V1"


def test_nothing_is_passed_on_where_nothing_lies() -> None:
    here = walk(RELAY).go("no V1 message is left in r/n", "no V1 message is left in q/m")
    assert others(here.can) == []


def test_what_a_callee_answered_is_passed_on_in_its_form() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}, r: {kind: broker}}
    requests: {ask: [client calls a: x, a calls b: y, a forwards r: n using b/y]}
    pipeline: [One: [deploy b]]
    changes: {b/y: {breaks: none}, r/n: {breaks: none}}
    """
    here = walk(text).go("One", "spawn")
    assert others(here.can) == ["a passes on to r/n (V1 + V2)", "no V1 message is left in r/n (empty)"]
    assert others(walk(text).can) == ["no V1 message is left in r/n (empty)"]


def test_a_flag_decides_in_which_form_others_write() -> None:
    text = """
    components: {a: {kind: service}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a writes c: k]}
    flags: {f: {guards: [c/k]}}
    pipeline: [One: [deploy a], Two: [enable f]]
    changes: {c/k: {breaks: none}}
    """
    new = walk(text).go("One", "spawn", "retire")
    assert others(new.can) == [], "it writes in the old form while the flag is off"
    assert others(new.go("Two", "flag f on").can) == ["a V2 writes c/k (V1 + V2)"]


def test_without_traffic_nobody_writes_or_uses_up() -> None:
    here = walk(QUEUE, traffic=False).go("One", "spawn")
    assert others(here.can) == []


def test_nobody_writes_to_what_does_not_exist() -> None:
    text = """
    components: {a: {kind: service}, db: {kind: database}}
    requests: {ask: [client calls a: x, a writes db: t]}
    pipeline: [One: [migrate db]]
    changes: {db/t: {breaks: none, rows: kept, exists: [V2]}}
    """
    assert others(walk(text).can) == []
    assert others(walk(text).go("One", "schema").can) == ["a V1 writes db/t (V1)"]
