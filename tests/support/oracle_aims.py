"""The oracle's aims: at which version each action of a pipeline, and of a rollback, has its goal.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from support.oracle_actions import Action

ROLLS = ("deploy", "rollback", "promote")
SCHEMAS = ("migrate", "reconfigure", "revert")
SYNCS = ("sync", "backfill")
CLEANS = ("purge", "drain", "expire")
FLAGS = ("enable", "disable")
AIMS = (ROLLS, SCHEMAS, SYNCS, FLAGS)
"""The verbs that share an aim (35)."""
AIMING = ("deploy", "migrate", "reconfigure", *SYNCS)
"""What sets the goal of a release (36)."""


@dataclass
class Aims:
    """At which version each instance component, schema, content and flag aims by now (35).

    `began` are the aims with which the release began and `since` those that its actions have had
    from then on; `back` says that this is a rollback after a failure (78).
    """

    versions: int
    now: dict[tuple[str, str], int] = field(default_factory=dict)
    began: dict[tuple[str, str], int] = field(default_factory=dict)
    since: dict[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    back: bool = False
    sizes: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """How many instances a `deploy` to each version wants (84)."""
    wanted: dict[str, int] = field(default_factory=dict)
    """How many instances of each component there should be by now."""
    migrated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The contracts that instances of each component migrate (90)."""
    wanted_at_first: dict[str, int] = field(default_factory=dict)

    def begin_release(self) -> None:
        """From here on another release aims."""
        self.began, self.since, self.wanted_at_first = dict(self.now), {}, dict(self.wanted)

    def failed(self) -> "Aims":
        """A copy for the rollback after a failure here."""
        return replace(self, now=dict(self.now), since=dict(self.since), wanted=dict(self.wanted), back=True)

    def aim(self, action: Action, target: str) -> tuple[int, bool]:
        """The goal of an action on a target, its aim from now on; and whether it takes nothing back."""
        if action.verb == "scale":
            assert action.count is not None
            self.wanted[target] = action.count
            return self.now.get((ROLLS[0], target), 0), False
        goal, idle = self._aim(action, target)
        if action.verb == "deploy" and target in self.sizes:
            self.wanted[target] = self.sizes[target][goal]
        for contract in self.migrated.get(target, ()) if action.verb in ("deploy", "promote") else ():
            key = SCHEMAS[0], contract
            self.now[key] = max(self.now.get(key, 0), goal)
            self.since[key] = self.since.get(key, frozenset()) | {self.now[key]}
        if action.verb == "rollback" and not idle and target in self.wanted_at_first:
            self.wanted[target] = self.wanted_at_first[target]
        return goal, idle

    def _aim(self, action: Action, target: str) -> tuple[int, bool]:
        kind = next((kind for kind in AIMS if action.verb in kind), None)
        if kind is None:
            return -1, False
        key = kind[0], target
        goal = self._goal(action, key)
        idle = self.back and self._is_idle(action, key, goal)
        self.now[key] = goal
        self.since[key] = self.since.get(key, frozenset()) | {goal}
        if action.verb == "deploy":
            self.now["deployed", target] = goal
        return goal, idle

    def _goal(self, action: Action, key: tuple[str, str]) -> int:
        aim, floor = self.now.get(key, 0), self.began.get(key, 0) if self.back else 0
        match action.verb:
            case "enable" | "disable":
                return int(action.verb == "enable")
            case "promote":  # (42)
                return self.now.get(("deployed", key[1]), 0)
            case "rollback" | "revert":
                if action.to is not None and action.to < floor:
                    raise ValueError(f"{action.text}: back beyond where the release was found")  # (78)
                return max(aim - 1, floor) if action.to is None else action.to
        return min(aim + 1, self.versions - 1) if action.to is None else action.to

    def _is_idle(self, action: Action, key: tuple[str, str], goal: int) -> bool:
        began = self.began.get(key, 0)
        if action.verb == "disable":
            return began == 1
        return action.verb in ("rollback", "revert") and {goal} | self.since.get(key, frozenset()) == {began}
