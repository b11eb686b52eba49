"""A file of another kind is told as what it is, and nothing else of it; a deployment file never is."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads


def wrong(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(text)
    return [(one.code, f"{one.message}; {one.fix}") for one in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "version: '3'\nservices: {web: {image: a}}\n",
            "a Compose file, and no deployment file; `skewproof imp",
        ),
        ("apiVersion: v1\nkind: Service\nmetadata: {}\n", "a manifest of Kubernetes"),
        ("on: push\njobs: {}\n", "a workflow of GitHub"),
        ("changes: {a/b: {breaks: both}}\n", "behind `--changes`"),
        ("release: x\nchanges: {}\nflags: {}\n", "behind `--changes`"),
        ("accept: []\n", "behind `--accept`"),
    ],
)
def test_it_is_told_in_one_sentence(text: str, said: str) -> None:
    ((code, told),) = wrong(text)
    assert code == "another-file"
    assert said in told


@pytest.mark.parametrize(
    "text",
    [
        "{}\n",
        "services: {}\ncomponents: {}\n",
        "flags: {}\n",
        "changes: {}\nsystem: x\n",
        "requests: {a: []}\n",
    ],
)
def test_what_may_be_meant_as_one_is_read_as_one(text: str) -> None:
    codes = [code for code, _ in wrong(text)]
    assert "another-file" not in codes
    assert "missing-key" in codes
