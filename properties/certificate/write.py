"""Writes certificates: hops from slices where the deployment can be sliced, all else from parts of it that
are listed.

Whatever is not shown, because no part shows it or a limit is hit, is left out; `verify` names it. So the
writer may guess as it likes: a certificate proves what its reader accepts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.compile import Compiled
from ...model.compiler.errors import TooManyCasesError
from ...model.compiler.ranges import Ranges, find_ranges
from ...model.compiler.system import EventKind, Guard, System
from ...model.compiler.task import Task, allow_few
from ...model.deployment import Deployment, Drain, Route
from ...model.errors import SkewproofError
from ...model.names import PIPELINE, REQUEST, VariableKey, VariableKind
from ...model.resources.limits import Limits, StateLimitError
from ..engines.slicing.scope import NotSliceableError, has_predicates, refuse_unknown
from ..temporal.influence import Influence
from ..verdict.assumptions import find_assumptions
from .bounded import Bounded, Places
from .claims import Claim, Name, list_claims
from .diagram import Diagram
from .drawing import Speller
from .parts import KnownPart, list_part
from .progress import ProgressProof
from .ranking import Labels, ProgressMaker, build_labelled, show
from .rules import CertificateRefusedError, InvariantState, Labelled, Obligation, check_obligation, runs_hop
from .runs import find_runs
from .sliced import draw_hops
from .verify import FORMAT, VERSION, Proof, verify

Spelled = dict[str, Any]


class NotCertifiedError(SkewproofError):
    """What was written is no certificate: a fault of skewproof's own."""


class Certificate(Struct, frozen=True):
    """A certificate as JSON has it, and what `verify` said of it before it was handed out."""

    content: Spelled
    proof: Proof


def certify(deployment: Deployment, limits: Limits, today: date | None = None) -> Certificate:
    """What can be shown of the deployment, with what it accepts on that day (None: today, in UTC). Raises
    `NotCertifiedError`, and `LimitError` where time or memory are up."""
    deployment = deployment.on(today)
    content = _Writer(Task(deployment, None, limits)).content()
    try:
        return Certificate(content, verify(deployment, content, today))
    except CertificateRefusedError as refused:
        raise NotCertifiedError(str(refused)) from refused


