"""The verifier: what it reads, what it names as proven and as open, and what it refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from skewproof.model.compiler.causes import PassCause
from skewproof.model.compiler.compile import Compiled, compile_deployment, compile_with
from skewproof.model.compiler.system import Event
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.deployment import Request
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.verify import NOTHING_GIVEN, list_left_open, verify
from skewproof.properties.certificate.write import certify
from support.tiny import key_of

TEXT = """
system: tiny
components: {a: {kind: service}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy b], Two: [deploy a]]
changes: {b/y: {breaks: [V2 -> V1]}}
properties: {up: always a.up(V1) or a.up(V2), late: eventually done}
"""
HOP = "hop 2 of `ask`: a calls b: y"
UP, LATE = "up: always a.up(V1) or a.up(V2)", "late: eventually done"
NO_STALL = "that the pipeline cannot stall"
MET = "that something could meet `breaks` of b/y"
EVERYTHING = (HOP, UP, LATE, NO_STALL, MET)


def written(text: str = TEXT) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(certify(loads(text), Limits()).content))
    return made


CERTIFICATE = written()
ASSUMED = CERTIFICATE["assumed"]


def refusal(certificate: object, text: str = TEXT) -> str:
    """Why it is refused."""
    with pytest.raises(CertificateRefusedError) as refused:
        verify(loads(text), certificate)
    return str(refused.value)


def bent(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    other = copy.deepcopy(CERTIFICATE)
    change(other)
    return other


def without(name: str) -> dict[str, Any]:
    """The certificate without its claims of that kind."""
    return {**CERTIFICATE, "claims": [one for one in CERTIFICATE["claims"] if one["of"][0] != name]}


def test_a_right_certificate_proves_everything() -> None:
    proof = verify(loads(TEXT), CERTIFICATE)
    assert (proof.proven, proof.left_open, proof.is_whole) == (EVERYTHING, (), True)


def test_what_has_no_claim_is_left_open() -> None:
    assert verify(loads(TEXT), without("hop")).left_open == (HOP,)
    assert verify(loads(TEXT), without("formula")).left_open == (UP, LATE)
    assert verify(loads(TEXT), {**CERTIFICATE, "runs": []}).left_open == ()  # an action brings each side
    assert not verify(loads(TEXT), without("hop")).is_whole


def test_without_progress_nothing_that_must_come_is_proven() -> None:
    certificate = {**CERTIFICATE, "progress": []}
    assert "is not shown to come" in refusal(certificate)
    certificate = {**without("formula"), "progress": []}
    assert verify(loads(TEXT), certificate).left_open == (UP, LATE, NO_STALL)


def test_all_that_is_judged_is_left_open_by_a_certificate_of_nothing() -> None:
    assert list_left_open(loads(TEXT)) == (HOP, UP, LATE, NO_STALL)


def test_nothing_is_proven_where_nothing_was_given() -> None:
    text = "\n".join(line for line in TEXT.splitlines() if not line.startswith("changes"))
    assert list_left_open(loads(text)) == (NOTHING_GIVEN,)


def test_a_formula_is_claimed_by_its_text_and_not_by_its_name() -> None:
    """Of two under one name one may be proven, and the other violated."""
    text = TEXT.replace("late: eventually done", "up2: [always a.up(V1) or a.up(V2), never a.up(V2)]")
    certificate = {**CERTIFICATE, "claims": [c for c in CERTIFICATE["claims"] if c["of"][1:] != [LATE[6:]]]}
    proof = verify(loads(text), certificate)
    assert UP in proof.proven
    assert proof.left_open == ("up2: never a.up(V2)",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "another"), ("version", 4), ("version", 5.0), ("version", True), ("version", "5"),
        ("version", None), ("system", "another"), ("claims", None), ("claims", {}), ("progress", None),
        ("runs", None), ("runs", [0]), ("runs", [[True]]), ("runs", [[-1]]), ("runs", [[10**9]]),
        ("values", None), ("values", []), ("values", {"up a": [True]}), ("values", {"up a": [1.5]}),
    ],
)  # fmt: skip
def test_the_head_is_exact(key: str, value: object) -> None:
    assert refusal({**CERTIFICATE, key: value})


def test_the_head_is_whole() -> None:
    for key in CERTIFICATE:
        assert refusal({name: value for name, value in CERTIFICATE.items() if name != key})
    assert "`format`" in refusal([])
    assert "the certificate is no mapping" in refusal({**CERTIFICATE, "more": 1})


@pytest.mark.parametrize("level", [0, 1, 4])
def test_a_level_with_more_nodes_than_are_led_to_is_refused(level: int) -> None:
    """What nothing leads to proves nothing, and makes a certificate as large as somebody likes."""

    def pad(certificate: dict[str, Any]) -> None:
        nodes = certificate["claims"][0]["levels"][level]
        nodes += nodes * 20

    assert "no edge leads" in refusal(bent(pad))


def test_a_node_with_more_edges_than_values_is_refused_before_they_are_read() -> None:
    def pad(certificate: dict[str, Any]) -> None:
        node = certificate["claims"][0]["levels"][1][0]
        node += ["no edge"] * 20

    assert "more edges than `up a` has values" in refusal(bent(pad))


def test_a_run_of_nothing_is_refused() -> None:
    assert "no events" in refusal({**CERTIFICATE, "runs": [[]]})


def test_no_claim_is_made_twice() -> None:
    assert "claimed twice" in refusal(bent(lambda c: c["claims"].append(c["claims"][0])))


@pytest.mark.parametrize(
    "name",
    [
        ["hop", "ask", 1],
        ["hop", "ask", 9],
        ["hop", "asks", 2],
        ["formula", "never a.up(V2)"],
        ["cut", "ask"],
        [],
    ],
)
def test_a_claim_of_what_is_not_judged_is_refused(name: list[Any]) -> None:
    assert "what is not judged" in refusal(bent(lambda c: c["claims"][0].update(of=name)))


@pytest.mark.parametrize("name", [["hop", "ask", 2.0], ["hop", "ask", True], None, [[]], [None]])
def test_a_claim_is_named_by_texts_and_numbers(name: object) -> None:
    assert refusal(bent(lambda c: c["claims"][0].update(of=name)))


def edge(certificate: dict[str, Any]) -> Any:
    return certificate["claims"][0]["levels"][0][0][0]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"variables": ["up a"]}, "not a level for each variable"),
        ({"variables": ["pipeline", "up a", "up a", "request", "frame 1 a"]}, "each once"),
        ({"variables": ["pipeline", "up a", "up c", "request", "frame 1 a"]}, "not variables"),
        ({"variables": ["pipeline", "up a", 3, "request", "frame 1 a"]}, "not variables"),
        ({"variables": None}, "is no list"),
        ({"variables": [], "levels": []}, "no node to begin at"),
        ({"levels": [[], [], [], [], []]}, "no edge leads"),
        ({"labels": []}, "there is not"),
        ({"labels": [["hold"]]}, "no label"),
        ({"labels": [["held", 1]]}, "no label"),
        ({"labels": [["goal", True]]}, "no number"),
        ({"labels": [["rank", 0, 1.0]]}, "no number"),
        ({"labels": [["rank", 0, -1]]}, "no number"),
        ({"labels": ["held"]}, "no list"),
        ({"labels": [["held"]] * 30}, "no edge leads"),
        ({"more": 1}, "no mapping"),
    ],
)
def test_a_diagram_has_its_parts_and_they_fit(part: dict[str, Any], told: str) -> None:
    assert told in refusal(bent(lambda c: c["claims"][0].update(part)))


@pytest.mark.parametrize(
    "values",
    [[], None, "x", [[]], [[0, 1, 2]], [[1, 0]], [9], [[0, 9]], [True], [1.0], [{}], [-1], [[-1, 2]]],
)
def test_values_that_a_variable_cannot_have_are_refused(values: object) -> None:
    def change(certificate: dict[str, Any]) -> None:
        edge(certificate)[0] = values

    assert refusal(bent(change))


def test_an_edge_leads_to_a_node_that_there_is() -> None:
    for child in (9, -1, True, None, 1.0):

        def change(certificate: dict[str, Any], child: object = child) -> None:
            edge(certificate)[1] = child

        assert refusal(bent(change))


def test_a_value_of_another_variable_is_none_of_this() -> None:
    assert "cannot have" in refusal(bent(lambda c: c["values"]["up a"].__setitem__(0, "9×V9")))
    assert "not texts, numbers" in refusal(bent(lambda c: c["values"]["request"].__setitem__(0, False)))


# --- what it rests on ---


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("unchanged", []),
        ("unchanged", ["a/x", "b/y"]),
        ("unjudged", ["a/x"]),
        ("max_span", 0),
        ("max_span", False),
        ("never", ["b/y V2 -> V1"]),
        ("enabled_after", ["f"]),
        ("overridden", ["b/y"]),
        ("failures", True),
        ("failures", 0),
        ("failures", "x" * 10_000),
    ],
)
def test_another_assumption_is_refused_by_name(key: str, value: object) -> None:
    told = refusal({**CERTIFICATE, "assumed": {**ASSUMED, key: value}})
    assert told.startswith(f"it was made with `{key}` {value!r}"[:200])
    assert len(told) < 500


def test_the_assumptions_are_whole() -> None:
    for key in ASSUMED:
        lacking = {name: value for name, value in ASSUMED.items() if name != key}
        assert "`assumed` is no mapping" in refusal({**CERTIFICATE, "assumed": lacking})
    assert "`assumed` is no mapping" in refusal({**CERTIFICATE, "assumed": {**ASSUMED, "more": 1}})


def test_the_file_may_not_assume_more_than_the_certificate() -> None:
    for text in (TEXT + "assume: {max_span: 1}\n", TEXT + "assume: {never: [b/y V2 -> V1]}\n"):
        assert "it was made with" in refusal(CERTIFICATE, text)


# --- what is taken for granted of the compiled system is looked at ---


def strange(guard: dict[str, frozenset[Any]], reached: int) -> Event:
    """A hop that takes the request to where no hop does."""
    compiled = compile_deployment(loads(TEXT), loads(TEXT).requests[0])
    assert compiled.walker is not None
    cause = PassCause("ask", 1, compiled.walker.request.hops[0], None)
    keys = {name: key_of(compiled, name) for name in (*guard, "request")}
    named = {keys[name]: values for name, values in guard.items()}
    return Event(cause, named, {keys["request"]: reached})


def with_event(event: Event) -> Callable[..., Compiled]:
    """A compiler that makes one event too many."""

    def faulty(vocabulary: Vocabulary, request: Request) -> Compiled:
        compiled = compile_with(vocabulary, request)
        return replace(compiled, system=replace(compiled.system, events=(*compiled.system.events, event)))

    return faulty


@pytest.mark.parametrize(
    ("guard", "reached"),
    [
        ({"request": frozenset({2})}, 1),
        ({"request": frozenset({0, 2})}, 1),
        ({}, 1),
        ({"up a": frozenset()}, 0),
    ],
    ids=["back", "back or on", "from anywhere", "from anywhere, of something else"],
)
def test_a_request_that_does_not_go_on_is_refused(
    guard: dict[str, frozenset[Any]], reached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claims hold up to their hop: who came back from behind it would be in no set."""
    event = strange(guard, reached)
    monkeypatch.setattr("skewproof.properties.certificate.claims.compile_with", with_event(event))
    assert (
        refusal(CERTIFICATE)
        == "`client, never called, passes over: client calls a: x` takes the request back"
    )


