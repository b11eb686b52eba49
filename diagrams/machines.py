"""The machines of a deployment as graphs: states, and what makes them change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..model.compiler.life_variables import LifeVariable
from ..model.compiler.variables import Vocabulary
from ..model.deployment import Deployment
from ..model.kernel.graph import find_reachable
from ..model.machines.machine import Life, read
from ..model.machines.rollouts import Rollout
from ..model.names import VariableKey, VariableKind, is_pipeline
from ..properties.engines.slicing.quotient import build_quotient
from .graphviz import build_digraph, build_paper, build_title_block, escape, stack_lines
from .palette import GREY, INK, PALE, PAPER, REQUEST_PALE, find_swatch
from .wording import fold, shorten

if TYPE_CHECKING:
    from graphviz import Digraph

MOST_STATES = 40
"""A rollout of more states is drawn by what a request can see of them; of any other machine so many are
drawn. The title says so."""

_CHARS, _TRIGGERS = 48, 3
MOST_ARROWS = 40
"""A machine of more arrows, and of more than two a state, is a table: nobody can follow so many lines."""


def draw_machines(vocabulary: Vocabulary) -> Iterator[tuple[VariableKey, Digraph]]:
    """Each machine of the deployment with its variable, the pipeline's first, in their order."""
    names = sorted(vocabulary.lives, key=lambda name: not is_pipeline(name))
    for name in names:
        yield name, draw_machine(vocabulary, vocabulary.lives[name])


def draw_machine(vocabulary: Vocabulary, variable: LifeVariable) -> Digraph:
    """States as boxes, triggers on the arrows between them, and a dot before the state it starts in.

    The states of a rollout have the colours of the versions that take calls in them. Limit: past
    `MOST_STATES` a rollout is reduced to what a request can see, and what is left still is cut. Past
    `MOST_ARROWS`, if they are many to a state, it is a table: from the state of the row to that of the
    column.
    """
    rollout = _rollout_of(vocabulary, variable.key)
    life, notes = variable.life, []
    if rollout is not None and len(life.states) > MOST_STATES:
        rollout = build_quotient(rollout).rollout
        life = read(rollout.machine)
        notes.append(
            f"{len(life.states)} kinds of its {len(variable.life.states)} states, as a request sees them"
        )
    shown = _first(life, MOST_STATES)
    if len(shown) < len(life.states):
        notes.append(f"{len(shown)} of {len(life.states)} states are drawn, the nearest to the start")
    along = "TB" if is_pipeline(variable.key) else "LR"  # its names are long, its states many
    title = _title(variable.key, vocabulary.deployment, notes)
    graph = build_digraph(title, rankdir=along, nodesep="0.3", ranksep="0.5", pad="0.2")
    arrows = _arrows(life, shown)
    if len(arrows) > max(MOST_ARROWS, 2 * len(shown)):
        graph.node("table", label=f"<{_table(shown, arrows, life.initial)}>", shape="plain", tooltip=" ")
        return graph
    ids = {state: f"s{number}" for number, state in enumerate(shown)}
    graph.node("start", label="", shape="point", width="0.12", tooltip=" ")
    for state, node in ids.items():
        _draw_state(graph, node, state, rollout, vocabulary.deployment.versions)
    graph.edge("start", ids[life.initial], tooltip=" ")
    for (source, target), triggers in arrows.items():
        label = build_paper(_list_triggers(triggers), PAPER) if not is_pipeline(variable.key) else ""
        graph.edge(
            ids[source], ids[target], label=f"<{label}>", fontsize="9", color=GREY, fontcolor=INK, tooltip=" "
        )
    return graph


def _rollout_of(vocabulary: Vocabulary, key: VariableKey) -> Rollout | None:
    """The rollout whose machine the variable follows, if it is one."""
    return vocabulary.rollouts[key.owner] if key.kind is VariableKind.INSTANCES else None


_KINDS = {
    VariableKind.INSTANCES: "instances of",
    VariableKind.JOBS: "jobs of",
    VariableKind.CONTENT: "content of",
    VariableKind.UNACKNOWLEDGED: "unacknowledged messages of",
}


