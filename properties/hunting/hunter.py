"""The hunt: request paths that nobody declared, and that would meet an incompatible pair.

First every path of up to four hops is judged, then Hypothesis chooses longer ones and shrinks what it
finds. Each is judged in its slices, over all interleavings of the deployment *with the path
in it* (so the path's own writes count as traffic, as they would if it were declared); nothing that is
reported is a guess.

Three kinds of paths are not judged (`pruning`), because nothing new can be found there:
* a path that is not its own essence (`essence`): the shorter path meets whatever it meets;
* a path with a call for which another one stands (`alike`), unless it is for the sake of that call;
* a path of which every pair that it looks up, and that breaks, is known from a declared request or a
  find: `list_hop_lookups` lists all that a hop can ever meet, before any search.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

from msgspec import Struct

from ...model.compiler.task import Task
from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import Walker
from ...model.deployment import Deployment, Hop, Request
from ...model.machines.rollouts import Rollout
from ...model.resources.alarm import alarm, others_code
from ...model.resources.limits import LimitError, Limits, StateLimitError
from ..checker import check
from ..engines.choice import RequestJudge
from ..engines.registry import AUTO
from ..lookups.listing import list_hop_lookups
from ..lookups.lookup import Lookup
from ..verdict import HopHazard, list_hop_hazards
from .call_graph import CallGraph, Hops, name_all_sources
from .essence import Essences
from .prospects import Breakage, Prospects, name_breakage
from .pruning import Pruning
from .traffic import DeclaredTraffic

ENUMERATED_HOPS = 4
"""Up to so many hops every path is tried."""

LONGEST = 12
"""So many hops Hypothesis's paths have at most."""


class Find(Struct, frozen=True):
    """A path that nobody declared, and the hazards that it has first: if this path exists.

    `deployment` is the one that was hunted with the path among its requests, and `is_enumerated` says
    whether the plain enumeration had it.
    """

    request: Request
    hazards: tuple[HopHazard, ...]
    deployment: Deployment
    is_enumerated: bool


class Hunt(Struct, frozen=True):
    """What was found, the shortest first, and what was tried.

    `paths` is the number of paths of up to `ENUMERATED_HOPS` hops, `judged` how many paths went
    through the engine, `examples` how many longer ones Hypothesis chose. `unjudged` are those at which
    a limit was hit: of them nothing is known. `open_hops` are those at which longer paths that were not
    chosen might still meet something new; without any, no path of any length does.
    """

    finds: tuple[Find, ...]
    paths: int
    judged: int
    examples: int
    unjudged: int
    open_hops: Hops = ()


class HazardousPathError(AssertionError):
    """A path that nobody declared would meet a hazard; `finds` has them all."""

    def __init__(self, finds: tuple[Find, ...]) -> None:
        super().__init__("\n".join(f"if this path exists: {_shown(found)}" for found in finds))
        self.finds = finds


def hunt(
    deployment: Deployment,
    *,
    rollouts: Mapping[str, Rollout] | None = None,
    max_examples: int = 200,
    seed: int = 0,
    database: Path | None = None,
    limits: Limits | None = None,
    engine: str = AUTO,
) -> Hunt:
    """The shortest undeclared paths that meet hazards which no declared request has.

    A find is reported only for hazards that neither a declared request nor a shorter find has at the
    same hop and pair. `max_examples` is how many paths longer than four hops Hypothesis may choose in
    each of its rounds (a round ends with a find, the last one with none), `seed` what it starts from,
    `database` a directory in which it keeps what it found, to try that first another time.

    `rollouts` gives components a life of their own. `limits` bounds each search and all of them together; a
    path at which one is hit counts as unjudged, and where nothing more may be spent the hunt is over.
    `engine` tells of the hazards of a find.
    Raises `ValueError` where nothing is given to judge (`deployment.changes` is None) or hunts do not know
    something that the deployment has, and `LimitError`
    where a limit is hit at a declared request.
    """
    if deployment.changes is None:
        raise ValueError("nothing was given to judge: the deployment has no changes")
    if refused := tell_unknown(deployment):
        raise ValueError(refused)
    limits = limits or Limits()
    hunter = _Hunter(deployment, limits, rollouts, engine)
    with suppress(LimitError), alarm(limits):
        hunter.enumerate()
        if database is not None:
            hunter.try_again(_kept(deployment, database))
        if max_examples:
            hunter.choose(max_examples, seed)
        hunter.is_through = True
    if database is not None:
        _keep(deployment, database, [hops for hops, _, enumerated in hunter.finds if not enumerated])
    return hunter.hunt()


def tell_unknown(deployment: Deployment) -> str | None:
    """What the deployment has that hunts do not know, in words; None if they know it all. Whether
    an instance of a path that nobody declared was picked as the leader nobody has said."""
    if not deployment.led:
        return None
    return f"hunts do not know leaders, as {', '.join(deployment.led)} has one"


