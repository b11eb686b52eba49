"""Judgements as a file of changes that `check --changes` reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..deployment import Pair, Verb
from ..language.writing import write_scalar
from ..names import Contract
from .deriving import group_by_contract
from .judgement import ContractJudgement, Evidence, Grade, find_severity_of

MAX_REASONS = 20
"""Of one pair; the rest is counted."""


def write_changes(
    judgements: Iterable[ContractJudgement], base: str, head: str, declared: Collection[Contract] = ()
) -> str:
    """The text of a file of changes; of contracts that the deployment file declares only a comment, so that
    what else it says of them stays."""
    return "\n".join(_lines(judgements, base, head, declared)) + "\n"


def _lines(
    judgements: Iterable[ContractJudgement], base: str, head: str, declared: Collection[Contract]
) -> Iterator[str]:
    yield f"# Derived by `skewproof derive` from {_in_comment(base)} (what runs) and {_in_comment(head)}."
    contracts = group_by_contract(judgements)
    if not any(contract not in declared for contract in contracts):
        yield "changes: {}"
    else:
        yield "changes:"
    for contract, judged in contracts.items():
        if contract in declared:
            yield f"  # {_in_comment(str(contract))} is declared in the deployment file, which stands."
        else:
            yield from _entry(contract, judged)


def _entry(contract: Contract, judged: tuple[ContractJudgement, ...]) -> Iterator[str]:
    key = write_scalar(str(contract))
    if all(one.grade is Grade.COMPATIBLE for one in judged):
        tools = ", ".join(dict.fromkeys(tool for one in judged for tool in one.tools))
        yield f"  {key}: {{breaks: none}} # compatible both ways ({_in_comment(tools)})"
        return
    yield f"  {key}:"
    yield f"    breaks: {_by_verb(judged) or _graded((one.pair, one.grade) for one in judged)}"
    if any(one.evidence for one in judged):
        yield "    evidence:"
    for one in judged:
        if one.evidence:
            yield f"      {_pair(one.pair)}:"
            yield from (f"        - {_reason(reason)}" for reason in one.evidence[:MAX_REASONS])
        if len(one.evidence) > MAX_REASONS:
            yield f"        # and {len(one.evidence) - MAX_REASONS} more"


def _by_verb(judged: tuple[ContractJudgement, ...]) -> str | None:
    """The pairs that break below the verbs of hops, where they are not the same for all."""
    if all(len({grade for _, grade in one.by_verb}) <= 1 for one in judged):
        return None
    verbs: dict[Verb, list[tuple[Pair, Grade]]] = {verb: [] for one in judged for verb, _ in one.by_verb}
    for one in judged:
        for verb, grade in one.by_verb:
            verbs[verb].append((one.pair, grade))
    broken = {verb: _graded(pairs) for verb, pairs in verbs.items()}
    told = ", ".join(f"{verb}: {pairs}" for verb, pairs in broken.items() if pairs != "{}")
    return f"{{schema: {{{told}}}}}"


def _graded(pairs: Iterable[tuple[Pair, Grade]]) -> str:
    told = [f"{_pair(pair)}: {_word(grade)}" for pair, grade in pairs if grade is not Grade.COMPATIBLE]
    return f"{{{', '.join(told)}}}"


def _word(grade: Grade) -> str:
    return "unknown" if grade is Grade.UNKNOWN else str(find_severity_of(grade))


def _pair(pair: Pair) -> str:
    if all(write_scalar(version) == version for version in pair):
        return " -> ".join(pair)
    return write_scalar(" -> ".join(pair))


def _reason(evidence: Evidence) -> str:
    found = evidence.finding
    told = {
        "grade": str(found.grade),
        "says": found.message,
        "tool": evidence.tool,
        "rule": found.rule,
        "file": found.spot.file or "-",
        "line": str(found.spot.line),
        "base": evidence.base,
        "head": evidence.head,
    }
    return "{" + ", ".join(f"{key}: {_value(key, text)}" for key, text in told.items()) + "}"


def _value(key: str, text: str) -> str:
    return text if key == "line" else write_scalar(text)


def _in_comment(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
