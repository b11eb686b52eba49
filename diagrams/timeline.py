"""Requests against steps in one table: what can strike where, and what runs on in the background."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..model.compiler.variables import Vocabulary
from ..properties.verdict import Answer, Unknown
from .concerned import list_met_hazards
from .graphviz import build_digraph, build_legend, build_title_block, escape, stack_lines
from .palette import ERROR, ERROR_PALE, ERROR_TEXT, GREY, INK, MOVE_PALE, PALE, PAPER
from .report.timeline import build_timeline, tell_avoidable
from .wording import cut_middle, fold, shorten

if TYPE_CHECKING:
    from graphviz import Digraph

MOST_ROWS, MOST_COLUMNS = 60, 40
"""So much of a large timeline is drawn at most, what can break first; the title says so."""

_NAME_CHARS, _WAY_CHARS, _STEP_CHARS, _ACTIONS = 34, 44, 18, 4
_WAY_LINES = 5
_STATUS = {
    "inevitable": (ERROR, PAPER, "×"),
    "race": (ERROR_PALE, ERROR_TEXT, "~"),
    "accepted": (PAPER, ERROR_TEXT, "(×)"),
}


def draw_timeline(vocabulary: Vocabulary, answer: Answer) -> Digraph:
    """One row a request or violated property, one column a step; below, each move in the background as a
    bar that runs on until a step awaits it.

    A cell says in a colour and in words whether something can strike there. That every timing is struck is
    said of hazards, which strike in one of their steps then, and not of a cell.
    Without a verdict an empty cell says that nothing is known, not that it is safe. Limit: `MOST_ROWS` and
    `MOST_COLUMNS`; the columns that are left out are those at the end in which nothing can strike.
    """
    content: Any = build_timeline(vocabulary, answer, list_met_hazards(answer))
    rows = _chosen_rows(content["rows"])
    columns = _chosen_columns(content["columns"], rows)
    place = {index: where for where, index in enumerate(columns)}
    judged = content["judged"]
    lines = [_header([content["columns"][index] for index in columns])]
    lines += [_row(row, columns, judged) for row in rows]
    if bars := content["bars"][:MOST_ROWS]:
        lines.append(_separator(len(columns)))
        lines += [_bar(bar, place) for bar in bars]
    table = "".join(f"<TR>{line}</TR>" for line in lines)
    graph = build_digraph(_title(answer, judged, content, len(rows), len(columns)), pad="0.2")
    look = 'BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="5"'
    graph.node("timeline", label=f"<<TABLE {look}>{table}</TABLE>>", shape="plain", tooltip=" ")
    return graph


def _chosen_rows(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows to draw in their order: those that can be struck first of all."""
    ranked = sorted(range(len(rows)), key=lambda index: not rows[index]["cells"])[:MOST_ROWS]
    return [rows[index] for index in sorted(ranked)]


def _chosen_columns(columns: Sequence[object], rows: Iterable[Mapping[str, Any]]) -> list[int]:
    struck = {cell["column"] for row in rows for cell in row["cells"]}
    ranked = sorted(range(len(columns)), key=lambda index: index not in struck)[:MOST_COLUMNS]
    return sorted(ranked)


def _title(answer: Answer, judged: bool, content: Mapping[str, Any], rows: int, columns: int) -> str:
    release = f", release {_short(answer.release, 40)}" if answer.release else ""
    lines = [
        f'<FONT POINT-SIZE="16"><B>{_short(answer.system, 60)}</B>{release}</FONT>',
        f'<FONT COLOR="{GREY}">each request (down) at each step (across)</FONT>',
        build_legend(_chips(content)),
    ]
    if said := tell_avoidable(answer):
        lines.append(said)
    if isinstance(answer.verdict, Unknown) or not judged:
        lines.append("no verdict: a cell with a question mark is not known to be safe")
    if rows < len(content["rows"]) or columns < len(content["columns"]):
        whole = f"{len(content['rows'])} rows and {columns} of {len(content['columns'])} columns"
        lines.append(f"{rows} of {whole} are drawn, those in which something can break first")
    if len(content["bars"]) > MOST_ROWS:
        lines.append(f"{MOST_ROWS} of {len(content['bars'])} moves in the background are drawn")
    return build_title_block(lines)


