"""The steps of a draft: what the pipeline does, to whom it fits."""

from __future__ import annotations

from collections.abc import Iterator

from ...deployment import Instruction
from ...language.combinations import INSTRUCTION_KINDS
from ..drafted import DraftStep, tell_origin
from ..naming import make_distinct, make_title
from ..seen import SeenStep
from .known import KnownParts


class StepsDrafting:
    """The steps; `questions` are those that come up."""

    def __init__(self, known: KnownParts) -> None:
        self.known = known
        self.questions: list[str] = []

    def draft(self) -> Iterator[DraftStep]:
        """All steps, with who is deployed in none of them where the manifests say that all are."""
        steps, rest = self._complete(self.known.list_steps())
        taken: dict[str, set[str]] = {}
        for step in steps:
            actions = self._fitting(step.actions)
            if step.is_rollout and rest:
                begin = "start " if step.begins else ""
                actions, rest = (*actions, f"{begin}deploy {' '.join(rest)}"), []
            actions += self._fitting(step.then)
            name = make_distinct(make_title(step.name), taken.setdefault(step.pipeline, set()))
            comment = tell_origin(step.origin) if step.origin.words or actions else ""
            yield DraftStep(name, actions, comment, step.notes, step.pipeline, step.after)

    def _complete(self, steps: list[SeenStep]) -> tuple[list[SeenStep], list[str]]:
        """The steps, and who is left to be deployed by the one that deploys all."""
        seen = self.known.seen
        deployed = (action for step in steps for action in step.actions if "deploy " in action)
        said = {word for action in deployed for word in action.split()}
        rest = [
            name
            for name, kind in self.known.kinds.items()
            if kind.has_instances and name not in said and name not in seen.kept
        ]
        if not rest or any(step.is_rollout for step in steps):
            return steps, rest
        if said:
            self.questions.append(f"No step deploys {', '.join(rest)}, so they stay at their version.")
            return steps, rest
        return [*steps, SeenStep("Deploy", next(iter(seen.units.values())).origin, (), (), True)], rest

    def _fitting(self, actions: tuple[str, ...]) -> tuple[str, ...]:
        """The actions without the targets whose kind, as somebody settled it, they do not fit."""
        kept = []
        for action in actions:
            start, words = action.startswith("start "), action.removeprefix("start ").split()
            fitting = INSTRUCTION_KINDS[Instruction(words[0])]
            targets = [name for name in words[1:] if self.known.kinds.get(name) in fitting]
            kept += [" ".join((*(["start"] if start else []), words[0], *targets))] if targets else []
        return tuple(kept)
