"""The request under watch: a walker inside the deployment, whose hops take time between them.

The walker's state is how many hops it has run, the version of each instance that it holds, and
the forms in which it obtained the subjects that a later hop is `using`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from .deployment import OBTAINING, Contract, Deployment, Hop, Request, Route, Verb
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
        self._sessions = self._last_calls()

    # --- what the walker remembers ---

    def variables(self) -> Iterator[Variable]:
        versions = (None, *self._deployment.versions)
        yield Variable(REQUEST, tuple(range(len(self.request.hops) + 1)), 0)
        names = [frame.variable for frame in self._held()]
        names += [token(contract) for contract in self.tokens]
        names += [session(component) for component in self._sessions]
        for name in names:
            yield Variable(name, versions, None)
        if self._deployment.max_span is not None:
            yield Variable(SPAN, tuple(range(self._deployment.max_span + 1)), 0)

    def _held(self) -> list[Frame]:
        return self._held_frames

    @cached_property
    def _held_frames(self) -> list[Frame]:
        return [f for f in self.stack.frames if f.is_held and f.component in self._vocabulary.rollouts]

    @cached_property
    def _held_until(self) -> dict[int, list[str]]:
        """The variables of the frames that have answered after each hop."""
        found: dict[int, list[str]] = {}
        for frame in self._held_frames:
            found.setdefault(frame.until, []).append(frame.variable)
        return found

    @cached_property
    def _called_at(self) -> dict[int, Frame]:
        return {frame.born: frame for frame in self.stack.frames}

    def _last_uses(self) -> dict[Contract, int]:
        """The contracts whose form is carried along, each with the last hop that is using it."""
        uses: dict[Contract, int] = {}
        for number in range(1, len(self.request.hops) + 1):
            uses.update(dict.fromkeys(self.sources(number), number))
        return uses

    def _last_calls(self) -> dict[str, int]:
        """The components to which the request keeps, each with the last hop that calls it."""
        calls: dict[str, list[int]] = {}
        for number, hop in enumerate(self.request.hops, start=1):
            if hop.verb.is_call and self._route(hop) is Route.SESSION:
                calls.setdefault(hop.provider, []).append(number)
        return {component: numbers[-1] for component, numbers in calls.items() if len(numbers) > 1}

    def _route(self, hop: Hop) -> Route:
        return self._deployment.components[hop.provider].route

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

    def on(self, component: str, version: str) -> list[tuple[int, Guard]]:
        """Each frame of the component that can be of that version: the hop that called it, and when."""
        return [
            (frame.born, {frame.variable: frozenset({version})})
            for frame in self._held()
            if frame.component == component
        ]

    def not_carrying(self, contract: Contract, forms: frozenset[str]) -> Guard:
        """The request has obtained the contract's subject in none of the forms."""
        if contract not in self.tokens:
            return {}
        return {token(contract): frozenset({None, *self._deployment.versions}) - forms}

    def obtained(self, contract: Contract, form: str) -> Guard:
        return {token(contract): frozenset({form})}

    def callers(self, number: int) -> list[tuple[str | None, Guard]]:
        """The versions that the caller of hop `number` can have where it runs the hop, each with its guard.

        An anonymous client has none: [(None, {})]. The first hop of a job picks its worker.
        """
        hop = self.request.hops[number - 1]
        return [
            (version, guard)
            for version, guard in self._all_callers(number)
            if version is None or self._deployment.runs(version, hop)
        ]

    def runs(self, number: int) -> Guard:
        """The caller of hop `number`, not the first, runs it and does not pass it over."""
        hop, frame = self.request.hops[number - 1], self._caller(number)
        if number == 1 or not (hop.since or hop.until or self._may_be_missing(number)):
            return {}
        return {
            frame.variable: frozenset(v for v in self._deployment.versions if self._deployment.runs(v, hop))
        }

    def _all_callers(self, number: int) -> list[tuple[str | None, Guard]]:
        frame = self._caller(number)
        if frame.component not in self._vocabulary.rollouts:
            return [(None, {})]
        return [(version, self._caller_is(number, frame, version)) for version in self._deployment.versions]

    def _caller(self, number: int) -> Frame:
        return self.stack.frames[self.stack.callers[number - 1]]

    def _caller_is(self, number: int, frame: Frame, version: str) -> Guard:
        if number > 1:
            return {frame.variable: frozenset({version})}
        vocabulary, component = self._vocabulary, frame.component
        return {**vocabulary.up(component, version), **vocabulary.running(component)}  # two variables

    def picks(self, number: int, version: str) -> Iterator[Guard]:
        """When the call of hop `number` can go to an instance of the version: it takes calls, and the route
        leads there, or where the route leads nobody does."""
        hop = self.request.hops[number - 1]
        up, bound = self._vocabulary.up(hop.provider, version), self._bound(number, hop)
        if bound is None:
            yield up
            return
        yield {**up, bound: frozenset({None, version})}
        for other in self._deployment.versions:
            lost = conjoin(up, self._vocabulary.not_up(hop.provider, other), {bound: frozenset({other})})
            if other != version and lost is not None:
                yield lost

    def _bound(self, number: int, hop: Hop) -> str | None:
        """The variable that says to which version the call of the hop must go, if any."""
        match self._route(hop):
            case Route.SESSION if hop.provider in self._sessions:
                return session(hop.provider)
            case Route.PATH:
                own = (source for source in self.sources(number) if source.provider == hop.provider)
                return next(map(token, own), None)
        return None

    # --- events ---

    def over(self) -> dict[str, Value]:
        """The effect of an event that ends the request, wherever it is."""
        forgotten = [frame.variable for frame in self._held()]
        forgotten += [token(contract) for contract in self.tokens]
        forgotten += [session(component) for component in self._sessions]
        return {REQUEST: len(self.request.hops), **dict.fromkeys(forgotten)}

    def events(self) -> Iterator[Event]:
        for number in range(1, len(self.request.hops) + 1):
            yield from self.events_of(number)

    def events_of(self, number: int) -> Iterator[Event]:
        """Every way in which the request can get past hop `number`."""
        yield from (way.event for way in self.ways(number))
        yield from self.passed_over(number)

    def ways(self, number: int) -> Iterator[Way]:
        """Every way in which hop `number` (from 1) can go on; a hop that must wait has none."""
        hop = self.request.hops[number - 1]
        for caller, (view, seen) in product(
            self._caller_choices(number), self._vocabulary.views(hop.contract)
        ):
            form = caller.version and self._vocabulary.form(hop.contract, caller.version, view)
            for met, left in product(self._meetings(number, hop), self._leavings(number, hop, form)):
                guard = conjoin(self.is_next(number), caller.guard, seen, met.guard, left.guard)
                if guard is not None:
                    effect = {**caller.effect, **met.effect, **left.effect, **self._gone_on(number)}
                    text = hop_text(hop, caller.version, met.version)
                    event = Event(EventKind.HOP, self.request.name, text, guard, effect, hop=number)
                    called = met.version if hop.verb.is_call else None
                    found = None if hop.verb.is_call else met.version
                    yield Way(event, caller.version, called, found)

    def passed_over(self, number: int) -> Iterator[Event]:
        """A caller of a version that does not run the hop, and one that was never called, go on."""
        hop = self.request.hops[number - 1]
        choices = [
            choice
            for choice in self._caller_choices(number, every=True)
            if choice.version is not None and not self._deployment.runs(choice.version, hop)
        ]
        if self._may_be_missing(number):
            choices.append(Choice({self._caller(number).variable: frozenset({None})}, {}))
        for caller in choices:
            guard = conjoin(self.is_next(number), caller.guard)
            if guard is not None:
                who = (
                    f"{hop.consumer} {caller.version}" if caller.version else f"{hop.consumer}, never called,"
                )
                text = f"{who} passes over: {hop}"
                effect = {**caller.effect, **self._gone_on(number)}
                yield Event(EventKind.HOP, self.request.name, text, guard, effect, hop=number)

    def _may_be_missing(self, number: int) -> bool:
        """Whether the call of the hop's caller can have been passed over."""
        return self.stack.callers[number - 1] in self._missing

    @cached_property
    def _missing(self) -> frozenset[int]:
        """The frames whose call, or one above it, some versions pass over."""
        found: set[int] = set()
        for index, frame in enumerate(self.stack.frames):  # callers come first
            call = self.request.hops[frame.born - 1]
            if frame.born and (call.since or call.until or frame.parent in found):
                found.add(index)
        return frozenset(found)

    def _caller_choices(self, number: int, *, every: bool = False) -> Iterator[Choice]:
        frame = self._caller(number)
        for version, guard in self._all_callers(number) if every else self.callers(number):
            picked = version is not None and number == 1 and frame.is_held
            yield Choice(guard, {frame.variable: version} if picked else {}, version)

    def _meetings(self, number: int, hop: Hop) -> Iterable[Choice]:
        """What the hop meets at its provider, and what it obtains there."""
        vocabulary, contract = self._vocabulary, hop.contract
        if hop.verb.is_call:
            return self._calls(number, hop)
        if hop.verb.finds_content and vocabulary.has_content(contract):
            return self._finds(number, hop)
        if hop.verb.finds_content and vocabulary.has_schema(contract) and self._is_carried(contract, number):
            return [
                Choice(vocabulary.schema_is(contract, version), {token(contract): version})
                for version in self._deployment.versions
            ]
        return [Choice({}, {})]

    def _calls(self, number: int, hop: Hop) -> Iterator[Choice]:
        frame = self._called_at[number]
        is_carried = self._is_carried(hop.contract, number)
        views = self._vocabulary.views(hop.contract) if is_carried else [(None, {})]
        for version, (view, seen) in product(self._deployment.versions, views):
            effect: dict[str, Value] = {frame.variable: version} if frame.is_held else {}
            if is_carried:
                effect[token(hop.contract)] = self._vocabulary.form(hop.contract, version, view)
            if hop.provider in self._sessions:
                effect[session(hop.provider)] = version
            for way in self.picks(number, version):
                guard = conjoin(way, seen)
                if guard is not None:
                    yield Choice(guard, effect, version)

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

    def _leavings(self, number: int, hop: Hop, form: str | None) -> Iterator[Choice]:
        """What the hop leaves behind: the content holds the caller's form as well; or what is passed on."""
        if not self._vocabulary.has_content(hop.contract):
            yield Choice({}, {})
        elif hop.verb is Verb.RELAYS:
            carried = self.sources(number)
            for forms in product((None, *self._deployment.versions), repeat=len(carried)):
                held = {token(c): frozenset({form}) for c, form in zip(carried, forms, strict=True)}
                for left in self._left(hop.contract, frozenset(form for form in forms if form is not None)):
                    yield Choice({**held, **left.guard}, left.effect)
        else:
            left_here = hop.verb.leaves_content and form is not None
            yield from self._left(hop.contract, frozenset({form} if left_here and form else ()))

    def _left(self, contract: Contract, forms: frozenset[str]) -> Iterator[Choice]:
        """The content with the forms; nothing stays at a contract that does not exist."""
        vocabulary = self._vocabulary
        if not forms:
            yield Choice({}, {})
            return
        there = vocabulary.is_there(contract)
        for name, allowed in there.items():
            missing = frozenset(vocabulary.lives[name].domain) - allowed
            yield Choice({name: missing}, {})
        held = [vocabulary.holds(contract, form) for form in forms]
        if (guard := conjoin(there, *held)) is not None:
            yield Choice(guard, {})
        for _, guard, effect in additions(vocabulary, contract, forms):
            yield Choice(guard, effect)

    def _is_carried(self, contract: Contract, number: int) -> bool:
        return self.tokens.get(contract, 0) > number

    def _gone_on(self, number: int) -> dict[str, Value]:
        """Hop `number` is done. The frames that have answered, the forms that no later hop uses and the
        versions to which no later call keeps are forgotten."""
        forgotten = list(self._held_until.get(number, ()))
        forgotten += [token(contract) for contract, last in self.tokens.items() if last == number]
        forgotten += [session(component) for component, last in self._sessions.items() if last == number]
        return {REQUEST: number, **dict.fromkeys(forgotten)}