def _chips(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the colours mean of those that are drawn."""
    met = {cell["status"] for row in content["rows"] for cell in row["cells"]}
    yield f'BGCOLOR="{PALE}"', "safe" if content["judged"] else "? not known"
    if "race" in met:
        yield f'BGCOLOR="{ERROR_PALE}"', f"{_mark('~', ERROR_TEXT)} can break here: a race"
    if "inevitable" in met:
        words = f"{_mark('×', PAPER)} can break here: of what every timing meets, here or in another step"
        yield f'BGCOLOR="{ERROR}"', f'<FONT COLOR="{PAPER}">{words}</FONT>'
    if "accepted" in met:
        yield f'BGCOLOR="{PAPER}" BORDER="1" COLOR="{ERROR}"', "(×) can break here, and the team accepts it"
    if content["bars"]:
        yield f'BGCOLOR="{MOVE_PALE}"', "runs on in the background"


def _mark(sign: str, colour: str) -> str:
    return f'<FONT COLOR="{colour}"><B>{sign}</B></FONT>'


def _short(text: str, length: int) -> str:
    return escape(shorten(text, length))


def _header(columns: Iterable[Mapping[str, Any]]) -> str:
    cells = "".join(f'<TD BGCOLOR="{INK}" VALIGN="BOTTOM">{_step(column)}</TD>' for column in columns)
    return f"<TD></TD>{cells}"


def _step(column: Mapping[str, Any]) -> str:
    """The step's name in lines that fit, then its actions."""
    lines = [f"<B>{line}</B>" for line in _folded(column["name"], _STEP_CHARS)]
    actions = column["actions"]
    if len(actions) > _ACTIONS:
        actions = [*actions[: _ACTIONS - 1], f"and {len(actions) - _ACTIONS + 1} more"]
    told = [line for action in actions for line in _folded(action, _STEP_CHARS + 4)]
    lines += [f'<FONT POINT-SIZE="9">{line}</FONT>' for line in told]
    return f'<FONT COLOR="{PAPER}" POINT-SIZE="10">{stack_lines(lines)}</FONT>'


def _folded(text: str, width: int) -> list[str]:
    return [escape(line) for line in fold(text, width)]


def _row(row: Mapping[str, Any], columns: Iterable[int], judged: bool) -> str:
    struck = {cell["column"]: cell for cell in row["cells"]}
    lines = [f"<B>{line}</B>" for line in _folded(row["name"], _NAME_CHARS)]
    path = cut_middle(
        [line for leg in row["path"].split(" · ") for line in fold(leg, _WAY_CHARS)], _WAY_LINES
    )
    lines += [f'<FONT POINT-SIZE="9" COLOR="{GREY}">{escape(line)}</FONT>' for line in path]
    cells = "".join(_cell(struck.get(index), judged) for index in columns)
    return f'<TD ALIGN="RIGHT">{stack_lines(lines, "RIGHT")}</TD>{cells}'


def _cell(cell: Mapping[str, Any] | None, judged: bool) -> str:
    if cell is None:
        return f'<TD BGCOLOR="{PALE}"><FONT COLOR="{GREY}">{"safe" if judged else "?"}</FONT></TD>'
    fill, text, sign = _STATUS[cell["status"]]
    word = f"{sign} {'accepted' if cell['status'] == 'accepted' else cell['word']}"
    many = len(cell["hazards"])
    more = [f'<FONT POINT-SIZE="9">{many} hazards</FONT>'] if many > 1 else []
    told = stack_lines([f"<B>{word}</B>", *more])
    return f'<TD BGCOLOR="{fill}"><FONT COLOR="{text}">{told}</FONT></TD>'


def _separator(columns: int) -> str:
    said = f'<FONT COLOR="{GREY}" POINT-SIZE="9"><I>in the background, until it is awaited</I></FONT>'
    return f'<TD></TD><TD COLSPAN="{columns}" ALIGN="LEFT">{said}</TD>'


def _bar(bar: Mapping[str, Any], place: Mapping[int, int]) -> str:
    """From the step that begins the move to the one that awaits it; an arrow says that none does."""
    columns = len(place)
    end = max(place) if bar["to"] is None else bar["to"]
    covered = [place[index] for index in range(bar["from"], end + 1) if index in place]
    name = f'<TD ALIGN="RIGHT">{stack_lines(_folded(bar["label"], _NAME_CHARS), "RIGHT")}</TD>'
    if not covered:
        return f'{name}<TD COLSPAN="{columns}"></TD>'
    word = "begun, awaited by no step →" if bar["to"] is None else "until awaited ■"
    before = "<TD></TD>" * covered[0]
    span = f'<TD COLSPAN="{len(covered)}" BGCOLOR="{MOVE_PALE}">{word}</TD>'
    return f"{name}{before}{span}{'<TD></TD>' * (columns - covered[-1] - 1)}"
