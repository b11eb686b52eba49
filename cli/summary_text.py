"""What stands below the hazards: what is proven, under which assumptions, and what is not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from rich.text import Text

from ..diagrams.wording import count
from ..model.deployment import Contract, Deployment
from ..properties.verdict import Answer, Safe, Statistics, Unknown, Unsafe
from .page import Page

_EXACT_BELOW = 10_000_000
_NAMES = 8


def render_summary(page: Page, answer: Answer, deployment: Deployment) -> None:
    """The summary of any answer: statements, each behind the word that it is about."""
    statements = list(_statements(answer, deployment))
    indent = max((len(label) for label, _, _ in statements), default=0) + 3
    for label, text, style in statements:
        _say(page, label, page.clean(text), style, indent)


def _say(page: Page, label: str, text: str, style: str, indent: int) -> None:
    lines = Text(text).wrap(page.console, page.width - indent)
    for index, line in enumerate(lines):
        start = (label if index == 0 else "").ljust(indent)
        page.line(Text().append(start, style or "bold").append(line.plain, style))


def _statements(answer: Answer, deployment: Deployment) -> Iterator[tuple[str, str, str]]:
    """Label, text and style of each statement."""
    if isinstance(answer.verdict, Unknown):
        yield "reason", answer.verdict.reason, ""
        yield "advice", answer.verdict.advice, ""
    if isinstance(answer.verdict, Safe):
        yield from _emptiness(answer, deployment)
    if answer.statistics is not None and not isinstance(answer.verdict, Unknown):
        yield "proven", _proof(answer, answer.statistics), "green" if isinstance(answer.verdict, Safe) else ""
    for label, text in (*_ways_out(answer), *_assumptions(answer)):
        yield label, text, ""


def figure(number: int) -> str:
    """A number of any size for reading: exact below ten million, else like `1.2e9`.

    Works where the number has too many digits for `str` or `float`.
    """
    if number < _EXACT_BELOW:
        return f"{number:,}"
    exponent, fraction = divmod(math.log10(number), 1)
    mantissa = f"{10**fraction:.1f}"
    return f"1.0e{int(exponent) + 1}" if mantissa == "10.0" else f"{mantissa}e{int(exponent)}"


def _proof(answer: Answer, statistics: Statistics) -> str:
    ways = _ways(statistics.interleavings)
    every = f"for every interleaving: {ways} of the deployment's own moves"
    if isinstance(answer.verdict, Safe):
        return f"{count(statistics.hops, 'hop')} of {count(statistics.requests, 'request')}, {every}"
    if statistics.hops_proven == 0:
        return f"no hop; {ways} of the deployment's own moves"
    return f"all other hops, {statistics.hops_proven} of {statistics.hops}, {every}"


def _ways(interleavings: int | None) -> str:
    if interleavings is None:
        return "infinitely many"
    return f"{figure(interleavings)} {'interleaving' if interleavings == 1 else 'interleavings'}"


def _emptiness(answer: Answer, deployment: Deployment) -> Iterator[tuple[str, str, str]]:
    """A proof that proves nothing says so."""
    changed = set(deployment.changes or {})
    idle = set(answer.statistics.never_mixed if answer.statistics else ()) | set(answer.unjudged)
    text = ""
    if not changed:
        text = "no contract is given as changed"
    elif changed & set(deployment.contracts) <= idle:
        text = "no mixed pair ever meets a changed contract"
    if text:
        yield "BEWARE", f"THIS PROOF SHOWS NOTHING ABOUT THE RELEASE: {text}", "bold yellow"


def _ways_out(answer: Answer) -> Iterator[tuple[str, str]]:
    if any(hazard.inevitable for hazard in answer.hazards):
        yield "INEVITABLE", "every timing of this deployment has a moment at which a quick request hits it"
    if any(not hazard.inevitable for hazard in answer.hazards):
        yield "race", "some timings avoid it, so a rehearsal may never have shown it"
    if isinstance(answer.verdict, Unsafe) and answer.avoidable is True:
        yield "avoidable", "yes: under some timing no quick request meets any hazard"
    elif isinstance(answer.verdict, Unsafe) and answer.avoidable is False:
        yield "avoidable", "no: under every timing some quick request meets a hazard"
    if answer.residue:
        left = _names(answer.residue)
        yield "residue", f"{left}: old forms may stay; they break nothing now, the next release meets them"


def _assumptions(answer: Answer) -> Iterator[tuple[str, str]]:
    if answer.max_span is not None:
        steps = (
            "a step begins" if answer.max_span == 0 else f"more than {count(answer.max_span, 'step')} begin"
        )
        yield (
            "assumed",
            f"max_span {answer.max_span}: no request is still in flight when {steps}; none such is judged",
        )
    if answer.unchanged:
        yield "unchanged", f"{count(len(answer.unchanged), 'contract')} assumed: {_names(answer.unchanged)}"
    if answer.unjudged:
        yield "not judged", f"{_names(answer.unjudged)}: changed, but only clients without a version use them"
    never_mixed = answer.statistics.never_mixed if answer.statistics else ()
    if told := [contract for contract in never_mixed if contract not in answer.unjudged]:
        yield "never mixed", f"{_names(told)}: changed, but no mixed pair ever meets them"
    for component, image in answer.images.items():
        yield "image", f"{component} runs the code of {image}, at its own version"


def _names(contracts: Iterable[Contract]) -> str:
    names = [str(contract) for contract in contracts]
    more = len(names) - _NAMES
    return ", ".join(names) if more < 2 else f"{', '.join(names[:_NAMES])} and {more} more"
