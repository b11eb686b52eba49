"""Frozen dataclasses made quickly: to whoever looks they are the standard library's."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from typing import Any

import pytest

from skewproof.model import frozen


class Said:
    """What both decorators are held against each other on."""

    name: str
    count: int = 1
    words: list[str] = dataclasses.field(default_factory=list)
    line: int = dataclasses.field(default=0, compare=False)
    hidden: int = dataclasses.field(default=0, repr=False)


def copied(name: str, decorate: Any) -> Any:
    body = {key: value for key, value in vars(Said).items() if key not in ("__dict__", "__weakref__")}
    return decorate(type(name, (), {**body, "__qualname__": name}))


@frozen.dataclass(frozen=True, slots=True)
class Slotted:
    name: str
    count: int = 1


@frozen.dataclass(frozen=True)
class Open:
    name: str
    seen: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", f"seen {self.name}")


OURS = copied("Told", frozen.dataclass(frozen=True, slots=True))
THEIRS = copied("Told", dataclasses.dataclass(frozen=True, slots=True))
MADE: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("a",), {}),
    (("a", 2), {}),
    (("b",), {"line": 3}),
    (("b",), {"words": ["x"], "hidden": 4}),
    ((), {"name": "c", "count": 0}),
]


@pytest.mark.parametrize(("args", "named"), MADE)
def test_it_is_made_and_shown_as_the_standard_librarys_is(
    args: tuple[Any, ...], named: dict[str, Any]
) -> None:
    ours, theirs = OURS(*args, **named), THEIRS(*args, **named)
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert OURS.__match_args__ == THEIRS.__match_args__
    assert [str(one) for one in inspect.signature(OURS).parameters] == [
        str(one) for one in inspect.signature(THEIRS).parameters
    ]
    assert dataclasses.asdict(dataclasses.replace(ours, name="z")) == {
        **dataclasses.asdict(theirs),
        "name": "z",
    }


def test_equality_is_the_standard_librarys() -> None:
    for args, named in MADE:
        for other, also in MADE:
            assert (OURS(*args, **named) == OURS(*other, **also)) == (
                THEIRS(*args, **named) == THEIRS(*other, **also)
            )
    assert OURS("a") == OURS("a", line=9)
    assert OURS("a") != THEIRS("a")


def test_equal_ones_have_one_hash() -> None:
    assert len({Slotted("a"), Slotted("a", 1), Slotted("a", 2)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(OURS("a"))


@pytest.mark.parametrize("made", [Slotted("a"), Open("a")])
def test_nothing_in_it_can_be_changed(made: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.name
    assert made.name == "a"


@pytest.mark.parametrize("made", [Slotted("a", 3), Open("a")])
def test_it_comes_back_from_a_worker(made: Any) -> None:
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_missing_field_is_told_by_its_class() -> None:
    with pytest.raises(TypeError, match=r"Slotted.__init__\(\) missing 1 required positional argument"):
        Slotted()  # type: ignore[call-arg]


def test_what_is_made_is_finished_by_its_class() -> None:
    assert Open("a").seen == "seen a"


def test_frozen_ones_inherit_from_it() -> None:
    @dataclasses.dataclass(frozen=True)
    class More(Slotted):
        more: int = 0

    assert More("a", 1, 2) == More("a", more=2)
    assert More("a") != Slotted("a")