def _kept(deployment: Deployment, directory: Path) -> Iterator[list[str]]:
    """The longer paths that hunts of this system kept; what cannot be read is passed over."""
    from hypothesis.database import DirectoryBasedExampleDatabase

    for entry in sorted(DirectoryBasedExampleDatabase(directory).fetch(_database_key(deployment))):
        with suppress(ValueError):
            texts = json.loads(entry)
            if isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts):
                yield texts


def _keep(deployment: Deployment, directory: Path, found: list[Hops]) -> None:
    from hypothesis.database import DirectoryBasedExampleDatabase

    database = DirectoryBasedExampleDatabase(directory)
    for hops in found:
        database.save(_database_key(deployment), json.dumps(list(map(_text, hops))).encode())


def _database_key(deployment: Deployment) -> bytes:
    return f"skewproof hunt {deployment.system}".encode()


def _text(hop: Hop) -> str:
    """The hop's kind, in words that stay the same when other requests change."""
    return str(replace(hop, using=()))


def assert_no_hazardous_path(
    deployment: Deployment, *, max_examples: int = 200, seed: int = 0, database: Path | None = None
) -> None:
    """For a test suite: raises `HazardousPathError` (an `AssertionError`) with what a hunt finds, and
    `StateLimitError` where it finds nothing but could not judge all."""
    hunted = hunt(deployment, max_examples=max_examples, seed=seed, database=database)
    if hunted.finds:
        raise HazardousPathError(hunted.finds)
    if hunted.unjudged:
        raise StateLimitError(Limits().listed_states)


def _shown(found: Find) -> str:
    path = "; ".join(map(str, found.request.hops))
    told = ", ".join(
        f"hop {h.hop} {h.consumer_version or 'nobody'} -> {h.provider_version or 'nobody'} "
        f"({h.aspect or h.kind})"
        for h in found.hazards
    )
    return f"{path}: {told}"


class _Over(BaseException):
    """A limit on its way through Hypothesis, which would take any `Exception` for a failure of the path."""

    def __init__(self, limit: LimitError) -> None:
        super().__init__(limit)
        self.limit = limit


