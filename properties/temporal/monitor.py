"""Monitors: each temporal formula as a deterministic automaton that watches a run state by state.

A monitor is `BROKEN` in the states that violate the formula's safety part, and `WAITING` while the
formula still lacks something. A run violates the formula if the monitor is ever broken, or if it
waits for ever although the formula obliges what it waits for to come (co-Büchi acceptance; Baier and
Katoen, Principles of Model Checking, 2008, section 4.3). After a broken state a monitor goes on as
if it waited, so that one violation does not hide another.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import assert_never

from msgspec import Struct

from ...model.deployment.formula import Formula, Modality


class Mode(Enum):
    """What a monitor thinks of the run so far."""

    FINE = "fine"
    WAITING = "waiting"
    BROKEN = "broken"


ModeChange = Callable[[Mode, bool, bool], Mode]
"""The mode after a state, from the mode before it and whether `left` and `right` hold in the state."""


class Monitor(Struct, frozen=True):
    """`start` is the mode before the first state; `obliges`: to wait for ever is a violation."""

    start: Mode
    step: ModeChange
    obliges: bool

    def accepts(self, mode: Mode) -> bool:
        """Whether a run that stays for ever in the state that it is in satisfies the formula, if it was
        never broken before."""
        return mode is Mode.FINE or (mode is Mode.WAITING and not self.obliges)


def build_monitor(formula: Formula) -> Monitor:
    """The automaton that watches a run and says whether it still satisfies the formula."""
    match formula.modality:
        case Modality.ALWAYS:
            return Monitor(Mode.FINE, lambda _, left, __: Mode.FINE if left else Mode.BROKEN, False)
        case Modality.NEVER:
            return Monitor(Mode.FINE, lambda _, left, __: Mode.BROKEN if left else Mode.FINE, False)
        case Modality.EVENTUALLY:
            return Monitor(Mode.WAITING, _eventually, True)
        case Modality.LEADS_TO:
            return Monitor(Mode.FINE, _leads_to, True)
        case Modality.BEFORE:
            return Monitor(Mode.WAITING, _before, False)
        case Modality.UNTIL:
            return Monitor(Mode.WAITING, _until, True)
        case modality:
            assert_never(modality)


def _eventually(mode: Mode, left: bool, _: bool) -> Mode:
    return Mode.FINE if left or mode is Mode.FINE else Mode.WAITING


def _leads_to(mode: Mode, left: bool, right: bool) -> Mode:
    if right:
        return Mode.FINE
    return Mode.WAITING if left else mode


def _before(mode: Mode, left: bool, right: bool) -> Mode:
    if left or mode is Mode.FINE:
        return Mode.FINE
    return Mode.BROKEN if right else Mode.WAITING


def _until(mode: Mode, left: bool, right: bool) -> Mode:
    if right or mode is Mode.FINE:
        return Mode.FINE
    return Mode.WAITING if left else Mode.BROKEN
