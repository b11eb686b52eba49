"""A file as another deployment would have it: edited in place, read again, and never with anything lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from skewproof.model.deployment import Action, Deployment, Flag, Instruction, Route, Step, Strategy
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.language.rewriting import rewrite
from skewproof.model.names import Contract, Target

BLOCK = """\
components:
  web: {kind: service}   # what people see
  api:
    kind: service
    replicas: 2          # two
requests: {ask: [client calls web: page, web calls api: x]}
pipeline:
  # first of all
  - Web: [deploy web]    # in front
  - Nothing

  # then
  - "Api: all":
    - deploy api         # behind
# the end of the steps
changes: {api/x: {breaks: both}}  # both ways
"""
FLOW = """\
components: {web: {kind: service}, api: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x]}
pipeline: [Web: ["deploy web"], Api: [deploy api]]
changes: {api/x: {breaks: both}}
"""
ENABLE = Step("On", (Action(Instruction.ENABLE, (Target("new"),)),))
PURGE = Action(Instruction.AWAIT, (Target("api"),))


def turned(d: Deployment) -> Deployment:
    return replace(d, pipeline=tuple(reversed(d.pipeline)))


def flagged(d: Deployment) -> Deployment:
    flag = Flag("new", frozenset({Contract("api", "x")}))
    return replace(d, flags=(*d.flags, flag), pipeline=(*d.pipeline, ENABLE))


def configured(d: Deployment) -> Deployment:
    api = replace(d.components["api"], strategy=Strategy.BLUE_GREEN, route=Route.SESSION, max_surge=3)
    return replace(d, components={**d.components, "api": api})


def with_more_actions(d: Deployment) -> Deployment:
    steps = tuple(replace(step, actions=(*step.actions, PURGE)) for step in d.pipeline)
    return replace(d, pipeline=steps)


EDITS = [turned, flagged, configured, with_more_actions]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("text", [BLOCK, FLOW, BLOCK.replace("\n", "\r\n"), FLOW.rstrip("\n")])
def test_the_text_says_what_is_meant_and_keeps_its_comments(
    text: str, edit: Callable[[Deployment], Deployment]
) -> None:
    before = loads(text)
    meant = edit(before)
    edited = rewrite(text, before, meant, loads)
    after = loads(edited)
    assert after.pipeline == meant.pipeline
    assert after.components == meant.components
    assert after.flags == meant.flags
    assert [part.split("\n")[0].rstrip("\r") for part in sorted(edited.split("#")[1:])] == [
        part.split("\n")[0].rstrip("\r") for part in sorted(text.split("#")[1:])
    ]


def test_lines_that_nobody_touches_stay_as_they_are() -> None:
    before = loads(BLOCK)
    edited = rewrite(BLOCK, before, turned(before), loads)
    assert sorted(edited.splitlines()) == sorted(BLOCK.splitlines())
    assert edited.index('"Api: all"') < edited.index("- Nothing") < edited.index("- Web")


HEAD = """\
components: {web: {kind: service}, api: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x]}
changes: {api/x: {breaks: both}}
"""


def test_what_cannot_be_edited_without_loss_is_refused() -> None:
    text = f"{HEAD}pipeline: [\n  Web: [deploy web], # mine\n  Api: [deploy api]]\n"
    before = loads(text)
    with pytest.raises(InvalidDeploymentError, match="cannot be edited in place") as refused:
        rewrite(text, before, with_more_actions(turned(before)), loads)
    assert "the comment `mine` would be lost" in refused.value.problems[0].message


def test_what_is_written_by_an_anchor_is_written_out_where_it_changes() -> None:
    text = f"{HEAD}pipeline: [Web: &a [deploy web], Api: [deploy api], Again: *a]\n"
    before = loads(text)
    meant = replace(before, pipeline=before.pipeline[:2])
    assert loads(rewrite(text, before, meant, loads)).pipeline == meant.pipeline


def test_prices_are_read_and_play_no_part_in_what_a_deployment_is() -> None:
    priced = loads(BLOCK + "prices: {flag: 3, downtime: never}\n")
    assert priced == loads(BLOCK)
    assert dict(priced.prices.said) == {"flag": 3, "downtime": None}


@pytest.mark.parametrize(
    ("prices", "told"),
    [("{flg: 3}", "did you mean `flag`"), ("{flag: 0}", "1 to"), ("{flag: cheap}", "flag")],
)
def test_wrong_prices_are_told(prices: str, told: str) -> None:
    with pytest.raises(InvalidDeploymentError, match=told):
        loads(BLOCK + f"prices: {prices}\n")


def test_a_file_that_is_all_flow_gets_its_flag_inside() -> None:
    text = (
        '{"components": {"web": {"kind": "service"}, "api": {"kind": "service"}}, '
        '"requests": {"ask": [{"client calls web": "page"}, {"web calls api": "x"}]}, '
        '"pipeline": [{"Web": ["deploy web"]}], "changes": {"api/x": {"breaks": "both"}}}'
    )
    before = loads(text)
    assert loads(rewrite(text, before, flagged(before), loads)).flags == flagged(before).flags
