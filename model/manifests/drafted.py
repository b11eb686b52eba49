"""What a deployment file is to say, as it was drafted from manifests."""

from __future__ import annotations

from msgspec import Struct

from ..errors import Problem
from ..names import Place
from .placing import DraftHop
from .seen import Origin


class DraftComponent(Struct, frozen=True):
    """A component with its keys as text, and what stands behind it as a comment."""

    name: str
    keys: tuple[tuple[str, str], ...]
    comment: str
    notes: tuple[str, ...] = ()


class DraftRequest(Struct, frozen=True):
    name: str
    hops: tuple[DraftHop, ...]
    notes: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        return self.hops[0].hop.consumer


class DraftStep(Struct, frozen=True):
    name: str
    actions: tuple[str, ...]
    comment: str
    notes: tuple[str, ...] = ()


class Draft(Struct, frozen=True):
    """What is to be written. `questions` are what no source tells."""

    title: str | None
    components: tuple[DraftComponent, ...]
    requests: tuple[DraftRequest, ...]
    steps: tuple[DraftStep, ...]
    questions: tuple[str, ...]
    remarks: tuple[Problem, ...]


def tell_origin(origin: Origin) -> str:
    """What says so, and where.

    >>> tell_origin(Origin("CART_ADDR", Place("shop/compose.yaml", 12, 3)))
    'CART_ADDR, shop/compose.yaml:12'
    """
    return f"{origin.words}, {write_place(origin.place)}" if origin.words else write_place(origin.place)


def write_place(place: Place) -> str:
    """`compose.yaml:12`."""
    return f"{place.file}:{place.line}"
