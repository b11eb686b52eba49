"""Kinds of changes of tasks and classes in Python: an old worker runs what new code sends, and the other way round."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import signatures
from skewproof.model.evidence.judgement import Grade
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


def add(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
    KINDS.append(Kind(name, old, new, forward, backward, why))


def fn(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
    """The parameters of a task."""
    add(name, f"def task({old}): pass\n", f"def task({new}): pass\n", forward, backward, why)


fn("param added default", "a", "a, b=1", B, C)
fn("param added", "a", "a, b", B, B)
fn("param removed", "a, b", "a", B, B)
fn("param removed default", "a, b=1", "a", C, B, "new never sends b; old has default")
fn("renamed", "a", "b", B, B, "by position it is the same value, by name it is refused")
fn("reordered", "a, b", "b, a", S, S)
fn("kw only", "a, b=1", "a, *, b=1", C, B)
fn("kwargs added", "a", "a, **kw", M, C, "nobody says what more is sent")
fn("args added", "a", "a, *args", M, C, "nobody says what more is sent")
fn("default changed", "a=1", "a=2", S, S)
fn("default added", "a", "a=1", B, C, "new may leave it out")
fn("default removed", "a=1", "a", C, B)
fn("annotation", "a: int", "a: str", M, M)
fn("annotation widened", "a: int", "a: int | None", M, M, "types are not looked into")
fn("annotation added", "a", "a: int", C, C, "what was sent nobody said")
fn("self", "self, a", "self, a, b=1", B, C)
fn("positional only", "a", "a, /", C, B, "sent by name")
add("task removed", "def task(a): pass\ndef other(): pass\n", "def other(): pass\n", C, B)
add("async", "def task(a): pass\n", "async def task(a): pass\n", C, C)
add("celery bind", "@app.task\ndef task(a): pass\n", "@app.task(bind=True)\ndef task(self, a): pass\n", C, C)
add(
    "celery name",
    "@app.task\ndef task(a): pass\n",
    "@app.task(name='x.y')\ndef task(a): pass\n",
    B,
    B,
    "the task has another name on the wire",
)
add(
    "dataclass field added",
    "from dataclasses import dataclass\n@dataclass\nclass M:\n    a: int\n",
    "from dataclasses import dataclass\n@dataclass\nclass M:\n    a: int\n    b: int = 0\n",
    B,
    C,
)
add(
    "dataclass field removed",
    "from dataclasses import dataclass\n@dataclass\nclass M:\n    a: int\n    b: int\n",
    "from dataclasses import dataclass\n@dataclass\nclass M:\n    a: int\n",
    B,
    B,
)
add(
    "enum value added",
    "from enum import Enum\nclass E(Enum):\n    A=1\n",
    "from enum import Enum\nclass E(Enum):\n    A=1\n    B=2\n",
    B,
    C,
)
add(
    "enum value removed",
    "from enum import Enum\nclass E(Enum):\n    A=1\n    B=2\n",
    "from enum import Enum\nclass E(Enum):\n    A=1\n",
    C,
    B,
)
add(
    "enum number changed",
    "from enum import Enum\nclass E(Enum):\n    A=1\n    B=2\n",
    "from enum import Enum\nclass E(Enum):\n    A=2\n    B=1\n",
    S,
    S,
)
add(
    "enum auto",
    "from enum import Enum, auto\nclass E(Enum):\n    A=auto()\n    B=auto()\n",
    "from enum import Enum, auto\nclass E(Enum):\n    B=auto()\n    A=auto()\n",
    S,
    S,
    "auto numbers move",
)
add(
    "enum auto inserted",
    "from enum import Enum, auto\nclass E(Enum):\n    A=auto()\n    B=auto()\n",
    "from enum import Enum, auto\nclass E(Enum):\n    A=auto()\n    X=auto()\n    B=auto()\n",
    B,
    S,
    "a value that is new, and one that has another number",
)
add("class renamed", "class M:\n    a: int\n", "class N:\n    a: int\n", B, B)
add("default list", "def task(a=[]): pass\n", "def task(a=None): pass\n", S, S)
add(
    "class attr no annotation",
    "class M:\n    def __init__(self, a): self.a=a\n",
    "class M:\n    def __init__(self, a, b): self.a=a; self.b=b\n",
    U,
    U,
    "what is pickled no annotation tells",
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(signatures.compare, "t.py") == kind.grades
