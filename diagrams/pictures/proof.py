"""The proof, seen: what becomes of an older consumer at a newer provider, and the reverse, by contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from msgspec import Struct

from ...model.deployment import Deployment
from ...model.names import Contract
from ...model.resources.figures import write_figure
from ...properties.verdict import Answer, CoveredCell, Reach, Safe, Unknown, list_incompatible_pairs
from ..lettering import break_text
from ..palette import ERROR, ERROR_TEXT, GOOD_PALE, GOOD_TEXT, GREY, INK, PALE, PAPER
from ..wording import count, tell_violation
from .canvas import LEADING, PLAIN, SMALL, TITLE, WIDTH, Box, Canvas, Polyline, write

MOST_ROWS = 24
"""So many contracts are drawn, those first at which something breaks."""
_MARGIN, _CELL, _GAP = 16.0, 178.0, 8.0
_LEFT = WIDTH - 2 * _MARGIN - 2 * (_CELL + _GAP)


class Fate(IntEnum):
    """What becomes of the pairs of a contract in one direction, the worst first."""

    BREAKS = 0
    UNKNOWN = 1
    ACCEPTED = 2
    HELD_APART = 3
    ASSUMED = 4
    FINE = 5
    NEVER_MET = 6
    NOT_JUDGED = 7


_LOOKS = {
    Fate.BREAKS: ("× met, and breaks", ERROR, PAPER, ""),
    Fate.UNKNOWN: ("? not known", PAPER, INK, INK),
    Fate.ACCEPTED: ("× met, breaks, accepted", PAPER, ERROR_TEXT, ERROR),
    Fate.HELD_APART: ("breaks, never met", PALE, INK, GREY),
    Fate.ASSUMED: ("breaks, assumed never met", PAPER, INK, INK),
    Fate.FINE: ("met, and fine", GOOD_PALE, GOOD_TEXT, ""),
    Fate.NEVER_MET: ("never met", PAPER, GREY, ""),
    Fate.NOT_JUDGED: ("not judged: client without a version", PAPER, GREY, ""),
}
_OF_REACH = {
    Reach.HELD_APART: Fate.HELD_APART,
    Reach.NOT_TAKEN: Fate.HELD_APART,
    Reach.NOT_KNOWN: Fate.UNKNOWN,
    Reach.ASSUMED: Fate.ASSUMED,
    Reach.OUT_OF_REACH: Fate.HELD_APART,
}
_DIRECTIONS = ("old consumer, new provider", "new consumer, old provider")


_Told = tuple[Fate, str, str]
"""What becomes of a pair in one aspect: its fate, the pair, the aspect; empty for all pairs."""


class Row(Struct, frozen=True):
    """A contract: the fates of its pairs, older to newer and newer to older, what breaks or would, and why
    it does not."""

    contract: Contract
    fates: tuple[Fate, Fate]
    said: tuple[str, str]
    whys: tuple[str, ...]


def list_rows(deployment: Deployment, answer: Answer) -> list[Row]:
    """A row for each contract that the release changes, the worst first."""
    rows = [_row(deployment, answer, contract) for contract in deployment.changed]
    return sorted(rows, key=lambda row: sorted(row.fates))


def _row(deployment: Deployment, answer: Answer, contract: Contract) -> Row:
    found: tuple[list[_Told], ...] = ([], [])
    versions, whys = deployment.versions, []

    def add(consumer: str | None, provider: str | None, fate: Fate, aspect: object) -> None:
        if consumer in versions and provider in versions:
            assert consumer is not None
            assert provider is not None
            newer = versions.index(consumer) > versions.index(provider)
            found[newer].append((fate, f"{consumer} → {provider}", str(aspect)))

    for hazard, met in list_incompatible_pairs(answer.at_hops):
        if met.contract == contract:
            fate = Fate.UNKNOWN if hazard.if_it_breaks else Fate.BREAKS
            add(met.consumer, met.provider, fate, met.aspect)
    for _, met in list_incompatible_pairs(one.hazard for one in answer.accepted):
        if met.contract == contract:
            add(met.consumer, met.provider, Fate.ACCEPTED, met.aspect)
    for cell in _cells(answer, contract):
        if cell.reach is not Reach.MET:
            add(cell.consumer, cell.provider, _OF_REACH[cell.reach], cell.aspect or "whatever")
            whys.append(f"{cell.consumer or 'who forwards'} → {cell.provider}: {cell.why}")
    for pair in answer.compatible:
        if pair.contract == contract:
            add(pair.consumer, pair.provider, Fate.FINE, pair.aspect)
    if isinstance(answer.verdict, Unknown):
        for told in found:
            told.append((Fate.UNKNOWN, "", ""))
    return _build_row(answer, contract, found, whys)


def _build_row(answer: Answer, contract: Contract, found: Sequence[list[_Told]], whys: Sequence[str]) -> Row:
    """The row, by the worst that was found in each direction."""
    none = Fate.NOT_JUDGED if contract in answer.unjudged else Fate.NEVER_MET
    fates = tuple(min((fate for fate, _, _ in told), default=none) for told in found)
    said = tuple(_say(told, fate) for told, fate in zip(found, fates, strict=True))
    return Row(contract, (fates[0], fates[1]), (said[0], said[1]), tuple(dict.fromkeys(whys)))


def _cells(answer: Answer, contract: Contract) -> Iterator[CoveredCell]:
    return (cell for one in answer.coverage for cell in one.cells if cell.contract == contract)


def _say(told: Sequence[_Told], fate: Fate) -> str:
    """The first pair of that fate with all that becomes of it, and how many more pairs there are."""
    pairs: dict[str, dict[str, None]] = {}
    for one, pair, aspect in told:
        if one is fate and pair:
            pairs.setdefault(pair, {})[aspect] = None
    texts = [f"{pair}, {' and '.join(aspects)}" for pair, aspects in pairs.items()]
    return "; ".join([*texts[:1], *([f"{len(texts) - 1} more"] if len(texts) > 1 else [])])


def draw_proof(deployment: Deployment, answer: Answer) -> Canvas:
    """A row for each changed contract: met and fine, met and breaks, breaks but never met and why, never met.
    A release is safe if no pair both meets and breaks. Limit: `MOST_ROWS`; what is left out is counted, and
    what no change names stands in a line."""
    boxes, lines = list(_title(deployment, answer)), []
    y = boxes[-1].y + boxes[-1].height + 14
    for index, text in enumerate(_DIRECTIONS):
        yes = break_text(text, _CELL, SMALL, bold=True, most=2)
        boxes.append(Box(_column(index), y, _CELL, len(yes) * SMALL * LEADING, yes, bold=True))
    y += 2 * SMALL * LEADING
    rows = list_rows(deployment, answer)
    for row in rows[:MOST_ROWS]:
        lines.append(Polyline(((_MARGIN, y), (WIDTH - _MARGIN, y)), PALE, 1.5))
        drawn = list(_draw_row(deployment, row, y + 6))
        boxes += drawn
        y = max(box.y + box.height for box in drawn) + 6
    for text in _words(answer, rows):
        boxes.append(write(text, _MARGIN, y + 4, WIDTH - 2 * _MARGIN, ink=GREY, most=3))
        y = boxes[-1].y + boxes[-1].height
    return Canvas(y + 12, tuple(boxes), tuple(lines))


def _column(index: int) -> float:
    return _MARGIN + _LEFT + index * (_CELL + _GAP) + _GAP


def _title(deployment: Deployment, answer: Answer) -> Iterator[Box]:
    room = WIDTH - 2 * _MARGIN
    text, ink = _verdict(answer)
    first = write(text, _MARGIN, 14, room, TITLE, bold=True, ink=ink, most=3)
    yield first
    release = f", release {answer.release}" if answer.release else ""
    ways = answer.statistics.interleavings if answer.statistics else None
    every = " · for every interleaving"
    if ways is not None and ways > 1:
        every = f" · for all {write_figure(ways)} interleavings"
    said = f"{deployment.system}{release}{'' if isinstance(answer.verdict, Unknown) else every}"
    yield write(said, _MARGIN, first.y + first.height + 3, room, PLAIN, ink=GREY, most=2)


def _verdict(answer: Answer) -> tuple[str, str]:
    if isinstance(answer.verdict, Unknown):
        return f"No verdict: {answer.verdict.reason}", INK
    if isinstance(answer.verdict, Safe):
        but = f", but for {count(len(answer.accepted), 'hazard')} accepted" if answer.accepted else ""
        return f"Safe: what meets is fine, and what breaks never meets{but}", GOOD_TEXT
    pairs = {pair for _, pair in list_incompatible_pairs(answer.at_hops)}
    if not pairs:
        what = "a property can be violated" if answer.of_properties else "a call can fail all the same"
        return f"No pair of versions that meets breaks; {what}", ERROR_TEXT
    said = "pair of versions meets and breaks" if len(pairs) == 1 else "pairs of versions meet and break"
    return f"{len(pairs)} {said}", ERROR_TEXT


def _draw_row(deployment: Deployment, row: Row, y: float) -> Iterator[Box]:
    name = write(str(row.contract), _MARGIN, y, _LEFT - 8, PLAIN, bold=True, most=3)
    yield name
    hops = [
        (request.name, hop)
        for request in deployment.requests
        for hop in request.hops
        if hop.contract == row.contract
    ]
    consumers = list(dict.fromkeys(hop.consumer for _, hop in hops))
    requests = list(dict.fromkeys(name for name, _ in hops))
    more = f" and {len(consumers) - 3} more" if len(consumers) > 3 else ""
    asked = requests[0] if len(requests) == 1 else count(len(requests), "request")
    who = f"used by {', '.join(consumers[:3])}{more} · {asked}" if hops else "no request uses it"
    said = write(who, _MARGIN, name.y + name.height + 1, _LEFT - 8, ink=GREY, most=2)
    yield said
    for index, (fate, pairs) in enumerate(zip(row.fates, row.said, strict=True)):
        word, fill, ink, border = _LOOKS[fate]
        lines = break_text(word, _CELL - 6, SMALL, most=2)
        lines += break_text(pairs, _CELL - 10, SMALL, most=1) if pairs else ()
        height = max(34.0, len(lines) * SMALL * LEADING + 6)
        what = f"{row.contract} {index}: {fate.name}"
        yield Box(_column(index), y, _CELL, height, lines, fill, ink, border, bold=False, what=what)
    below = max(said.y + said.height, y + 36) + 2
    for why in row.whys[:2]:
        text = write(why, _MARGIN + 14, below, WIDTH - 2 * _MARGIN - 14, ink=GREY, most=2)
        yield text
        below = text.y + text.height


def _words(answer: Answer, rows: Sequence[Row]) -> Iterator[str]:
    if len(rows) > MOST_ROWS:
        yield f"and {count(len(rows) - MOST_ROWS, 'more contract')}, at which nothing worse is met"
    if answer.unchanged:
        names = ", ".join(map(str, answer.unchanged[:6]))
        more_names = f" and {len(answer.unchanged) - 6} more" if len(answer.unchanged) > 6 else ""
        yield f"assumed unchanged, so not here: {names}{more_names}"
    if answer.of_properties:
        violated = list(dict.fromkeys(map(tell_violation, answer.of_properties)))
        more = f" and {len(violated) - 3} more" if len(violated) > 3 else ""
        yield f"beside this {', '.join(violated[:3])}{more}"
    others = [hazard for hazard in answer.at_hops if not hazard.is_due_to_change]
    if others:
        yield f"beside this {count(len(others), 'hazard')} of calls that nobody takes, or that are cut off"
