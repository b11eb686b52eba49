"""Kinds of changes of tasks and classes in Python: an old worker runs what new code sends, and the other way round."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import signatures
from skewproof.model.evidence.judgement import Grade
from support.contracts import grade_both, write_side
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


TASK = "from celery import shared_task\n"
MODEL = "from pydantic import BaseModel, Field\nclass M(BaseModel):\n"
add(
    "renamed under a name that is kept",
    TASK + "@shared_task(name='mail.send')\ndef send(to): pass\n",
    TASK + "@shared_task(name='mail.send')\ndef deliver(to): pass\n",
    C,
    C,
    "messages have the name of the decorator",
)
add(
    "celery name that is computed",
    TASK + "@shared_task(name=ONE)\ndef send(to): pass\n",
    TASK + "@shared_task(name=OTHER)\ndef send(to): pass\n",
    U,
    U,
)
add(
    "celery serializer",
    TASK + "@shared_task(serializer='json')\ndef send(to): pass\n",
    TASK + "@shared_task(serializer='pickle')\ndef send(to): pass\n",
    M,
    M,
    "a worker takes what its `accept_content` lists",
)
add(
    "celery options",
    TASK + "@shared_task\ndef send(to): pass\n",
    TASK + "@shared_task(queue='q', acks_late=True)\ndef send(to): pass\n",
    C,
    C,
)
add(
    "base class elsewhere",
    "class M(Base):\n    a: int\n",
    "class M(Other):\n    a: int\n",
    U,
    U,
    "not looked up",
)
add(
    "field added that must be there",
    MODEL + "    a: int\n",
    MODEL + "    a: int\n    b: int = Field(gt=0)\n",
    B,
    B,
)
add(
    "field added with a default",
    MODEL + "    a: int\n",
    MODEL + "    a: int\n    b: int = Field(0, gt=0)\n",
    B,
    C,
)
add("alias", MODEL + "    a: int = Field(alias='x')\n", MODEL + "    a: int = Field(alias='y')\n", B, B)


def test_who_has_two_parents_with_one_parent_is_read_once() -> None:
    """Each level doubles the ways to the first class."""
    levels = [
        f"class A{n}(A{n - 1}, B{n - 1}): pass\nclass B{n}(A{n - 1}, B{n - 1}): pass\n" for n in range(1, 40)
    ]
    text = "class A0:\n    a: int\nclass B0(B0):\n    b: int\n" + "".join(levels)
    assert Kind("", text, text, C, C).judge(signatures.compare, "m.py") == (C, C)


@pytest.mark.parametrize(("field", "expected"), [("c: int", (B, B)), ("c: int = 0", (B, C)), ("", (C, C))])
def test_what_a_class_of_the_same_files_hands_down(field: str, expected: tuple[Grade, Grade]) -> None:
    old, new = (f"class P:\n    a: int\n    {one}\nclass M(P):\n    b: int\n" for one in ("", field))
    sides = [write_side(text, rank, "M", "m.py") for rank, text in enumerate((old, new))]
    assert grade_both(signatures.compare, sides[0], sides[1]) == expected


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(signatures.compare, "t.py") == kind.grades
