"""The verifier on certificates written by hand: accepted as they are, refused when wrong in any one way."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from skewproof.model.compiler.causes import PassCause
from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.system import Event
from skewproof.model.deployment import Deployment, Request
from skewproof.model.language import loads
from skewproof.properties.assumptions import find_assumptions
from skewproof.properties.certificate.verify import CertificateRefusedError, Proof, verify
from support.tiny import key_of

TEXT = """
system: tiny
components: {a: {kind: service}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy b], Two: [deploy a]]
changes: {b/y: {breaks: [V2 -> V1]}}
properties: {up: always a.up(V1) or a.up(V2), late: eventually done}
"""
BEFORE, ONE, TWO, AFTER = "0 (before)", "1 One: deploy b", "2 Two: deploy a", "3 (after)"
OLD, BOTH, NEW = "1×V1", "1×V1 1×V2", "1×V2"
EARLY: dict[str, Any] = {
    "pipeline": [BEFORE, ONE],
    "up a": [OLD],
    "up b": [OLD, BOTH, NEW],
    "request": [0, 1],
    "frame 1 a": [None, "V1"],
}
LATE: dict[str, Any] = {
    "pipeline": [TWO, AFTER],
    "up a": [OLD, BOTH, NEW],
    "up b": [NEW],
    "request": [0, 1],
    "frame 1 a": [None, "V1", "V2"],
}
CLAIM: dict[str, Any] = {"request": "ask", "hop": 2, "variables": list(EARLY), "boxes": [EARLY, LATE]}
STATED: dict[str, Any] = {
    "property": "up",
    "variables": ["up a"],
    "boxes": [{"up a": [[OLD, NEW]]}],
}
ASSUMED: dict[str, Any] = {
    "unchanged": ["a/x"],
    "unjudged": [],
    "max_span": None,
    "never": [],
    "enabled_after": [],
    "overridden": [],
    "failures": False,
}
CERTIFICATE: dict[str, Any] = {
    "format": "skewproof certificate",
    "version": 3,
    "system": "tiny",
    "assumed": ASSUMED,
    "claims": [CLAIM],
    "properties": [STATED],
}


def refusal(certificate: object, text: str = TEXT) -> str:
    """Why it is refused."""
    with pytest.raises(CertificateRefusedError) as refused:
        verify(loads(text), certificate)
    return str(refused.value)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The certificate with a change."""
    other = copy.deepcopy(CERTIFICATE)
    change(other)
    return other


def claim_with(**parts: object) -> dict[str, Any]:
    return {**CERTIFICATE, "claims": [{**CLAIM, **parts}]}


def boxes(*given: dict[str, Any]) -> dict[str, Any]:
    return claim_with(boxes=list(given))


def test_a_right_certificate_is_accepted() -> None:
    assert verify(loads(TEXT), CERTIFICATE) == Proof(1, ("up",), ("late",), find_assumptions(loads(TEXT)))


def test_without_a_claim_of_a_property_it_is_left_open() -> None:
    assert verify(loads(TEXT), {**CERTIFICATE, "properties": []}) == Proof(
        1, (), ("up", "late"), find_assumptions(loads(TEXT))
    )


# --- boxes ---


def test_the_start_must_be_in_a_box() -> None:
    assert "initial state is in no box" in refusal(boxes({**EARLY, "pipeline": [ONE]}, LATE))
    assert "initial state is in no box" in refusal(boxes({**EARLY, "request": [1]}, LATE))


def test_no_event_may_lead_out_of_the_boxes() -> None:
    assert "`Two begins: deploy a` leads out of the boxes" in refusal(boxes(EARLY))


@pytest.mark.parametrize(
    ("name", "values", "event"),
    [
        ("pipeline", [TWO], "the pipeline is over"),
        ("up a", [OLD, BOTH], "retire V1"),
        ("request", [0], "Two begins: deploy a"),
        ("frame 1 a", [None, "V1"], "client calls a V2: x"),
    ],
)
def test_a_box_that_lacks_what_can_be_reached_is_refused(name: str, values: list[object], event: str) -> None:
    told = refusal(boxes(EARLY, {**LATE, name: values}))
    assert event in told
    assert "leads out of the boxes" in told


