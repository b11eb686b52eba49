"""Which events of a story matter to its hazard: one rule for the drawn story and for the report's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model.compiler.predicate_guards import translate_predicate
from ..model.compiler.system import EventKind
from ..model.compiler.variables import Vocabulary
from ..model.deployment import Deployment, Hop
from ..model.names import Subject, VariableKey
from ..properties.verdict import Hazard, HopHazard, TraceEvent


class Concern:
    """An event matters if it is a hop of the request, or changes how a component stands that the request
    meets up to its failing hop, or a contract of such a hop, or a flag that guards one of these; or what
    the conditions of one of these speak of.

    So everything that the failing hop looks at, and whatever led there, is kept: what is left out moves the
    pipeline or others along. Of a property's story every event matters.
    """

    def __init__(self, vocabulary: Vocabulary, hazard: Hazard) -> None:
        deployment = vocabulary.deployment
        hops = _hops(deployment, hazard) if isinstance(hazard, HopHazard) else ()
        self.is_everything = not hops
        contracts = {hop.contract for hop in hops}
        flags = {flag.name for flag in deployment.flags if flag.guards & contracts}
        owners = {name for hop in hops for name in (hop.consumer, hop.provider)}
        self._met: set[Subject] = {*owners, *flags, *contracts}
        self._awaited = frozenset(_awaited(vocabulary, hops))

    def holds(self, event: TraceEvent) -> bool:
        """Whether the event matters."""
        if self.is_everything or event.kind is EventKind.HOP:
            return True
        return any(self.is_of(variable) for variable, _ in event.values)

    def is_of(self, variable: VariableKey) -> bool:
        """Whether the variable (of `zed`, of `database/cart_item`) is one that matters."""
        return variable.subject in self._met or variable in self._awaited


def _hops(deployment: Deployment, hazard: HopHazard) -> tuple[Hop, ...]:
    """Those of the request up to the failing one."""
    request = next(one for one in deployment.requests if one.name == hazard.request)
    return request.hops[: hazard.hop]


def _awaited(vocabulary: Vocabulary, hops: Iterable[Hop]) -> Iterator[VariableKey]:
    """The variables of which conditions speak: those of the machines that the hops meet, and of the actions
    on these."""
    met: set[Subject] = {one for hop in hops for one in (hop.consumer, hop.provider, hop.contract)}
    for key, variable in vocabulary.lives.items():
        if key.subject not in met:
            continue
        arrows, moves = variable.life.transitions, vocabulary.moves_on.get(key, ())
        asked = [vocabulary.predicate(said) for arrow in arrows for said in arrow.conditions]
        asked += [move.action.when for move in moves if move.action.when is not None]
        for predicate in asked:
            for guard in translate_predicate(vocabulary, predicate):
                yield from guard
