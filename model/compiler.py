"""A deployment becomes a `System`: the machines' transitions bound to pipeline, traffic, request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from .deployment import Contract, Deployment, Instruction, Kind, Request
from .machines import Rollout, Transition
from .moves import Move, Position, awaited
from .system import Condition, Event, EventKind, Guard, System, Value, conjoin
from .variables import OFF, ON, PIPELINE, RUNNING, SUSPENDED, LifeVariable, Standing, Vocabulary, variable_of
from .walker import SPAN, Walker, additions

Outcome = tuple[Guard, dict[str, Value]]
"""One way in which a part of an event can turn out: when, and what it changes."""

SWITCHES = frozenset({Instruction.SUSPEND, Instruction.RESUME, Instruction.ENABLE, Instruction.DISABLE})


@dataclass(frozen=True)
class Compiled:
    """A deployment's `System` with the vocabulary that speaks of its states.

    The deployment's own variables come first, in the same order with and without a request.
    """

    system: System
    vocabulary: Vocabulary
    walker: Walker | None

    @property
    def own_variables(self) -> int:
        """How many variables are the deployment's own."""
        return len(self.vocabulary.lives)

    def complete(self) -> Condition:
        """The pipeline is past its last step and every background move is over."""
        vocabulary = self.vocabulary
        moves = [over(vocabulary, move) for move in vocabulary.moves if move.background]
        guard = conjoin(vocabulary.at([vocabulary.positions[-1]]), *moves)
        return () if guard is None else (guard,)


def compile_deployment(
    deployment: Deployment,
    request: Request | None = None,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    traffic: bool = True,
) -> Compiled:
    """The labelled transition system of a deployment (DESIGN 3), with one request under watch.

    Without `request` it is the deployment alone; without `traffic` nobody writes and no message
    is used up, so that only the rollout's own moves are left. `rollouts` gives components a life
    of their own (`own_rollout`) in place of their strategy.
    """
    vocabulary = Vocabulary(deployment, rollouts)
    walker = Walker(vocabulary, request) if request is not None else None
    variables = [life.variable for life in vocabulary.lives.values()]
    events = [*_pipeline(vocabulary, walker), *_moves(vocabulary, walker)]
    if traffic:
        events += [*_writes(vocabulary), *_used_up(vocabulary)]
    if walker is not None:
        variables += walker.variables()
        events += walker.events()
    return Compiled(System(tuple(variables), tuple(events)), vocabulary, walker)


# --- the pipeline -----------------------------------------------------------------------------


def _pipeline(vocabulary: Vocabulary, walker: Walker | None) -> Iterator[Event]:
    for here, there in zip(vocabulary.positions, vocabulary.positions[1:], strict=False):
        done = [over(vocabulary, move, walker) for move in awaited(here, vocabulary.moves)]
        guard = conjoin(vocabulary.at([here]), *done)
        if guard is None:  # two moves that cannot both be over: the pipeline stalls here
            continue
        parts = [list(_spans(vocabulary.deployment, there, walker)), *_idle_switches(vocabulary, here, there)]
        for outcomes in product(*parts):
            when = conjoin(guard, *(more for more, _ in outcomes))
            if when is not None:
                changes = {name: value for _, changed in outcomes for name, value in changed.items()}
                effect = {PIPELINE: Standing(there.name), **changes}
                yield Event(EventKind.PIPELINE, PIPELINE, _onward(there), when, effect, PIPELINE)


def _idle_switches(vocabulary: Vocabulary, here: Position, there: Position) -> Iterator[list[Outcome]]:
    """A switch that has nothing to do when it begins is over at once, and does not take effect when
    something else throws it back later. One list of outcomes for each variable concerned."""
    begun = [move for move in vocabulary.moves if move.position == (here if move.background else there).index]
    for name in dict.fromkeys(variable_of(move) for move in begun if move.instruction in SWITCHES):
        life = vocabulary.lives[name]
        on_it = [move for move in begun if variable_of(move) == name]
        if not life.is_tracked:  # nothing else ever throws it
            continue
        outcomes: list[Outcome] = []
        for value in life.domain:
            over_now = {move.number for move in on_it if value.state in _idle(vocabulary, move)}
            reached = value._replace(ended=value.ended | over_now)
            outcomes.append(({name: frozenset({value})}, {name: reached} if reached != value else {}))
        yield outcomes


