"""What a remedy changes of a deployment, as values: the same edits make the same deployment."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from ...model.compiler.moves import list_subjects
from ...model.deployment import Action, Deployment, Flag, Pair, RemedyKind
from ...model.deployment.predicate import Predicate
from ...model.names import Contract


class Unit(NamedTuple):
    """One target of one action of a pipeline, by where the file has it; each counts from 0."""

    step: int
    action: int
    target: int


class Order(Struct, frozen=True):
    """Some units of one action are over before another unit begins, or the other way round: the `movers` go
    to right `before` the action of their anchor, or to right behind it. Where what is first runs in the
    background it is awaited."""

    movers: tuple[Unit, ...]
    anchor: Unit
    before: bool

    @property
    def pairs(self) -> tuple[tuple[Unit, Unit], ...]:
        """Which is first, and which then."""
        return tuple((one, self.anchor) if self.before else (self.anchor, one) for one in self.movers)


class Insert(Struct, frozen=True):
    """New actions right `before` a unit, or right behind it; without an anchor at the end of the pipeline."""

    actions: tuple[Action, ...]
    anchor: Unit | None = None
    before: bool = False


class AddedWait(Struct, frozen=True):
    """A unit takes effect only while a predicate holds."""

    unit: Unit
    when: Predicate


class Omit(Struct, frozen=True):
    """Units that do not come at all."""

    units: tuple[Unit, ...]


class Amend(Struct, frozen=True):
    """A setting of the action that a unit is a part of (the name of a field of `Action`) gets another
    value."""

    unit: Unit
    setting: str
    value: object


class Configure(Struct, frozen=True):
    """A setting of a component (the name of the field of `Component`) gets another value."""

    component: str
    setting: str
    value: object


class AddFlag(Struct, frozen=True):
    """A feature flag that there was not."""

    flag: Flag


class Understand(Struct, frozen=True):
    """Code that knows a flag understands both forms of what it guards, whatever the flag says."""

    flag: str


class Tolerate(Struct, frozen=True):
    """Pairs of a contract that break no longer, in no aspect: the newer side of each copes with the older."""

    contract: Contract
    pairs: frozenset[Pair]


Edit = Order | Insert | AddedWait | Omit | Amend | Configure | AddFlag | Understand | Tolerate

Subject = str | Contract
"""What can end otherwise: a component, a flag, or what there is of a contract."""


class Remedy(Struct, frozen=True):
    """A checked edit with a price: all of its `edits` are made, or none. `touches` are the ids of the hazards
    for which it is proposed, `told` says it in a line. `ends` is what may stand otherwise at the end than it
    did before, for that is what the remedy is about."""

    kind: RemedyKind
    price: int
    told: str
    edits: tuple[Edit, ...]
    touches: frozenset[str] = frozenset()
    ends: frozenset[Subject] = frozenset()


def list_units(deployment: Deployment) -> tuple[Unit, ...]:
    """Every unit of the pipeline, in order."""
    return tuple(
        Unit(step, action, target)
        for step, one in enumerate(deployment.pipeline)
        for action, did in enumerate(one.actions)
        for target in range(len(did.targets))
    )


def action_of(deployment: Deployment, unit: Unit) -> Action:
    """The action that a unit is a part of."""
    return deployment.pipeline[unit.step].actions[unit.action]


def subjects_of(deployment: Deployment, unit: Unit) -> tuple[Subject, ...]:
    """What a unit moves."""
    action = action_of(deployment, unit)
    return tuple(list_subjects(deployment, action.instruction, action.targets[unit.target]))


def name_of(deployment: Deployment, unit: Unit) -> str:
    """Whose unit it is: a component's, or a flag's."""
    return action_of(deployment, unit).targets[unit.target].name


def tell_units(deployment: Deployment, *units: Unit) -> str:
    """Units of one action: `deploy glue zed`."""
    action = action_of(deployment, units[0])
    to = f" to {action.to}" if action.to else ""
    return f"{action.instruction} {' '.join(str(action.targets[one.target]) for one in units)}{to}"
