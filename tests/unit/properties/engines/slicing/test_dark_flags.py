"""Flags that are enabled after the end: each condition of the slicer, taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Action, Instruction
from skewproof.model.language import loads
from skewproof.model.names import Target
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import whole_system
from skewproof.properties.engines.slicing.restrict import SliceBuilder
from support.compare import agree, differs

TRAPS = {
    "a client that stays meets it": """
        components: {app: {kind: client, stays: true}, a: {kind: service}, b: {kind: service}}
        requests: {r: [app calls a: x, a calls b: y]}
        pipeline: [One: [deploy a b]]
        flags: {f: {guards: [a/x]}, g: {guards: [b/y]}}
        changes: {a/x: {breaks: [V1 -> V2]}, b/y: {breaks: both}}
        """,
    "what is written then": """
        components: {a: {kind: service, replicas: 2}, b: {kind: service}, c: {kind: cache}}
        requests: {r: [client calls a: x, a writes c: k], q: [client calls b: y, b reads c: k]}
        pipeline: [One: [deploy a], Two: [sync c]]
        flags: {f: {guards: [c/k]}}
        changes: {c/k: {breaks: [V1 -> V2]}}
        """,
}


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


def test_flags_beside_background_moves_are_refused() -> None:
    text = TRAPS["what is written then"].replace("One: [deploy a]", "One: [start deploy a]")
    why = engine("slice").refuses(Task(loads(text)))
    assert why is not None
    assert "beside `start`" in why


def _every_flag(builder: SliceBuilder) -> Iterator[Action]:
    return (Action(Instruction.ENABLE, (Target(flag),)) for flag in builder.names.flags.values())


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "who enables": (SliceBuilder, "_enabling", _every_flag, "a client that stays meets it"),
    "the event of the whole": (
        whole_system,
        "list_enabled_afterwards",
        lambda _: iter(()),
        "a client that stays meets it",
    ),
}


@pytest.mark.parametrize(("where", "name", "instead", "trap"), MUTANTS.values(), ids=MUTANTS.keys())
def test_no_condition_can_be_left_out(
    where: Any, name: str, instead: Any, trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)
