"""The oracle's own reading of a deployment file: plain YAML data in, frozen records out.

It trusts its input: a malformed file raises whatever it raises. Versions are 0 (old) and 1 (new)
from here on; numbers in brackets are paragraphs of docs/semantics.md.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

OLD, NEW = 0, 1
BOTH_WAYS = frozenset({(OLD, NEW), (NEW, OLD)})
ASPECTS = ("call", "schema", "content", "token")
OBTAINS = ("calls", "forwards", "reads", "consumes")
WRITES = ("writes", "publishes")

Breaks = Mapping[str, frozenset[tuple[int, int]]]


@dataclass(frozen=True)
class Component:
    """A component with instances: at most `most` up in all, retirements keep `least` up."""

    name: str
    replicas: int
    most: int
    least: int


@dataclass(frozen=True)
class Change:
    """What the release does to one contract; `schema` and `content` say whether it has them."""

    contract: str
    breaks: Breaks
    severity: str
    schema: bool
    content: bool


@dataclass(frozen=True)
class Hop:
    """One hop; frame 0 is who starts the request, frame n the instance that hop n called.

    `held` are the frames that later hops still need once this one is done.
    """

    caller: str
    verb: str
    provider: str
    contract: str
    using: tuple[str, ...]
    caller_frame: int
    held: frozenset[int]


@dataclass(frozen=True)
class Request:
    name: str
    hops: tuple[Hop, ...]
    job: bool

    def component_of(self, frame: int) -> str:
        """The component that a frame is an instance of."""
        return self.hops[0].caller if frame == 0 else self.hops[frame - 1].provider


@dataclass(frozen=True)
class Move:
    """One action's move on one component, contract or flag."""

    number: int
    verb: str
    target: str
    position: int
    background: bool


@dataclass(frozen=True)
class Plan:
    """A deployment, read: everything that does not change while it runs."""

    components: Mapping[str, Component]
    requests: tuple[Request, ...]
    changes: Mapping[str, Change]
    guards: Mapping[str, str]
    steps: tuple[str, ...]
    moves: tuple[Move, ...]
    max_span: int | None
    kinds: Mapping[str, str]

    def at(self, position: int) -> list[Move]:
        """The foreground moves of a position."""
        return [m for m in self.moves if m.position == position and not m.background]

    def started(self, position: int) -> list[Move]:
        """The background moves that were started before a position (2)."""
        return [m for m in self.moves if m.position < position and m.background]


def read_plan(data: Mapping[str, Any], *, pessimistic: bool = False) -> Plan:
    """The deployment of `data`, as `yaml.safe_load` gives it."""
    kinds = {name: spec["kind"] for name, spec in data["components"].items()}
    requests = tuple(_request(name, hops, kinds) for name, hops in data["requests"].items())
    met = list(dict.fromkeys(hop.contract for request in requests for hop in request.hops))
    changes = _changes(data, met, kinds, pessimistic=pessimistic)
    actions = _positions(data["pipeline"])
    return Plan(
        {
            n: _component(n, c)
            for n, c in data["components"].items()
            if kinds[n] not in ("database", "cache", "broker")
        },
        requests,
        changes,
        _guards(data.get("flags") or {}, met),
        tuple(step for step, _ in actions),
        tuple(_moves(actions, changes, kinds)),
        (data.get("assume") or {}).get("max_span"),
        kinds,
    )


