"""The oracle's own reading of a deployment file: plain YAML data in, frozen records out.

It trusts its input: a malformed file raises whatever it raises. Versions are numbers from 0 (the
first) on from here; numbers in brackets are paragraphs of docs/semantics.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ASPECTS = ("call", "schema", "content", "token")
SEVERITIES = ("corruption", "error", "degraded")
OBTAINS = ("calls", "forwards", "reads", "consumes")
WRITES = ("writes", "publishes")
RELAYS = "relays"
"""What a `forwards` to a broker is called here (56)."""
STORES = ("database", "cache", "broker")

Breaks = Mapping[str, frozenset[tuple[int, int]]]


@dataclass(frozen=True)
class Component:
    """A component with instances: at most `most` up in all, retirements keep `least` up.

    `readiness` is None where instances are ready at once, else a predicate by version (43); `pulls`
    says that a job which begins with `consumes` starts at any instance that runs (80); so many
    `restarts` can be under way at a time (86); what is retired `lingers` where it is gone later (85).
    """

    name: str
    replicas: int
    most: int
    least: int
    strategy: str
    canaries: int
    readiness: Mapping[int, str] | None
    abrupt: bool
    stays: bool
    route: str | None
    pulls: bool
    restarts: int
    migrates: tuple[str, ...]
    lingers: bool
    spec: Mapping[str, Any]

    @property
    def all_can_restart(self) -> bool:
        """Whether all of them may be down without any release (86)."""
        return self.restarts >= self.replicas

    def sized(self, replicas: int) -> "Component":
        """The same where so many are wanted (84)."""
        most, least = _most_and_least(self.name, self.spec, replicas)
        canaries = min(_canaries(self.spec), replicas)
        return replace(self, replicas=replicas, most=most, least=least, canaries=canaries)


@dataclass(frozen=True)
class Change:
    """What the release does to one contract; `schema` and `content` say whether it has them.

    `exists` are the versions of the schema in which it is there (55), `source` is `from` (54),
    `starts` the forms that the file says it holds at the start (75). What is not `named` is changed
    as a source of `using` alone (73).
    """

    contract: str
    breaks: Breaks
    severity: Mapping[str, str]
    worst: str
    schema: bool
    content: bool
    exists: frozenset[int]
    expires: bool
    source: str | None
    starts: frozenset[int] | None = None
    named: bool = True
    graded: Mapping[tuple[str, str | None, int, int], str] = field(default_factory=dict)
    """What is written behind a pair in an aspect, below a verb (87) or (None) below none: a severity, or
    `unknown` (95)."""
    verbs: Mapping[str, Mapping[str, frozenset[tuple[int, int]]]] = field(default_factory=dict)
    """By aspect, what breaks hops of single verbs (87)."""

    def broken(self, aspect: str, verb: str | None = None) -> frozenset[tuple[int, int]]:
        """The pairs that break in an aspect, for hops of a verb or (None) of any."""
        by_verb = self.verbs.get(aspect)
        if by_verb is None:
            return self.breaks[aspect]
        if verb is None:
            return frozenset().union(*by_verb.values())
        return by_verb.get(as_written(verb), frozenset())


@dataclass(frozen=True)
class Flag:
    """A flag: the version from which code knows it (40), and whether code knows both forms (50)."""

    name: str
    since: int | None
    both: bool


@dataclass(frozen=True)
class Hop:
    """One hop; frame 0 is who starts the request, frame n the instance that hop n called.

    `held` are the frames that later hops still need once this one is done; `sources` the contracts
    of `using` that earlier hops obtain, in the order of the file; `runs` the callers' versions (47);
    whether the leader runs it, or is called (92).
    """

    caller: str
    verb: str
    provider: str
    contract: str
    using: tuple[str, ...]
    caller_frame: int
    held: frozenset[int]
    sources: tuple[str, ...]
    runs: frozenset[int]
    by_leader: bool = False
    to_leader: bool = False


@dataclass(frozen=True)
class Request:
    """A request; `starter` says whether a component with instances starts it, `job` a worker; it
    `pulls` if that worker starts it at any instance that runs (80)."""

    name: str
    hops: tuple[Hop, ...]
    job: bool
    starter: bool
    pulls: bool

    def component_of(self, frame: int) -> str:
        """The component that a frame is an instance of."""
        return self.hops[0].caller if frame == 0 else self.hops[frame - 1].provider


def as_written(verb: str) -> str:
    """How a file has the verb."""
    return "forwards" if verb == RELAYS else verb


def provider_of(contract: str) -> str:
    """The component of a contract."""
    return contract.partition("/")[0]


def names_of(contract: str) -> set[str]:
    """How `using` can name a contract: in full, or by its subject."""
    return {contract, contract.partition("/")[2]}


# Components


def read_component(name: str, spec: Mapping[str, Any], versions: list[str]) -> Component:
    """With the first version's number of instances (84)."""
    replicas = sizes_of(spec, versions)[0]
    most, least = _most_and_least(name, spec, replicas)
    strategy = spec.get("strategy", "rolling")
    return Component(
        name,
        replicas,
        most,
        least,
        "canary" if isinstance(strategy, Mapping) else strategy,
        min(_canaries(spec), replicas),
        _readiness(spec.get("readiness", "event" if "migrates" in spec else None), versions),
        spec.get("drain") == "abrupt",
        spec.get("stays", False),
        spec.get("route"),
        spec["kind"] == "worker" and spec.get("pulls") != "ready",
        int(spec.get("restarts", 0)),
        tuple(spec.get("migrates", ())),
        spec.get("terminates") == "later",
        spec,
    )