class _Hunter:
    """A hunt under way: what is known, and what has been judged."""

    def __init__(
        self,
        deployment: Deployment,
        limits: Limits,
        rollouts: Mapping[str, Rollout] | None = None,
        engine: str = AUTO,
    ) -> None:
        self.deployment, self.limits, self.rollouts, self.engine = deployment, limits, rollouts, engine
        self.graph = CallGraph(deployment)
        wide = name_all_sources(self.graph)
        self.essences = Essences(self.graph, wide)
        self.vocabulary = Vocabulary(wide, rollouts)
        self.prospects = Prospects(self.graph, self.vocabulary)
        task = Task(deployment, rollouts, limits)
        self.pruning = Pruning(self.graph, self.essences, self.prospects)
        self.judge, self.traffic = RequestJudge(task), DeclaredTraffic(deployment)
        self.finds: list[tuple[Hops, frozenset[Breakage], bool]] = []
        self.judged: dict[Hops, frozenset[Breakage] | None] = {}
        self.examples = 0
        self.is_through = False
        self.known: set[Breakage] = set()
        for request in deployment.requests:
            self.known |= _breakages(request.hops, self.judge.find_broken_lookups(request))
        self.prospects.know(self.known)

    # --- the two parts of a hunt ---

    def enumerate(self) -> None:
        """Judges every path of up to four hops, the shorter ones first."""
        begun: list[Hops] = [()]
        for left in range(ENUMERATED_HOPS - 1, -1, -1):
            going_on = [hops for hops in begun if self.pruning.can_come_to_something(hops, left + 1)]
            begun = []
            for shorter in going_on:
                self.limits.check_resources()
                begun += [hops for hops in self._try_longer(shorter) if self._can_go_on(hops, left)]

    def _try_longer(self, shorter: Hops) -> Iterator[Hops]:
        """Judges the paths that have one hop more, as far as that need be."""
        for hops in ((*shorter, hop) for hop in self.graph.extensions(shorter)):
            if self.pruning.can_be_for_one(hops):
                if self.pruning.may_be_new(hops):
                    self._keep(hops, is_enumerated=True)
                yield hops

    def _can_go_on(self, hops: Hops, left: int) -> bool:
        return self.pruning.can_come_to_something(hops, left) and self.pruning.can_become_essential(
            hops, left
        )

    def choose(self, max_examples: int, seed: int) -> None:
        """Lets Hypothesis find longer paths, until a round finds none, or nothing is left to be found."""
        from hypothesis import HealthCheck, Phase, find, settings
        from hypothesis.errors import NoSuchExample

        from .paths import promising_paths

        used = settings(
            max_examples=max_examples,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        while not self.prospects.are_over:
            longer = promising_paths(
                self.graph,
                min_hops=ENUMERATED_HOPS + 1,
                max_hops=LONGEST,
                leads_on=self.pruning.is_worth_a_choice,
            )
            try:
                chance = Random(seed)  # noqa: S311 - the same each time is what it is for
                with others_code():  # which would take a limit for a failure, and try it again
                    hops = find(longer, self._is_new, settings=used, random=chance)
            except NoSuchExample:
                return
            except _Over as over:
                raise over.limit from None
            self._keep_part(hops)

    def try_again(self, kept: Iterator[list[str]]) -> None:
        """Judges the paths that an earlier hunt kept, as far as they still are paths."""
        for texts in kept:
            hops: Hops = ()
            for text in texts:
                follow = [hop for hop in self.graph.extensions(hops) if _text(hop) == text]
                hops = (*hops, *follow[:1])
            if len(hops) == len(texts):
                self._keep_part(hops)

    def _is_new(self, hops: Hops) -> bool:
        self.examples += 1
        try:
            return self._essence(hops) is not None
        except LimitError as limit:
            raise _Over(limit) from None

    def _essence(self, hops: Hops) -> Hops | None:
        """The part of a longer path that meets something new: of its earliest hop that does."""
        parts = (self.essences.essence(hops, goal) for goal in range(1, len(hops) + 1))
        return next((part for part in parts if len(part) > ENUMERATED_HOPS and self._new(part)), None)

    def _keep_part(self, hops: Hops) -> None:
        if part := self._essence(hops):
            self._keep(part, is_enumerated=False)

    # --- judging ---

    def _keep(self, hops: Hops, *, is_enumerated: bool) -> None:
        if new := self._new(hops):
            self.finds.append((hops, new, is_enumerated))
            self.known |= new
            self.prospects.know(self.known)

    def _new(self, hops: Hops) -> frozenset[Breakage]:
        """The hazards of the path that are not known yet."""
        if not (self.prospects.can_be_cut_off(hops) or self._list_possible(hops) - self.known):
            return frozenset()
        if hops not in self.judged:
            request = Request("path", hops)
            try:
                self.judged[hops] = _breakages(hops, self._judge(request))
            except LimitError:
                self.judged[hops] = None
                self.limits.check_resources()  # of the next path nothing would be known, either
        return (self.judged[hops] or frozenset()) - self.known

    def _judge(self, request: Request) -> list[Lookup]:
        """What breaks in the deployment with the request in it, at hops of which it is the essence."""
        numbers = None if self.pruning.can_interrupt else frozenset(self.essences.goals(request.hops))
        if self.traffic.has(request):
            return self.judge.find_broken_lookups(request, numbers)
        task = Task(_with(self.deployment, request), self.rollouts, self.limits)
        return RequestJudge(task).find_broken_lookups(request, numbers)

    def _list_possible(self, hops: Hops) -> frozenset[Breakage]:
        """All broken pairs that its hops could look up, were every state reachable."""
        if not self.pruning.is_any_open(hops):
            return frozenset()
        walker = Walker(self.vocabulary, Request("path", hops))
        numbers = range(1, len(hops) + 1)
        lookups = (pair for n in numbers for pair in list_hop_lookups(self.vocabulary, walker, n))
        return _breakages(hops, (pair for pair in lookups if pair.is_broken))

    # --- what is told ---

    def hunt(self) -> Hunt:
        finds = sorted(self.finds, key=lambda found: len(found[0]))
        return Hunt(
            finds=tuple(self._told(finds)),
            paths=self.graph.count(ENUMERATED_HOPS),
            judged=len(self.judged),
            examples=self.examples,
            unjudged=max(sum(judged is None for judged in self.judged.values()), int(not self.is_through)),
            open_hops=tuple(kind for kind in self.graph.kinds if self.prospects.is_open(kind)),
        )

    def _told(self, finds: list[tuple[Hops, frozenset[Breakage], bool]]) -> Iterator[Find]:
        for number, (hops, new, is_enumerated) in enumerate(finds, start=1):
            request = Request(self._name(number), hops)
            deployment = _with(self.deployment, request)
            limits = Limits(self.limits.max_states)
            hazards = check(deployment, rollouts=self.rollouts, limits=limits, engine=self.engine).hazards
            told = [
                h
                for h in list_hop_hazards(hazards)
                if h.request == request.name and _breakage_of(hops, h) in new
            ]
            yield Find(request, tuple(told), deployment, is_enumerated)

    def _name(self, number: int) -> str:
        """A name that no declared request has."""
        declared = {request.name for request in self.deployment.requests}
        name = f"undeclared path {number}"
        while name in declared:
            name += "'"
        return name


def _with(deployment: Deployment, request: Request) -> Deployment:
    """With the request; what the file accepts, it accepts of the requests that it declares."""
    return replace(deployment, requests=(*deployment.requests, request), accept=())


def _breakages(hops: Hops, lookups: Iterable[Lookup]) -> frozenset[Breakage]:
    """What breaks at the hops of a path."""
    return frozenset(name_breakage(hops[lookup.hop - 1], lookup) for lookup in lookups)


def _breakage_of(hops: Hops, hazard: HopHazard) -> Breakage:
    hop = replace(hops[hazard.hop - 1], using=(), place=None)
    return Breakage(hop, hazard.kind, hazard.aspect, hazard.consumer_version, hazard.provider_version)
