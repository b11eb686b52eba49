"""Names of manifests that the language has other uses for get an ending, everywhere."""

from __future__ import annotations

import dataclasses

from msgspec import Struct
from msgspec.structs import replace

from ..deployment import Instruction
from ..language.keys import ANONYMOUS
from .seen import OUTSIDE, Link, SeenHop, SeenParts, SeenRequest, SeenStep

_LANGUAGE = (
    "client start to when per instance irreversible using since until in all any old not and or implies true "
    "false done before after is empty on off up null eventually always never leads"
)
_RESERVED = frozenset(_LANGUAGE.split())
"""Words of the language that would be read as such in an action or a predicate."""


def with_good_names(seen: SeenParts) -> SeenParts:
    """The same, with names that can be those of components."""
    names = {name: name if name.lower() not in _RESERVED else f"{name}-service" for name in seen.units}
    to = _Renaming(names)
    return dataclasses.replace(
        seen,
        units={to.name(name): replace(unit, name=to.name(name)) for name, unit in seen.units.items()},
        links=list(map(to.link, seen.links)),
        steps=list(map(to.step, seen.steps)),
        rollout=list(map(to.step, seen.rollout)),
        requests=list(map(to.request, seen.requests)),
        limited={to.name(name): origin for name, origin in seen.limited.items()},
        kept={to.name(name) for name in seen.kept},
        topics={to.name(name): topics for name, topics in seen.topics.items()},
    )


class _Renaming(Struct, frozen=True):
    names: dict[str, str]

    def name(self, name: str) -> str:
        """Who calls from outside is the client that nobody declares; no unit is left that is called so."""
        return ANONYMOUS if name == OUTSIDE else self.names.get(name, name)

    def link(self, link: Link) -> Link:
        return replace(link, consumer=self.name(link.consumer), provider=self.name(link.provider))

    def request(self, request: SeenRequest) -> SeenRequest:
        return replace(request, hops=tuple(map(self.hop, request.hops)))

    def hop(self, hop: SeenHop) -> SeenHop:
        return replace(hop, consumer=self.name(hop.consumer), provider=self.name(hop.provider))

    def step(self, step: SeenStep) -> SeenStep:
        actions, then = (tuple(map(self.action, some)) for some in (step.actions, step.then))
        return replace(step, actions=actions, then=then)

    def action(self, action: str) -> str:
        """The names stand behind the instruction."""
        begin, words = action.startswith("start "), action.removeprefix("start ").split(" ")
        assert words[0] in tuple(Instruction), "readers write actions of the language"
        return " ".join((*(["start"] if begin else []), words[0], *map(self.name, words[1:])))


def make_title(text: str) -> str:
    """A name of a step or request that can be printed in a line."""
    plain = "".join(char if char.isprintable() else " " for char in text).strip()
    return plain[:100].strip() or "step"


def make_distinct(name: str, taken: set[str]) -> str:
    """A name like this one that is not taken yet; it is taken then."""
    found, number = name, 2
    while found in taken or found in ("(before)", "(after)"):
        found, number = f"{name} {number}", number + 1
    taken.add(found)
    return found