def sources(deployment: Deployment, hops: tuple[Hop, ...], number: int) -> list[Contract]:
    """The changed contracts from which hop `number` (from 1) has what it is using."""
    using = hops[number - 1].using
    if not using:  # nearly always; what follows looks at every earlier hop
        return []
    obtained = [hop.contract for hop in hops[: number - 1] if hop.verb in OBTAINING]
    return [
        c
        for c in dict.fromkeys(obtained)
        if any(source.names(c) for source in using) and c in (deployment.changes or {})
    ]


def token(contract: Contract) -> str:
    """The variable that holds the form in which the contract's subject was obtained."""
    return f"token {contract}"


def session(component: str) -> str:
    """The variable that holds the version to which the request's calls of the component keep."""
    return f"session {component}"


def additions(
    vocabulary: Vocabulary, contract: Contract, forms: frozenset[str]
) -> Iterator[tuple[str, Guard, dict[str, Value]]]:
    """For each content that lacks one of the forms, where the contract exists: the state reached by adding
    them, a guard, an effect."""
    life, held = vocabulary.lives[f"content {contract}"], vocabulary.forms.held
    there = vocabulary.is_there(contract)
    for value in life.domain:
        if not forms <= held[value.state]:
            reached = vocabulary.forms.named(held[value.state] | forms)
            guard = {**there, life.name: frozenset({value})}
            yield reached, guard, {life.name: value._replace(state=reached)}


def hop_text(hop: Hop, consumer: str | None, provider: str | None) -> str:
    """The hop with the versions that take part, as a story tells it."""
    caller = f"{hop.consumer} {consumer}" if consumer else hop.consumer
    found = f" (finds {provider})" if provider and not hop.verb.is_call else ""
    callee = f"{hop.provider} {provider}" if provider and hop.verb.is_call else hop.provider
    return f"{caller} {hop.verb} {callee}: {hop.subject}{found}"