def test_an_event_that_is_covered_by_two_boxes_together_stays_within() -> None:
    halves = [{**LATE, "up a": [OLD, BOTH]}, {**LATE, "up a": [NEW]}]
    assert verify(loads(TEXT), boxes(EARLY, *halves)).hops == 1


def test_two_boxes_that_leave_a_gap_between_them_cover_nothing() -> None:
    one = {**LATE, "up a": [OLD, BOTH], "frame 1 a": [None, "V1"]}
    other = {**LATE, "up a": [BOTH, NEW], "frame 1 a": ["V2"]}
    assert "leads out of the boxes" in refusal(boxes(EARLY, one, other))


def test_no_box_may_hold_what_breaks() -> None:
    told = refusal(boxes({**EARLY, "frame 1 a": [None, "V1", "V2"]}, LATE))
    assert told == "hop 2 of `ask`: a box holds a state in which the hop meets V2 -> V1 (call)"


def test_a_box_beside_all_that_happens_must_not_hold_what_breaks_either() -> None:
    far = {**LATE, "up b": [OLD], "pipeline": [AFTER], "up a": [NEW], "frame 1 a": ["V2"], "request": [1]}
    assert "a box holds a state" in refusal(boxes(EARLY, LATE, far))


def test_what_the_claims_variables_do_not_say_can_be_anything() -> None:
    names = [name for name in EARLY if name != "frame 1 a"]
    fewer = [{name: box[name] for name in names} for box in (EARLY, LATE)]
    assert "a box holds a state" in refusal(claim_with(variables=names, boxes=fewer))


def test_a_range_stands_for_all_between() -> None:
    ranges = [{**EARLY, "up b": [[OLD, NEW]]}, LATE]
    assert verify(loads(TEXT), boxes(*ranges)).hops == 1


@pytest.mark.parametrize(
    "values",
    [
        [],
        None,
        OLD,
        [[]],
        [[OLD]],
        [[NEW, OLD]],
        [[OLD, BOTH, NEW]],
        ["1×V9"],
        [[OLD, "1×V9"]],
        [0],
        [{}],
        [1.0],
    ],
    ids=str,
)
def test_values_that_a_variable_cannot_have_are_refused(values: object) -> None:
    assert "up a" in refusal(boxes(EARLY, {**LATE, "up a": values}))


def test_a_truth_value_is_no_number() -> None:
    assert "request" in refusal(boxes({**EARLY, "request": [False, True]}, LATE))


def test_a_box_speaks_of_the_claims_variables_and_no_other() -> None:
    lacking = {name: values for name, values in EARLY.items() if name != "up a"}
    assert "a box is no mapping" in refusal(boxes(lacking, LATE))
    assert "a box is no mapping" in refusal(boxes({**EARLY, "up c": [OLD]}, LATE))


def test_a_claim_without_boxes_claims_nothing() -> None:
    assert "no boxes" in refusal(boxes())


# --- claims ---


def test_each_hop_that_could_break_has_a_claim() -> None:
    assert refusal({**CERTIFICATE, "claims": []}) == "no claim about hop 2 of `ask`"


def test_a_claim_about_another_hop_is_none_about_this() -> None:
    first = {**CLAIM, "hop": 1, "boxes": [{**box, "request": [0]} for box in (EARLY, LATE)]}
    assert refusal({**CERTIFICATE, "claims": [first]}) == "no claim about hop 2 of `ask`"


def test_no_hop_is_claimed_twice() -> None:
    assert "claimed twice" in refusal({**CERTIFICATE, "claims": [CLAIM, CLAIM]})


@pytest.mark.parametrize("hop", [0, 3, -1, True, "2", None, 2.0])
def test_a_hop_that_there_is_not_is_refused(hop: object) -> None:
    assert "there is no hop" in refusal(claim_with(hop=hop))


@pytest.mark.parametrize("request_name", ["asks", None, 3, []])
def test_a_request_that_there_is_not_is_refused(request_name: object) -> None:
    assert "a request that there is not" in refusal(claim_with(request=request_name))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([*EARLY, "up a"], "named once"),
        ([], "named once"),
        ([*EARLY, "up c"], "there is no variable"),
        ([*EARLY, 3], "there is no variable"),
        ("up a", "is no list"),
        (None, "is no list"),
    ],
)
def test_variables_are_named_once_each_and_exist(names: object, told: str) -> None:
    assert told in refusal(claim_with(variables=names))


