"""The engine of slices against the reference engine, everything compared, on random deployments."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.resources.limits import LimitError
from skewproof.properties.engines.registry import engine
from support.chains import chains
from support.compare import agree
from support.copied import copied
from support.deployments import deployments
from support.leased import leased
from support.migrating import migrating
from support.rich_deployments import rich_deployments
from support.shared_stores import redelivering, shared_stores
from support.shutting import shutting
from support.sliceable import sliceable
from support.standing import standing

MOST_LISTED = 10_000
FEW = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
SOME = settings(FEW, max_examples=10)
LARGE = settings(FEW, max_examples=10)
MANY = settings(FEW, max_examples=5000, derandomize=False)
MANY_LARGE = settings(FEW, max_examples=1000, derandomize=False)


def agree_if_sliced(data: dict[str, Any], *, fails: bool = False) -> None:
    deployment = replace(loads(yaml.safe_dump(data, sort_keys=False)), failures=fails)
    if engine("slice").refuses(Task(deployment)) is None:  # the others another engine answers
        with suppress(LimitError):  # listing them all would take the time of hundreds
            agree(deployment, max_states=MOST_LISTED)


@FEW
@given(deployments())
def test_slices_and_reference_agree(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@LARGE
@given(chains())
def test_slices_and_reference_agree_on_chains(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@LARGE
@given(shared_stores())
def test_slices_and_reference_agree_on_shared_stores(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@SOME
@given(redelivering())
def test_slices_and_reference_agree_where_many_take_what_can_come_back(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@LARGE
@given(shutting())
def test_slices_and_reference_agree_on_components_that_can_be_down(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@LARGE
@given(migrating())
def test_slices_and_reference_agree_on_pods_that_migrate_tables(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails="rollback" in data)


@LARGE
@given(copied())
def test_slices_and_reference_agree_on_copies_of_one_contract(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails="rollback" in data)


@LARGE
@given(leased())
def test_slices_and_reference_agree_on_what_is_carried_until_it_expires(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails="rollback" in data)


@FEW
@given(rich_deployments())
def test_slices_and_reference_agree_on_what_slices_know_of_the_whole_language(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@FEW
@given(sliceable("failure"))
def test_slices_and_reference_agree_where_actions_fail(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails=True)


@settings(FEW, max_examples=50)
@given(standing(), st.booleans())
def test_slices_and_reference_agree_on_many_on_whom_a_request_stands(
    data: dict[str, Any], fails: bool
) -> None:
    agree_if_sliced(data, fails=fails)


@pytest.mark.exhaustive
@MANY
@given(standing(), st.booleans())
def test_slices_and_reference_agree_on_thousands_on_whom_a_request_stands(
    data: dict[str, Any], fails: bool
) -> None:
    agree_if_sliced(data, fails=fails)


@FEW
@given(sliceable("accept"), st.booleans())
def test_slices_and_reference_agree_on_what_is_accepted(data: dict[str, Any], fails: bool) -> None:
    agree_if_sliced(data, fails=fails)


@FEW
@given(sliceable("abrupt"))
def test_slices_and_reference_agree_on_who_is_cut_off(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@pytest.mark.exhaustive
@MANY
@given(sliceable("abrupt"))
def test_slices_and_reference_agree_on_thousands_who_are_cut_off(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@FEW
@given(sliceable("when"))
def test_slices_and_reference_agree_on_what_waits_for_others(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@pytest.mark.exhaustive
@MANY
@given(sliceable("when", "readiness"))
def test_slices_and_reference_agree_on_thousands_that_wait_for_others(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails=True)


@FEW
@given(sliceable("restarts"))
def test_slices_and_reference_agree_on_instances_that_restart(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@FEW
@given(sliceable("verbs"))
def test_slices_and_reference_agree_on_breaks_by_verb(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@pytest.mark.exhaustive
@MANY
@given(sliceable("restarts", "verbs"))
def test_slices_and_reference_agree_on_thousands_that_restart(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails=True)


@FEW
@given(sliceable("flag"))
def test_slices_and_reference_agree_on_flags(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@FEW
@given(sliceable("route"))
def test_slices_and_reference_agree_on_sessions(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


WORDS = [
    ("terminates",),
    ("limits",),
    ("exists", "store"),
    ("from", "store"),
    ("migrates",),
    ("scale",),
    ("leader",),
    ("redelivers",),
    ("expire",),
    ("expire", "redelivers"),
    ("route",),
    ("facts", "when"),
]


@pytest.mark.parametrize("words", WORDS, ids="-".join)
def test_slices_and_reference_agree_on_each_word(words: tuple[str, ...]) -> None:
    @SOME
    @given(sliceable(*words), st.booleans())
    def agrees(data: dict[str, Any], fails: bool) -> None:
        agree_if_sliced(data, fails=fails)

    agrees()


@pytest.mark.exhaustive
@pytest.mark.parametrize("words", WORDS, ids="-".join)
def test_slices_and_reference_agree_on_thousands_with_each_word(words: tuple[str, ...]) -> None:
    @settings(MANY, max_examples=1000)
    @given(sliceable(*words), st.booleans())
    def agrees(data: dict[str, Any], fails: bool) -> None:
        agree_if_sliced(data, fails=fails)

    agrees()


@pytest.mark.exhaustive
@settings(MANY, max_examples=1000)
@given(redelivering())
def test_slices_and_reference_agree_on_a_thousand_that_take_what_can_come_back(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@pytest.mark.exhaustive
@MANY
@given(sliceable("failure"))
def test_slices_and_reference_agree_on_thousands_where_actions_fail(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails=True)


@pytest.mark.exhaustive
@MANY
@given(rich_deployments())
def test_slices_and_reference_agree_on_thousands_of_the_whole_language(data: dict[str, Any]) -> None:
    agree_if_sliced(data)


@pytest.mark.exhaustive
@MANY
@given(deployments())
def test_slices_and_reference_agree_on_thousands(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@pytest.mark.exhaustive
@MANY_LARGE
@given(chains())
def test_slices_and_reference_agree_on_a_thousand_chains(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@pytest.mark.exhaustive
@MANY_LARGE
@given(shared_stores())
def test_slices_and_reference_agree_on_a_thousand_shared_stores(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@pytest.mark.exhaustive
@MANY_LARGE
@given(shutting())
def test_slices_and_reference_agree_on_a_thousand_that_can_be_down(data: dict[str, Any]) -> None:
    agree(loads(yaml.safe_dump(data, sort_keys=False)))


@pytest.mark.exhaustive
@MANY_LARGE
@given(migrating())
def test_slices_and_reference_agree_on_a_thousand_pods_that_migrate_tables(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails="rollback" in data)


@pytest.mark.exhaustive
@MANY_LARGE
@given(copied())
def test_slices_and_reference_agree_on_a_thousand_copies_of_one_contract(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails="rollback" in data)


@pytest.mark.exhaustive
@MANY_LARGE
@given(leased())
def test_slices_and_reference_agree_on_a_thousand_that_carry_what_expires(data: dict[str, Any]) -> None:
    agree_if_sliced(data, fails="rollback" in data)