def _onward(there: Position) -> str:
    if there.action is None:
        return f"{there.step} begins" if there.enters else "the pipeline is over"
    return f"{there.step} begins: {there.action}" if there.enters else f"next action: {there.action}"


def _spans(deployment: Deployment, there: Position, walker: Walker | None) -> Iterator[Outcome]:
    """A step that begins while the request is in flight counts, up to `max_span`."""
    limit = deployment.max_span
    if walker is None or limit is None or not there.enters:
        yield {}, {}
        return
    yield walker.not_in_flight(), {}
    for seen in range(limit):
        yield {**walker.in_flight(), SPAN: frozenset({seen})}, {SPAN: seen + 1}


# --- moves ------------------------------------------------------------------------------------


def over(vocabulary: Vocabulary, move: Move, walker: Walker | None = None) -> Guard:
    """The move has ended, or has nothing (left) to do; a suspended worker's last job has ended."""
    idle = _idle(vocabulary, move)
    done = vocabulary.lives[variable_of(move)].where(
        lambda value: value.state in idle or move.number in value.ended
    )
    if move.instruction is Instruction.SUSPEND and walker is not None:
        return {**done, **walker.not_on(move.target.name)}
    return done


def _moves(vocabulary: Vocabulary, walker: Walker | None) -> Iterator[Event]:
    for move in vocabulary.moves:
        life = vocabulary.lives[variable_of(move)]
        triggers, idle = _triggers(vocabulary, move), _idle(vocabulary, move)
        for arrow in life.life.transitions:
            if arrow.trigger in triggers and arrow.source not in idle:
                yield from _arrow(vocabulary, walker, move, arrow, idle)


def _arrow(
    vocabulary: Vocabulary, walker: Walker | None, move: Move, arrow: Transition, idle: frozenset[str]
) -> Iterator[Event]:
    """A machine's transition as events: one for each memory of ended moves, at the move's positions."""
    life = vocabulary.lives[variable_of(move)]
    when = vocabulary.at(p for p in vocabulary.positions if _may_happen(move, p))
    drained = _drained(vocabulary, walker, move, arrow)
    for value in life.domain:
        if value.state == arrow.source and move.number not in value.ended:
            ended = value.ended | {move.number} if life.is_tracked and arrow.target in idle else value.ended
            guard = {**when, **drained, life.name: frozenset({value})}
            effect = {life.name: Standing(arrow.target, ended)}
            text = _move_text(vocabulary, life, move, arrow)
            yield Event(EventKind.MOVE, str(move.subject), text, guard, effect, move.number)


def _may_happen(move: Move, position: Position) -> bool:
    return position.index > move.position if move.background else position.index == move.position


def _drained(vocabulary: Vocabulary, walker: Walker | None, move: Move, arrow: Transition) -> Guard:
    """The last instance of a version is not retired while the request is on it (DESIGN 3.3)."""
    if walker is None or move.instruction is not Instruction.DEPLOY:
        return {}
    serving = vocabulary.rollouts[move.target.name].serving
    lost = serving[arrow.source] - serving[arrow.target]
    return conjoin(*(walker.not_on(move.target.name, version) for version in lost)) or {}


def _triggers(vocabulary: Vocabulary, move: Move) -> frozenset[str]:
    """The transitions that the move makes."""
    match move.instruction:
        case Instruction.DEPLOY:
            return vocabulary.rollouts[move.target.name].deploy
        case Instruction.MIGRATE | Instruction.RECONFIGURE:
            return frozenset({"advance"})
        case Instruction.SYNC | Instruction.BACKFILL:
            return frozenset({f"fill {move.goal}", f"clear before {move.goal}"})
        case Instruction.PURGE:
            return frozenset({f"purge before {move.goal}"})
        case Instruction.DRAIN:
            return frozenset()
        case instruction:
            return frozenset({str(instruction)})


