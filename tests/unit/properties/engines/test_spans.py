"""How many steps begin while a request is in flight, and what a request served at once meets."""

from __future__ import annotations

from skewproof.model.compiler.space import show_value
from skewproof.properties.engines.spans import compute_spans, find_hits
from support.tiny import everything, walk

TEXT = """
components: {a: {kind: service}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y, a calls b: z]}
pipeline: [One, Two, Three]
changes: {}
"""


def spans_by_place(text: str = TEXT, begun: list[int] | None = None) -> dict[tuple[int, int], int]:
    """The span by the pipeline's position and the hops that the request has run."""
    found = everything(text, "ask")
    names = [str(variable.key) for variable in found.system.variables]
    pipeline, request = names.index("pipeline"), names.index("request")
    every = compute_spans(found, begun)
    return {(state[pipeline], state[request]): span for state, span in zip(found.states, every, strict=True)}


def test_a_request_that_comes_late_sees_no_step_begin() -> None:
    found = spans_by_place()
    assert all(span == 0 for span in found.values()), "it can always come at the last moment"


OLD = """
components: {a: {kind: service, replicas: 2}, b: {kind: service}, db: {kind: database}}
requests: {ask: [client calls a: x, a reads db: t, a calls b: y using db/t]}
pipeline: [One: [migrate db], Two, Three: [deploy b]]
changes: {db/t: {breaks: none}, b/y: {breaks: none}}
"""


def test_who_carries_an_old_form_has_seen_the_steps_begin() -> None:
    """The row was read before the schema moved: One is there, Two and Three begin while it is carried."""
    found = everything(OLD, "ask")
    names = [str(variable.key) for variable in found.system.variables]
    token, pipeline = names.index("token db/t"), names.index("pipeline")
    old = found.system.variables[token].domain.index("V1")
    seen: dict[int, set[int]] = {}
    for state, span in zip(found.states, compute_spans(found), strict=True):
        if state[token] == old:
            seen.setdefault(state[pipeline], set()).add(span)
    assert {place: min(every) for place, every in seen.items()} == {0: 0, 1: 0, 2: 1, 3: 2, 4: 2}


def test_steps_can_be_counted_otherwise() -> None:
    found = everything(OLD, "ask")
    names = [str(variable.key) for variable in found.system.variables]
    token, pipeline = names.index("token db/t"), names.index("pipeline")
    old = found.system.variables[token].domain.index("V1")
    every = compute_spans(found, [0, 0, 5, 7, 0])
    assert (
        min(
            span
            for state, span in zip(found.states, every, strict=True)
            if state[token] == old and state[pipeline] == 3
        )
        == 12
    )


def test_what_is_met_on_the_way_is_met_by_who_is_served_at_once() -> None:
    found, compiled = everything(TEXT, "ask"), walk(TEXT, "ask").compiled
    names = [str(variable.key) for variable in found.system.variables]
    request = names.index("request")
    own = [1 if state[request] == 2 else 0 for state in found.states]
    assert set(find_hits(compiled, found, own).values()) == {1}
    assert set(find_hits(compiled, found, [0] * len(own)).values()) == {0}


def test_what_only_a_later_state_of_the_pipeline_meets_is_not_met_before() -> None:
    found, compiled = everything(TEXT, "ask"), walk(TEXT, "ask").compiled
    names = [str(variable.key) for variable in found.system.variables]
    request, pipeline = names.index("request"), names.index("pipeline")
    own = [2 if (state[request], state[pipeline]) == (1, 3) else 0 for state in found.states]
    met = find_hits(compiled, found, own)
    assert {state[pipeline]: bits for state, bits in met.items()} == {0: 0, 1: 0, 2: 0, 3: 2, 4: 0}


def test_what_is_met_before_the_first_hop_is_met_by_who_comes_now() -> None:
    found, compiled = everything(TEXT, "ask"), walk(TEXT, "ask").compiled
    request = [str(variable.key) for variable in found.system.variables].index("request")
    own = [1 if state[request] == 0 else 0 for state in found.states]
    assert set(find_hits(compiled, found, own).values()) == {1}


def spans_where(text: str, wanted: dict[str, str], *, traffic: bool = True) -> dict[int, int]:
    """By the pipeline's position the span of the states in which the variables have these values."""
    found = everything(text, "ask", traffic=traffic)
    names = [str(variable.key) for variable in found.system.variables]
    seen: dict[int, int] = {}
    for state, span in zip(found.states, compute_spans(found), strict=True):
        values = {
            name: show_value(variable.domain[rank])
            for name, variable, rank in zip(names, found.system.variables, state, strict=True)
        }
        if all(values[name] == value for name, value in wanted.items()):
            place = state[names.index("pipeline")]
            seen[place] = min(span, seen.get(place, span))
    return seen


def test_a_request_is_in_flight_from_its_first_hop_on() -> None:
    """The only old entry is thrown away in One: who carries it has seen the later steps begin."""
    text = """
    components: {a: {kind: service}, c: {kind: cache}}
    requests: {ask: [client reads c: k, client calls a: x using c/k]}
    pipeline: [One: [purge c, deploy a], Two, Three]
    changes: {c/k: {breaks: none}, a/x: {breaks: none}}
    """
    carried = {"token c/k": "V1", "request": "1"}
    assert spans_where(text, carried) == {0: 0, 1: 0, 2: 0, 3: 1, 4: 2, 5: 2}


def test_a_request_that_is_over_sees_no_step_begin() -> None:
    """Only an old instance can have left the old form, and it is there at first alone."""
    text = """
    components: {a: {kind: service}, c: {kind: cache}}
    requests: {ask: [client calls a: x, a writes c: k]}
    pipeline: [One: [deploy a], Two]
    changes: {c/k: {breaks: none, starts: empty}}
    """
    left = {"content c/k": "V1", "request": "2"}
    assert spans_where(text, left, traffic=False) == {0: 0, 1: 0, 2: 0, 3: 0}
