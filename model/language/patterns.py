"""Hops and actions as regular expressions, for editors: a pattern takes all that the reader takes, and
refuses of the rest what can be told without knowing which names are declared.

They are of the common part of Python's and of JavaScript's expressions (ECMA-262, with the flag `u`), as JSON
Schema asks for.
"""

from __future__ import annotations

from ..deployment import LEADER, Instruction, Verb
from .combinations import AIMING, FLAG_INSTRUCTIONS, LASTING
from .keys import IRREVERSIBLE, PER_INSTANCE, SINCE, START, TO, UNTIL, USING, WHEN

VERBS = tuple(verb for verb in Verb if verb.written is verb)
"""The verbs that a file can have."""

_WORD = r'(?:[^\s"]|"[^"]*")+'
_END = r"(?:\s|$)"
_INSTANCE = r"\s+".join(PER_INSTANCE)
_TARGETS = rf"\s+{_WORD}(?:\s+(?!{WHEN}{_END}){_WORD})*"
_TAIL = rf"(?:\s+{WHEN}\s+\S.*)?"


def match_action() -> str:
    """An action: `[irreversible] [start] INSTRUCTION TARGET… [to V] [per instance] [when PREDICATE]`."""
    forms = "|".join(_match_instruction(instruction) for instruction in Instruction)
    return rf"^\s*(?:{forms})\s*$"


def _match_instruction(instruction: Instruction) -> str:
    targets = _TARGETS
    if instruction is Instruction.SCALE:
        targets += rf"\s+{TO}\s+\d+"
    elif instruction not in AIMING:
        targets = rf"(?!{_TARGETS}\s+{TO}\s+{_WORD}(?:\s+{WHEN}\s|\s*$)){targets}"
    if instruction not in FLAG_INSTRUCTIONS - {Instruction.AWAIT}:
        targets = rf"(?!{_TARGETS}\s+{_INSTANCE}(?:\s+{WHEN}\s|\s*$)){targets}"
    return rf"{_match_beginning(instruction)}{instruction}{targets}{_TAIL}"


def _match_beginning(instruction: Instruction) -> str:
    """`start` and `irreversible`, in either order, where they fit."""
    if instruction in (Instruction.AWAIT, Instruction.SCALE):  # which wait
        return ""
    start, lasting = rf"{START}\s+", rf"{IRREVERSIBLE}\s+"
    if instruction not in LASTING:
        return f"(?:{start})?"
    return f"(?:{start}{lasting}|{lasting}{start}|{start}|{lasting})?"


def match_hop_head() -> str:
    """What stands before the colon of a hop: `CONSUMER [leader] VERB PROVIDER [leader]`."""
    leader = rf"(?:\s+{LEADER})?"
    return rf"\s*\S+{leader}\s+(?:{'|'.join(VERBS)})\s+\S+{leader}\s*"


def match_hop_rest() -> str:
    """What stands behind it: `SUBJECT [using SOURCE…] [since V] [until V]`. The first word of a subject
    can be any."""
    more = rf"(?!(?:{USING}|{SINCE}|{UNTIL}){_END}){_WORD}"
    source = rf"(?!(?:{SINCE}|{UNTIL}){_END}){_WORD}"
    using = rf"(?:\s+{USING}(?:\s+{source})+)?"
    return rf"\s*{_WORD}(?:\s+{more})*{using}(?:\s+(?:{SINCE}|{UNTIL})\s+\S+){{0,2}}\s*"