def test_a_request_that_skips_hops_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    event = strange({"request": frozenset({0})}, 2)
    monkeypatch.setattr("skewproof.properties.certificate.claims.compile_with", with_event(event))
    assert verify(loads(TEXT), CERTIFICATE).is_whole


def test_who_can_be_cut_off_is_named() -> None:
    text = TEXT.replace("a: {kind: service}", "a: {kind: service, drain: abrupt}")
    left_open = list_left_open(loads(text))
    assert "that `ask` is never cut off" in left_open


ABRUPT = TEXT.replace("b: {kind: service}", "b: {kind: service, drain: abrupt}")
"""Nobody is on `b` when it is retired: a call of it is over at once."""


def test_that_nobody_is_cut_off_is_proven() -> None:
    on_b = ABRUPT.replace("a calls b: y", "a calls b: y, b calls b: z")
    assert "that `ask` is never cut off" in certify(loads(on_b), Limits()).proof.left_open
    suspended = """
components: {w: {kind: worker, drain: abrupt}, b: {kind: service}, c: {kind: service}}
requests: {job: [w calls b: y, w calls c: z]}
pipeline: [Stop: [suspend w], Roll: [deploy w], Go: [resume w, deploy b c]]
changes: {b/y: {breaks: none}, c/z: {breaks: none}}
"""
    assert "that `job` is never cut off" in certify(loads(suspended), Limits()).proof.proven


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "changed",
    [
        {"claims": [{"of": ["hop", LONG, 1], "variables": [], "levels": [], "labels": []}]},
        {"claims": [{"of": ["hop", LONG, 1], "variables": [], "levels": [], "labels": []}] * 2},
        {"values": {LONG: 1}},
        {"values": {LONG: [1.5]}},
        {"assumed": LONG},
        {"runs": [[LONG]]},
        {"runs": [[10**17]]},
    ],
)
def test_what_is_refused_is_told_in_a_line(changed: dict[str, Any]) -> None:
    assert len(refusal({**CERTIFICATE, **changed})) < 400


