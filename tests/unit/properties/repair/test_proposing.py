"""Remedies are made for what takes part in a hazard, and for nothing else."""

from __future__ import annotations

import sys
from types import FrameType

from skewproof.model.deployment import RemedyKind
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.repair.edits import Remedy
from skewproof.properties.repair.proposing import propose

TWO = """
components: {web: {kind: service}, api: {kind: service}, other: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x], rest: [client calls other: y]}
pipeline: [Other: [deploy other], Api: [deploy api], Web: [deploy web]]
changes: {api/x: {breaks: {call: [V1 -> V2]}}}
"""
LEAP = """
versions: [V1, V2, V3]
components: {web: {kind: service}, db: {kind: database}}
requests: {save: [client calls web: page, web writes db: t]}
pipeline: [Migrate: [migrate db to V3], Web: [deploy web to V3]]
changes: {db/t: {breaks: {schema: [V1 -> V3, V3 -> V1]}}}
"""


def remedies(text: str) -> tuple[Remedy, ...]:
    deployment = loads(text)
    return propose(deployment, check(deployment))


def test_what_takes_no_part_is_left_alone() -> None:
    told = [remedy.told for remedy in remedies(TWO)]
    assert "`deploy web` goes before `deploy api`" in told
    assert not any("other" in one for one in told)


def test_the_cheapest_come_first_and_what_is_out_of_the_question_is_not_among_them() -> None:
    prices = [remedy.price for remedy in remedies(TWO)]
    assert prices == sorted(prices)
    kinds = {remedy.kind for remedy in remedies(f"{TWO}prices: {{flag: never, order: 50}}")}
    assert RemedyKind.FLAG not in kinds
    assert RemedyKind.ORDER in kinds


def test_who_leaps_over_a_version_is_told_to_stop_there() -> None:
    stones = [remedy.told for remedy in remedies(LEAP) if remedy.kind is RemedyKind.RELEASE]
    assert stones == [
        "`migrate db to V2` before `migrate db to V3`",
        "`deploy web to V2` before `deploy web to V3`",
        "`deploy web to V2` before `migrate db to V3`",
    ]


def count_calls(pairs: int) -> int:
    """What is called to propose remedies for so many hazards, each between two services of its own."""
    numbers, calls = range(pairs), 0
    components = ", ".join(f"w{n}: {{kind: service}}, a{n}: {{kind: service}}" for n in numbers)
    requests = ", ".join(f"r{n}: [client calls w{n}: page, w{n} calls a{n}: x]" for n in numbers)
    deploys = " ".join(f"a{n} w{n}" for n in numbers)
    changes = ", ".join(f"a{n}/x: {{breaks: {{call: [V1 -> V2]}}}}" for n in numbers)
    deployment = loads(
        f"components: {{{components}}}\nrequests: {{{requests}}}\n"
        f"pipeline: [Roll: [deploy {deploys}]]\nchanges: {{{changes}}}"
    )
    answer = check(deployment)

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        propose(deployment, answer)
    finally:
        sys.setprofile(None)
    return calls


def test_a_hazard_costs_what_takes_part_in_it_and_not_the_whole_deployment() -> None:
    count_calls(2)  # what is imported, and made once
    one, two, four = (count_calls(10 * times) for times in (1, 2, 4))
    assert four - two < 2.5 * (two - one)
