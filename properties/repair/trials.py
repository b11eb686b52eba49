"""Sets of remedies, made and judged: each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from ...model.deployment import Deployment
from .arranging import arrange
from .by_contract import gather, spread
from .edits import AddedWait, Amend, Insert, Omit, Order, Remedy, Subject, Unit
from .judging import NO_VERDICT, Oracle

Chosen = frozenset[int]
"""Remedies, by their index (from 0)."""

FEW = 24
"""Of so many remedies each is held against each hazard, also against one for which nobody proposed it."""


class Trials:
    """What is known of sets of some remedies for one deployment; `wrong` is what is wrong without any. No
    plan makes what is not `accepts`-ed; what is made is judged `judged_as` something else. Remedies are for
    the deployment as `spread` writes it."""

    def __init__(
        self,
        deployment: Deployment,
        remedies: Sequence[Remedy],
        oracle: Oracle,
        wrong: Iterable[str],
        accepts: Callable[[Deployment], bool] = lambda _: True,
        judged_as: Callable[[Deployment], Deployment] = lambda made: made,
    ) -> None:
        self._accepts, self._judged_as = accepts, judged_as
        self.remedies, self.wrong = tuple(remedies), frozenset(wrong)
        self._deployment, self._spread, self._oracle = deployment, spread(deployment), oracle
        self._made: dict[Chosen, Deployment | None] = {frozenset(): deployment}
        self._judged: dict[Chosen, frozenset[str]] = {frozenset(): self.wrong}
        self._anchors = [_list_anchors(remedy) for remedy in self.remedies]

    def under(
        self, oracle: Oracle, wrong: Iterable[str], judged_as: Callable[[Deployment], Deployment]
    ) -> Trials:
        """The same remedies, judged by another oracle as something else."""
        return Trials(self._deployment, self.remedies, oracle, wrong, self._accepts, judged_as)

    @property
    def all(self) -> Chosen:
        return frozenset(range(len(self.remedies)))

    def touching(self, hazard: str) -> Chosen:
        """The remedies that may have to do with a hazard: of few all, of many those that are proposed for
        it, and those that were seen to take it away alone."""
        if len(self.remedies) <= FEW:
            return self.all
        return frozenset(
            index
            for index, remedy in enumerate(self.remedies)
            if hazard in remedy.touches or hazard not in self._judged.get(frozenset({index}), {hazard})
        )

    def price(self, chosen: Chosen) -> int:
        return sum(self.remedies[index].price for index in chosen)

    def kinds(self, chosen: Chosen) -> frozenset[str]:
        return frozenset(str(self.remedies[index].kind) for index in chosen)

    def ends(self, chosen: Chosen) -> frozenset[Subject]:
        """What may end otherwise with these remedies."""
        return frozenset(end for index in chosen for end in self.remedies[index].ends)

    def make(self, chosen: Chosen) -> Deployment | None:
        """The deployment with these remedies; None where some of them exclude each other."""
        if chosen not in self._made:
            edits = [edit for index in sorted(chosen) for edit in self.remedies[index].edits]
            made = arrange(self._spread, edits)
            self._made[chosen] = None if made is None else gather(made, self._deployment)
        return self._made[chosen]

    def judge(self, chosen: Chosen) -> frozenset[str]:
        """What is wrong with them, of what can be made. Raises `BudgetSpentError`."""
        if chosen not in self._judged:
            made = self.make(chosen)
            assert made is not None, "only what can be made is judged"
            self._judged[chosen] = self._oracle.judge(self._judged_as(made), self.ends(chosen)).wrong
        return self._judged[chosen]

    def is_plan(self, chosen: Chosen) -> bool:
        """Whether they can be made, nothing is wrong with them, and whoever asks accepts what they make."""
        made = self.make(chosen)
        return made is not None and not self.judge(chosen) and self._accepts(made)

    def list_harmless(self) -> list[Chosen]:
        """The sets that were judged and leave nothing wrong."""
        return [chosen for chosen, wrong in self._judged.items() if not wrong]

    def grow(self, kept: Chosen, chunk: Iterable[int]) -> Chosen:
        """The set with those of the chunk that are no rivals of what is in it, and can be made with it."""
        for index in chunk:
            more = kept | {index}
            if not self._has_rival(index, kept) and self.make(more) is not None:
                kept = more
        return kept

    def nearest(self) -> Chosen | None:
        """Of the sets that were judged one that leaves the least wrong, the cheapest of these; None where
        none leaves less wrong than there was. Where a check was cut short after some hazards, of others
        nothing is known."""
        known = ((chosen, wrong) for chosen, wrong in self._judged.items() if not _is_cut_short(wrong))
        judged = ((len(wrong), self.price(chosen), sorted(chosen)) for chosen, wrong in known)
        wrong, _, chosen = min(judged)
        return frozenset(chosen) if chosen and wrong < len(self.wrong) else None

    def is_monotone(self) -> bool:
        """Whether of the sets that were judged none shows that a remedy brings a hazard back."""
        judged = [
            (chosen, alive & self.wrong) for chosen, alive in self._judged.items() if NO_VERDICT not in alive
        ]
        return all(
            more[1] <= less[1] if less[0] < more[0] else less[1] <= more[1] if more[0] < less[0] else True
            for less, more in combinations(judged, 2)
        )

    def _has_rival(self, index: int, kept: Chosen) -> bool:
        """Two orders that speak of one unit contend for a place, and the one can undo what the other does."""
        mine = self._anchors[index]
        return any(mine & self._anchors[other] for other in kept)


def _is_cut_short(wrong: frozenset[str]) -> bool:
    return NO_VERDICT in wrong and len(wrong) > 1


def _list_anchors(remedy: Remedy) -> frozenset[Unit]:
    """The units that the remedy moves, or beside which it puts something."""
    found: set[Unit] = set()
    for edit in remedy.edits:
        if isinstance(edit, Order):
            found |= {*edit.movers, edit.anchor}
        elif isinstance(edit, AddedWait | Amend):
            found.add(edit.unit)
        elif isinstance(edit, Omit):
            found |= {*edit.units}
        elif isinstance(edit, Insert) and edit.anchor is not None:
            found.add(edit.anchor)
    return frozenset(found)
