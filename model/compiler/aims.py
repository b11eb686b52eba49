"""At which version each action of a pipeline, and of a rollback after a failure, has its goal
(paragraphs 35, 42 and 78 of docs/semantics.md)."""

from __future__ import annotations

from msgspec import Struct, field

from ..deployment import Action, Component, Instruction
from ..errors import InvalidDeploymentError, Problem
from ..names import Contract
from .moves import BACKWARD, FLAGS, ROLLOUTS, SCHEMAS, SYNCS

Line = tuple[str, str | Contract]
"""What has an aim of its own: instances, a schema, a content, a flag; and what a `deploy` aimed at last."""

_LINES = {"instances": ROLLOUTS, "schema": SCHEMAS, "content": SYNCS, "flag": FLAGS}


class Aims(Struct):
    """The version (by rank; of a flag, 1 for on) at which the pipeline aims so far, by line.

    `began` are the aims with which the release began, `since` those that its actions have had from then on.
    `is_back`: this is a rollback after a failure, which goes back no further than the release found things.
    """

    versions: tuple[str, ...]
    now: dict[Line, int] = field(default_factory=dict)
    began: dict[Line, int] = field(default_factory=dict)
    since: dict[Line, frozenset[int]] = field(default_factory=dict)
    is_back: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    """How many instances are wanted by now, where that changes."""
    counts_began: dict[str, int] = field(default_factory=dict)

    def begin_release(self) -> None:
        """From here on another release aims."""
        self.began, self.since = dict(self.now), {}
        self.counts_began = dict(self.counts)

    def after_failure(self) -> Aims:
        """Those of the rollback after a failure here."""
        since, counts = dict(self.since), dict(self.counts)
        return Aims(self.versions, dict(self.now), self.began, since, True, counts, self.counts_began)

    def take_schema(self, contract: Contract, aim: int) -> None:
        """A `deploy` takes the schema along with it, never back (paragraph 90)."""
        line = "schema", contract
        self.now[line] = max(self.now.get(line, 0), aim)
        self.since[line] = self.since.get(line, frozenset()) | {self.now[line]}

    def take_count(self, action: Action, component: Component, goal: str) -> None:
        """How many instances an action wants of the component, from now on (paragraph 84)."""
        name = component.name
        if action.instruction is Instruction.SCALE and action.count is not None:
            self.counts[name] = action.count
        elif action.instruction is Instruction.DEPLOY and component.sizes:
            self.counts[name] = dict(component.sizes)[goal]
        elif action.instruction is Instruction.ROLLBACK:
            self.counts[name] = self.counts_began[name]

    def take_on(self, action: Action, subject: str | Contract) -> tuple[int, bool]:
        """The rank at which the action aims, and whether it takes nothing back; the aim stays from now on.

        Raises `InvalidDeploymentError` for a rollback beyond where the release found things.
        """
        if action.instruction is Instruction.SCALE:
            return self.now.get(("instances", subject), 0), False
        line = next(name for name, group in _LINES.items() if action.instruction in group), subject
        aim = self._aim(action, line)
        is_idle = self.is_back and self._is_idle(action, line, aim)
        self.now[line] = aim
        self.since[line] = self.since.get(line, frozenset()) | {aim}
        if action.instruction is Instruction.DEPLOY:
            self.now["deployed", subject] = aim
        return aim, is_idle

    def _aim(self, action: Action, line: Line) -> int:
        now = self.now.get(line, 0)
        floor = self.began.get(line, 0) if self.is_back else 0
        named = None if action.to is None else self.versions.index(action.to)
        match action.instruction:
            case Instruction.ENABLE | Instruction.DISABLE as switched:
                return int(switched is Instruction.ENABLE)
            case Instruction.PROMOTE if named is None:
                return self.now.get(("deployed", line[1]), 0)
            case Instruction.ROLLBACK | Instruction.REVERT if named is not None and named < floor:
                raise InvalidDeploymentError([self._too_far(action, line, floor)])
            case Instruction.ROLLBACK | Instruction.REVERT if named is None:
                return max(now - 1, floor)
        return min(now + 1, len(self.versions) - 1) if named is None else named

    def _too_far(self, action: Action, line: Line, floor: int) -> Problem:
        found = self.versions[floor]
        message = f"`{action}` goes back beyond {found}, at which a release that can fail finds {line[1]}"
        fix = f"write `to {found}`, or leave `to` out: a rollback goes back to where its release found things"
        return Problem("rolls-back-too-far", message, action.place, fix=fix)

    def _is_idle(self, action: Action, line: Line, aim: int) -> bool:
        """Whether the action, in a rollback, finds all as the release found it."""
        began = self.began.get(line, 0)
        if action.instruction is Instruction.DISABLE:
            return began == 1
        return action.instruction in BACKWARD and {aim} | self.since.get(line, frozenset()) == {began}
