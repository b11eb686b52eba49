"""The components and the versions to be met at them, while the pipeline stands at one step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..model.compiler.stepview import ComponentView, StepView, Suspension
from ..model.deployment import Deployment, Hop, Kind, Severity, Verb
from ..properties.lookups.lookup import HazardKind
from ..properties.verdict import Hazard, HopHazard
from .graphviz import build_digraph, build_paper, build_title_block, escape
from .layers import measure_layers
from .palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, MIXED_PALE, PALE, PAPER, find_swatch
from .wording import find_failing_hop, fold, shorten, tell_sides

if TYPE_CHECKING:
    from graphviz import Digraph

MOST_COMPONENTS = 40
MOST_ARROWS = 60
"""So many components, and arrows between them, are drawn at most. Of a larger system those are drawn at which
something can break, with their neighbours, and those with more than one version; where there is none, the
first ones. The others stand together, by their kind. The layout of 50 services with 500 arrows takes 15 s,
and nobody can follow one of them."""

_BESIDE, _BEHIND = 160, 260
"""Points that a component takes beside others, and to the right of one that calls it, with the label."""

_LABEL_CHARS, _NAME_CHARS, _NAME_LINES = 32, 26, 4
_SHAPES: Mapping[Kind | None, str] = {
    None: "ellipse",
    Kind.CLIENT: "tab",
    Kind.SERVICE: "box3d",
    Kind.WORKER: "octagon",
    Kind.DATABASE: "cylinder",
    Kind.CACHE: "folder",
    Kind.BROKER: "cds",
}
_MARGINS = {"octagon": "0.02,0.02", "cds": "0.28,0.16", "ellipse": "0.05,0.05"}
_STORES = frozenset({Kind.DATABASE, Kind.CACHE, Kind.BROKER})
_SUSPENDED_TEXT: Mapping[Suspension, str] = {
    Suspension.NEVER: "",
    Suspension.MAYBE: "may be suspended",
    Suspension.ALWAYS: "suspended",
}
_VERB_GROUPS: Mapping[Verb, str] = {verb: "calls" if verb.is_call else verb.written for verb in Verb}


def draw_architecture(
    deployment: Deployment, view: StepView, hazards: Sequence[Hazard] | None = None
) -> Digraph:
    """Clients, services, stores and workers, down or from left to right, with what requests do between them.

    Every version has a colour and is written; an asterisk marks a component at which more than
    one version may be met. Of the `hazards` those that can strike at this step make their arrows red,
    with the pairs that break; None says that nothing was judged. Limit: past `MOST_COMPONENTS` and
    `MOST_ARROWS` the others are one node for each kind, without arrows, with a word in the title.
    """
    broken = find_broken(deployment, view, hazards or ())
    edges = list_edges(deployment)
    drawn = _drawn(deployment, view, broken, edges)
    ids = {name: f"c{number}" for number, name in enumerate(drawn)}
    title = _title(deployment, view, len(drawn), _verdict(hazards, broken))
    among = [(one, other) for one, other, _ in edges if one in ids and other in ids]
    graph = build_digraph(title, **_direction(ids, among), pad="0.2")
    for name, node in ids.items():
        _draw_component(graph, node, name, deployment, view.components.get(name, ComponentView(())))
    _draw_others(graph, deployment, view, [n for n in list_participants(deployment) if n not in ids])
    for kinds in (_STORES, frozenset({Kind.WORKER})):
        _align(graph, [node for name, node in ids.items() if _kind(deployment, name) in kinds])
    for (consumer, provider, verb), subjects in edges.items():
        if consumer in ids and provider in ids:
            backwards = (
                _kind(deployment, consumer) is Kind.WORKER and _kind(deployment, provider) is not Kind.WORKER
            )
            pairs = [
                (f"{subject}: {pair}" if len(subjects) > 1 else pair, _whom(hazards))
                for (subject, pair), hazards in broken.get((consumer, provider, verb), {}).items()
            ]
            label = tell_edge(verb, subjects)
            _draw_edge(graph, ids[consumer], ids[provider], label, backwards, pairs)
    return graph


def _direction(nodes: Iterable[str], arrows: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Requests run down where that makes the narrower picture, and to the right elsewhere.

    The same at each step: what breaks has no say in it."""
    layers, fullest = measure_layers(nodes, arrows)
    if fullest * _BESIDE < layers * _BEHIND:
        return {"rankdir": "TB", "ranksep": "0.5", "nodesep": "0.25"}
    return {"rankdir": "LR", "ranksep": "0.9", "nodesep": "0.35"}


