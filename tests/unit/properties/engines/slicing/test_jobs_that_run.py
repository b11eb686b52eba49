"""Jobs that were running when their worker was suspended: they could not begin just then."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.properties.engines.slicing.request_walk import Walk
from support.compare import agree, differs

SUSPENDED = """
    components: {w: {kind: worker}, a: {kind: service}, b: {kind: service}}
    requests: {job: [w calls a: x, a calls b: y]}
    pipeline: [Hold: [start suspend w, deploy b when w.suspended]]
    changes: {b/y: {breaks: [V1 -> V2]}}
    """
"""The new b is there only while the worker is suspended: a job that began before meets it."""
CASES = {
    "an action waits for it": SUSPENDED,
    "it stays suspended": SUSPENDED.replace(
        "start suspend w, deploy b when w.suspended", "deploy b, start suspend w"
    ),
    "it is resumed": SUSPENDED.replace("when w.suspended]", "when w.suspended], Go: [resume w]"),
    "a client that is switched": SUSPENDED.replace(
        "w: {kind: worker}", "w: {kind: client, strategy: blue-green}"
    ).replace("start suspend w, deploy b when w.suspended", "deploy w, deploy b"),
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


@pytest.mark.parametrize("name", ["an action waits for it", "it stays suspended"])
def test_it_is_asked_whether_a_job_can_begin(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = loads(CASES[name])
    monkeypatch.setattr(Walk, "can_always_begin", True)
    assert differs(deployment)
