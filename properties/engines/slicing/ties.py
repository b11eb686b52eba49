"""Units that are tied: a predicate of one looks at another, so they are kept or cut together.

What an action waits for (`when`), and what an instance waits for to become ready, names other units. All that
one predicate joins is a cluster, and clusters that share a unit are one. A cluster stands where else a unit
does: nobody outside of it has a say in it but the pipeline, the traffic and the request. So what is said of
units that are cut is true of clusters that are cut: whether it finishes, what it costs before each position,
how far a request on one of its components lets the pipeline come, when its events are made.

A predicate tells states apart that a request does not, and a move that waits for one is no silent step. So
the machines of tied components are not reduced; nobody stands for one that writes; no door is spared there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import assert_never

from msgspec.structs import replace

from ....model.compiler.moves import list_changed_contracts
from ....model.deployment import Deployment
from ....model.deployment.predicate import (
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
    Predicate,
    Stands,
    Suspended,
    Version,
    list_atoms,
    replace_atoms,
)
from ....model.names import Contract, Target, VariableKey, flag_of, instances_of, schema_of

Cluster = tuple[VariableKey, ...]


def join_clusters(ties: Iterable[Iterable[VariableKey]]) -> dict[VariableKey, Cluster]:
    """The cluster of each unit that is tied, those that share a unit joined."""
    found: dict[VariableKey, Cluster] = {}
    for tie in ties:
        clusters = [found.setdefault(unit, (unit,)) for unit in tie]
        apart = {id(cluster): cluster for cluster in clusters}
        if len(apart) > 1:
            joined = tuple(chain(*apart.values()))
            found.update(dict.fromkeys(joined, joined))
    return found


def list_named(whole: Deployment, predicate: Predicate) -> Iterator[VariableKey]:
    """The units that the predicate names, whether or not they can make a difference."""
    for atom in list_atoms(predicate):
        match atom:
            case FlagIs(flag):
                yield flag_of(flag)
            case Suspended(component) | Gone(component) | Leads(component):
                yield instances_of(component)
            case Count(terms):
                yield from (instances_of(term.component) for term in terms)
            case AllAt(name) | Version(Target(name)) if whole.components[name].kind.has_instances:
                yield instances_of(name)
            case AllAt(name):
                yield from _schemas(whole, Target(name))
            case Version(target):
                yield from _schemas(whole, target)
            case Constant() | Holds() | Empty() | Stands() | Done():
                pass
            case _:
                assert_never(atom)


def _schemas(whole: Deployment, target: Target) -> Iterator[VariableKey]:
    if whole.components[target.name].kind.has_schema:
        yield from (schema_of(contract) for contract in list_changed_contracts(whole, target))


Named = Callable[[str], str]


class Renaming:
    """Writes predicates in the names of a slice. `component` and `flag` give the slice's name for one of the
    whole, `stores` that of each contract whose schema is kept."""

    def __init__(
        self, whole: Deployment, component: Named, flag: Named, stores: Mapping[Contract, str]
    ) -> None:
        self._whole, self._component, self._flag, self._stores = whole, component, flag, stores

    def __call__(self, predicate: Predicate) -> Predicate:
        return replace_atoms(predicate, self._rename)

    def _rename(self, atom: Atom) -> Predicate:
        match atom:
            case Constant():
                return atom
            case Suspended(worker):
                return Suspended(self._component(worker))
            case FlagIs(flag, on):
                return FlagIs(self._flag(flag), on)
            case Count(terms, comparison, number):
                own = tuple(replace(one, component=self._component(one.component)) for one in terms)
                return Count(own, comparison, number)
            case AllAt(name, version):
                if self._whole.components[name].kind.has_instances:
                    return AllAt(self._component(name), version)
                return self._versions(Target(name), ComparisonOperator.EQUAL, version)
            case Version(target, comparison, version):
                if self._whole.components[target.name].kind.has_instances:
                    return Version(Target(self._component(target.name)), comparison, version)
                return self._versions(target, comparison, version)
            case Gone(component, version):
                return Gone(self._component(component), version)
            case Leads(component, version, equal):
                return Leads(self._component(component), version, equal)
            case Holds() | Empty() | Stands() | Done():
                raise AssertionError(f"slices refuse `{atom}`")
            case _:
                assert_never(atom)

    def _versions(self, target: Target, comparison: ComparisonOperator, version: str) -> Predicate:
        """Of each contract of a store, which has one of its own in the slice."""
        contracts = list_changed_contracts(self._whole, target)
        stores = (self._stores[contract] for contract in contracts if contract in self._stores)
        every = tuple(Version(Target(store), comparison, version) for store in stores)
        return And(every) if every else Constant(True)


def list_unknown(predicate: Predicate) -> Iterator[Atom]:
    """The parts of a predicate that slices do not know: they look at contents, or at the pipeline."""
    for atom in list_atoms(predicate):
        match atom:
            case Holds() | Empty() | Stands() | Done():
                yield atom
            case Constant() | Suspended() | Gone() | Leads() | FlagIs() | Count() | AllAt() | Version():
                pass
            case _:
                assert_never(atom)