def sizes_of(spec: Mapping[str, Any], versions: list[str]) -> Mapping[int, int]:
    """By version, how many instances it wants (84)."""
    replicas = spec.get("replicas", 1)
    by_name = replicas if isinstance(replicas, Mapping) else dict.fromkeys(versions, replicas)
    return {number: by_name[name] for number, name in enumerate(versions)}


def _canaries(spec: Mapping[str, Any]) -> int:
    strategy = spec.get("strategy")
    return int(strategy["canary"]) if isinstance(strategy, Mapping) else 1


def _most_and_least(name: str, spec: Mapping[str, Any], replicas: int) -> tuple[int, int]:
    """A surge is rounded up, an unavailability down; both zero gives the latter 1 (83)."""
    surge = amount(spec.get("max_surge", 1), replicas, up=True)
    unavailable = amount(spec.get("max_unavailable", 0), replicas, up=False)
    if surge == 0 and unavailable == 0:
        if all(isinstance(spec.get(key, 0), int) for key in ("max_surge", "max_unavailable")):
            raise ValueError(f"{name}: max_surge and max_unavailable are both 0")
        unavailable = 1
    return replicas + surge, replicas - unavailable


def amount(given: int | str, replicas: int, *, up: bool) -> int:
    if isinstance(given, int):
        return given
    hundredths = int(given.rstrip("%")) * replicas
    return -(-hundredths // 100) if up else hundredths // 100


def _readiness(spec: Any, versions: list[str]) -> Mapping[int, str] | None:
    if spec is None:
        return None
    if not isinstance(spec, Mapping):
        spec = dict.fromkeys(versions, spec)
    given = {name: "true" if said == "event" else str(said) for name, said in spec.items()}
    return {number: given.get(name, "true") for number, name in enumerate(versions)}


# Requests


def read_request(
    name: str, lines: list[dict[str, str]], components: Mapping[str, Any], versions: list[str]
) -> Request:
    """The request of these lines, each `{"A VERB B": "subject using S since V until V"}`."""
    kinds = {component: spec["kind"] for component, spec in components.items()}
    parsed = [_hop_words(line, kinds, versions) for line in lines]
    callers = _caller_frames(parsed)
    parents = {number: callers[number - 1] for number in range(1, len(parsed) + 1)}
    hops = tuple(
        Hop(
            line.caller,
            line.verb,
            line.provider,
            line.contract,
            line.using,
            callers[i],
            _held(i + 1, callers, parents),
            _sources(parsed[:i], line.using),
            line.runs,
            line.by_leader,
            line.to_leader,
        )
        for i, line in enumerate(parsed)
    )
    starter = hops[0].caller
    kind = kinds.get(starter)
    pulls = kind == "worker" and hops[0].verb == "consumes" and components[starter].get("pulls") != "ready"
    return Request(name, hops, kind == "worker", kind in ("worker", "client"), pulls)


@dataclass(frozen=True)
class _Line:
    caller: str
    verb: str
    provider: str
    contract: str
    using: tuple[str, ...]
    runs: frozenset[int]
    by_leader: bool
    to_leader: bool


def _hop_words(line: dict[str, str], kinds: Mapping[str, str], versions: list[str]) -> _Line:
    ((head, tail),) = line.items()
    caller, *said = head.split()
    by_leader, to_leader = said[0] == "leader", said[-1] == "leader" and len(said) > 2 + (said[0] == "leader")
    verb, provider = said[by_leader : by_leader + 2]
    words = words_of(tail)
    limits = {"since": 0, "until": len(versions) - 1}
    while len(words) > 2 and words[-2] in limits:
        limits[words[-2]] = versions.index(words[-1])
        words = words[:-2]
    if verb == "forwards" and kinds[provider] == "broker":
        verb = RELAYS
    end = words.index("using") if "using" in words else len(words)
    using = tuple(word for word in words[end:] if word != "using")
    runs = frozenset(range(limits["since"], limits["until"] + 1))
    contract = f"{provider}/{' '.join(words[:end])}"
    return _Line(caller, verb, provider, contract, using, runs, by_leader, to_leader)


def words_of(text: str) -> list[str]:
    """The words, apart by spaces or commas; `"GET /cart/{id}"`, or `web/"GET /cart/{id}"`, is one."""
    found = re.findall(r'(?:[^\s,"]|"[^"]*")+', text)
    return [word.replace('"', "") for word in found]


def _caller_frames(parsed: list[_Line]) -> list[int]:
    """Per hop, the frame that makes it: the innermost of that name, the deeper ones answer (13)."""
    stack = [(0, parsed[0].caller)]
    frames = []
    for number, line in enumerate(parsed, start=1):
        while stack[-1][1] != line.caller:
            stack.pop()
        frames.append(stack[-1][0])
        if line.verb in ("calls", "forwards"):
            stack.append((number, line.provider))
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


def _sources(earlier: list[_Line], using: tuple[str, ...]) -> tuple[str, ...]:
    obtained = dict.fromkeys(line.contract for line in earlier if line.verb in OBTAINS)
    return tuple(contract for contract in obtained if names_of(contract) & set(using))


def has_pairs(spec: Any) -> bool:
    """Whether it is a mapping of pairs to what is said of each (95), not one of verbs to pairs (87)."""
    return isinstance(spec, Mapping) and any("->" in key for key in spec)