def test_a_claim_must_say_how_far_the_request_is() -> None:
    names = [name for name in EARLY if name != "request"]
    fewer = [{name: box[name] for name in names} for box in (EARLY, LATE)]
    assert "`request` is not among the variables" in refusal(claim_with(variables=names, boxes=fewer))


def test_a_claim_has_its_parts_and_no_other() -> None:
    assert "a claim is no mapping" in refusal(claim_with(more=1))
    for part in CLAIM:
        lacking = {key: value for key, value in CLAIM.items() if key != part}
        assert "a claim is no mapping" in refusal({**CERTIFICATE, "claims": [lacking]})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "another"),
        ("version", 1),
        ("version", True),
        ("version", "3"),
        ("version", 2),
        ("system", "another"),
        ("claims", None),
        ("claims", {}),
        ("properties", None),
    ],
)
def test_the_head_is_exact(key: str, value: object) -> None:
    assert f"`{key}`" in refusal({**CERTIFICATE, key: value})


def test_the_head_is_whole() -> None:
    for key in CERTIFICATE:
        lacking = {name: value for name, value in CERTIFICATE.items() if name != key}
        assert "the certificate is no mapping" in refusal(lacking)
    assert "the certificate is no mapping" in refusal([])


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


# --- properties ---


def test_of_a_name_with_a_formula_that_is_no_invariant_nothing_is_proven() -> None:
    """Of a list of formulas one can be proven, and that is not what the name says."""
    half = TEXT.replace(
        "always a.up(V1) or a.up(V2)", "[always a.up(V1) or a.up(V2), eventually a.up(V2) == 9]"
    )
    assert half != TEXT
    assert "no invariant is called 'up'" in refusal(CERTIFICATE, half)
    assert verify(loads(half), {**CERTIFICATE, "properties": []}).left_open == ("up", "late")


def test_a_property_that_does_not_hold_is_refused() -> None:
    wrong = TEXT.replace("always a.up(V1) or a.up(V2)", "always a.up(V1)")
    told = refusal(CERTIFICATE, wrong)
    assert told == "property 'up': a box holds a state in which it is violated"


def test_a_property_claims_all_states_not_those_before_a_hop() -> None:
    stated = {**STATED, "boxes": [{"up a": [OLD, BOTH]}]}
    assert "leads out of the boxes" in refusal({**CERTIFICATE, "properties": [stated]})


def test_a_property_that_is_no_invariant_cannot_be_claimed() -> None:
    for name in ("late", "other", None, 3):
        stated = {**STATED, "property": name}
        assert "no invariant is called" in refusal({**CERTIFICATE, "properties": [stated]})


def test_a_property_is_claimed_once() -> None:
    assert "claimed twice" in refusal({**CERTIFICATE, "properties": [STATED, STATED]})


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

    def faulty(deployment: Deployment, request: Request | None = None) -> Compiled:
        compiled = compile_deployment(deployment, request)
        if request is None:
            return compiled
        return replace(compiled, system=replace(compiled.system, events=(*compiled.system.events, event)))

    return faulty


@pytest.mark.parametrize(
    ("guard", "reached"),
    [
        ({"request": frozenset({2})}, 1),
        ({"request": frozenset({1})}, 1),
        ({"request": frozenset({0, 2})}, 1),
        ({}, 2),
        ({"up a": frozenset()}, 2),
    ],
    ids=["back", "nowhere", "back or on", "from anywhere", "from anywhere, of something else"],
)
def test_a_request_that_does_not_go_on_is_refused(
    guard: dict[str, frozenset[Any]], reached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claims hold up to their hop: who came back from behind it would be in no box."""
    event = strange(guard, reached)
    monkeypatch.setattr("skewproof.properties.certificate.verify.compile_deployment", with_event(event))
    assert (
        refusal(CERTIFICATE)
        == "`client, never called, passes over: client calls a: x` does not take the request on"
    )


def test_a_request_that_skips_hops_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    event = strange({"request": frozenset({0})}, 2)
    monkeypatch.setattr("skewproof.properties.certificate.verify.compile_deployment", with_event(event))
    assert verify(loads(TEXT), CERTIFICATE).hops == 1


def test_requests_that_can_be_cut_off_are_refused() -> None:
    text = TEXT.replace("a: {kind: service}", "a: {kind: service, drain: abrupt}")
    assert "can be cut off" in refusal(CERTIFICATE, text)