class _Writer(Struct, frozen=True, dict=True):
    task: Task

    def content(self) -> Spelled:
        speller = Speller()
        claims = []
        for claim in list_claims(self._alone) if self.task.deployment.changes is not None else ():
            shown = self._show(claim)
            if shown is not None:
                told = speller.diagram(shown.diagram, shown.labels)
                claims.append({"of": list(claim.name), **told})
        progress = [
            speller.diagram(part.diagram, part.labels)
            for part in (self._progress.parts if self._progress else ())
        ]
        return {
            "format": FORMAT,
            "version": VERSION,
            "system": self.task.deployment.system,
            "assumed": find_assumptions(self.task.deployment).spell(),
            "values": speller.table(),
            "claims": claims,
            "progress": progress,
            "runs": find_runs(self._alone, self._numbers, self._few),
        }

    @property
    def _alone(self) -> Compiled:
        return self.task.alone

    @property
    def _few(self) -> Limits:
        return allow_few(self.task.limits)

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(event): number for number, event in enumerate(self._alone.system.events)}

    # --- claims ---

    def _show(self, claim: Claim) -> Labelled | None:
        if claim.obligation is None:
            return None
        for shown in self._attempts(claim, claim.obligation):
            with suppress(CertificateRefusedError):
                check_obligation(claim.compiled.system, shown, claim.obligation, self._comes)
                return shown
        return None

    def _attempts(self, claim: Claim, asked: Obligation) -> Iterator[Labelled]:
        """Diagrams that may show what is asked, the smallest first."""
        system = _without_hop(claim.compiled.system, asked)
        numbers = self._numbers if claim.compiled is self._alone else _number(claim.compiled.system)
        if not asked.comes and not self.task.deployment.pipelines:
            yield from self._bounded(claim, system, asked)
        if claim.name in self._sliced:
            yield Labelled(claim.text, self._sliced[claim.name], (InvariantState(),))
        for keys in self._widths(replace(claim.compiled, system=system), asked):
            try:
                part = list_part(system, keys, numbers, self._few)
            except StateLimitError:
                return
            labels = self._labels(part, asked)
            if labels is not None:
                yield build_labelled(claim.text, part, labels)

    def _bounded(self, claim: Claim, system: System, asked: Obligation) -> Iterator[Labelled]:
        """What is asked about listed, and of all that has a say in it nothing, or no more than its range: of
        what there is and not of what has been, if that is enough."""
        asked_of = frozenset({PIPELINE, *_list_keys(asked)})
        held = asked_of - {
            REQUEST
        }  # who holds an instance is as far as it has to be: a long way has many hops
        is_held = any(key.kind is VariableKind.FRAME for key in held)
        wider = asked_of | {REQUEST} if asked.hop is not None else asked_of
        views = [(wider, *view) for view in self._views]
        views += [(held, *view) for view in self._views] if is_held else []
        for keys, ranges, places in views:
            bounded = Bounded(system, keys, ranges, places)
            narrowed, beside = bounded.narrow()
            try:
                part = list_part(narrowed, keys, _number(narrowed), self._few)
            except StateLimitError:
                continue
            labels = self._labels(part, asked)
            if labels is not None:
                shown = build_labelled(claim.text, part, labels)
                yield replace(shown, diagram=bounded.beside(shown.diagram, beside))

    @cached_property
    def _views(self) -> tuple[tuple[Ranges, Places], ...]:
        """What may be known of what is not listed, the least first."""
        ranges = find_ranges(self._alone.system)
        there = {
            place: {key: values for key, values in own.items() if key.kind is not VariableKind.DEPARTED}
            for place, own in ranges.items()
        }
        return ({}, {}), (there, {}), (ranges, {})

    def _labels(self, part: KnownPart, asked: Obligation) -> Labels | None:
        return show(part, asked, self._comes)

    def _widths(self, compiled: Compiled, asked: Obligation) -> Iterator[frozenset[VariableKey]]:
        """Sets of variables that may suffice: all that has a say in what is asked; with what the pipeline
        waits for and what does not come by itself; everything."""
        influence = Influence(compiled)
        keys = influence.cone(_list_keys(asked))
        yield keys
        if asked.comes:
            wider = influence.cone(keys | set(self._hindrances(compiled, keys)))
            if wider != keys:
                yield wider
        every = frozenset(variable.key for variable in compiled.system.variables)
        if every != keys:
            yield every

    def _hindrances(self, compiled: Compiled, keys: frozenset[VariableKey]) -> Iterator[VariableKey]:
        for event in compiled.system.events:
            if event.kind is EventKind.PIPELINE and event.group is not None:
                unknown = event.guard.keys() - keys
                if not self._comes(event.guard, unknown):
                    yield from (key for key in unknown if not self._comes(event.guard, [key]))

    @cached_property
    def _sliced(self) -> dict[Name, Diagram]:
        found: dict[Name, Diagram] = {}
        with suppress(NotSliceableError, StateLimitError):
            refuse_unknown(self.task.deployment)
            _refuse_what_claims_do_not_say(self.task.deployment)
            found.update(draw_hops(self.task, self.task.limits))  # those before a limit is hit
        return found

    # --- no stall ---

    @cached_property
    def _progress(self) -> ProgressProof | None:
        with suppress(StateLimitError, TooManyCasesError):
            for parts in ProgressMaker(self._alone, self._numbers, self._few).list_candidates():
                proof = ProgressProof(self._alone, parts)
                with suppress(CertificateRefusedError):
                    proof.check()
                    return proof
        return None

    def _comes(self, guard: Guard, unknown: Collection[VariableKey]) -> bool:
        return self._progress is not None and self._progress.comes(guard, unknown)


def _without_hop(system: System, asked: Obligation) -> System:
    """The system without the events that run the hop, which no proof looks at."""
    if asked.hop is None:
        return system
    return replace(system, events=tuple(event for event in system.events if not runs_hop(event, asked.hop)))


def _list_keys(asked: Obligation) -> Iterator[VariableKey]:
    """The variables that what is asked speaks of."""
    for guard in (*(guard for _, guard in asked.excluded), *asked.goal, *(asked.trigger or ())):
        yield from guard


def _number(system: System) -> dict[int, int]:
    return {id(event): number for number, event in enumerate(system.events)}


def _list_what_is_not_drawn(deployment: Deployment) -> Iterator[object]:
    """What slices know and no diagram of a hop has been drawn of: whole systems show it."""
    yield from (deployment.resized, deployment.led, deployment.redelivered, deployment.migrators)
    for component in deployment.components.values():
        yield component.terminates_later or component.route is Route.CARRIED
    yield from (change.exists or change.source for change in deployment.changed.values())
    yield from (hop.since or hop.until for request in deployment.requests for hop in request.hops)


def _refuse_what_claims_do_not_say(deployment: Deployment) -> None:
    """Raises `NotSliceableError` for what the judge's slices know, and a claim about a hop cannot tell."""
    if deployment.failures:
        raise NotSliceableError("a slice is of one line of the pipeline, a claim of all")
    if any(component.drain is Drain.ABRUPT for component in deployment.components.values()):
        raise NotSliceableError("a claim is of a hop, not of who is cut off")
    if deployment.enabled_after:
        raise NotSliceableError("a claim does not say what somebody enables after the end")
    if any(_list_what_is_not_drawn(deployment)):
        raise NotSliceableError("no claim was drawn from a slice with these words yet")
    if has_predicates(deployment):
        raise NotSliceableError("a claim does not say what predicates keep together")
