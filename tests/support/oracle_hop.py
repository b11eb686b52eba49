"""The oracle's semantics of the watched request: every way in which its next hop can go, and what
that hop meets. Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from support.oracle_deployment import Deployment, Held, Table, form_of, get, put
from support.oracle_parse import NEW, OBTAINS, WRITES, Change, Hop, Plan, Request


class Walker(NamedTuple):
    """A state of the watched request: hops done, steps begun in flight, frames, what it obtained."""

    hop: int
    begun: int
    frames: frozenset[tuple[int, int]]
    tokens: Table[int]


IDLE = Walker(0, 0, frozenset(), ())


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


def held_by(request: Request, walker: Walker) -> Held:
    """What the request is on."""
    return frozenset((request.component_of(frame), version) for frame, version in walker.frames)


def is_in_flight(request: Request, walker: Walker) -> bool:
    """Whether the request has run its first hop and not yet its last."""
    return 0 < walker.hop < len(request.hops)


def hop_outcomes(plan: Plan, request: Request, state: Deployment, walker: Walker) -> Iterator[Outcome]:
    """Every way in which the next hop can go now, for every instance that it can pick (12, 14)."""
    hop = request.hops[walker.hop]
    for started in _starts(request, state, walker):
        caller = dict(started.frames).get(hop.caller_frame)
        step = _Step(plan, request, state, started, hop, caller)
        yield from step.call() if hop.verb in ("calls", "forwards") else step.use_store()


def names_of(contract: str) -> set[str]:
    """How `using` can name a contract: in full, or by its subject."""
    return {contract, contract.partition("/")[2]}


def _starts(request: Request, state: Deployment, walker: Walker) -> Iterator[Walker]:
    """The walker, with the instance that starts the job picked (12)."""
    worker = request.hops[0].caller
    if walker.hop or not request.job:
        yield walker
    elif worker not in state.suspended:
        for version in state.versions_up(worker):
            yield walker._replace(frames=frozenset({(0, version)}))


@dataclass(frozen=True)
class _Step:
    """One hop about to be run; `caller` is the version of its instance, None for the anonymous client."""

    plan: Plan
    request: Request
    state: Deployment
    walker: Walker
    hop: Hop
    caller: int | None

    @property
    def change(self) -> Change | None:
        return self.plan.changes.get(self.hop.contract)

    @property
    def form(self) -> int | None:
        """The caller's form on the hop's contract."""
        return None if self.caller is None else self.form_of(self.caller)

    def form_of(self, version: int) -> int:
        return form_of(self.plan, self.state, self.hop.contract, version)

    def call(self) -> Iterator[Outcome]:
        """A call or a forward: any version that is up takes it (14), or nobody (15, 23)."""
        versions = self.state.versions_up(self.hop.provider)
        if not versions:
            yield Outcome([Finding(None, self.caller, None, broken=True)], None)
        for version in versions:
            findings = [*self._judge_call(version), *self._judge_tokens(self.form_of(version), version)]
            yield Outcome(findings, (self.state, self._on(self.form_of(version), version)))

    def use_store(self) -> Iterator[Outcome]:
        """A hop at a database, cache or broker."""
        findings = [*self._judge_schema(), *self._judge_tokens(self._schema(), None)]
        if self.change is None or not self.change.content:
            yield Outcome(findings, (self.state, self._on(self._schema())))
        elif self.hop.verb in WRITES:
            yield Outcome(findings, (self._written(), self._on(None)))
        else:
            yield from self._find(findings)

    def _find(self, findings: list[Finding]) -> Iterator[Outcome]:
        """A read or consume of content finds any one form (17); or none, and misses or waits (15, 16)."""
        forms = get(self.state.content, self.hop.contract)
        if not forms:
            waits = self.hop.verb == "consumes"
            yield Outcome(findings, None if waits else (self.state, self._on(None)))
        for form in forms:
            yield Outcome(findings + self._judge_content(form), (self.state, self._on(form)))

    def _schema(self) -> int | None:
        """The schema version now, of a changed contract of a database or broker."""
        has = self.change is not None and self.change.schema
        return get(self.state.schema, self.hop.contract) if has else None

    def _written(self) -> Deployment:
        """The state after the caller left its form; an anonymous client leaves none (18)."""
        forms = get(self.state.content, self.hop.contract)
        left = forms if self.form is None else forms | {self.form}
        return self.state._replace(content=put(self.state.content, self.hop.contract, left))

    def _on(self, obtained: int | None, called: int | None = None) -> Walker:
        """The walker after this hop: what it obtained (16, 17), and whom it still holds (13)."""
        number = self.walker.hop + 1
        tokens = dict(self.walker.tokens)
        if self.change is not None and self.hop.verb in OBTAINS:
            tokens.pop(self.hop.contract, None)
            if obtained is not None:
                tokens[self.hop.contract] = obtained
        later = {source for hop in self.request.hops[number:] for source in hop.using}
        wanted = {contract: form for contract, form in tokens.items() if names_of(contract) & later}
        called_frame = {(number, called)} if called is not None else set()
        frames = {(f, v) for f, v in self.walker.frames | called_frame if f in self.hop.held}
        return Walker(number, self.walker.begun, frozenset(frames), tuple(sorted(wanted.items())))

    # Judging, with what holds just before the hop (21, 22)

    def _finding(self, aspect: str, consumer: int, provider: int, *, understood: bool) -> Finding:
        assert self.change is not None
        guarded = self.hop.contract in self.plan.guards
        breaks = (consumer, provider) in self.change.breaks[aspect]
        return Finding(aspect, consumer, provider, breaks and not (guarded and understood))

    def _judge_call(self, callee: int) -> Iterator[Finding]:
        if self.change is not None and self.hop.verb == "calls" and self.form is not None:
            newer = self.caller == callee == NEW
            yield self._finding("call", self.form, self.form_of(callee), understood=newer)

    def _judge_schema(self) -> Iterator[Finding]:
        schema = self._schema()
        if schema is not None and self.form is not None:
            yield self._finding("schema", self.form, schema, understood=False)

    def _judge_content(self, found: int) -> list[Finding]:
        if self.caller is None:
            return []
        return [self._finding("content", self.caller, found, understood=found <= self.caller)]

    def _judge_tokens(self, provider: int | None, callee: int | None) -> Iterator[Finding]:
        """Each form obtained from a source, against the callee's form or the schema (21)."""
        if self.change is None or provider is None:
            return
        for contract, token in self.walker.tokens:
            if names_of(contract) & set(self.hop.using):
                understood = callee is not None and token <= callee
                yield self._finding("token", token, provider, understood=understood)
