"""Several worlds at once: processes share the runs, each with servers and services of its own.

What a worker is given and gives back are frozen values; it makes its own trial of the harness. What comes of
the tour is the same as by one process, run by run; chance is given other seeds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from multiprocessing.util import Finalize
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ...model.resources.alarm import others_code
from ...model.resources.jobs import Workers, run
from .comparison import Comparison, PredictionKey
from .errors import HarnessError
from .exploring import Effort, RandomRuns, explore
from .mixed import MixedVersions
from .parts import Part
from .playing import Played, play
from .runs import Result
from .trial import Trial

Found = TypeVar("Found")


class HarnessClass(NamedTuple):
    """Where another process finds the class of a harness."""

    module: str
    name: str
    file: str

    @staticmethod
    def of(harness: type[MixedVersions]) -> HarnessClass:
        """Raises `HarnessError` for a class that only this process has."""
        name, qualified = harness.__module__, harness.__qualname__
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if file is None or name == "__main__" or getattr(module, qualified, None) is not harness:
            raise HarnessError(f"only a harness at the top of a module can have jobs; `{qualified}` is none")
        return HarnessClass(name, qualified, str(Path(file).resolve()))

    def load(self) -> type[MixedVersions]:
        """The class: of the module of that name, if that is the file, else of the file."""
        try:
            module = import_module(self.module)
        except ImportError:
            module = None
        if module is None or str(Path(module.__file__ or "").resolve()) != self.file:
            spec = spec_from_file_location(self.module, self.file)
            assert spec is not None
            assert spec.loader is not None, "it was loaded from there"
            module = sys.modules[self.module] = module_from_spec(spec)
            spec.loader.exec_module(module)
        found: type[MixedVersions] = getattr(module, self.name)
        return found


class Portion(Struct, frozen=True):
    """What one worker does: its part of the tour, counted from 0, or its part of what chance tries."""

    harness: HarnessClass
    max_states: int
    part: int
    parts: int
    effort: Effort
    refuted: frozenset[PredictionKey] = frozenset()


def refuse_shared(parts: Mapping[str, Part]) -> None:
    """Raises `HarnessError` if something of the parts can be there only once."""
    only = {name: getattr(part, "only_one", "") for name, part in parts.items()}
    if any(only.values()):
        told = "; ".join(f"`{name}` has {what}" for name, what in only.items() if what)
        raise HarnessError(f"several worlds at once need parts of their own: {told}; run it with one job")


class Crew:
    """Workers for one harness, until they are let go. Who has hired them does a share, too.

    Raises `HarnessError` where its parts cannot be there several times.
    """

    def __init__(self, trial: Trial, max_states: int, workers: Workers) -> None:
        assert workers.hire is not None, "somebody is to be hired"
        refuse_shared(trial.parts)
        self._harness, self._max_states = HarnessClass.of(type(trial.harness)), max_states
        self._open, self._count = ExitStack(), max(workers.on_this_machine, 1) + 1
        executor = self._open.enter_context(workers.hire())  # once: what a worker has started serves it again
        self._workers = replace(workers, hire=lambda: nullcontext(executor))

    def let_go(self) -> None:
        """Ends the workers, and all that they have started."""
        self._open.close()

    def drive_all(self, comparison: Comparison, until: float) -> list[Result | None]:
        """What comes of each encounter of the tour, in its order."""
        shares = self._shares(Effort(0, until), frozenset())
        some = self._share_out(drive_share, drive_own_share, comparison, shares)
        found: list[Result | None] = [None] * sum(map(len, some))
        for share, own in zip(shares, some, strict=True):
            found[share.part :: share.parts] = own
        return found

    def explore(self, comparison: Comparison, effort: Effort) -> RandomRuns:
        """Random runs, with a seed for each worker."""
        shares = self._shares(effort, frozenset(comparison.refuted))
        some = self._share_out(explore_share, explore_own_share, comparison, shares)
        wrong = [(one.wrong, one.is_fitful) for one in some if one.wrong is not None]
        shortest, is_fitful = min(wrong, key=lambda one: len(one[0].run.choices), default=(None, False))
        tried, is_cut = sum(one.tried for one in some), any(one.is_cut for one in some)
        return RandomRuns(shortest, tried, is_cut, is_fitful)

    def play(self, comparison: Comparison, effort: Effort) -> Played:
        """Plays, with a seed for each worker."""
        shares = self._shares(effort, frozenset(comparison.refuted))
        some = self._share_out(play_share, play_own_share, comparison, shares)
        told = min((one.told for one in some if one.told), key=len, default="")
        return Played(told, sum(one.tried for one in some), is_cut=any(one.is_cut for one in some))

    def _shares(self, effort: Effort, refuted: frozenset[PredictionKey]) -> list[Portion]:
        first = Random().getrandbits(32) if effort.seed is None else effort.seed  # noqa: S311 - chance, no secret
        most, more = divmod(effort.max_examples, self._count)
        efforts = [
            replace(effort, max_examples=most + (part < more), seed=first + part)
            for part in range(self._count)
        ]
        return [
            Portion(self._harness, self._max_states, part, self._count, own, refuted)
            for part, own in enumerate(efforts)
        ]

    def _share_out(
        self,
        work: Callable[[Portion], Found | str],
        do_own: Callable[[Comparison, Portion], Found],
        comparison: Comparison,
        shares: Sequence[Portion],
    ) -> list[Found]:
        """What comes of each share: of the first here, while workers do the others."""
        own: list[Found | str] = []
        hired = run(work, shares[1:], self._workers, lambda: own.append(do_own(comparison, shares[0])))
        found = [*hired]
        found[:0] = own
        wrong = dict.fromkeys(one for one in found if isinstance(one, str))
        if wrong:
            raise HarnessError("; ".join(wrong))
        return [one for one in found if not isinstance(one, str)]


def drive_own_share(comparison: Comparison, share: Portion) -> tuple[Result | None, ...]:
    """What comes of every so many-th encounter of the tour."""
    stops = comparison.list_stops()[share.part :: share.parts]
    return tuple(comparison.drive_stops(stops, share.effort.until))


def explore_own_share(comparison: Comparison, share: Portion) -> RandomRuns:
    return explore(comparison, share.effort) if share.effort.max_examples else RandomRuns(None, 0)


def play_own_share(comparison: Comparison, share: Portion) -> Played:
    return play(comparison, share.effort) if share.effort.max_examples else Played("", 0)


# --- by a worker ---


_trials: dict[HarnessClass, Trial] = {}
"""What this worker has started, until it ends."""


def _open_trial(harness: HarnessClass) -> Trial:
    if harness not in _trials:
        trial = _trials[harness] = Trial(harness.load()())
        Finalize(None, trial.close, exitpriority=0)
    return _trials[harness]


def _compare(share: Portion, look: Callable[[Comparison], Found]) -> Found | str:
    """What comes of it on servers and services of its own; or what is wrong."""
    try:
        with others_code():
            trial = _open_trial(share.harness)
            if trial.alone:
                return "\n".join(map(str, trial.alone))
            comparison = Comparison(trial, share.max_states)
            comparison.refuted.update(share.refuted)
            return look(comparison)
    except HarnessError as error:
        return str(error)


def drive_share(share: Portion) -> tuple[Result | None, ...] | str:
    return _compare(share, lambda comparison: drive_own_share(comparison, share))


def explore_share(share: Portion) -> RandomRuns | str:
    return _compare(share, lambda comparison: explore_own_share(comparison, share))


def play_share(share: Portion) -> Played | str:
    return _compare(share, lambda comparison: play_own_share(comparison, share))