def _kind(deployment: Deployment, name: str) -> Kind | None:
    """The kind of a component; None for a client that is not declared."""
    component = deployment.components.get(name)
    return None if component is None else component.kind


def _hops(deployment: Deployment) -> Iterable[Hop]:
    return (hop for request in deployment.requests for hop in request.hops)


def list_participants(deployment: Deployment) -> tuple[str, ...]:
    """Undeclared clients, then the components in the order of the file."""
    clients = (hop.consumer for hop in _hops(deployment) if hop.consumer not in deployment.components)
    return tuple(dict.fromkeys((*clients, *deployment.components)))


Edge = tuple[str, str, str]
"""Consumer, provider, and group of verbs: one arrow."""

Breaking = dict[tuple[str, str], list[HopHazard]]
"""Subjects, each with a pair that breaks, in words, and the hazards that it makes; in their order."""


def find_broken(deployment: Deployment, view: StepView, hazards: Iterable[Hazard]) -> dict[Edge, Breaking]:
    """For each arrow that can break at this step what does."""
    broken: dict[Edge, Breaking] = {}
    for hazard in hazards:
        if isinstance(hazard, HopHazard) and view.step in hazard.window:
            hop = find_failing_hop(deployment, hazard)
            pairs = broken.setdefault((hop.consumer, hop.provider, _VERB_GROUPS[hop.verb]), {})
            pairs.setdefault((hop.subject, _pair(hazard, hop, deployment)), []).append(hazard)
    return broken


def _pair(hazard: HopHazard, hop: Hop, deployment: Deployment) -> str:
    """`V1 → V2`; what is not the two components themselves is named: `redis/product V1 → V2`."""
    left, right = tell_sides(hazard, deployment)
    if hazard.kind is HazardKind.INTERRUPTED:
        return f"{left} cut off on {right}"
    left = left.removeprefix(f"{hop.consumer} ")
    if hazard.kind is HazardKind.UNAVAILABLE:
        return f"{left}: {hazard.kind}"
    absent = f": {hazard.absent}" if hazard.absent else ""
    return f"{left} → {right.removeprefix(f'{hop.provider} ')}{absent}"


def _whom(hazards: Iterable[HopHazard]) -> str:
    """`add to cart, error`: the requests that break, and the worst severity."""
    requests = list(dict.fromkeys(hazard.request for hazard in hazards))
    worst = min((hazard.severity for hazard in hazards), key=list(Severity).index)
    more = f" and {len(requests) - 1} more" if len(requests) > 1 else ""
    return f"{shorten(requests[0], _LABEL_CHARS)}{more}: {worst}"


def _verdict(hazards: Sequence[Hazard] | None, broken: Mapping[Edge, object]) -> str:
    """What the title says of the arrows' colour; nothing where nothing was judged."""
    if hazards is None:
        return ""
    if not broken:
        return f'<FONT COLOR="{GREY}">no hop can break at this step</FONT>'
    words = "<B>× can break at this step</B>: the versions that meet, whose request, how bad"
    return f'<FONT COLOR="{ERROR_TEXT}">{words}</FONT>'


