"""Who is drawn: the whole architecture, or of a large one those that the request meets."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from ...model.deployment import Deployment, Hop, Kind, Request
from .layout import Direction, Layout, LayoutArrow, Point, lay_out

MOST_DRAWN = 24
"""So many are all drawn; of a larger deployment those of the request, with a word on the others."""


class Cast(Struct, frozen=True):
    """The components drawn, the arrows between them (consumer, provider), and how many are not drawn."""

    names: tuple[str, ...]
    arrows: tuple[tuple[str, str], ...]
    left_out: int

    def number_of(self, owner: str, deployment: Deployment) -> int | None:
        """The node at which an event of `owner` (a component or a contract) takes place."""
        providers = {str(contract): contract.provider for contract in deployment.contracts}
        name = providers.get(owner, owner)
        return self.names.index(name) if name in self.names else None


def gather(deployment: Deployment, request: Request | None) -> Cast:
    """The cast of a request's story; without a request, of the deployment's."""
    everybody = _participants(deployment, _all_hops(deployment), deployment.components)
    hops: Iterable[Hop] = _all_hops(deployment)
    names = everybody
    if len(everybody) > MOST_DRAWN:
        hops = request.hops if request else ()
        names = _participants(deployment, hops, ()) if request else everybody[:MOST_DRAWN]
    arrows = dict.fromkeys((hop.consumer, hop.provider) for hop in hops)
    return Cast(names, tuple(arrows), len(everybody) - len(names))


def _all_hops(deployment: Deployment) -> list[Hop]:
    return [hop for request in deployment.requests for hop in request.hops]


def _participants(deployment: Deployment, hops: Iterable[Hop], more: Iterable[str]) -> tuple[str, ...]:
    """Undeclared clients first, then the components in the order of the file."""
    met = [name for hop in hops for name in (hop.consumer, hop.provider)]
    seen = set(met) | set(more)
    clients = [name for name in met if name not in deployment.components]
    return tuple(dict.fromkeys((*clients, *(name for name in deployment.components if name in seen))))


def lay_out_cast(deployment: Deployment, cast: Cast) -> dict[str, object]:
    """The nodes and arrows, laid out for a wide screen and for a tall one."""
    numbers = {name: number for number, name in enumerate(cast.names)}
    arrows = tuple(
        LayoutArrow(numbers[consumer], numbers[provider], _is_drawn_backwards(deployment, consumer, provider))
        for consumer, provider in cast.arrows
    )
    return {
        "nodes": [_node(deployment, name) for name in cast.names],
        "arrows": [[arrow.start, arrow.end] for arrow in arrows],
        "wide": _placed(lay_out(len(cast.names), arrows, Direction.WIDE)),
        "tall": _placed(lay_out(len(cast.names), arrows, Direction.TALL)),
        "left_out": cast.left_out,
    }


def _node(deployment: Deployment, name: str) -> dict[str, object]:
    component = deployment.components.get(name)
    names = {"names": dict(component.version_names)} if component and component.version_names else {}
    return {"name": name, "kind": str(component.kind) if component else "client", **names}


def _is_drawn_backwards(deployment: Deployment, consumer: str, provider: str) -> bool:
    """Workers stand behind the stores that they share with the services in front."""
    behind, before = deployment.components.get(consumer), deployment.components.get(provider)
    if behind is None or before is None:
        return False
    return behind.kind is Kind.WORKER and before.kind is not Kind.WORKER


def _placed(layout: Layout) -> dict[str, object]:
    return {
        "node": layout.node_width,
        "size": [layout.width, layout.height],
        "centres": [list(centre) for centre in layout.centres],
        "curves": [_path(curve) for curve in layout.curves],
    }


def _path(curve: tuple[Point, ...]) -> str:
    """A curve as the `d` of an SVG path."""
    start, *rest = (f"{x:g} {y:g}" for x, y in curve)
    return f"M{start}C{' '.join(rest)}"


class StageDrawings:
    """The drawings, each made once: one for a small deployment, one a request for a large one."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._numbers: dict[Cast, int] = {}
        self.drawings: list[dict[str, object]] = []

    def gather(self, request: Request | None) -> tuple[Cast, int]:
        """The cast of a request, and the number of its drawing."""
        cast = gather(self._deployment, request)
        if cast not in self._numbers:
            self._numbers[cast] = len(self.drawings)
            self.drawings.append(lay_out_cast(self._deployment, cast))
        return cast, self._numbers[cast]
