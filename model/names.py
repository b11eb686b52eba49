"""What things are called: places in files, contracts, what an action names, and variables."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from enum import StrEnum
from functools import cache
from typing import NamedTuple, assert_never, final

from .escapes import make_printable
from .frozen import dataclass


class Place(NamedTuple):
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{make_printable(self.file)}:{self.line}:{self.column}"


class Contract(NamedTuple):
    """The agreement for one subject at one provider."""

    provider: str
    subject: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.subject}"


@dataclass(frozen=True, slots=True)
class Target:
    """What an action names: a component or flag, or one contract of a component."""

    name: str
    subject: str | None = None

    def __str__(self) -> str:
        return self.name if self.subject is None else f"{self.name}/{in_quotes(self.subject)}"


def in_quotes(subject: str) -> str:
    """A subject where other words can follow: in double quotes if it is no single word.

    >>> print(in_quotes("cart_item"), in_quotes("GET /cart/{id}"))
    cart_item "GET /cart/{id}"
    """
    return f'"{subject}"' if " " in subject or "/" in subject else subject


class VariableKind(StrEnum):
    """What a variable of a transition system stands for; its value is the first word of its name."""

    PIPELINE = "pipeline"
    """Where the pipeline stands."""
    INSTANCES = "up"
    """How the instances of a component stand."""
    JOBS = "jobs"
    """Whether a worker starts jobs."""
    FLAG = "flag"
    SCHEMA = "schema"
    CONTENT = "content"
    UNACKNOWLEDGED = "unacknowledged"
    """The forms of messages that were taken from a queue and are not acknowledged."""
    DEPARTED = "departed"
    """Whether an instance has gone that may have taken messages."""
    LEADER = "leader"
    """The version of the instance that leads a component, if one does."""
    REQUEST = "request"
    """How many hops the watched request has run."""
    FRAME = "frame"
    """The version of an instance that the request holds."""
    TOKEN = "token"  # noqa: S105 - a form that is carried along, not a password
    """The form in which the request obtained a contract's subject."""
    SESSION = "session"
    """The version to which the request's calls of a component keep."""
    REACH = "reach"
    """How far the pipeline can come because of instances on which the watched request stands."""
    SPAN = "span"
    """The steps that began while the request was in flight."""
    MONITOR = "monitor"
    """What a formula's monitor thinks of the run so far."""
    WATCHED = "watched"
    """Which of several requests is watched."""


class Held(NamedTuple):
    """An entry of a request's stack: hop `born` called the component (0: the request began there)."""

    born: int
    component: str

    def __str__(self) -> str:
        return f"{self.born} {self.component}"


Subject = str | Contract | Held | None
"""Whose variable it is: a component or flag, a contract, an entry of the stack; nobody's."""


