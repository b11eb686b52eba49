"""Which units end otherwise than everybody expects, and what left them there (paragraph 96)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ...model.compiler.moves import Move
from ...model.deployment import Aspect, Change, Deployment, Instruction, Kind, Strategy
from ...model.names import Contract, Place, VariableKey, VariableKind
from ...model.resources.limits import StateLimitError
from ..engines.ends import UnitEnds
from ..verdict import End, EndUnit, Stand
from .occurrences import Occurrences
from .standings import Standings
from .vain import find_vain_actions


def find_end(occurrences: Occurrences, sliced: UnitEnds | None = None) -> End:
    """What is told of the end; `sliced` knows how units can stand there.

    The parts that `occurrences` looks at must be exact: the pipeline cannot stall, or all states are listed.
    Raises `LimitError` where time or memory is up; what is too large by itself is left open.
    """
    standings = Standings(occurrences, sliced)
    teller = _Teller(standings)
    vain = find_vain_actions(standings, occurrences)
    units: list[EndUnit] = []
    left_open: list[str] = []
    for key in filter(teller.is_asked, standings.vocabulary.lives):
        try:
            units += teller.unit(key)
        except StateLimitError:
            left_open.append(teller.name(key))
    back: list[EndUnit] = []
    for key in standings.vocabulary.lives if standings.rollback_ends else ():
        try:
            back += teller.unit_after_rollback(key)
        except StateLimitError:
            left_open.append(f"{teller.name(key)} after a rollback")
    names = tuple(dict.fromkeys((*left_open, *vain.left_open)))
    return End(tuple(units), vain.actions, tuple(back), names, standings.most_states)


class _Reason(Struct, frozen=True):
    """What left a unit where it stands."""

    short: str = ""
    why: str = ""
    place: Place | None = None


class _Teller:
    def __init__(self, standings: Standings) -> None:
        self._standings = standings
        self._deployment: Deployment = standings.vocabulary.deployment
        self._last = self._deployment.versions[-1]
        self._named = {c: one for c, one in self._deployment.changed.items() if not one.implied}
        hops = (hop for request in self._deployment.requests for hop in request.hops)
        self._concerned = {
            name for hop in hops if hop.contract in self._named for name in (hop.consumer, hop.provider)
        }

    # --- what is asked ---

    def is_asked(self, key: VariableKey) -> bool:
        """Whether anybody expects the unit to be anywhere at the end."""
        is_moved = bool(self._standings.moves_on.get(key))
        match key.kind:
            case VariableKind.INSTANCES:
                component = self._deployment.components[str(key.subject)]
                if is_moved:
                    return not component.stays  # its users go where they like
                return component.name in self._concerned
            case VariableKind.SCHEMA:
                return is_moved or self._has_new_schema(key.contract)
            case VariableKind.CONTENT:
                return key.contract in self._named
            case VariableKind.JOBS:
                return True
            case VariableKind.FLAG:
                return key.subject not in (*self._deployment.enabled_after, *self._deployment.facts)
            case _:
                return False

    def _has_new_schema(self, contract: Contract) -> bool:
        """Whether the release says something of the schema, and not of messages or rows alone."""
        change = self._named.get(contract)
        if change is None:
            return False
        speaks = change.exists is not None or bool(change.breaks.get(Aspect.SCHEMA))
        return speaks or not (self._is_broker(contract) or change.rows_kept)

    # --- what is told ---

    def unit(self, key: VariableKey) -> Iterator[EndUnit]:
        """The unit, if it can end otherwise than is expected."""
        stands = self._standings.stands(key)
        if all(self._is_expected(key, stand) for stand in stands):
            return
        reason = self._reason(key)
        order = sorted(stands, key=lambda stand: [(part.word, part.number or 0) for part in stand])
        subject = key.subject if isinstance(key.subject, Contract) else str(key.subject)
        told = reason.short, reason.why, reason.place
        yield EndUnit(key.kind, subject, self.name(key), tuple(order), *told)

    def unit_after_rollback(self, key: VariableKey) -> Iterator[EndUnit]:
        """The unit, if some rollback leaves it otherwise than it was when the deployment began."""
        if not self._is_asked_after_rollback(key):
            return
        stands, first = self._standings.stands_after_rollback(key), self._standings.starts(key)
        is_content = key.kind is VariableKind.CONTENT
        if all(set(stand) <= set(first) if is_content else stand == first for stand in stands):
            return
        order = sorted(stands, key=lambda stand: [(part.word, part.number or 0) for part in stand])
        subject = key.subject if isinstance(key.subject, Contract) else str(key.subject)
        yield EndUnit(key.kind, subject, self.name(key), tuple(order))

    def _is_asked_after_rollback(self, key: VariableKey) -> bool:
        """Something moves it; of data, that the release names it."""
        if key.kind is VariableKind.CONTENT:
            return key.contract in self._named
        is_users = key.kind is VariableKind.INSTANCES and self._deployment.components[str(key.subject)].stays
        return bool(self._standings.vocabulary.moves_on.get(key)) and not is_users

    def name(self, key: VariableKey) -> str:
        """What the unit is called."""
        if key.kind is not VariableKind.SCHEMA:
            return str(key.subject)
        return f"{key.subject} {self._deployment.components[key.contract.provider].kind.structure}"

    def _is_broker(self, contract: Contract) -> bool:
        return self._deployment.components[contract.provider].kind is Kind.BROKER

    def _is_expected(self, key: VariableKey, stand: Stand) -> bool:
        words = [part.word for part in stand]
        match key.kind:
            case VariableKind.CONTENT:
                return set(words) <= {self._last}
            case VariableKind.INSTANCES | VariableKind.SCHEMA:
                return words == [self._last]
            case _:
                return words == [self._standings.vocabulary.lives[key].start]

    def _reason(self, key: VariableKey) -> _Reason:
        moves = self._standings.moves_on.get(key, ())
        match key.kind:
            case VariableKind.CONTENT:
                return _Reason(place=self._change(key).place)
            case VariableKind.FLAG:
                return _Reason(place=moves[-1].action.place if moves else None)
            case _ if moves:
                return self._left_by(key, moves[-1])
            case VariableKind.SCHEMA:
                verb = "reconfigures" if self._is_broker(key.contract) else "migrates"
                why = f"{key.contract} is changed, and no step {verb} it"
                return _Reason(f"nothing {verb} it", why, self._change(key).place)
            case _:
                component = self._deployment.components[str(key.subject)]
                why = f"{component.name} stands at a changed contract, and no step deploys it"
                return _Reason("no step deploys it", why, component.place)

    def _change(self, key: VariableKey) -> Change:
        return self._named[key.contract]

    def _left_by(self, key: VariableKey, last: Move) -> _Reason:
        """The last action on the unit, and what it left undone."""
        action = last.action
        if key.kind is VariableKind.JOBS:
            again = f"no `resume {key.subject}` follows `{action}`"
            return _Reason("", again if action.instruction is Instruction.SUSPEND else "", action.place)
        if key.kind is VariableKind.INSTANCES and action.instruction is Instruction.DEPLOY:
            component = self._deployment.components[str(key.subject)]
            if component.strategy is Strategy.CANARY:
                why = f"`{action}` begins a canary, and no `promote {component.name}` follows"
                return _Reason("never promoted", why, action.place)
        if last.background and action.when is not None:
            return _Reason("held", "", action.place)
        why = f"`{action}` is the last to move {self.name(key)}, to {last.goal}"
        return _Reason(f"after `{action}`", why, action.place)