def test_all_kinds_of_what_is_asked_are_claimed() -> None:
    """What is taken back too late, and each half of a formula that has two."""
    text = """
components: {a: {kind: service}, db: {kind: database}}
requests: {ask: [client calls a: x, a reads db: r]}
pipeline: [One: [deploy a], Two: [irreversible migrate db, revert db]]
changes: {a/x: {breaks: none}, db/r: {breaks: none}}
properties: {late: a.up(V1) until a.up(V2), next: a.up(V2) before done}
"""
    left_open = list_left_open(loads(text))
    assert any(one.startswith("that nothing is taken back too late") for one in left_open)
    assert {"late", "next"} <= {one.partition(":")[0] for one in left_open}


def test_until_is_proven_only_if_it_comes() -> None:
    """Without progress nothing tells that the pipeline comes to where the second one is rolled out."""
    text = TEXT.replace("eventually done", "a.up(V1) until a.up(V2)")
    made = written(text)
    assert verify(loads(text), made).is_whole
    for claim in made["claims"]:
        if "until" in str(claim["of"]):
            claim["labels"] = [["held"] if label[0] == "rank" else label for label in claim["labels"]]
    assert "says what is not so" in refusal(made, text)


TWO_NAMES = TEXT.replace("late: eventually done", "early: never a.up(V2), soon: never a.up(V2)")
ACCEPTED = "accept: [{property: early, reason: it is so}]\n"


def test_what_is_accepted_under_one_name_is_claimed_under_the_other() -> None:
    assert "early: never a.up(V2)" in list_left_open(loads(TWO_NAMES))
    assert "soon: never a.up(V2)" in list_left_open(loads(TWO_NAMES + ACCEPTED))
    both = ACCEPTED.replace("]", ", {property: soon, reason: it is so}]")
    assert not any("never" in one for one in list_left_open(loads(TWO_NAMES + both)))


TOGETHER = TEXT.replace("[One: [deploy b], Two: [deploy a]]", "[One: [deploy a], Two: [deploy b]]")


def test_what_is_accepted_in_one_step_is_claimed_in_the_others() -> None:
    accepted = "accept: [{contract: b/y, in: [Two], reason: it is so}]\n"
    assert any(one.startswith(HOP) for one in list_left_open(loads(TOGETHER + accepted)))
    anywhere = accepted.replace("in: [Two], ", "")
    assert not any(one.startswith(HOP) for one in list_left_open(loads(TOGETHER + anywhere)))
