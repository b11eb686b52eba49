"""The components and the versions to be met at them, while the pipeline stands at one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..model.deployment import Deployment, Hop, Kind, Verb
from ..model.stepview import ComponentView, StepView, Suspended
from .graphviz import escape, new_digraph, title_block
from .palette import GREY, INK, MIXED_PALE, PAPER, swatch
from .wording import shorten

if TYPE_CHECKING:
    from graphviz import Digraph

MOST_COMPONENTS = 100
"""So many components are drawn at most, those with more than one version first; the title says so."""

_LABEL_CHARS = 32
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
_SUSPENDED_TEXT: Mapping[Suspended, str] = {
    Suspended.NEVER: "",
    Suspended.MAYBE: "may be suspended",
    Suspended.ALWAYS: "suspended",
}
_VERB_GROUPS: Mapping[Verb, str] = {verb: "calls" if verb.is_call else str(verb) for verb in Verb}


def draw_architecture(deployment: Deployment, view: StepView) -> Digraph:
    """Clients, services, stores and workers from left to right, with what the requests do between them.

    Every version has a colour and is written; an asterisk marks a component at which more than
    one version may be met. Limit: past `MOST_COMPONENTS` the others are left out, with a word in
    the title.
    """
    drawn = _drawn(deployment, view)
    ids = {name: f"c{number}" for number, name in enumerate(drawn)}
    title = _title(deployment, view, len(drawn), len(_participants(deployment)))
    graph = new_digraph(title, rankdir="LR", ranksep="0.9", nodesep="0.35", pad="0.2")
    for name, node in ids.items():
        _draw_component(graph, node, name, deployment, view.components.get(name, ComponentView(())))
    for kinds in (_STORES, frozenset({Kind.WORKER})):
        _align(graph, [node for name, node in ids.items() if _kind(deployment, name) in kinds])
    for (consumer, provider, verb), subjects in _edges(deployment).items():
        if consumer in ids and provider in ids:
            backwards = (
                _kind(deployment, consumer) is Kind.WORKER and _kind(deployment, provider) is not Kind.WORKER
            )
            _draw_edge(graph, ids[consumer], ids[provider], _edge_label(verb, subjects), backwards)
    return graph


def _kind(deployment: Deployment, name: str) -> Kind | None:
    """The kind of a component; None for a client that is not declared."""
    component = deployment.components.get(name)
    return None if component is None else component.kind


def _hops(deployment: Deployment) -> Iterable[Hop]:
    return (hop for request in deployment.requests for hop in request.hops)


def _participants(deployment: Deployment) -> tuple[str, ...]:
    """Undeclared clients, then the components in the order of the file."""
    clients = (hop.consumer for hop in _hops(deployment) if hop.consumer not in deployment.components)
    return tuple(dict.fromkeys((*clients, *deployment.components)))


def _drawn(deployment: Deployment, view: StepView) -> tuple[str, ...]:
    """The participants to draw, in their order."""
    everybody = _participants(deployment)
    mixed = {name for name, seen in view.components.items() if seen.is_mixed}
    chosen = set(sorted(everybody, key=lambda name: name not in mixed)[:MOST_COMPONENTS])
    return tuple(name for name in everybody if name in chosen)


def _title(deployment: Deployment, view: StepView, drawn: int, total: int) -> str:
    where = f", step {view.number} of {view.total}" if 1 <= view.number <= view.total else ""
    release = f", release {_short(deployment.release)}" if deployment.release else ""
    lines = [
        f'<FONT POINT-SIZE="16"><B>{_short(view.step, 60)}</B>{where}</FONT>',
        f'<FONT COLOR="{GREY}">{_short(deployment.system, 60)}{release}</FONT>',
    ]
    if any(seen.is_mixed for seen in view.components.values()):
        lines.append(f'<FONT COLOR="{GREY}">* a request may meet either version here</FONT>')
    if drawn < total:
        lines.append(f"{drawn} of {total} components are drawn, those with two versions first")
    return title_block(lines)


def _short(text: str, length: int = _LABEL_CHARS) -> str:
    return escape(shorten(text, length))


def _draw_component(
    graph: Digraph, node: str, name: str, deployment: Deployment, seen: ComponentView
) -> None:
    suspended = _SUSPENDED_TEXT[seen.suspended]
    styles = ["filled"] + (["dashed"] if suspended else [])
    graph.node(
        node,
        label=f"<{_component_label(name, deployment, seen, suspended)}>",
        tooltip=" ",
        shape=_SHAPES[_kind(deployment, name)],
        style=",".join(styles),
        color=INK,
        fillcolor=MIXED_PALE if seen.is_mixed else PAPER,
        width="1.4",  # the same with one version and with two: pictures of two steps lie over each other
        penwidth="2" if seen.is_mixed else "1.2",
        margin=_MARGINS.get(_SHAPES[_kind(deployment, name)], "0.18,0.1"),
    )


def _component_label(name: str, deployment: Deployment, seen: ComponentView, suspended: str) -> str:
    kind = _kind(deployment, name)
    rows = [f'<B><FONT POINT-SIZE="13">{_short(name)}</FONT></B>']
    rows.append(f'<FONT POINT-SIZE="9" COLOR="{GREY}">{kind or "client without a version"}</FONT>')
    if kind is not None:
        rows.append(_badges(seen, deployment.versions, "nobody up" if kind.has_instances else "unchanged"))
    if suspended:
        rows.append(f"<I>{suspended}</I>")
    cells = "".join(f"<TR><TD>{row}</TD></TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{cells}</TABLE>'


def _badges(seen: ComponentView, versions: tuple[str, ...], nobody: str) -> str:
    """The versions on their colours: `V1 / V2 *`, or the word `nobody`."""
    if not seen.versions:
        return f"<I>{nobody}</I>"
    cells = []
    for version in seen.versions:
        fill, text = swatch(version, versions)
        badge = f'<FONT COLOR="{text}"><B> {_short(version, 16)} </B></FONT>'
        cells.append(f'<TD BGCOLOR="{fill}" CELLPADDING="3">{badge}</TD>')
    joined = "<TD>/</TD>".join(cells) + ("<TD><B>*</B></TD>" if seen.is_mixed else "")
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="0"><TR>{joined}</TR></TABLE>'


def _align(graph: Digraph, nodes: list[str]) -> None:
    """The nodes in one column."""
    if len(nodes) > 1:
        with graph.subgraph() as column:
            column.attr(rank="same")
            for node in nodes:
                column.node(node)


def _edges(deployment: Deployment) -> dict[tuple[str, str, str], dict[str, None]]:
    """For each consumer, provider and group of verbs the subjects, in the order of the file."""
    edges: dict[tuple[str, str, str], dict[str, None]] = {}
    for hop in _hops(deployment):
        edges.setdefault((hop.consumer, hop.provider, _VERB_GROUPS[hop.verb]), {})[hop.subject] = None
    return edges


def _edge_label(verb: str, subjects: Iterable[str]) -> str:
    first, *more = subjects
    return f"{verb} {first}" if not more else f"{verb} {len(more) + 1} subjects"


def _draw_edge(graph: Digraph, consumer: str, provider: str, label: str, backwards: bool) -> None:
    """An arrow from the consumer; `backwards` ranks the consumer to the right of its provider."""
    # The label's paper covers the arrow where the two would cross.
    paper = f'<TABLE BORDER="0" CELLPADDING="1" BGCOLOR="{PAPER}"><TR><TD>{_short(label)}</TD></TR></TABLE>'
    look = {"label": f"<{paper}>", "fontsize": "9", "color": GREY, "fontcolor": INK, "tooltip": " "}
    if backwards:
        graph.edge(provider, consumer, dir="back", **look)
    else:
        graph.edge(consumer, provider, **look)