def _title(key: VariableKey, deployment: Deployment, notes: Iterable[str]) -> str:
    what = _KINDS.get(key.kind, key.kind)
    if key.kind is VariableKind.SCHEMA:
        what = f"{deployment.components[key.contract.provider].kind.structure} of"
    told = f"{what} {key.subject or ''}".strip()
    lines = [f'<FONT POINT-SIZE="16"><B>{escape(shorten(told, 80))}</B></FONT>']
    return build_title_block([*lines, *(f'<FONT COLOR="{GREY}">{note}</FONT>' for note in notes)])


def _first(life: Life, most: int) -> list[str]:
    """So many states, in the order of their distance from the start; then those it does not reach."""
    onward: dict[str, list[str]] = {}
    for arrow in life.transitions:
        onward.setdefault(arrow.source, []).append(arrow.target)
    found = find_reachable([life.initial], lambda state: onward.get(state, ()))
    return list(dict.fromkeys((*found, *life.states)))[:most]


def _draw_state(
    graph: Digraph, node: str, state: str, rollout: Rollout | None, versions: tuple[str, ...]
) -> None:
    name = stack_lines([f"<B>{escape(line)}</B>" for line in fold(state, _CHARS)])
    rows = [f"<TR><TD>{name}</TD></TR>"]
    if rollout is not None:
        rows.append(
            f"<TR><TD>{_serving([v for v in versions if v in rollout.serving[state]], versions)}</TD></TR>"
        )
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{"".join(rows)}</TABLE>'
    fill = REQUEST_PALE if rollout is None else PAPER
    graph.node(
        node, label=f"<{table}>", shape="box", style="rounded,filled", fillcolor=fill, color=INK, tooltip=" "
    )


def _serving(serving: list[str], versions: tuple[str, ...]) -> str:
    """The versions that take calls, on their colours."""
    if not serving:
        return "<I>takes no calls</I>"
    cells = []
    for version in serving:
        fill, text = find_swatch(version, versions)
        name = escape(shorten(version, 16))
        cells.append(f'<TD BGCOLOR="{fill}" CELLPADDING="3"><FONT COLOR="{text}"> {name} </FONT></TD>')
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2"><TR>{"".join(cells)}</TR></TABLE>'


def _arrows(life: Life, shown: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """The triggers that lead from one state drawn to another, in the order of the machine."""
    drawn, arrows = set(shown), dict[tuple[str, str], list[str]]()
    for arrow in life.transitions:
        if arrow.source in drawn and arrow.target in drawn:
            guard = f" if {' and '.join(arrow.conditions)}" if arrow.conditions else ""
            arrows.setdefault((arrow.source, arrow.target), []).append(arrow.trigger + guard)
    return arrows


def _table(states: Sequence[str], arrows: Mapping[tuple[str, str], list[str]], initial: str) -> str:
    """What leads from the state of the row to that of the column."""
    head = f'<FONT COLOR="{PAPER}"><B>{{}}</B></FONT>'
    names = {state: [head.format(escape(line)) for line in fold(state, 12)] for state in states}
    dark = f'BGCOLOR="{INK}"'
    heads = "".join(f"<TD {dark}>{stack_lines(names[state])}</TD>" for state in states)
    rows = [f"<TD>from ↓ to →</TD>{heads}"]
    for source in states:
        start = [f'<FONT COLOR="{PAPER}" POINT-SIZE="9">the start</FONT>'] if source == initial else []
        cells = "".join(_cell(arrows.get((source, target), [])) for target in states)
        rows.append(f"<TD {dark}>{stack_lines([*names[source], *start])}</TD>{cells}")
    lines = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="4">{lines}</TABLE>'


def _cell(triggers: list[str]) -> str:
    if not triggers:
        return f'<TD BGCOLOR="{PALE}"></TD>'
    said = stack_lines([f'<FONT POINT-SIZE="9">{line}</FONT>' for line in _list_triggers(triggers)])
    return f'<TD BGCOLOR="{REQUEST_PALE}">{said}</TD>'


def _list_triggers(triggers: list[str]) -> list[str]:
    """The lines of the triggers, each once; of many the first."""
    told = list(dict.fromkeys(triggers))
    if len(told) > _TRIGGERS:
        told = [*told[: _TRIGGERS - 1], f"and {len(told) - _TRIGGERS + 1} more"]
    return [escape(line) for trigger in told for line in fold(trigger, _CHARS)]