def _drawn(
    deployment: Deployment, view: StepView, broken: Iterable[Edge], edges: Collection[Edge]
) -> tuple[str, ...]:
    """The participants to draw, in their order: first of all those at which something can break."""
    everybody = list_participants(deployment)
    ends = [(consumer, provider) for consumer, provider, _ in edges]
    breaking = dict.fromkeys(end for consumer, provider, _ in broken for end in (consumer, provider))
    beside = {end for pair in ends if not breaking.keys().isdisjoint(pair) for end in pair}
    mixed = {name for name, seen in view.components.items() if seen.is_mixed}
    concerned = [*breaking, *filter(beside.__contains__, everybody), *filter(mixed.__contains__, everybody)]
    ranked = concerned if concerned and len(everybody) > MOST_COMPONENTS else [*concerned, *everybody]
    chosen: set[str] = set()
    arrows = 0
    for name in list(dict.fromkeys(ranked))[:MOST_COMPONENTS]:
        arrows += sum(name in pair and chosen.issuperset({*pair} - {name}) for pair in ends)
        if arrows > MOST_ARROWS and len(chosen) > 1:
            break
        chosen.add(name)
    return tuple(name for name in everybody if name in chosen)


def _draw_others(graph: Digraph, deployment: Deployment, view: StepView, others: Sequence[str]) -> None:
    """A node for all others of a kind, with the versions to be met among them."""
    kinds: dict[str, list[str]] = {}
    for name in others:
        kinds.setdefault(str(_kind(deployment, name) or "client without a version"), []).append(name)
    for number, (kind, together) in enumerate(kinds.items()):
        views = [view.components[name] for name in together if name in view.components]
        met = {version for one in views for version in one.versions}
        seen = ComponentView(tuple(version for version in deployment.versions if version in met))
        names = " … ".join(dict.fromkeys(_short(name, 16) for name in (together[0], together[-1])))
        rows = [
            f'<B><FONT POINT-SIZE="13">{len(together)} more</FONT></B>',
            f'<FONT POINT-SIZE="9" COLOR="{GREY}">{kind}: {names}</FONT>',
            # no name of theirs, they are several; and not each that has versions beside it has two itself
            _badges(seen, deployment, "", "unchanged", is_mixed=any(one.is_mixed for one in views)),
        ]
        cells = "".join(f"<TR><TD>{row}</TD></TR>" for row in rows)
        label = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{cells}</TABLE>'
        graph.node(f"o{number}", label=f"<{label}>", tooltip=" ", shape="box", style="dashed", color=GREY)


def _title(deployment: Deployment, view: StepView, drawn: int, verdict: str) -> str:
    total = len(list_participants(deployment))
    where = f", step {view.number} of {view.total}" if 1 <= view.number <= view.total else ""
    release = f", release {_short(deployment.release)}" if deployment.release else ""
    lines = [
        f'<FONT POINT-SIZE="16"><B>{_short(view.step, 60)}</B>{where}</FONT>',
        f'<FONT COLOR="{GREY}">{_short(deployment.system, 60)}{release}</FONT>',
    ]
    if any(seen.is_mixed for seen in view.components.values()):
        lines.append(f'<FONT COLOR="{GREY}">* a request may meet either version here</FONT>')
    if verdict:
        lines.append(verdict)
    if drawn < total:
        lines.append(f"{drawn} of {total} components are drawn, those at which something can break first")
    return build_title_block(lines)


def _short(text: str, length: int = _LABEL_CHARS) -> str:
    return escape(shorten(text, length))


def _draw_component(
    graph: Digraph, node: str, name: str, deployment: Deployment, seen: ComponentView
) -> None:
    suspended = _SUSPENDED_TEXT[seen.suspended]
    fill, border = _look(_kind(deployment, name), seen)
    graph.node(
        node,
        label=f"<{_component_label(name, deployment, seen, suspended)}>",
        tooltip=" ",
        shape=_SHAPES[_kind(deployment, name)],
        style=f"filled{border}",
        color=INK,
        fillcolor=fill,
        width="1.4",  # the same with one version and with two: pictures of two steps lie over each other
        penwidth="2" if seen.is_mixed else "1.2",
        margin=_MARGINS.get(_SHAPES[_kind(deployment, name)], "0.18,0.1"),
    )


