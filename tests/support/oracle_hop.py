"""The oracle's semantics of the watched request: every way in which its next hop can go, and what
that hop meets. Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from support.oracle_parse import OBTAINS, RELAYS, WRITES, Change, Component, Hop, Request, names_of
from support.oracle_plan import Plan
from support.oracle_state import Deployment, Grip, Table, form_of, get, is_anonymous, leader_of, put, sights
from support.oracle_traffic import exists, take


class Walker(NamedTuple):
    """A state of the watched request: hops done, steps begun in flight, frames, what it obtained.

    `visited` are the versions that it called last where routing follows the session (48).
    """

    hop: int
    begun: int
    frames: frozenset[tuple[int, int]]
    tokens: Table[int]
    visited: Table[int]


IDLE = Walker(0, 0, frozenset(), (), ())


@dataclass(frozen=True)
class Finding:
    """A pair that a hop met; `broken` if it breaks. No aspect: nobody was up."""

    aspect: str | None
    consumer: int | None
    provider: int | None
    broken: bool


class Outcome(NamedTuple):
    """One way in which a hop can go: what it met, and where that leads (None: it waits)."""

    findings: list[Finding]
    after: tuple[Deployment, Walker] | None


def grip_of(request: Request, walker: Walker) -> Grip:
    """What the request is on, and what it holds."""
    on = frozenset(
        (request.component_of(frame), v) for frame, v in walker.frames if not is_pulled(request, frame)
    )
    pulled = frozenset((request.component_of(f), v) for f, v in walker.frames if is_pulled(request, f))
    return Grip(on, pulled, walker.tokens)


def is_pulled(request: Request, frame: int) -> bool:
    """Whether the frame is the worker of a job that pulls (80)."""
    return request.pulls and frame == 0


def is_in_flight(request: Request, walker: Walker) -> bool:
    """Whether the request has run its first hop and not yet its last."""
    return 0 < walker.hop < len(request.hops)


def cut_off(request: Request, walker: Walker) -> Walker:
    """The walker whose instance was taken away: over, as if it had run its last hop (44)."""
    return Walker(len(request.hops), walker.begun, frozenset(), (), ())


def hop_outcomes(plan: Plan, request: Request, state: Deployment, walker: Walker) -> Iterator[Outcome]:
    """Every way in which the next hop can go now, for every instance that it can pick (12, 14)."""
    hop = request.hops[walker.hop]
    for started in _starts(plan, request, state, walker):
        caller = dict(started.frames).get(hop.caller_frame)
        anonymous = is_anonymous(request, hop)
        for on in sights(plan, state, hop.contract):
            step = _Step(plan, request, state, started, hop, caller, on)
            if not anonymous and caller not in hop.runs:  # also a caller that nobody called (47)
                yield Outcome([], (state, step.passed_over()))
            elif hop.verb in ("calls", "forwards"):
                yield from step.call()
            else:
                yield from step.use_store()


def _starts(plan: Plan, request: Request, state: Deployment, walker: Walker) -> Iterator[Walker]:
    """The walker, with the instance that starts a job or a declared client's request picked (12, 46)."""
    starter = request.hops[0].caller
    if walker.hop or not request.starter:
        yield walker
    elif starter not in state.suspended:
        instances = get(state.up, starter)
        for version in instances.running if request.pulls else instances.taking_calls:  # (80)
            if not request.hops[0].by_leader or version == leader_of(state, starter):  # (92)
                yield walker._replace(frames=frozenset({(0, version)}))