@final
class VariableKey:
    """What a variable stands for: of what kind it is, and whose. Its text is the variable's name.

    There is one object for each kind and subject in a process, also where keys come from another one. So
    two keys are equal if they are the same object, and they are compared and hashed as fast as Python can:
    a search does little else. They are ordered as their names are.
    """

    __slots__ = ("_name", "kind", "subject")
    __match_args__ = ("kind", "subject")
    _name: str
    kind: VariableKind
    subject: Subject

    def __new__(cls, kind: VariableKind, subject: Subject = None) -> VariableKey:
        known = _KEYS.get((kind, subject))
        if known is None:
            known = object.__new__(cls)
            name = str(kind) if subject is None else f"{kind} {subject}"
            for field, value in (("kind", kind), ("subject", subject), ("_name", name)):
                object.__setattr__(known, field, value)
            known = _KEYS.setdefault((kind, subject), known)  # one of two threads is first
        return known

    def __setattr__(self, field: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {field!r}")

    def __reduce__(self) -> tuple[object, ...]:
        return VariableKey, (self.kind, self.subject)

    def __lt__(self, other: VariableKey) -> bool:
        return self._name < other._name

    def __str__(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return f"<{self._name}>"

    @property
    def owner(self) -> str:
        """The component or flag whose variable it is. Only for kinds that have one."""
        assert isinstance(self.subject, str), f"{self} is of no component and no flag"
        return self.subject

    @property
    def contract(self) -> Contract:
        """The contract whose variable it is. Only for kinds that have one."""
        assert isinstance(self.subject, Contract), f"{self} is of no contract"
        return self.subject


_KEYS: dict[tuple[VariableKind, Subject], VariableKey] = {}

PIPELINE = VariableKey(VariableKind.PIPELINE)
REQUEST = VariableKey(VariableKind.REQUEST)
SPAN = VariableKey(VariableKind.SPAN)
MONITOR = VariableKey(VariableKind.MONITOR)
WATCHED = VariableKey(VariableKind.WATCHED)


@cache
def pipeline_of(name: str | None) -> VariableKey:
    """Where one of several pipelines stands; None: the only one there is."""
    return PIPELINE if name is None else VariableKey(VariableKind.PIPELINE, name)


def is_pipeline(key: VariableKey) -> bool:
    """Whether it says where a pipeline stands."""
    return key.kind is VariableKind.PIPELINE


@cache
def instances_of(component: str) -> VariableKey:
    """How the instances of a component stand."""
    return VariableKey(VariableKind.INSTANCES, component)


@cache
def jobs_of(worker: str) -> VariableKey:
    """Whether a worker starts jobs."""
    return VariableKey(VariableKind.JOBS, worker)


@cache
def flag_of(name: str) -> VariableKey:
    """How a feature flag stands."""
    return VariableKey(VariableKind.FLAG, name)


@cache
def schema_of(contract: Contract) -> VariableKey:
    """The version of the schema, or of a broker's configuration, that a contract has."""
    return VariableKey(VariableKind.SCHEMA, contract)


@cache
def content_of(contract: Contract) -> VariableKey:
    """The forms of data that lie at a contract."""
    return VariableKey(VariableKind.CONTENT, contract)


@cache
def unacknowledged_of(contract: Contract) -> VariableKey:
    """The forms of the contract's messages that were taken and are not acknowledged."""
    return VariableKey(VariableKind.UNACKNOWLEDGED, contract)


@cache
def departed_of(component: str) -> VariableKey:
    """Whether an instance of the component has gone that may have taken messages."""
    return VariableKey(VariableKind.DEPARTED, component)


@cache
def leader_of(component: str) -> VariableKey:
    """The version of the instance that leads a component."""
    return VariableKey(VariableKind.LEADER, component)


@cache
def frame_of(born: int, component: str) -> VariableKey:
    """The version of the instance that the request holds since hop `born` (0: its root)."""
    return VariableKey(VariableKind.FRAME, Held(born, component))


@cache
def token_of(contract: Contract) -> VariableKey:
    """The form in which the request obtained a contract's subject."""
    return VariableKey(VariableKind.TOKEN, contract)


@cache
def session_of(component: str) -> VariableKey:
    """The version to which the request's calls of a component keep."""
    return VariableKey(VariableKind.SESSION, component)


@cache
def reach_of(picked: int, released: int | None) -> VariableKey:
    """How far the pipeline can come because of what the request stands on from one hop to another, or on."""
    return VariableKey(VariableKind.REACH, f"{picked} to {released or 'end'}")


def parse_key(name: str) -> VariableKey:
    """The key whose name it is. Raises `ValueError` if there is none of that name."""
    word, _, rest = name.partition(" ")
    kind = VariableKind(word)
    key = VariableKey(kind, _subject(kind, rest))
    if str(key) != name:
        raise ValueError(f"{name!r} is no variable's name")
    return key


def _subject(kind: VariableKind, text: str) -> Subject:
    match kind:
        case VariableKind.INSTANCES | VariableKind.JOBS | VariableKind.FLAG | VariableKind.SESSION:
            return text
        case VariableKind.DEPARTED | VariableKind.LEADER | VariableKind.REACH:
            return text
        case VariableKind.SCHEMA | VariableKind.CONTENT | VariableKind.UNACKNOWLEDGED | VariableKind.TOKEN:
            provider, _, subject = text.partition("/")
            return Contract(provider, subject)
        case VariableKind.FRAME:
            born, _, component = text.partition(" ")
            return Held(int(born), component)
        case VariableKind.PIPELINE:
            return text or None
        case VariableKind.REQUEST | VariableKind.SPAN | VariableKind.MONITOR | VariableKind.WATCHED:
            return None
        case _:
            assert_never(kind)
