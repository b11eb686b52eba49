"""What other requests do at any time: write, pass on, use up, expire."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.causes import RelayCause, WriteCause
from skewproof.model.compiler.traffic import Hand, hand_of, list_consumers, list_hands
from skewproof.model.deployment import Verb
from skewproof.model.names import Contract
from support.tiny import deployment, walk

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


def test_messages_are_used_up_only_where_somebody_can_consume_them() -> None:
    text = QUEUE.replace("a consumes q: m]", "a consumes q: m since V2]")
    here = walk(text)
    assert others(here.can) == []
    assert "no V1 message is left in q/m (empty)" in others(here.go("One", "spawn").can)
    nobody = walk(text.replace("[One: [deploy a]]", "[One]"))
    assert others(nobody.can) == [], "no instance of V2 ever comes"


def test_a_job_uses_nothing_up_while_its_worker_is_suspended() -> None:
    text = """
    components: {a: {kind: service}, w: {kind: worker}, q: {kind: broker}}
    requests: {put: [client calls a: x, a publishes q: m], take: [w consumes q: m]}
    pipeline: [One: [suspend w]]
    changes: {q/m: {breaks: none}}
    """
    here = walk(text).go("One")
    assert others(here.can) == ["no V1 message is left in q/m (empty)"]
    assert others(here.go("w suspended").can) == []


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


def test_an_anonymous_client_passes_on_at_any_time() -> None:
    text = RELAY.replace(
        "[client calls a: x, a consumes q: m, a forwards r: n using q/m]",
        "[client consumes q: m, client forwards r: n using q/m]",
    )
    here = walk(text).go("no V1 message is left in r/n")
    assert "client passes on to r/n (V1)" in others(here.can)


def test_only_versions_that_run_the_hop_pass_on() -> None:
    here = walk(RELAY.replace("using q/m]", "using q/m since V2]"))
    assert others(here.can) == ["no V1 message is left in q/m (empty)"]
    assert "a passes on to r/n (V1)" in others(here.go("One", "a: spawn V2").can)


def test_who_writes_what_it_read_elsewhere_writes_in_its_own_form() -> None:
    text = RELAY.replace("r: {kind: broker}", "r: {kind: cache}").replace(
        "a forwards r: n using q/m", "a writes r: n using q/m"
    )
    here = walk(text).go("One", "spawn", "retire")
    assert set(others(here.can)) == {"no V1 message is left in q/m (empty)", "a V2 writes r/n (V1 + V2)"}


def test_what_a_callee_answered_is_in_the_old_form_while_its_flag_is_off() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}, r: {kind: broker}}
    requests: {ask: [client calls a: x, a calls b: y, a forwards r: n using b/y]}
    flags: {f: {guards: [b/y]}}
    pipeline: [One: [deploy b], Two: [enable f]]
    changes: {b/y: {breaks: none}, r/n: {breaks: none}}
    """
    new = walk(text).go("One", "spawn", "retire")
    assert others(new.can) == ["no V1 message is left in r/n (empty)"]
    assert "a passes on to r/n (V1 + V2)" in others(new.go("Two", "flag f on").can)


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


# --- who ---

WHO = """
components:
  app: {kind: client}
  a: {kind: service}
  v: {kind: worker}
  w: {kind: worker}
  late: {kind: worker, pulls: ready}
  q: {kind: broker}
  c: {kind: cache}
requests:
  ask: [app calls a: x, a writes c: k]
  anonymous: [client calls a: x, a writes c: k, client writes c: k]
  job: [v calls a: x, a consumes q: m, v writes c: k]
  pull: [w consumes q: m, w writes c: k, w calls a: x, a writes c: k, a calls w: y, w writes c: k]
  ready: [late consumes q: m, late writes c: k]
pipeline: [One: [deploy a]]
changes: {c/k: {breaks: none}, q/m: {breaks: none}}
"""
BY_PULL = Hand("w", ("w",), pulls=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ask", [Hand("app"), Hand("a")]),
        ("anonymous", [None, Hand("a"), None]),
        ("job", [Hand("v", ("v",)), Hand("a", ("v",)), Hand("v", ("v",))]),
        ("pull", [BY_PULL, BY_PULL, BY_PULL, Hand("a", ("w",)), Hand("a", ("w",)), Hand("w", ("w",))]),
        ("ready", [Hand("late", ("late",)), Hand("late", ("late",))]),
    ],
    ids=[
        "a declared client's request runs at any time",
        "an anonymous client is nobody of the deployment's",
        "a job runs while its worker starts jobs",
        "who pulled a job need only run, who was called must take calls",
        "who pulls when ready takes calls",
    ],
)
def test_who_runs_a_hop_for_others(name: str, expected: list[Hand | None]) -> None:
    found = deployment(WHO)
    (request,) = (one for one in found.requests if one.name == name)
    assert [hand_of(found, request, number) for number in range(1, len(request.hops) + 1)] == expected


def test_who_writes_is_told_with_the_jobs_by_which_it_does() -> None:
    both = frozenset({"V1", "V2"})
    assert list_hands(deployment(WHO), Contract("c", "k"), (Verb.WRITES,)) == {
        Hand("a"): both,
        Hand("v", ("v",)): both,
        BY_PULL: both,
        Hand("w", ("w",)): both,
        Hand("late", ("late",)): both,
    }
    assert list_hands(deployment(WHO), Contract("c", "other"), (Verb.WRITES,)) == {}


def test_who_consumes_uses_messages_up() -> None:
    both = frozenset({"V1", "V2"})
    assert list_consumers(deployment(WHO), Contract("q", "m")) == {
        Hand("a", ("v",)): both,
        BY_PULL: both,
        Hand("late", ("late",)): both,
    }


def test_messages_vanish_at_any_time_where_somebody_outside_or_nobody_consumes_them() -> None:
    outside = WHO.replace("client writes c: k", "client consumes q: m")
    assert list_consumers(deployment(outside), Contract("q", "m")) is None
    assert list_consumers(deployment(WHO), Contract("q", "other")) is None


def test_what_is_passed_on_to_a_queue_that_the_release_does_not_name_leaves_no_form() -> None:
    text = RELAY.replace(", r/n: {breaks: none}", "")
    assert others(walk(text).can) == ["no V1 message is left in q/m (empty)"]


def test_only_a_message_that_is_forwarded_is_passed_on() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}, q: {kind: broker}, c: {kind: cache}}
    requests:
      ask: [client calls a: x, a consumes q: m, a writes c: k using q/m]
      tell: [client calls b: y, b publishes q: m]
    pipeline: [One: [deploy a b]]
    changes: {q/m: {breaks: none}, c/k: {breaks: none}}
    """
    causes = [type(event.cause) for event in walk(text).compiled.system.events]
    assert WriteCause in causes
    assert RelayCause not in causes
    assert RelayCause in [type(event.cause) for event in walk(RELAY).compiled.system.events]
