"""The comments of a model say what a command stands for: nothing is cut off in silence."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.language import loads
from skewproof.properties.promela import to_promela
from skewproof.properties.promela.prose import tell_command


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (("web: retire V1 (nobody up)",), "web: retire V1 (nobody up)"),
        (("a (1)", "a (2)"), "a (1) | a (2)"),
        (("a (1)", "a (2)", "a (3)"), "a (1) | a (2), and 1 like these"),
        (("Roll (east) begins: x", "Roll (west) begins: y"), "Roll (east) begins: x | Roll (west) begins: y"),
        (tuple(f"{n}" for n in range(9)), "0 | 1, and 7 like these"),
    ],
)
def test_events_are_told_whole_or_counted(texts: tuple[str, ...], told: str) -> None:
    assert tell_command(texts) == told


def test_what_stands_in_parentheses_stays_there() -> None:
    """A condition ends in one, and so can the name of a step."""
    deployment = loads(
        """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        flags: {f: {guards: [b/y]}}
        pipeline: [Roll (east): [deploy a], Flag: [enable f when a.up and (b.up or f.off)]]
        changes: {b/y: {breaks: both}}
        """
    )
    text = to_promela([compile_deployment(deployment, one) for one in deployment.requests]).text
    assert "Roll (east) begins: deploy a" in text
    assert "enable f when a.up and (b.up or f.off)" in text
