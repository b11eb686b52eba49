"""Which instance sees a flag on while it is taken up, each at its own moment (`enable … per instance`).

The model lets each side of each hop see such a flag on or off. Here one real instance stands for all of its
version: whenever one is called, or begins a request, the run says whether it is one that has taken the flag
up. It sees the flag so until the next one is called, or all see it alike again.

What code sees of a flag it sees before it comes to a hop. A flag that the run throws there is thrown before
the code goes on, when what it waited for is over, or counts from its next hop on. Code that is called by one
hop and takes the next goes on only once: runs in which it would see a flag before the one and not the other
are left out, and so are, in plays, all in which a flag would count at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from ...model.compiler.variables import OFF, ON, PARTLY, Vocabulary
from ...model.deployment import Aspect, Request
from ...model.names import Contract, VariableKey, flag_of
from ..lookups.lookup import HazardKind, Lookup

StateOf = Callable[[VariableKey], str]
"""How each variable of the deployment stands."""


class Instance(NamedTuple):
    component: str
    version: str | None
    """None: an anonymous client, which sees no flag."""


class Sight(NamedTuple):
    """What an instance sees of a flag that not all see alike."""

    instance: Instance
    flag: str
    is_on: bool

    def __str__(self) -> str:
        who = f"{self.instance.component} {self.instance.version}"
        return f"{who} sees `{self.flag}` {ON if self.is_on else OFF}"


Sights = frozenset[Sight]
ALIKE: Sights = frozenset()
"""All see every flag alike."""


class Look(NamedTuple):
    """What everybody sees of flags at one moment: how they stand, and who sees one otherwise."""

    flags: tuple[tuple[str, str], ...] = ()
    sights: Sights = ALIKE


Views = tuple[str | None, str | None]
"""How the caller of a hop, and its callee, see the flag that guards the contract; None where none does."""


class Outlook:
    """How instances can see the flags of a deployment that guard what these requests do."""

    def __init__(self, vocabulary: Vocabulary, requests: Iterable[Request]) -> None:
        self._vocabulary = vocabulary
        hops = [hop for request in requests for hop in request.hops]
        guarded = vocabulary.deployment.flag_of
        self._heeding: dict[str, dict[Instance, None]] = {}
        for hop in (hop for hop in hops if hop.contract in guarded):
            heeding = self._heeding.setdefault(guarded[hop.contract].name, {})
            heeding.update(dict.fromkeys(self._list_heeding(hop.contract, (hop.consumer, hop.provider))))

    def _list_heeding(self, contract: Contract, components: Iterable[str]) -> Iterator[Instance]:
        """Those that behave otherwise while they see the contract's flag off."""
        for component, version in product(components, self._vocabulary.deployment.versions):
            is_code = component in self._vocabulary.rollouts
            if is_code and self._vocabulary.form(contract, version, OFF) != version:
                yield Instance(component, version)

    # --- who sees what ---

    def list_born(self, state_of: StateOf, instances: Iterable[Instance]) -> Iterator[Sights]:
        """What can be seen by those that are called, or begin a request, now."""
        open_ends = [
            [Sight(one, flag, is_on) for is_on in (False, True)]
            for one in instances
            for flag, heeding in self._heeding.items()
            if one in heeding and state_of(flag_of(flag)) == PARTLY
        ]
        return map(frozenset, product(*open_ends))

    def after(self, sights: Sights, before: StateOf, now: StateOf, born: Sights = ALIKE) -> Sights:
        """What is seen after an event: as before it, but by those that were born with it."""
        if not self._heeding:
            return ALIKE
        found: dict[tuple[Instance, str], Sight] = {}
        for flag, heeding in self._heeding.items():
            if now(flag_of(flag)) == PARTLY:
                was = before(flag_of(flag))
                if was != PARTLY:
                    found |= {(one, flag): Sight(one, flag, was == ON) for one in heeding}
                found |= {(s.instance, flag): s for s in (*sights, *born) if s.flag == flag}
        return frozenset(found.values())

    def look(self, sights: Sights, state_of: StateOf) -> Look:
        """What everybody sees now."""
        return Look(tuple((flag, state_of(flag_of(flag))) for flag in self._heeding), sights)

    def view(self, look: Look, contract: Contract, instance: Instance) -> str | None:
        """How an instance sees the flag that guards the contract; None if none does."""
        flag = self._vocabulary.deployment.flag_of.get(contract)
        if flag is None:
            return None
        is_on = dict(look.flags)[flag.name] == ON or Sight(instance, flag.name, True) in look.sights
        return ON if is_on else OFF

    def views(self, contract: Contract, caller: Instance, callee: Instance, then: Look, now: Look) -> Views:
        """How both sides of a hop see it: a caller as `then`, when its code ran last, a callee as `now`."""
        flag = self._vocabulary.deployment.flag_of.get(contract)
        heeds = flag is not None and caller in self._heeding[flag.name]
        return self.view(then if heeds else now, contract, caller), self.view(now, contract, callee)

    # --- what goes together with it ---

    def is_looked_up(
        self,
        pair: Lookup,
        contract: Contract,
        caller: Instance,
        callee: Instance,
        views: Views,
    ) -> bool:
        """Whether a hop looks the pair up, if its caller and its callee see the contract's flag so."""
        if contract not in self._vocabulary.deployment.flag_of or pair.kind is not HazardKind.INCOMPATIBLE:
            return True
        own, other = self._form(contract, caller, views[0]), self._form(contract, callee, views[1])
        by_form = pair.aspect in (Aspect.CALL, Aspect.SCHEMA) or (
            pair.aspect is Aspect.CONTENT and not self._vocabulary.understands(contract)
        )
        if by_form and own is not None and pair.consumer_version not in (None, own):
            return False
        meets_code = pair.aspect in (Aspect.CALL, Aspect.TOKEN) and other is not None
        return not meets_code or pair.provider_version == other

    def _form(self, contract: Contract, instance: Instance, view: str | None) -> str | None:
        if instance.version is None or instance.component not in self._vocabulary.rollouts:
            return None
        return self._vocabulary.form(contract, instance.version, view)
