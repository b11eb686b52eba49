"""The request under watch: a walker inside the deployment, whose hops take time between them.

The walker's state is how many hops it has run, the version of each instance that it holds, and
the forms in which it obtained the subjects that a later hop is `using`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from .deployment import Contract, Deployment, Hop, Request, Verb
from .system import Event, EventKind, Guard, Value, Variable, conjoin
from .variables import Vocabulary

REQUEST = "request"
SPAN = "span"


@dataclass(frozen=True, slots=True)
class Frame:
    """An entry of the request's stack: the root, or the instance that hop `born` called.

    `until` is the last hop that the frame, or one that it called, makes; it is held until then.
    """

    component: str
    born: int
    parent: int | None
    until: int

    @property
    def is_held(self) -> bool:
        return self.until > max(self.born, 1)

    @property
    def variable(self) -> str:
        return f"frame {self.born} {self.component}"


@dataclass(frozen=True, slots=True)
class Stack:
    """The frames of a request, and for each hop (from 0) the index of its caller's frame."""

    frames: tuple[Frame, ...]
    callers: tuple[int, ...]


def stack(hops: tuple[Hop, ...]) -> Stack:
    """Who calls whom: the caller of a hop is the innermost frame of its name still on the stack.

    Raises `ValueError` for a hop whose caller is not on the stack; the language refuses those.
    """
    entries: list[tuple[str, int, int | None]] = [(hops[0].consumer, 0, None)]
    path = [0]
    callers = []
    for number, hop in enumerate(hops, start=1):
        while path and entries[path[-1]][0] != hop.consumer:
            path.pop()
        if not path:
            raise ValueError(f"hop {number}: `{hop.consumer}` is not on the stack")
        callers.append(path[-1])
        if hop.verb.is_call:
            entries.append((hop.provider, number, path[-1]))
            path.append(len(entries) - 1)
    last = [0] * len(entries)
    for number, caller in enumerate(callers, start=1):
        frame: int | None = caller
        while frame is not None:
            last[frame] = number
            frame = entries[frame][2]
    return Stack(
        tuple(Frame(*entry, until) for entry, until in zip(entries, last, strict=True)), tuple(callers)
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in which a part of a hop can turn out."""

    guard: Guard
    effect: dict[str, Value]
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a hop can go on: its event, and who takes part in it.

    `caller` is the version of the consumer (None: an anonymous client), `callee` of the instance that
    takes a call, `found` the form that a read or consume finds; None where the event leaves it open.
    """

    event: Event
    caller: str | None
    callee: str | None = None
    found: str | None = None


class Walker:
    """One request of a deployment as variables and events."""

    def __init__(self, vocabulary: Vocabulary, request: Request) -> None:
        self._vocabulary = vocabulary
        self._deployment: Deployment = vocabulary.deployment
        self.request = request
        self.stack = stack(request.hops)
        self.tokens = self._last_uses()

    # --- what the walker remembers ---

    def variables(self) -> Iterator[Variable]:
        yield Variable(REQUEST, tuple(range(len(self.request.hops) + 1)), 0)
        for frame in self._held():
            yield Variable(frame.variable, (None, *self._deployment.versions), None)
        for contract in self.tokens:
            yield Variable(token(contract), (None, *self._deployment.versions), None)
        if self._deployment.max_span is not None:
            yield Variable(SPAN, tuple(range(self._deployment.max_span + 1)), 0)

    def _held(self) -> list[Frame]:
        return [f for f in self.stack.frames if f.is_held and f.component in self._vocabulary.rollouts]

    def _last_uses(self) -> dict[Contract, int]:
        """The contracts whose form is carried along, each with the last hop that is using it."""
        uses: dict[Contract, int] = {}
        for number in range(1, len(self.request.hops) + 1):
            uses.update(dict.fromkeys(self.sources(number), number))
        return uses

    def sources(self, number: int) -> list[Contract]:
        """The changed contracts from which hop `number` (from 1) has what it is using."""
        return sources(self._deployment, self.request.hops, number)

    # --- guards ---

    def is_next(self, number: int) -> Guard:
        """Hop `number` is the next to run."""
        return {REQUEST: frozenset({number - 1})}

    def in_flight(self) -> Guard:
        return {REQUEST: frozenset(range(1, len(self.request.hops)))}

    def not_in_flight(self) -> Guard:
        return {REQUEST: frozenset({0, len(self.request.hops)})}

    def not_on(self, component: str, version: str | None = None) -> Guard:
        """The request holds no instance of the component (of that version)."""
        free = frozenset({None, *self._deployment.versions})
        free = free - {version} if version else frozenset({None})
        return {frame.variable: free for frame in self._held() if frame.component == component}

    def obtained(self, contract: Contract, form: str) -> Guard:
        return {token(contract): frozenset({form})}

    def callers(self, number: int) -> list[tuple[str | None, Guard]]:
        """The versions that the caller of hop `number` can have, each with its guard.

        An anonymous client has none: [(None, {})]. The first hop of a job picks its worker.
        """
        frame = self.stack.frames[self.stack.callers[number - 1]]
        if frame.component not in self._vocabulary.rollouts:
            return [(None, {})]
        return [(version, self._caller_is(number, frame, version)) for version in self._deployment.versions]

    def _caller_is(self, number: int, frame: Frame, version: str) -> Guard:
        if number > 1:
            return {frame.variable: frozenset({version})}
        ready = conjoin(
            self._vocabulary.up(frame.component, version), self._vocabulary.running(frame.component)
        )
        assert ready is not None  # two different variables
        return ready

    # --- events ---

    def events(self) -> Iterator[Event]:
        for number in range(1, len(self.request.hops) + 1):
            yield from (way.event for way in self.ways(number))

    def ways(self, number: int) -> Iterator[Way]:
        """Every way in which hop `number` (from 1) can go on; a hop that must wait has none."""
        hop = self.request.hops[number - 1]
        for caller, (flag, flag_guard) in product(
            self._caller_choices(number), self._vocabulary.flag_states(hop.contract)
        ):
            form = caller.version and self._vocabulary.form(caller.version, flag)
            for met, left in product(self._meetings(number, hop, flag), self._leavings(hop, form)):
                guard = conjoin(self.is_next(number), caller.guard, flag_guard, met.guard, left.guard)
                if guard is not None:
                    effect = {
                        **caller.effect,
                        **met.effect,
                        **left.effect,
                        REQUEST: number,
                        **self._released(number),
                    }
                    text = hop_text(hop, caller.version, met.version)
                    event = Event(EventKind.HOP, self.request.name, text, guard, effect, hop=number)
                    called = met.version if hop.verb.is_call else None
                    found = None if hop.verb.is_call else met.version
                    yield Way(event, caller.version, called, found)

    def _caller_choices(self, number: int) -> Iterator[Choice]:
        frame = self.stack.frames[self.stack.callers[number - 1]]
        for version, guard in self.callers(number):
            picked = version is not None and number == 1 and frame.is_held
            yield Choice(guard, {frame.variable: version} if picked else {}, version)

    def _meetings(self, number: int, hop: Hop, flag: str | None) -> Iterable[Choice]:
        """What the hop meets at its provider, and what it obtains there."""
        vocabulary, contract = self._vocabulary, hop.contract
        if hop.verb.is_call:
            return self._calls(number, hop, flag)
        if hop.verb.finds_content and vocabulary.has_content(contract):
            return self._finds(number, hop)
        if hop.verb.finds_content and vocabulary.has_schema(contract) and self._is_carried(contract, number):
            return [
                Choice(vocabulary.schema_is(contract, version), {token(contract): version})
                for version in self._deployment.versions
            ]
        return [Choice({}, {})]

    def _calls(self, number: int, hop: Hop, flag: str | None) -> Iterator[Choice]:
        frame = next(frame for frame in self.stack.frames if frame.born == number)
        for version in self._deployment.versions:
            effect: dict[str, Value] = {frame.variable: version} if frame.is_held else {}
            if self._is_carried(hop.contract, number):
                effect[token(hop.contract)] = self._vocabulary.form(version, flag)
            yield Choice(self._vocabulary.up(hop.provider, version), effect, version)

    def _finds(self, number: int, hop: Hop) -> Iterator[Choice]:
        """Any one of the forms that lie there; a read of nothing is a miss, a consumer waits."""
        contract = hop.contract
        carried = self._is_carried(contract, number)
        if not carried:
            yield Choice(self._vocabulary.not_empty(contract) if hop.verb is Verb.CONSUMES else {}, {})
            return
        for form in self._deployment.versions:
            yield Choice(self._vocabulary.holds(contract, form), {token(contract): form}, form)
        if hop.verb is Verb.READS:
            yield Choice(self._vocabulary.is_empty(contract), {token(contract): None})

    def _leavings(self, hop: Hop, form: str | None) -> Iterator[Choice]:
        """What the hop leaves behind: the content holds the caller's form as well."""
        if form is None or not (hop.verb.leaves_content and self._vocabulary.has_content(hop.contract)):
            yield Choice({}, {})
            return
        yield Choice(self._vocabulary.holds(hop.contract, form), {})
        for _, guard, effect in additions(self._vocabulary, hop.contract, form):
            yield Choice(guard, effect)

    def _is_carried(self, contract: Contract, number: int) -> bool:
        return self.tokens.get(contract, 0) > number

    def _released(self, number: int) -> dict[str, Value]:
        """The frames that have answered and the forms that no later hop uses are forgotten."""
        frames = {frame.variable: None for frame in self._held() if frame.until == number}
        return {
            **frames,
            **{token(contract): None for contract, last in self.tokens.items() if last == number},
        }


def sources(deployment: Deployment, hops: tuple[Hop, ...], number: int) -> list[Contract]:
    """The changed contracts from which hop `number` (from 1) has what it is using."""
    using = hops[number - 1].using
    obtained = [hop.contract for hop in hops[: number - 1] if not hop.verb.leaves_content]
    return [
        c
        for c in dict.fromkeys(obtained)
        if any(source.names(c) for source in using) and c in (deployment.changes or {})
    ]


def token(contract: Contract) -> str:
    """The variable that holds the form in which the contract's subject was obtained."""
    return f"token {contract}"


def additions(
    vocabulary: Vocabulary, contract: Contract, form: str
) -> Iterator[tuple[str, Guard, dict[str, Value]]]:
    """For each content that lacks the form: the state reached by adding it, a guard, an effect."""
    life = vocabulary.lives[f"content {contract}"]
    for arrow in life.life.transitions:
        if arrow.trigger == f"write {form}":
            for value in life.domain:
                if value.state == arrow.source:
                    yield (
                        arrow.target,
                        {life.name: frozenset({value})},
                        {life.name: value._replace(state=arrow.target)},
                    )


def hop_text(hop: Hop, consumer: str | None, provider: str | None) -> str:
    """The hop with the versions that take part, as a story tells it."""
    caller = f"{hop.consumer} {consumer}" if consumer else hop.consumer
    found = f" (finds {provider})" if provider and not hop.verb.is_call else ""
    callee = f"{hop.provider} {provider}" if provider and hop.verb.is_call else hop.provider
    return f"{caller} {hop.verb} {callee}: {hop.subject}{found}"
