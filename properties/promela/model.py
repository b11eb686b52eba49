"""A deployment as a Promela model that Spin runs as it stands.

Every reachable state of the model is a reachable state of the kernel's `System` and the other way
round: an event is one `d_step`, written from its guard and effect, and nothing is added but the
choice of the request at the start. So whatever compiles to a `System` can be exported.
Source of the language: G. J. Holzmann, The SPIN Model Checker, 2003.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...model.compiler.compile import Compiled
from ...model.compiler.system import EventKind
from ...model.names import WATCHED, VariableKey
from .claims import HazardClaim, list_claims
from .commands import GuardedCommand, build_commands
from .conditions import Conditions
from .encoding import Axis, AxisEncoding, AxisKind, Encoder
from .names import write_comment
from .prose import tell_claim, tell_command, write_head, write_notes
from .watch import find_request_name, watch

MOST_CLAIMS = 100
"""Spin keeps a little state for each claim of a file, and refuses more than some hundred of them."""

MOST_OWNERS = 100
"""So many components get a process each; beyond that one process makes all moves, for Spin runs 255."""


class Model(Struct, frozen=True):
    """The text of a model, and the claims in it.

    `is_selected`: there are too many for one file, and `-DHAZARD=n` given to Spin puts in the n-th.
    """

    text: str
    claims: tuple[HazardClaim, ...]
    is_selected: bool


class PromelaProcess(Struct, frozen=True):
    """Who makes commands; `request` is the request whose hops they are."""

    name: str
    label: str
    request: str | None
    commands: tuple[GuardedCommand, ...]


def to_promela(requests: Sequence[Compiled], most_claims: int = MOST_CLAIMS) -> Model:
    """The model of a deployment with its requests, at least one, one of which is watched.

    Beyond `most_claims` the file has one at a time (`Model.is_selected`).
    """
    system = watch(requests)
    encoder = Encoder(requests[0].vocabulary, write_notes(requests))
    encodings = {variable.key: encoder.encode(variable) for variable in system.variables}
    found = build_commands(system, encodings)
    processes = [
        PromelaProcess(encoder.name(label), label, request, tuple(row))
        for (label, request), row in _by_process(found).items()
    ]
    conditions = Conditions(encodings)
    every = tuple(list_claims(requests))
    is_selected = len(every) > most_claims
    lines = [
        *write_head(requests, is_selected, len(every), _bytes(encodings, processes, every)),
        *_constants(encoder),
        *_variables(encodings),
        *(line for process in processes for line in _process(process, conditions, len(requests) > 1)),
        *(_init(encodings[WATCHED], requests, processes) if len(requests) > 1 else ()),
        *_claims(requests, every, conditions, is_selected),
    ]
    return Model("\n".join(lines) + "\n", every, is_selected)


def _by_process(found: list[GuardedCommand]) -> dict[tuple[str, str | None], list[GuardedCommand]]:
    owners = {command.owner for command in found if command.kind is EventKind.MOVE}
    rows: dict[tuple[str, str | None], list[GuardedCommand]] = {}
    for command in found:
        rows.setdefault(_process_of(command, len(owners) <= MOST_OWNERS), []).append(command)
    return rows


def _process_of(command: GuardedCommand, one_each: bool) -> tuple[str, str | None]:
    match command.kind:
        case EventKind.PIPELINE:
            return "pipeline", None
        case EventKind.MOVE:
            return f"moves of {command.owner}" if one_each else "moves", None
        case EventKind.WRITE:
            return "traffic", None
        case EventKind.HOP:
            return f"request {command.owner}", command.owner
        case kind:
            return str(kind), None


def _bytes(
    encodings: dict[VariableKey, AxisEncoding],
    processes: list[PromelaProcess],
    every: tuple[HazardClaim, ...],
) -> int:
    """A generous estimate of a state's size in Spin, in bytes."""
    axes = sum(len(encoding.axes) for encoding in encodings.values())
    return 64 + 2 * axes + 8 * len(processes) + 2 * min(len(every), MOST_CLAIMS)


# --- what there is ----------------------------------------------------------------------------


def _constants(encoder: Encoder) -> Iterator[str]:
    yield ""
    yield "/* Values. */"
    for name, constant in encoder.constants.items():
        yield f"#define {name} {constant.code} /* {write_comment(constant.note)} */"


def _variables(encodings: dict[VariableKey, AxisEncoding]) -> Iterator[str]:
    yield ""
    yield "/* The deployment, then the watched request. */"
    for encoding in encodings.values():
        for axis, code in zip(encoding.axes, encoding.vectors[encoding.variable.initial], strict=True):
            yield f"{_type(axis)} {axis.name} = {axis.code(code)}; /* {write_comment(axis.note)} */"


def _type(axis: Axis) -> str:
    most = max(axis.codes)
    if axis.kind is AxisKind.BIT or most <= 1:
        return "bit"
    return "byte" if most <= 255 else "short" if most <= 32767 else "int"


# --- what happens -----------------------------------------------------------------------------


def _process(process: PromelaProcess, conditions: Conditions, is_chosen: bool) -> Iterator[str]:
    yield ""
    yield f"/* {write_comment(process.label)} */"
    yield f"{'' if is_chosen else 'active '}proctype {process.name}() {{"
    yield "end:"
    yield "  do"
    for command in process.commands:
        guard = {
            name: allowed
            for name, allowed in command.guard.items()
            if not (process.request and name == WATCHED)
        }
        yield f"  /* {write_comment(tell_command(command.texts))} */"
        yield f"  :: d_step {{ {conditions.write(guard)} -> {'; '.join(command.updates) or 'skip'} }}"
    yield "  od"
    yield "}"


def _init(
    watched: AxisEncoding, requests: Sequence[Compiled], processes: list[PromelaProcess]
) -> Iterator[str]:
    """The choice of the watched request: only its process runs."""
    axis, run = watched.axes[0], {process.request: process.name for process in processes}
    yield ""
    yield "init {"
    yield "  atomic {"
    yield "    if"
    for request in map(find_request_name, requests):
        (code,) = watched.vectors[request]
        yield f"    :: {axis.name} = {axis.code(code)}; run {run[request]}()"
    yield "    fi;"
    yield ";\n".join(f"    run {process.name}()" for process in processes if process.request is None)
    yield "  }"
    yield "}"


# --- what must not happen ---------------------------------------------------------------------


def _claims(
    requests: Sequence[Compiled], every: tuple[HazardClaim, ...], conditions: Conditions, is_selected: bool
) -> Iterator[str]:
    hops = {find_request_name(c): c.walker.request.hops for c in requests if c.walker is not None}
    for number, claim in enumerate(every, start=1):
        condition = " || ".join(f"({conditions.write(guard)})" for guard in claim.guards)
        yield ""
        yield f"/* {write_comment(tell_claim(claim, hops[claim.request]))} */"
        if is_selected:
            yield f"#if HAZARD == {number}"
        yield f"#define {claim.name.upper()} ({condition})"
        yield f"never {claim.name} {{ /* violates [] !{claim.name.upper()} */"
        yield "  do"
        yield f"  :: {claim.name.upper()} -> break"
        yield "  :: else"
        yield "  od"
        yield "}"
        if is_selected:
            yield "#endif"
