"""Requests that carry what the pipeline waits for to expire: each part of the argument, taken away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Hop, Source
from skewproof.model.language import loads
from skewproof.model.names import Target, VariableKey
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing.cone import Cone
from skewproof.properties.engines.slicing.cut import _Cutter
from skewproof.properties.engines.slicing.restrict import SliceBuilder
from support.compare import agree, differs

QUEUE = """
    components: {s: {kind: service}, w: {kind: worker}, z: {kind: service}, queue: {kind: broker}}
    requests:
      job: [w consumes queue: k, HOPS]
      put: [client calls s: ask, s publishes queue: k]
    pipeline: [One: [deploy s], Two: [expire queue], Three: [deploy z]]
    changes: {queue/k: {breaks: none}, z/use: {breaks: none}, z/end: {breaks: [V1 -> V2]}}
    """
USED_LATER = QUEUE.replace("HOPS", "w calls z: end, w calls z: use using queue/k")
"""What is carried when the last call breaks is let go behind it."""
USED_BEFORE = QUEUE.replace("HOPS", "w calls z: use using queue/k, w calls z: end")
NO_CONTENT = """
    components: {s: {kind: service}, b: {kind: service}, z: {kind: service}}
    requests:
      ask: [client calls s: ask, s calls b: k, s calls z: end using b/k]
    pipeline: [One: [deploy b], Two: [expire b], Three: [deploy z]]
    changes: {b/k: {breaks: none}, z/end: {breaks: {call: [V1 -> V2], token: [V1 -> V2]}}}
    """
CASES = {
    "used later": USED_LATER,
    "used before": USED_BEFORE,
    "comes back": USED_BEFORE.replace("queue: {kind: broker}", "queue: {kind: broker, redelivers: true}"),
    "an answer": NO_CONTENT,
    "begun in the background": NO_CONTENT.replace("expire b]", "start expire b], Wait: [await b]"),
    "a table": NO_CONTENT.replace("b: {kind: service}", "b: {kind: database}")
    .replace("s calls b: k", "s reads b: k")
    .replace("deploy b", "migrate b"),
    "cut off": USED_LATER.replace("z: {kind: service}", "z: {kind: service, drain: abrupt}"),
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


def test_who_is_served_at_once_carries_nothing() -> None:
    """So that slices do not grow with what requests carry before."""

    def count(hops: str) -> int:
        carried = NO_CONTENT.replace("s calls z: end using b/k", hops)
        return engine("slice").judge(Task(loads(carried))).states

    assert count("s calls z: use using b/k, s calls z: end") < count("s calls z: end using b/k")


def test_what_has_no_content_cannot_be_tied_to_a_condition() -> None:
    waits = NO_CONTENT.replace("expire b]", "expire b when all b at V2]")
    assert engine("slice").refuses(Task(loads(waits))) is not None
    assert (
        engine("slice").refuses(Task(loads(USED_LATER.replace("queue]", "queue when all s at V2]")))) is None
    )


# --- each part, taken away ---


def carries_nothing(self: Cone) -> bool:
    return False


def looks_no_further(self: _Cutter) -> Iterator[Hop]:
    return iter(())


def uses_what_is_judged(self: _Cutter, number: int, *, everything: bool) -> tuple[Source, ...]:
    return USING(self, number, everything=True) if everything else ()


USING = _Cutter._using


def lets_go_somewhere(self: Cone) -> bool:
    """Without the hop that is the last to use it."""
    before = frozenset(self.hops)
    found = CARRY(self)
    last = {until for _, until in self.walk.carried.values()}
    self.hops -= (self.hops - before) & last
    return found


CARRY = Cone._carry
TARGETS = SliceBuilder._targets


def moves_contents(self: SliceBuilder) -> Iterator[tuple[VariableKey, Target]]:
    """Without what expires and has none."""
    kept = {*self._units()}
    return ((unit, target) for unit, target in TARGETS(self) if unit in kept)


TRAPS = [
    (USED_LATER, Cone, "_carry", carries_nothing),
    (USED_LATER, _Cutter, "_later", looks_no_further),
    (USED_BEFORE, _Cutter, "_using", uses_what_is_judged),
    (USED_BEFORE, Cone, "_carry", lets_go_somewhere),
    (NO_CONTENT, SliceBuilder, "_targets", moves_contents),
]


@pytest.mark.parametrize(("text", "where", "name", "instead"), TRAPS)
def test_no_part_can_be_left_out(
    text: str, where: type, name: str, instead: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = loads(text)
    assert not differs(deployment)
    monkeypatch.setattr(where, name, instead)
    assert differs(deployment)
