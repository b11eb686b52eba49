"""What a verdict rests on that the file says, or leaves unsaid: known before anything is searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from ...model.compiler.moves import ON_INSTANCES
from ...model.compiler.walker import find_sources
from ...model.deployment import Acceptance, Component, Deployment, Hop, Instruction, Kind, Verb
from ...model.names import Contract
from . import Granted


class Assumptions(Struct, frozen=True):
    """What is taken for granted.

    `unchanged` are contracts that no change names, `unjudged` changed ones at which only clients without a
    version stand; no request is in flight while more than `max_span` steps begin (None: as many as it likes);
    `never` are cells that the file says are not met; somebody enables the flags `enabled_after` after the
    end; `overridden` are contracts of which a file of changes knows better; with `failures` every awaited
    action may fail; `granted` is what the file could say and does not, and of which components, contracts
    or flags. `accepted` are the entries of `accept`: hazards that count for nothing.
    """

    unchanged: tuple[Contract, ...]
    unjudged: tuple[Contract, ...]
    max_span: int | None
    never: tuple[str, ...]
    enabled_after: tuple[str, ...]
    overridden: tuple[Contract, ...]
    failures: bool
    granted: Mapping[Granted, tuple[str, ...]]
    accepted: tuple[Acceptance, ...]

    def spell(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "unchanged": list(map(str, self.unchanged)),
            "unjudged": list(map(str, self.unjudged)),
            "max_span": self.max_span,
            "never": list(self.never),
            "enabled_after": list(self.enabled_after),
            "overridden": list(map(str, self.overridden)),
            "failures": self.failures,
            "granted": {str(what): list(names) for what, names in self.granted.items()},
            "accepted": [dict(entry.spell()) for entry in self.accepted],
        }


def find_assumptions(deployment: Deployment) -> Assumptions:
    """What every verdict on the deployment rests on."""
    return Assumptions(
        unchanged=tuple(c for c in deployment.contracts if c not in deployment.changed),
        unjudged=_unjudged(deployment),
        max_span=deployment.max_span,
        never=tuple(assumption.text for assumption in deployment.never),
        enabled_after=deployment.enabled_after,
        overridden=tuple(change.contract for change in deployment.overridden),
        failures=deployment.failures,
        granted=_find_granted(deployment),
        accepted=deployment.accept,
    )


def _unjudged(deployment: Deployment) -> tuple[Contract, ...]:
    """Changed contracts at which only an anonymous client stands, with nothing else to judge."""
    judged = _list_judged(deployment, judged=True)
    return tuple(contract for contract in _list_named(deployment) if contract not in judged)


def is_nothing_judged(deployment: Deployment) -> bool:
    """Whether all that is taken to break is met by clients without a version alone, and something is."""
    broken = {name for name in _list_named(deployment) if any(deployment.changed[name].breaks.values())}
    return bool(broken) and broken <= {*_unjudged(deployment)}


def _list_judged(deployment: Deployment, *, judged: bool) -> set[Contract]:
    """The contracts with a hop that is judged; or those with one that is not."""
    return {
        hop.contract
        for request in deployment.requests
        for number, hop in enumerate(request.hops, start=1)
        if judged
        is (hop.consumer in deployment.components or _holds_tokens(deployment, request.hops, number))
    }


def _list_named(deployment: Deployment) -> Iterator[Contract]:
    """The contracts that some hop meets and that the release names."""
    changed = deployment.changed
    return (c for c in deployment.contracts if c in changed and not changed[c].implied)


def _holds_tokens(deployment: Deployment, hops: tuple[Hop, ...], number: int) -> bool:
    """Whether the hop is held against what an earlier one obtained."""
    is_cache = deployment.components[hops[number - 1].provider].kind is Kind.CACHE
    return not is_cache and bool(find_sources(deployment, hops, number))


# --- what the file leaves unsaid ----------------------------------------------------------------


def _find_granted(deployment: Deployment) -> dict[Granted, tuple[str, ...]]:
    """What is taken for granted, of which components, contracts or flags; what is of none is missing."""
    components = deployment.components
    rolled = _list_rolled(deployment)
    found = {
        Granted.RESTARTS: (name for name, component in components.items() if _could_restart(component)),
        Granted.TERMINATES: (name for name in rolled if _could_linger(components[name])),
        Granted.REDELIVERS: _list_delivering_once(deployment),
        Granted.READINESS: (name for name, component in components.items() if _comes_back(component)),
        Granted.STAYS: (name for name in rolled if _has_users(components[name])),
        Granted.ROWS: _list_following(deployment),
        Granted.FROM: _list_synced(deployment),
        Granted.CLIENTS: _list_fitting(deployment),
        Granted.PER_INSTANCE: _list_switched_at_once(deployment),
        Granted.UNDERSTANDS: (flag.name for flag in deployment.flags if flag.guards and flag.tolerant),
    }
    told = {what: tuple(names) for what, names in found.items()}
    return {what: names for what, names in told.items() if names}


def _could_restart(component: Component) -> bool:
    """Its instances could restart, and nothing is said of that."""
    return _has_fleet(component) and not component.restarts


def _could_linger(component: Component) -> bool:
    """Its instances could terminate later, and nothing is said of that."""
    return _has_fleet(component) and not component.terminates_later


def _comes_back(component: Component) -> bool:
    """Its instances restart, and wait for nothing then, as far as the file says."""
    return bool(component.restarts) and (component.readiness is None or not component.readiness.when)


def _has_users(component: Component) -> bool:
    """Its users could stay at their version, and nothing is said of that."""
    return component.kind is Kind.CLIENT and _has_fleet(component)


def _list_following(deployment: Deployment) -> Iterator[str]:
    """The tables of which rows are read that could have the form of whoever wrote them."""
    read = {hop.contract for request in deployment.requests for hop in request.hops if hop.verb is Verb.READS}
    for contract, change in deployment.changed.items():
        is_table = deployment.components[contract.provider].kind is Kind.DATABASE
        if is_table and contract in read and not change.rows_kept and not change.implied:
            yield str(contract)


def _list_synced(deployment: Deployment) -> Iterator[str]:
    """The contracts that some sync brings to the new form, and of which nothing says what it copies."""
    synced = [
        target
        for action in deployment.actions
        if action.instruction is Instruction.SYNC
        for target in action.targets
    ]
    for contract, change in deployment.changed.items():
        named = (one.name == contract.provider and one.subject in (None, contract.subject) for one in synced)
        if any(named) and change.source is None and not change.implied:
            yield str(contract)


def _list_fitting(deployment: Deployment) -> Iterator[str]:
    """The contracts at which somebody is judged, and a client without a version is not."""
    judged, unjudged = (_list_judged(deployment, judged=judged) for judged in (True, False))
    return (str(contract) for contract in _list_named(deployment) if contract in judged & unjudged)


def _list_switched_at_once(deployment: Deployment) -> Iterator[str]:
    """The flags that guard something and that some action switches everywhere by one event."""
    switching = (Instruction.ENABLE, Instruction.DISABLE)
    by_instance: dict[str, list[bool]] = {}
    for action in deployment.actions:
        for target in action.targets if action.instruction in switching else ():
            by_instance.setdefault(target.name, []).append(action.per_instance)
    guarding = (flag.name for flag in deployment.flags if flag.guards)
    return (name for name in guarding if not all(by_instance.get(name, [False])))


def _list_delivering_once(deployment: Deployment) -> tuple[str, ...]:
    """The brokers from which changed messages are consumed, and do not come back as far as the file says."""
    consumed = {
        hop.provider
        for request in deployment.requests
        for hop in request.hops
        if hop.verb is Verb.CONSUMES and hop.contract in deployment.changed
    }
    silent = (name for name, component in deployment.components.items() if not component.redelivers)
    return tuple(name for name in silent if name in consumed)


def _has_fleet(component: Component) -> bool:
    is_own = component.machine is not None or component.stays
    return component.kind.has_instances and not is_own


def _list_rolled(deployment: Deployment) -> tuple[str, ...]:
    """The components of which some action may retire instances, in the order of the file."""
    rolling = (action for action in deployment.actions if action.instruction in ON_INSTANCES)
    named = {target.name for action in rolling for target in action.targets}
    return tuple(name for name in deployment.components if name in named)
