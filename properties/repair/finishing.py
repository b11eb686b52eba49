"""From a set of remedies to a plan: written into the text, read again, checked whole, certified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from msgspec import Struct

from ...model.deployment import Deployment, RemedyKind
from ...model.errors import InvalidDeploymentError
from ...model.language.rewriting import rewrite, rewrite_both
from ...model.machines.rollouts import Rollout
from ...model.resources.limits import LimitError, Limits
from ..certificate.write import Certificate, NotCertifiedError, certify
from ..checker import check
from ..verdict import Answer, Safe
from .edits import Remedy
from .source import EditedSource
from .trials import Chosen, Trials


class RepairPlan(Struct, frozen=True):
    """A set of remedies after which nothing is wrong: `text` is the whole file with them, read again and
    checked (`answer`), `certificate` its proof, None where there is none (`uncertified` says why). `changes`
    is the whole second file, None where that stays as it was, or there is none."""

    remedies: tuple[Remedy, ...]
    price: int
    text: str
    answer: Answer
    certificate: Certificate | None
    uncertified: str = ""
    changes: str | None = None

    @property
    def kinds(self) -> tuple[RemedyKind, ...]:
        return tuple(dict.fromkeys(remedy.kind for remedy in self.remedies))


class Editor:
    """Writes deployments into the text of the one from which they were made. `refused` says why it could
    not."""

    def __init__(self, source: EditedSource, deployment: Deployment) -> None:
        self.source, self._deployment = source, deployment
        self.refused: dict[str, None] = {}

    def write(self, made: Deployment) -> tuple[str, str | None] | None:
        """The text, and that of the second file (None: as it was); None where neither can be edited so."""
        source = self.source
        try:
            if source.changes is None:
                return rewrite(source.text, self._deployment, made, source.load), None
            return rewrite_both(source.text, source.changes, self._deployment, made, source.load)
        except InvalidDeploymentError as error:
            self.refused[error.problems[0].message] = None
            return None

    def can_write(self, made: Deployment) -> bool:
        return self.write(made) is not None


class Finisher(Struct, frozen=True):
    """Makes plans of sets of remedies, within limits; `split` is what was done to the file before, and
    `changes` what was then done to its second file (None: nothing)."""

    editor: Editor
    trials: Trials
    limits: Limits
    failures: bool
    today: date | None
    split: Remedy | None = None
    changes: str | None = None
    rollouts: Mapping[str, Rollout] | None = None

    def finish(self, chosen: Chosen) -> RepairPlan | None:
        """The plan; None where read again and checked whole it is not safe, or that is not known in time."""
        begin = [self.split] if self.split is not None else []
        remedies = (*begin, *(self.trials.remedies[index] for index in sorted(chosen)))
        made = self.trials.make(chosen)
        both = self.editor.write(made) if made is not None else None
        if both is None:
            return None
        text, changes = both
        source = self.editor.source
        written = source.load(text) if changes is None else source.load(text, changes=changes)
        answer = check(
            written, limits=self.limits, failures=self.failures, today=self.today, rollouts=self.rollouts
        )
        if not isinstance(answer.verdict, Safe) or answer.open_properties:
            return None
        certificate, why = self._certify(replace(written, failures=self.failures or written.failures))
        price = sum(one.price for one in remedies)
        edited = self.changes if changes is None else changes
        return RepairPlan(remedies, price, text, answer, certificate, why, edited)

    def _certify(self, deployment: Deployment) -> tuple[Certificate | None, str]:
        if self.rollouts:
            return None, "the code of machines is no part of a proof"
        try:
            return certify(deployment, self.limits, self.today), ""
        except (NotCertifiedError, LimitError) as error:
            return None, str(error)