def _component(name: str, spec: Mapping[str, Any]) -> Component:
    """DESIGN 3.1: a surge is rounded up, an unavailability down; both zero gives the latter 1."""
    replicas = spec.get("replicas", 1)
    surge = _amount(spec.get("max_surge", 1), replicas, up=True)
    unavailable = _amount(spec.get("max_unavailable", 0), replicas, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Component(name, replicas, replicas + surge, replicas - unavailable)


def _amount(given: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(given, int):
        return given
    hundredths = int(given.rstrip("%")) * replicas
    return -(-hundredths // 100) if up else hundredths // 100


# Requests


def _request(name: str, lines: list[dict[str, str]], kinds: Mapping[str, str]) -> Request:
    parsed = [_hop_words(line) for line in lines]
    callers = _caller_frames(parsed)
    parents = {number: callers[number - 1] for number in range(1, len(parsed) + 1)}
    hops = tuple(
        Hop(caller, verb, provider, contract, using, callers[i], _held(i + 1, callers, parents))
        for i, (caller, verb, provider, contract, using) in enumerate(parsed)
    )
    return Request(name, hops, kinds.get(hops[0].caller) == "worker")


def _hop_words(line: dict[str, str]) -> tuple[str, str, str, str, tuple[str, ...]]:
    ((head, tail),) = line.items()
    caller, verb, provider = head.split()
    subject, *using = [word for word in re.split(r"[\s,]+", tail) if word and word != "using"]
    return caller, verb, provider, f"{provider}/{subject}", tuple(using)


def _caller_frames(parsed: list[tuple[str, str, str, str, tuple[str, ...]]]) -> list[int]:
    """Per hop, the frame that makes it: the innermost of that name, the deeper ones answer (13)."""
    stack = [(0, parsed[0][0])]
    frames = []
    for number, (caller, verb, provider, _, _) in enumerate(parsed, start=1):
        while stack[-1][1] != caller:
            stack.pop()
        frames.append(stack[-1][0])
        if verb in ("calls", "forwards"):
            stack.append((number, provider))
    return frames


def _held(done: int, callers: list[int], parents: Mapping[int, int]) -> frozenset[int]:
    """The frames still needed after `done` hops: callers of later ones, and who called those (13)."""
    held = set()
    for caller in callers[done:]:
        frame: int | None = caller
        while frame is not None:
            held.add(frame)
            frame = parents.get(frame)
    return frozenset(frame for frame in held if frame <= done)


# Changes and flags


def _changes(
    data: Mapping[str, Any], met: list[str], kinds: Mapping[str, str], *, pessimistic: bool
) -> dict[str, Change]:
    given = data.get("changes") or {}
    specs = {contract: _named(given, contract) for contract in dict.fromkeys([*met, *given])}
    changes = {}
    for contract, spec in specs.items():
        if spec is None and pessimistic:
            spec = {"breaks": "both"}
        if spec is not None and not contract.endswith("/*"):
            changes[contract] = _change(contract, spec, kinds[_provider(contract)], data["versions"])
    return changes


def _named(by_name: Mapping[str, Any], contract: str) -> Any:
    """What a mapping says of a contract: under its own name, else under `provider/*`."""
    return by_name.get(contract, by_name.get(_provider(contract) + "/*"))


def _provider(contract: str) -> str:
    return contract.partition("/")[0]


def _change(contract: str, spec: Mapping[str, Any], kind: str, versions: list[str]) -> Change:
    return Change(
        contract,
        _breaks(spec.get("breaks", "none"), versions),
        spec.get("severity", "error"),
        schema=kind in ("database", "broker"),
        content=kind in ("cache", "broker") or (kind == "database" and spec.get("rows") == "kept"),
    )


def _breaks(spec: Any, versions: list[str]) -> Breaks:
    if isinstance(spec, Mapping):
        return {aspect: _pairs(spec.get(aspect, "none"), versions) for aspect in ASPECTS}
    return dict.fromkeys(ASPECTS, _pairs(spec, versions))


def _pairs(spec: str | list[str], versions: list[str]) -> frozenset[tuple[int, int]]:
    """The broken (consumer, provider) pairs: `both`, `none`, one `V1 -> V2`, or a list of those."""
    if spec == "both":
        return BOTH_WAYS
    if spec == "none":
        return frozenset()
    sides = [pair.split("->") for pair in ([spec] if isinstance(spec, str) else spec)]
    return frozenset((versions.index(old.strip()), versions.index(new.strip())) for old, new in sides)


def _guards(flags: Mapping[str, Any], met: list[str]) -> dict[str, str]:
    """Contract -> the flag that guards it."""
    guards = {}
    for flag, spec in flags.items():
        named = dict.fromkeys(spec["guards"], flag)
        guards.update({contract: flag for contract in met if _named(named, contract)})
    return guards


# The pipeline


def _positions(pipeline: list[Any]) -> list[tuple[str, str | None]]:
    """Every position as (step, action), with both ends (1)."""
    positions: list[tuple[str, str | None]] = [("(before)", None)]
    for step in pipeline:
        ((name, actions),) = step.items() if isinstance(step, Mapping) else [(step, [])]
        positions += [(name, action) for action in actions or [None]]
    return [*positions, ("(after)", None)]


def _moves(
    positions: list[tuple[str, str | None]], changes: Mapping[str, Change], kinds: Mapping[str, str]
) -> Iterator[Move]:
    number = 0
    for position, (_, action) in enumerate(positions):
        words = (action or "").split()
        background = words[:1] == ["start"]
        for verb, target in _targets(words[background:], changes, kinds):
            yield Move(number, verb, target, position, background)
            number += 1


def _targets(
    words: list[str], changes: Mapping[str, Change], kinds: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """(verb, target) of each move of an action: stores split into their changed contracts (5, 6, 7)."""
    for name in words[1:]:
        verb = words[0]
        if verb in ("migrate", "reconfigure"):
            yield from ((verb, c.contract) for c in _contracts(name, changes) if c.schema)
        elif verb in ("sync", "backfill", "purge", "drain"):
            yield from ((verb, c.contract) for c in _contracts(name, changes) if c.content)
        else:
            yield verb, name


def _contracts(name: str, changes: Mapping[str, Change]) -> Iterable[Change]:
    """The changed contracts that a name stands for: all of a provider, or the one of that name."""
    return [c for c in changes.values() if name in (c.contract, _provider(c.contract))]
