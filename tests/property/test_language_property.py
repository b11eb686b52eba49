"""Whatever a file holds, it is read or refused with a word; and renaming changes no verdict."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import json_schema, loads
from skewproof.properties import check
from support.deployments import deployments
from support.profiles import tried

SCHEMA = jsonschema.Draft202012Validator(json_schema())
yamlish = st.text(st.sampled_from("ab:-{}[]&*!|>#'\"%@`,? \n\t0"), max_size=60)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
SLOW = settings(tried(25), suppress_health_check=list(HealthCheck))


def is_refused_or_read(text: str | bytes) -> None:
    """Anything raised but `InvalidDeploymentError`, or one that says nothing, is a fault."""
    with suppress(InvalidDeploymentError):
        loads(text)
        return
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(text)
    assert caught.value.problems
    assert str(caught.value)


@tried(40)
@given(yamlish | st.text(max_size=60))
@example("a: &a\n  b: *a\n")
def test_any_text_is_read_or_refused(text: str) -> None:
    is_refused_or_read(text)


@tried(40)
@given(st.binary(max_size=80) | yamlish.map(lambda text: text.encode("utf-16")))
@example(b"\xef\xbb\xbfa: \xc3")
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    is_refused_or_read(content)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("components", "requests", "pipeline", "changes", "flags", "assume", "versions", "system"),
            documents,
        ),
    )
)
def test_any_mapping_is_read_or_refused(data: dict[str, Any]) -> None:
    is_refused_or_read(yaml.safe_dump(data))


@SLOW
@given(deployments())
def test_what_is_accepted_is_valid_under_the_schema(data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data)
    loads(text)
    SCHEMA.validate(data)


@SLOW
@given(deployments())
def test_renaming_components_changes_no_verdict(data: dict[str, Any]) -> None:
    names = sorted(data["components"], key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!kind: )(?<![\w.]){re.escape(name)}(?![\w.])" for name in names))
    text = yaml.safe_dump(data, sort_keys=False)
    renamed = pattern.sub(lambda match: f"x-{match[0]}-y", text)
    before, after = check(loads(text)), check(loads(renamed))
    told = [(h.hop, h.kind, h.aspect, h.window, h.inevitable, h.span, len(h.trace)) for h in before.at_hops]
    assert told == [
        (h.hop, h.kind, h.aspect, h.window, h.inevitable, h.span, len(h.trace)) for h in after.at_hops
    ]
    assert before.avoidable == after.avoidable


@SLOW
@given(deployments())
def test_making_the_release_compatible_leaves_no_incompatible_pair(data: dict[str, Any]) -> None:
    changes = {
        contract: {**change, "breaks": "none"} for contract, change in (data.get("changes") or {}).items()
    }
    answer = check(loads(yaml.safe_dump({**data, "changes": changes})))
    assert {hazard.kind for hazard in answer.at_hops} <= {"unavailable"}
