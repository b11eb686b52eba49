"""What a slice is to keep, and under which names."""

from __future__ import annotations

from itertools import chain

from msgspec import Struct, field

from ....model.names import Contract, VariableKey, VariableKind, content_of, flag_of, instances_of, schema_of
from .plan import Party, SlicePlan
from .ties import Cluster

STUB = "stub"
"""A store that nothing happens to."""
QUEUE = "queue"
"""A broker whose messages nobody looks at: there is always one to be pulled."""
STORED = "x"
"""The subject of each store."""
DARK = Contract(STUB, "dark")
"""What a flag guards that is enabled after the end, whatever else it guards in the slice: nobody meets it."""
UNCHANGED = "u"
"""The subject of what the slice takes as unchanged."""


class SliceNames(Struct):
    """The names of the kept parts in the slice, given in the order in which they are asked for."""

    components: dict[str, str] = field(default_factory=dict)
    contracts: dict[Contract, Contract] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)

    def component(self, name: str) -> str:
        return self.components.setdefault(name, f"c{len(self.components)}")

    def flag(self, name: str) -> str:
        return self.flags.setdefault(name, f"f{len(self.flags)}")

    def store(self, contract: Contract) -> Contract:
        """Each contract of a store gets a store of its own: nothing else connects them."""
        return self.contracts.setdefault(contract, Contract(f"d{len(self.contracts)}", STORED))

    def call(self, contract: Contract) -> Contract:
        provider = self.component(contract.provider)
        return self.contracts.setdefault(contract, Contract(provider, f"x{len(self.contracts)}"))


class Keep(Struct):
    """What a slice is to keep. `hops` is the slice's request with the whole's hop numbers, `calls` the
    changed contracts of instances whose form is of interest, `judged` the contract of the last hop."""

    components: dict[str, None] = field(default_factory=dict)
    flags: dict[str, None] = field(default_factory=dict)
    schemas: dict[Contract, None] = field(default_factory=dict)
    contents: dict[Contract, None] = field(default_factory=dict)
    parties: dict[Party, None] = field(default_factory=dict)
    stand_ins: dict[str, None] = field(default_factory=dict)
    """Those of the components that are kept for their traffic alone, and stand for others (`stand_ins`)."""
    whole: dict[str, None] = field(default_factory=dict)
    """The components of which each state is to be told from all others: their machines are not reduced."""
    led: dict[str, None] = field(default_factory=dict)
    """The components of which it is to be known who leads, though no hop of the slice may speak of it."""

    def copy(self) -> Keep:
        """The same, to which more can be added."""
        return Keep(*(dict(getattr(self, name)) for name in self.__struct_fields__))

    def units(self) -> list[VariableKey]:
        """All that is kept."""
        return [
            *map(instances_of, self.components),
            *map(flag_of, self.flags),
            *map(schema_of, self.schemas),
            *map(content_of, self.contents),
        ]

    def close(self, plan: SlicePlan) -> bool:
        """Adds what is tied to what is kept, but for those for which one alike can stand; False if that is
        all there already."""
        kept = frozenset(self.units())
        tied = {id(cluster): cluster for unit in kept if (cluster := plan.clusters.get(unit)) is not None}
        missing = frozenset(chain(*tied.values())) - kept - plan.alike.keys()
        for unit in sorted(missing):
            self.add(unit)
        return bool(missing)

    def represent(self, plan: SlicePlan) -> dict[VariableKey, Cluster]:
        """Adds one unit for all those alike that are tied to what is kept and were cut: each that was
        added, with all for which it stands."""
        kept = frozenset(self.units())
        groups = dict(chain.from_iterable(plan.alike_beside.get(unit, ()) for unit in kept))
        cuts = (tuple(unit for unit in groups[place] if unit not in kept) for place in sorted(groups))
        found = {cut[0]: cut for cut in cuts if cut}
        for unit in found:
            self.add(unit)
        return found

    def add(self, unit: VariableKey) -> None:
        match unit.kind:
            case VariableKind.INSTANCES:
                self.components[unit.owner] = None
            case VariableKind.LEADER:
                self.components[unit.owner] = None
                self.led[unit.owner] = None
            case VariableKind.FLAG:
                self.flags[unit.owner] = None
            case VariableKind.SCHEMA:
                self.schemas[unit.contract] = None
            case VariableKind.CONTENT:
                self.contents[unit.contract] = None
            case _:
                raise AssertionError(f"{unit} is no unit")
