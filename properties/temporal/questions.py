"""What is asked of a deployment alone: its formulas, what is irreversible, and that the pipeline goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import assert_never

from msgspec import Struct

from ...model.compiler.errors import TooManyCasesError
from ...model.compiler.moves import list_changed_contracts
from ...model.compiler.predicate_guards import translate_predicate
from ...model.compiler.system import Condition
from ...model.compiler.variables import Vocabulary
from ...model.deployment import Component, Deployment
from ...model.deployment.formula import Formula, Modality, Property
from ...model.deployment.predicate import (
    AllAt,
    And,
    Atom,
    ComparisonOperator,
    Constant,
    Count,
    Done,
    Empty,
    FlagIs,
    Gone,
    Holds,
    Leads,
    Not,
    Or,
    Predicate,
    Serving,
    Stands,
    Suspended,
    Version,
    Wanted,
    list_atoms,
    speaks_of_the_end,
)
from ...model.names import Target
from ..verdict import PropertyHazard
from .irreversible import Setback, find_setbacks

STALLS = "the pipeline can stall"


class Questions(Struct, frozen=True):
    """Formulas that must hold, ways to take back what is irreversible, and (`stall`) whether the pipeline
    can stall."""

    stated: tuple[Property, ...] = ()
    setbacks: tuple[Setback, ...] = ()
    stall: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What each is called, as a hazard of it is."""
        stated = (*(one.name for one in self.stated), *(pair.text for pair in self.setbacks))
        return (*stated, STALLS) if self.stall else stated

    def __bool__(self) -> bool:
        return bool(self.stated or self.setbacks or self.stall)


def list_questions(vocabulary: Vocabulary) -> Questions:
    """All that is asked."""
    return Questions(list_properties(vocabulary.deployment), find_setbacks(vocabulary), stall=True)


def list_properties(deployment: Deployment) -> tuple[Property, ...]:
    """What the file states: its properties, then the `min_available` of each component."""
    return (*deployment.properties, *(stated for _, stated in _list_available(deployment)))


def _list_available(deployment: Deployment) -> Iterator[tuple[str, Property]]:
    """The `min_available` of each component that has one, with its name."""
    for name, component in deployment.components.items():
        if component.min_available:
            formula = Formula(Modality.ALWAYS, _available(component, name in deployment.resized))
            yield name, Property(f"min_available of {name}", formula, component.place)


def _available(component: Component, is_resized: bool) -> Predicate:
    """What `min_available` asks; nothing where every instance that is wanted can be down by a restart, and
    one is (paragraphs 84 and 86 of docs/semantics.md)."""
    enough = Count((Serving(component.name),), ComparisonOperator.AT_LEAST, component.min_available)
    if not component.restarts or not (is_resized or component.all_can_restart):
        return enough
    down = Count((Serving(component.name, restarting=True),), ComparisonOperator.AT_LEAST, 1)
    few = Count((Wanted(component.name),), ComparisonOperator.AT_MOST, component.restarts)
    return Or((enough, And((down, few)) if is_resized else down))


def list_invariants(vocabulary: Vocabulary) -> dict[str, Condition]:
    """What must hold in every state, by name, with the states that violate it: the properties that say
    `always` or `never` and not `done`, and that nothing irreversible is taken back. Of several formulas with
    one name all are meant: it is missing if one of them is none of these, or would need too many guards."""
    found: dict[str, Condition] = {}
    for pair in find_setbacks(vocabulary):
        found[pair.text] = (*found.get(pair.text, ()), *pair.condition)
    others = set()
    for stated in list_properties(vocabulary.deployment):
        violated = find_violating(vocabulary, stated.formula)
        if violated is None:
            others.add(stated.name)
        else:
            found[stated.name] = (*found.get(stated.name, ()), *violated)
    return {name: condition for name, condition in found.items() if name not in others}


def find_violating(vocabulary: Vocabulary, formula: Formula) -> Condition | None:
    """The states that violate the formula, if it says what must hold in each."""
    if formula.modality not in (Modality.ALWAYS, Modality.NEVER) or speaks_of_the_end(formula.left):
        return None
    violated = formula.left if formula.modality is Modality.NEVER else Not(formula.left)
    with suppress(TooManyCasesError):
        return translate_predicate(vocabulary, violated)
    return None


def list_vain_questions(deployment: Deployment) -> Iterator[tuple[str, Atom]]:
    """The properties, by name, with what they ask of stores in which the release changes nothing: that is
    as it is whatever happens."""
    for stated in deployment.properties:
        for atom in dict.fromkeys(atom for part in stated.formula.predicates for atom in list_atoms(part)):
            match atom:
                case Version(target) | Holds(target=target) | Empty(target):
                    pass
                case AllAt(component):
                    target = Target(component)
                case Constant() | Suspended() | Gone() | Leads() | Count() | FlagIs() | Stands() | Done():
                    continue
                case _:
                    assert_never(atom)
            is_store = not deployment.components[target.name].kind.has_instances
            if is_store and not any(list_changed_contracts(deployment, target)):
                yield stated.name, atom


def find_property(deployment: Deployment, hazard: PropertyHazard) -> Property | None:
    """The property that a hazard violates; None for what nobody stated."""
    stated = list_properties(deployment)
    return next((one for one in stated if identify_property(one) == hazard.id), None)


def find_component(deployment: Deployment, hazard: str) -> str | None:
    """The component whose `min_available` a hazard, by its id, violates; None for any other."""
    return next((c for c, one in _list_available(deployment) if identify_property(one) == hazard), None)


def identify_setback(pair: Setback) -> str:
    """A name of the pair of actions; of pairs that read alike it depends on their order as well."""
    return identify(pair.text, *map(str, pair.occurrence)) if any(pair.occurrence) else identify(pair.text)


def identify_property(stated: Property) -> str:
    """As `identify`."""
    return identify(stated.name, str(stated.formula))


def identify(*parts: str) -> str:
    """A name that depends on what is violated, not on where it stands in the file."""
    import hashlib

    return hashlib.sha256("\0".join(("property", *parts)).encode()).hexdigest()[:12]
