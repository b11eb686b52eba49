"""Keys of variables: one object each, their names, and that nobody else spells a name."""

from __future__ import annotations

import copy
import pickle
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from skewproof.model.names import (
    MONITOR,
    PIPELINE,
    REQUEST,
    SPAN,
    WATCHED,
    Contract,
    VariableKey,
    VariableKind,
    content_of,
    departed_of,
    flag_of,
    frame_of,
    instances_of,
    jobs_of,
    leader_of,
    parse_key,
    reach_of,
    schema_of,
    session_of,
    token_of,
    unacknowledged_of,
)

ROOT = Path(__file__).parents[3]
ROOMS = ("model", "properties", "diagrams", "cli", "pytest_plugin")
PRODUCT = Contract("redis", "product")
NAMES = {
    PIPELINE: "pipeline",
    REQUEST: "request",
    SPAN: "span",
    MONITOR: "monitor",
    WATCHED: "watched",
    instances_of("glue"): "up glue",
    jobs_of("cron"): "jobs cron",
    flag_of("new cart"): "flag new cart",
    schema_of(PRODUCT): "schema redis/product",
    content_of(Contract("redis", "a/b c")): "content redis/a/b c",
    frame_of(3, "zed"): "frame 3 zed",
    token_of(PRODUCT): "token redis/product",
    session_of("glue"): "session glue",
    unacknowledged_of(Contract("rabbit", "jobs")): "unacknowledged rabbit/jobs",
    departed_of("glue"): "departed glue",
    leader_of("glue"): "leader glue",
    reach_of(2, 5): "reach 2 to 5",
}
WORDS = "up|jobs|flag|schema|content|unacknowledged|departed|leader|reach|frame|token|session"
SPELT = re.compile(rf"""f["'](({WORDS}) \{{(?!quote)[^{{}}]*\}}|frame \{{[^{{}}]*\}} \{{[^{{}}]*\}})["']""")
TAKEN_APART = re.compile(rf"""(startswith|removeprefix)\(\(?["']({WORDS}) ["']""")
NO_NAMES = ["", "Up glue", "frame 03 zed", "frame x zed", "schema redis", "pipeline ", "upglue"]


@pytest.mark.parametrize(("key", "name"), NAMES.items(), ids=str)
def test_a_key_is_written_as_the_name_and_read_back(key: VariableKey, name: str) -> None:
    assert str(key) == name
    assert parse_key(name) is key


def test_every_kind_has_a_name() -> None:
    assert {key.kind for key in NAMES} == set(VariableKind)


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"name|valid|invalid"):
        parse_key(name)


@pytest.mark.parametrize("key", NAMES, ids=str)
def test_a_key_stays_the_same_object(key: VariableKey) -> None:
    assert VariableKey(key.kind, key.subject) is key
    assert pickle.loads(pickle.dumps(key)) is key
    assert copy.deepcopy(key) is key


def test_keys_are_in_the_order_of_their_names() -> None:
    assert [str(key) for key in sorted(NAMES)] == sorted(NAMES.values())


def test_a_key_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        PIPELINE.kind = VariableKind.SPAN


def test_a_key_says_whose_variable_it_is() -> None:
    assert (jobs_of("cron").owner, token_of(PRODUCT).contract) == ("cron", PRODUCT)
    with pytest.raises(AssertionError):
        _ = schema_of(PRODUCT).owner
    with pytest.raises(AssertionError):
        _ = jobs_of("cron").contract


def test_no_other_file_spells_a_name_or_takes_one_apart() -> None:
    found = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if SPELT.search(text := path.read_text()) or TAKEN_APART.search(text)
    ]
    assert found == []