@dataclass(frozen=True)
class _Step:
    """One hop about to be run.

    `caller` is the version of its instance, None for the anonymous client; `on` is what it takes
    the contract's flag for.
    """

    plan: Plan
    request: Request
    state: Deployment
    walker: Walker
    hop: Hop
    caller: int | None
    on: bool

    @property
    def change(self) -> Change | None:
        return self.plan.changes.get(self.hop.contract)

    @property
    def form(self) -> int | None:
        """The caller's form on the hop's contract."""
        return None if self.caller is None else form_of(self.plan, self.hop.contract, self.caller, on=self.on)

    def call(self) -> Iterator[Outcome]:
        """A call or a forward: a version that takes calls gets it (14, 48), or nobody (15, 23)."""
        instances = get(self.state.up, self.hop.provider)
        versions = instances.taking_calls
        if not versions:
            excused = any(instances.down) and self._callee.all_can_restart  # (86)
            yield Outcome([Finding(None, self.caller, None, broken=not excused)], None)
        if self.hop.to_leader:  # (92)
            leader = leader_of(self.state, self.hop.provider)
            versions = [] if leader is None else [leader]
        for version in self._routed(versions):
            for on in sights(self.plan, self.state, self.hop.contract):
                form = form_of(self.plan, self.hop.contract, version, on=on)
                findings = [*self._judge_call(form, version), *self._judge_tokens(form, version)]
                yield Outcome(findings, (self.state, self._on(form, version)))

    @property
    def _callee(self) -> Component:
        return self.plan.component_at(self.state.positions, self.hop.provider)

    def _routed(self, versions: list[int]) -> list[int]:
        """Where the callee's routing sends this call (48)."""
        route = self.plan.components[self.hop.provider].route
        wanted = None
        if route == "session":
            wanted = dict(self.walker.visited).get(self.hop.provider)
        elif route == "carried":
            tokens = dict(self.walker.tokens)
            carried = [s for s in self.hop.sources if s in tokens]
            wanted = tokens[carried[0]] if carried else None
        return [wanted] if wanted in versions else versions

    def use_store(self) -> Iterator[Outcome]:
        """A hop at a database, cache or broker."""
        schema = self._judge_relay() if self.hop.verb == RELAYS else self._judge_schema()
        findings = [*schema, *self._judge_tokens(self._schema(), None)]
        if self.change is None or not self.change.content:
            yield Outcome(findings, (self.state, self._on(self._schema())))
        elif self.hop.verb == RELAYS:
            yield Outcome(findings, (self._left({form for _, form in self._sources()}), self._on(None)))
        elif self.hop.verb in WRITES:
            left = set() if self.form is None else {self.form}  # an anonymous client leaves none (18)
            yield Outcome(findings, (self._left(left), self._on(None)))
        else:
            yield from self._find(findings)

    def _find(self, findings: list[Finding]) -> Iterator[Outcome]:
        """A read or consume of content finds any one form (17); or none, and misses or waits (15, 16)."""
        forms = self.state.forms(self.hop.contract)
        if not forms:
            waits = self.hop.verb == "consumes"
            yield Outcome(findings, None if waits else (self.state, self._on(None)))
        for form in forms:
            yield Outcome(findings + self._judge_content(form), (self._taken(form), self._on(form)))

    def _taken(self, form: int) -> Deployment:
        """The state after the form was found: what is consumed is not yet acknowledged (88)."""
        takes = self.hop.verb == "consumes" and self.hop.contract in self.plan.redelivers
        return take(self.state, self.hop.contract, form) if takes else self.state

    def _schema(self) -> int | None:
        """The schema version now, of a changed contract of a database or broker."""
        has = self.change is not None and self.change.schema
        return get(self.state.schema, self.hop.contract) if has else None

    def _left(self, forms: set[int]) -> Deployment:
        """The state after these forms were left, if the contract is there (55)."""
        assert self.change is not None
        if not exists(self.state, self.change):
            return self.state
        content = put(self.state.content, self.hop.contract, self.state.forms(self.hop.contract) | forms)
        return self.state._replace(content=content)

    def passed_over(self) -> Walker:
        """The walker past a hop that its caller does not run (47)."""
        return self._past(dict(self.walker.tokens), self.walker.frames, dict(self.walker.visited))

    def _on(self, obtained: int | None, called: int | None = None) -> Walker:
        """The walker after this hop: what it obtained (16, 17), and whom it called."""
        tokens, visited = dict(self.walker.tokens), dict(self.walker.visited)
        if self.change is not None and self.hop.verb in OBTAINS:
            tokens.pop(self.hop.contract, None)
            if obtained is not None:
                tokens[self.hop.contract] = obtained
        if called is None:
            return self._past(tokens, self.walker.frames, visited)
        if self.plan.components[self.hop.provider].route == "session":
            visited[self.hop.provider] = called
        return self._past(tokens, self.walker.frames | {(self.walker.hop + 1, called)}, visited)

    def _past(
        self, tokens: dict[str, int], frames: frozenset[tuple[int, int]], visited: dict[str, int]
    ) -> Walker:
        """The walker past this hop, with what later hops still need (13, 53)."""
        number = self.walker.hop + 1
        later = self.request.hops[number:]
        using = {source for hop in later for source in hop.using}
        called = {hop.provider for hop in later}
        return Walker(
            number,
            self.walker.begun,
            frozenset((frame, version) for frame, version in frames if frame in self.hop.held),
            tuple(
                sorted((contract, form) for contract, form in tokens.items() if names_of(contract) & using)
            ),
            tuple(sorted((name, version) for name, version in visited.items() if name in called)),
        )

    # Judging, with what holds just before the hop (21, 22)

    def _finding(self, aspect: str, consumer: int, provider: int, *, understood: bool) -> Finding:
        assert self.change is not None
        flag = self.plan.guards.get(self.hop.contract)
        breaks = (consumer, provider) in self.change.broken(aspect, self.hop.verb)
        if aspect == "schema":
            breaks = breaks or provider not in self.change.exists  # (55)
        saved = flag is not None and flag.both and understood  # (50)
        return Finding(aspect, consumer, provider, breaks and not saved)

    def _judge_call(self, form: int, callee: int) -> Iterator[Finding]:
        if self.change is not None and self.hop.verb == "calls" and self.form is not None:
            assert self.caller is not None
            yield self._finding("call", self.form, form, understood=self._both_newer(self.caller, callee))

    def _both_newer(self, caller: int, callee: int) -> bool:
        """Whether both count as of the newer version (22, 40)."""
        flag = self.plan.guards.get(self.hop.contract)
        if flag is None or flag.since is None:
            return caller == callee > 0
        return min(caller, callee) >= flag.since

    def _judge_schema(self) -> Iterator[Finding]:
        schema = self._schema()
        if schema is not None and self.form is not None:
            yield self._finding("schema", self.form, schema, understood=False)

    def _judge_relay(self) -> Iterator[Finding]:
        """A forward to a queue that is not there (82)."""
        schema = self._schema()
        if self.change is not None and schema is not None and schema not in self.change.exists:
            yield Finding("schema", None, schema, broken=True)

    def _judge_content(self, found: int) -> list[Finding]:
        """By the reader's version; by its form where code understands no other (50)."""
        if self.caller is None or self.form is None:
            return []
        flag = self.plan.guards.get(self.hop.contract)
        reader = self.caller if flag is None or flag.both else self.form
        return [self._finding("content", reader, found, understood=found <= self.caller)]

    def _sources(self) -> list[tuple[str, int]]:
        """The tokens that this hop is using."""
        return [(c, form) for c, form in self.walker.tokens if names_of(c) & set(self.hop.using)]

    def _judge_tokens(self, provider: int | None, callee: int | None) -> Iterator[Finding]:
        """Each form obtained from a source, against the callee's form or the schema (21)."""
        if self.change is not None and provider is not None:
            for _, token in self._sources():
                understood = callee is not None and token <= callee
                yield self._finding("token", token, provider, understood=understood)
