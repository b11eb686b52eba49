"""What is said of the release's declarations: which were met, which were held apart and by what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..model.deployment import Deployment
from ..model.names import Contract
from ..properties.lookups.lookup import MixedPair
from ..properties.verdict import Answer, CoveredCell, CoveredDeclaration, Reach, Safe, Unsafe
from .statement import Statement, Tone
from .wording import count

SHOWN = 3
"""So many cells are told one by one; what is folded away is counted, and JSON has it all."""


def list_coverage_statements(answer: Answer, deployment: Deployment) -> Iterator[Statement]:
    """What became of each declared break, worst first."""
    named = any(not change.implied for change in deployment.changed.values())
    is_safe = isinstance(answer.verdict, Safe)
    if not answer.coverage and (is_safe or (isinstance(answer.verdict, Unsafe) and not named)):
        text = (
            "no break"
            if named
            else "nothing: no contract is given as changed, so this says nothing of a release"
        )
        yield Statement("declared", text, Tone.PLAIN if named else Tone.WARNING)
    cells = [(one, cell) for one in answer.coverage for cell in one.cells]
    if cells:
        yield Statement("declared", _counted([cell for _, cell in cells], len(answer.coverage)))
    yield from list_idle_statements(answer)
    apart = [(one, cell) for one, cell in cells if cell.reach is Reach.HELD_APART]
    yield from (Statement("held apart", f"{_cell(cell)}: {cell.why}") for _, cell in apart[:SHOWN])
    yield from _folded(len(apart), "pair")
    held = [cell for _, cell in cells if cell.reach in (Reach.NOT_TAKEN, Reach.NOT_KNOWN, Reach.ASSUMED)]
    yield from (Statement(cell.reach.word, f"{_cell(cell)}: {cell.why}") for cell in held[:SHOWN])
    for assumption in answer.assumptions:
        place = f"{assumption.place}: " if assumption.place else ""
        if assumption.is_broken:
            text = f"{place}`{assumption.text}` is assumed never to be met, and it is met"
            yield Statement("WRONG", text, Tone.WARNING)
        elif not assumption.is_used:
            text = f"{place}`{assumption.text}` is assumed never to be met, and no hop is judged by it"
            yield Statement("WRONG", text, Tone.WARNING)
    yield from _list_overridden(deployment)


def _list_overridden(deployment: Deployment) -> Iterator[Statement]:
    """What the deployment says of a contract itself, and the file of changes does not."""
    for earlier in deployment.overridden[:SHOWN]:
        later = deployment.change_of(earlier.contract)
        lost = ", ".join(f"`{key}`" for key in earlier.list_lost(later)) if later else "all of it"
        place = f"{earlier.place}: " if earlier.place else ""
        told = (
            f"{place}{lost} of {earlier.contract} does not hold: the file of changes has its own entry for it"
        )
        yield Statement("overridden", told, Tone.WARNING)
    yield from _folded(len(deployment.overridden), "contract")


def list_idle_statements(answer: Answer) -> Iterator[Statement]:
    """The declarations that nothing could meet, and why."""
    for one in answer.idle[:SHOWN]:
        yield Statement("idle", f"{_declaration(one)}: {_why(one)}", Tone.WARNING)
    yield from _folded(len(answer.idle), "declaration")


def list_compatible_statements(answer: Answer) -> Iterator[Statement]:
    """The mixed pairs that are met and that no break names, and those that a flag forgives: a line each, the
    first contracts of them."""
    undeclared = [pair for pair in answer.compatible if pair not in answer.forgiven]
    if undeclared:
        met = f"{count(len(undeclared), 'mixed pair')} met and not declared to break"
        yield Statement("compatible", f"{met}: {_by_contract(undeclared)}")
    if answer.forgiven:
        met = f"{count(len(answer.forgiven), 'mixed pair')} met and declared to break"
        yield Statement("understood", f"{met}, by code that knows the flag: {_by_contract(answer.forgiven)}")


def _by_contract(mixed: Iterable[MixedPair]) -> str:
    """The pairs of the first contracts: `db/order V1 -> V2 (schema); and 2 more contracts`."""
    by_contract: dict[Contract, list[MixedPair]] = {}
    for pair in mixed:
        by_contract.setdefault(pair.contract, []).append(pair)
    told = [f"{contract} {_pairs(pairs)}" for contract, pairs in by_contract.items()]
    more = [f"and {count(len(told) - SHOWN, 'more contract')}"] if len(told) > SHOWN else []
    return "; ".join([*told[:SHOWN], *more])


def _pairs(pairs: list[MixedPair]) -> str:
    """`V1 -> V2, V2 -> V1 (call, token)`."""
    aspects: dict[str, list[str]] = {}
    for pair in pairs:
        aspects.setdefault(f"{pair.consumer} -> {pair.provider}", []).append(str(pair.aspect))
    alike: dict[str, list[str]] = {}
    for told, names in aspects.items():
        alike.setdefault(", ".join(names), []).append(told)
    return ", ".join(f"{_few(told)} ({names})" for names, told in alike.items())


def _few(told: list[str]) -> str:
    more = [f"{len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return ", ".join([*told[:SHOWN], *more])


def _counted(cells: list[CoveredCell], declarations: int) -> str:
    counts = Counter(cell.reach for cell in cells)
    told = ", ".join(f"{counts[reach]} {reach.word}" for reach in Reach if counts[reach])
    return f"{count(len(cells), 'pair')} in {count(declarations, 'declaration')}: {told}"


def _folded(number: int, what: str) -> Iterator[Statement]:
    if number > SHOWN:
        yield Statement("", f"and {count(number - SHOWN, f'more {what}')}; --format json has them all")


def _declaration(one: CoveredDeclaration) -> str:
    place = f"{one.place}: " if one.place else ""
    return f"{place}{one.entry}, `{one.says}`"


def _why(one: CoveredDeclaration) -> str:
    """The reasons, each once."""
    if not one.cells:
        return "every contract that it names has an entry of its own"
    return "; ".join(_once(cell.why for cell in one.cells))


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _cell(cell: CoveredCell) -> str:
    how = ", ".join(map(str, (word for word in (cell.aspect, cell.verb) if word)))
    aspect = f" ({how})" if how else ""
    return f"{cell.contract} {cell.consumer or 'who forwards'} -> {cell.provider}{aspect}"
