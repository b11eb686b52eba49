"""Who is drawn: the whole architecture, of a large one those that the request meets, of many the last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from ...model.deployment import Deployment, Hop, Kind, Request
from ..lettering import measure
from .layout import Direction, Layout, LayoutArrow, Point, lay_out

_WIDEST = 200
MOST_DRAWN = 24
"""So many are all drawn; of a larger deployment those of the request, with a word on the others."""
MOST_BESIDE = 8
"""So many may call one component, or be called by it: with more, a deployment counts as large."""
MOST_ON_THE_WAY = 5
"""Of a request that meets more than `MOST_DRAWN` so many are drawn before the hop that fails."""


class Cast(Struct, frozen=True):
    """The components drawn, the arrows between them (consumer, provider), how many are not drawn, and whom
    the node `fold`, the last one, stands for: components that the request passes on its way."""

    names: tuple[str, ...]
    arrows: tuple[tuple[str, str], ...]
    left_out: int
    folded: tuple[str, ...] = ()

    @property
    def fold(self) -> str | None:
        """The name of the node that stands for several."""
        return self.names[-1] if self.folded else None

    def node_of(self, name: str) -> str:
        """The component, or the node in its place."""
        return self.names[-1] if name in self.folded else name

    def number_of(self, owner: str, deployment: Deployment) -> int | None:
        """The node at which an event of `owner` (a component or a contract) takes place."""
        providers = {str(contract): contract.provider for contract in deployment.contracts}
        name = self.node_of(providers.get(owner, owner))
        return self.names.index(name) if name in self.names else None

    def arrow_of(self, hop: Hop) -> int | None:
        """The arrow along which the hop runs; None where both of its ends are folded away."""
        ends = self.node_of(hop.consumer), self.node_of(hop.provider)
        return self.arrows.index(ends) if ends in self.arrows else None


def gather(deployment: Deployment, request: Request | None, failing: int | None = None) -> Cast:
    """The cast of a request's story, which may end at the hop of number `failing` (from 1); without a
    request, of the deployment's."""
    hops = _all_hops(deployment)
    everybody = _participants(deployment, hops, deployment.components)
    if len(everybody) <= MOST_DRAWN and _abreast(hops) <= MOST_BESIDE:
        return Cast(everybody, _arrows(hops), 0)
    if request is None:
        names = everybody[:MOST_DRAWN]
        among = [hop for hop in hops if {hop.consumer, hop.provider} <= set(names)]
        return Cast(names, _arrows(among), len(everybody) - len(names))
    names = _participants(deployment, request.hops, ())
    if failing is not None and len(names) > MOST_DRAWN:
        return _fold(deployment, request.hops[:failing], len(everybody))
    return Cast(names, _arrows(request.hops), len(everybody) - len(names))


def _fold(deployment: Deployment, hops: Sequence[Hop], everybody: int) -> Cast:
    """Where the hops begin and where they end; one node stands for all between."""
    met = _participants(deployment, hops, ())
    kept = {end for hop in hops[:1] for end in (hop.consumer, hop.provider)}
    for hop in reversed(hops):
        if len(kept | {hop.consumer, hop.provider}) > MOST_ON_THE_WAY:
            break
        kept |= {hop.consumer, hop.provider}
    folded = tuple(name for name in met if name not in kept)
    if not folded:
        return Cast(met, _arrows(hops), everybody - len(met))
    names = (*(name for name in met if name in kept), f"{len(folded)} more")
    cast = Cast(names, (), everybody - len(met), folded)
    ends = ((cast.node_of(hop.consumer), cast.node_of(hop.provider)) for hop in hops)
    return structs.replace(cast, arrows=tuple(dict.fromkeys(end for end in ends if len(set(end)) > 1)))


def _arrows(hops: Iterable[Hop]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((hop.consumer, hop.provider) for hop in hops))


def _abreast(hops: Iterable[Hop]) -> int:
    """How many call one component, or are called by it, at most."""
    arrows = _arrows(hops)
    return max((*Counter(a for a, _ in arrows).values(), *Counter(b for _, b in arrows).values()), default=0)


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
        "nodes": [_node(deployment, cast, name) for name in cast.names],
        "arrows": [[arrow.start, arrow.end] for arrow in arrows],
        "wide": _placed(lay_out(len(cast.names), arrows, Direction.WIDE, _wide(cast.names))),
        "tall": _placed(lay_out(len(cast.names), arrows, Direction.TALL)),
        "left_out": cast.left_out,
    }


def _wide(names: Iterable[str]) -> int:
    """As wide as boxes have to be for the longest name, within bounds."""
    longest = max((measure(name, 12, bold=True) for name in names), default=0)
    return round(min(max(Direction.WIDE.node_width, longest + 20), _WIDEST))


def _node(deployment: Deployment, cast: Cast, name: str) -> dict[str, object]:
    if name == cast.fold:
        return {"name": name, "kind": "components"}
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

    def gather(self, request: Request | None, failing: int | None = None) -> tuple[Cast, int]:
        """The cast of a request, as far as the hop that fails, and the number of its drawing."""
        cast = gather(self._deployment, request, failing)
        if cast not in self._numbers:
            self._numbers[cast] = len(self.drawings)
            self.drawings.append(lay_out_cast(self._deployment, cast))
        return cast, self._numbers[cast]