def _look(kind: Kind | None, seen: ComponentView) -> tuple[str, str]:
    """The colour and the line: pale and dotted is down, dashed suspended, and yellowish two versions."""
    if kind is not None and kind.has_instances and not seen.versions:
        return PALE, ",dotted"
    border = ",dashed" if seen.suspended is not Suspension.NEVER else ""
    if seen.is_mixed:
        return MIXED_PALE, border
    return (PALE if seen.suspended is Suspension.ALWAYS else PAPER), border


def _component_label(name: str, deployment: Deployment, seen: ComponentView, suspended: str) -> str:
    kind = _kind(deployment, name)
    lines = [escape(line) for line in fold(name, _NAME_CHARS, _NAME_LINES)]
    rows = [f'<B><FONT POINT-SIZE="13">{line}</FONT></B>' for line in lines]
    rows.append(f'<FONT POINT-SIZE="9" COLOR="{GREY}">{kind or "client without a version"}</FONT>')
    if kind is not None:
        nobody = "nobody up" if kind.has_instances else "unchanged"
        rows.append(_badges(seen, deployment, name, nobody, is_mixed=seen.is_mixed))
    if suspended:
        rows.append(f"<I>{suspended}</I>")
    cells = "".join(f"<TR><TD>{row}</TD></TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{cells}</TABLE>'


def _badges(seen: ComponentView, deployment: Deployment, name: str, nobody: str, *, is_mixed: bool) -> str:
    """The versions on their colours: `V1 / V2 *`, the asterisk if one component has both; or the word
    `nobody`."""
    if not seen.versions:
        return f"<I>{nobody}</I>"
    cells = []
    for version in seen.versions:
        fill, text = find_swatch(version, deployment.versions)
        said = _short(deployment.name_version(name, version), 16)
        badge = f'<FONT COLOR="{text}"><B> {said} </B></FONT>'
        cells.append(f'<TD BGCOLOR="{fill}" CELLPADDING="3">{badge}</TD>')
    joined = "<TD>/</TD>".join(cells) + ("<TD><B>*</B></TD>" if is_mixed else "")
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="0"><TR>{joined}</TR></TABLE>'


def _align(graph: Digraph, nodes: list[str]) -> None:
    """The nodes in one column."""
    if len(nodes) > 1:
        with graph.subgraph() as column:
            column.attr(rank="same")
            for node in nodes:
                column.node(node)


def list_edges(deployment: Deployment) -> dict[tuple[str, str, str], dict[str, None]]:
    """For each consumer, provider and group of verbs the subjects, in the order of the file."""
    edges: dict[tuple[str, str, str], dict[str, None]] = {}
    for hop in _hops(deployment):
        edges.setdefault((hop.consumer, hop.provider, _VERB_GROUPS[hop.verb]), {})[hop.subject] = None
    return edges


def tell_edge(verb: str, subjects: Iterable[str]) -> str:
    first, *more = subjects
    return f"{verb} {first}" if not more else f"{verb} {len(more) + 1} subjects"


def _draw_edge(
    graph: Digraph,
    consumer: str,
    provider: str,
    label: str,
    backwards: bool,
    pairs: Iterable[tuple[str, str]],
) -> None:
    """An arrow from the consumer; `backwards` ranks the consumer to the right of its provider. With
    `pairs`, it can break; beside each stands whose requests do."""
    fails = [f"<B>× {_short(pair, 44)}</B>  {_short(whom, 60)}" for pair, whom in pairs]
    told = [_short(label), *(f'<FONT COLOR="{ERROR_TEXT}">{line}</FONT>' for line in fails)]
    label = build_paper(told, ERROR_PALE if fails else PAPER)
    look = {"label": f"<{label}>", "fontsize": "9", "color": GREY, "fontcolor": INK, "tooltip": " "}
    if fails:
        look |= {"color": ERROR, "penwidth": "2.4"}
    if backwards:
        graph.edge(provider, consumer, dir="back", **look)
    else:
        graph.edge(consumer, provider, **look)