def _idle(vocabulary: Vocabulary, move: Move) -> frozenset[str]:
    """The states in which the move has nothing (left) to do."""
    match move.instruction:
        case Instruction.DEPLOY:
            life, triggers = vocabulary.lives[variable_of(move)].life, _triggers(vocabulary, move)
            leaving = {arrow.source for arrow in life.transitions if arrow.trigger in triggers}
            return frozenset(life.states) - leaving
        case Instruction.MIGRATE | Instruction.RECONFIGURE:
            return frozenset({str(move.goal)})
        case Instruction.SYNC | Instruction.BACKFILL:
            return frozenset(state for state, held in vocabulary.forms.held.items() if held == {move.goal})
        case Instruction.PURGE | Instruction.DRAIN:
            goal = vocabulary.deployment.versions.index(str(move.goal))
            older = set(vocabulary.deployment.versions[:goal])
            return frozenset(state for state, held in vocabulary.forms.held.items() if not held & older)
        case Instruction.SUSPEND:
            return frozenset({SUSPENDED})
        case Instruction.RESUME:
            return frozenset({RUNNING})
        case Instruction.ENABLE:
            return frozenset({ON})
        case Instruction.DISABLE:
            return frozenset({OFF})
        case Instruction.AWAIT:
            raise AssertionError("an await makes no move")


def _move_text(vocabulary: Vocabulary, life: LifeVariable, move: Move, arrow: Transition) -> str:
    match move.instruction:
        case Instruction.DEPLOY:
            return f"{life.subject}: {arrow.trigger} ({arrow.target})"
        case Instruction.MIGRATE | Instruction.RECONFIGURE:
            kind = vocabulary.deployment.components[move.target.name].kind
            what = "schema" if kind is Kind.DATABASE else "configuration"
            return f"{life.subject}: {what} {arrow.source} → {arrow.target}"
        case Instruction.SUSPEND | Instruction.RESUME:
            return f"{life.subject} {arrow.target}"
        case Instruction.ENABLE | Instruction.DISABLE:
            return f"flag {life.subject} {arrow.target}"
        case _:
            return f"{life.subject}: {move.instruction}, content {arrow.source} → {arrow.target}"


# --- the traffic of others --------------------------------------------------------------------


def _writes(vocabulary: Vocabulary) -> Iterator[Event]:
    """Instances that are up write and publish at any time (DESIGN 3.4)."""
    for (component, contract), roots in _writers(vocabulary).items():
        for version in vocabulary.deployment.versions:
            for flag, flag_guard in vocabulary.flag_states(contract):
                form = vocabulary.form(version, flag)
                for root in roots:
                    for reached, lacking, effect in additions(vocabulary, contract, form):
                        guard = conjoin(
                            vocabulary.up(component, version), vocabulary.running(root), flag_guard, lacking
                        )
                        if guard is not None:
                            text = f"other traffic: {component} {version} writes {contract} ({reached})"
                            yield Event(EventKind.WRITE, str(contract), text, guard, effect)


def _writers(vocabulary: Vocabulary) -> dict[tuple[str, Contract], tuple[str, ...]]:
    """Who writes where; with the workers one of which must be running, or ("",) for no condition."""
    roots: dict[tuple[str, Contract], dict[str, None]] = {}
    for request in vocabulary.deployment.requests:
        for hop in request.hops:
            if (
                hop.verb.leaves_content
                and hop.consumer in vocabulary.rollouts
                and vocabulary.has_content(hop.contract)
            ):
                is_job = request.root in vocabulary.rollouts
                roots.setdefault((hop.consumer, hop.contract), {})[request.root if is_job else ""] = None
    return {writer: ("",) if "" in jobs else tuple(jobs) for writer, jobs in roots.items()}


def _used_up(vocabulary: Vocabulary) -> Iterator[Event]:
    for contract in vocabulary.changed:
        if vocabulary.deployment.components[contract.provider].kind is not Kind.BROKER:
            continue
        life = vocabulary.lives[f"content {contract}"]
        for arrow in life.life.transitions:
            if arrow.trigger.startswith("use up "):
                form = arrow.trigger.removeprefix("use up ")
                text = f"other traffic: no {form} message is left in {contract} ({arrow.target})"
                for value in life.domain:
                    if value.state == arrow.source:
                        guard = {life.name: frozenset({value})}
                        effect = {life.name: value._replace(state=arrow.target)}
                        yield Event(EventKind.WRITE, str(contract), text, guard, effect)
