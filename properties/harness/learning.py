"""What breaks, learned by trying: each pair of versions at each hop, on the real thing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from math import inf
from time import monotonic
from typing import assert_never

from msgspec import Struct

from ...model.deployment import Aspect, Deployment, Hop, Request, Severity
from ...model.names import Contract
from .arrangement import Arrangement, Arranger, Trait
from .errors import HarnessError
from .rows import list_kept
from .session import Session, cut_to_line
from .trial import Trial


class Finding(StrEnum):
    """What came of trying a pair."""

    WORKS = "works"
    BREAKS = "breaks"
    CORRUPTS = "corrupts"
    UNTRIED = "untried"


class Learned(Struct, frozen=True):
    """One pair at one hop, tried; `evidence` says what happened, or why it could not be tried."""

    trait: Trait
    hop: Hop
    finding: Finding
    evidence: str

    @property
    def is_broken(self) -> bool:
        """A pair that was not tried is judged as if it broke: no evidence is no permission."""
        return self.finding is not Finding.WORKS


Watch = Callable[[int, int], None]
"""Told how many pairs are known, and how many there are."""


def _unwatched(known: int, total: int) -> None:
    """Nobody watches."""


ARRANGEMENTS = 20
"""So many arrangements are tried for a pair that cannot be mixed alone."""


@dataclass
class _Lessons:
    """What is known so far; `suspected` are pairs of runs that failed with more than one unknown pair."""

    trial: Trial
    until: float = inf
    watch: Watch = _unwatched
    requests: Collection[str] | None = None
    known: dict[Trait, Learned] = field(default_factory=dict)
    suspected: dict[Trait, Session] = field(default_factory=dict)

    def learn(self) -> None:
        """Tries pairs until nothing new is learned.

        A pair is known to break by a run that fails and has no other unknown mixed pair. Some pairs
        cannot be mixed alone (what is carried from A to B is new to B or A's caller is); a run that
        works with several shows that all of them work.
        """
        requests = {one.name: one for one in choose_requests(self.trial.deployment, self.requests)}
        arrangers = {name: Arranger(self.trial.deployment, request) for name, request in requests.items()}
        traits = [trait for arranger in arrangers.values() for trait in arranger.traits()]
        while any(
            self._has_time(len(traits)) and self._try(t, arrangers[t.request]) for t in self._open(traits)
        ):
            pass
        for trait in traits:
            if trait not in self.known:
                self._give_up(trait)

    def _open(self, traits: list[Trait]) -> Iterator[Trait]:
        return (trait for trait in traits if trait not in self.known)

    def _has_time(self, total: int) -> bool:
        self.watch(len(self.known), total)
        return monotonic() < self.until

    def _try(self, trait: Trait, arranger: Arranger) -> bool:
        """Whether something was learned."""
        alone = next(arranger.arrange(trait, self._is_fine), None)
        if alone is not None:
            self._judge(trait, alone, self._run(trait, alone))
            return True
        together = islice(arranger.arrange(trait, self._is_not_broken), ARRANGEMENTS)
        return any(self._works(trait, arrangement) for arrangement in sorted(together, key=self._unknown))

    def _unknown(self, arrangement: Arrangement) -> int:
        return sum(trait not in self.known for trait in arrangement.mixed)

    def _judge(self, trait: Trait, arrangement: Arrangement, session: Session) -> None:
        if session.failure is not None:
            finding = Finding.CORRUPTS if session.failure.is_corruption else Finding.BREAKS
            self._note(trait, finding, session.failure.evidence)
        elif not _is_served(session, arrangement):
            self._note(trait, Finding.UNTRIED, session.undeclared or "the request never came to this hop")
        else:
            self._note(trait, Finding.WORKS, "")

    def _works(self, trait: Trait, arrangement: Arrangement) -> bool:
        session = self._run(trait, arrangement)
        if session.failure is not None:
            self.suspected.setdefault(trait, session)
        if session.failure is not None or not _is_served(session, arrangement):
            return False
        for other in arrangement.mixed:
            if other not in self.known:
                self._note(other, Finding.WORKS, "")
        return True

    def _give_up(self, trait: Trait) -> None:
        session = self.suspected.get(trait)
        if session is not None and session.failure is not None:
            what = f"{session.failure.evidence}, or another pair of that run"
            finding = Finding.CORRUPTS if session.failure.is_corruption else Finding.BREAKS
            self._note(trait, finding, what)
        elif monotonic() >= self.until:
            self._note(trait, Finding.UNTRIED, "there was no time left")
        else:
            self._note(
                trait, Finding.UNTRIED, "no request meets it without meeting something else that breaks"
            )

    def _is_fine(self, trait: Trait) -> bool:
        return trait in self.known and self.known[trait].finding is Finding.WORKS

    def _is_not_broken(self, trait: Trait) -> bool:
        return trait not in self.known or self._is_fine(trait)

    def _run(self, trait: Trait, arrangement: Arrangement) -> Session:
        trial = self.trial
        with trial.world() as world:
            for contract, version in arrangement.schemas.items():
                world.databases.migrate(contract, version)
            world.switches.turn(dict.fromkeys(world.switches.flags, True))
            for (contract, form), entries in trial.specimens.items():
                for entry in entries:
                    world.store.put(contract, form, entry)
            request = next(r for r in trial.deployment.requests if r.name == trait.request)
            return trial.run(world, request, arrangement)

    def _note(self, trait: Trait, finding: Finding, evidence: str) -> None:
        request = next(r for r in self.trial.deployment.requests if r.name == trait.request)
        self.known[trait] = Learned(trait, request.hops[trait.hop - 1], finding, cut_to_line(evidence))


def _is_served(session: Session, arrangement: Arrangement) -> bool:
    """Whether the request was answered and came to every mixed pair on its way."""
    last = max((trait.hop for trait in arrangement.mixed), default=0)
    return session.is_served and max(session.crossed, default=0) >= last


def choose_requests(deployment: Deployment, names: Collection[str] | None) -> list[Request]:
    """The requests of those names, in the order of the file; all for None."""
    return [one for one in deployment.requests if names is None or one.name in names]


def count_pairs(deployment: Deployment) -> dict[str, int]:
    """How many pairs there are to be tried of each request."""
    return {one.name: sum(1 for _ in Arranger(deployment, one).traits()) for one in deployment.requests}


def share_requests(deployment: Deployment, parts: int) -> list[tuple[str, ...]]:
    """The names of the requests in so many parts, or fewer, of about as many pairs each.

    What is learned of one request says nothing of another: each part can be learned by itself.
    """
    pairs = count_pairs(deployment)
    shares: list[list[str]] = [[] for _ in range(parts)]
    for name in sorted(pairs, key=lambda name: -pairs[name]):  # stable
        min(shares, key=lambda share: sum(pairs[one] for one in share)).append(name)
    return [tuple(share) for share in shares if share]


def learn(
    trial: Trial,
    *,
    budget_s: float | None = None,
    watch: Watch = _unwatched,
    requests: Collection[str] | None = None,
) -> tuple[Learned, ...]:
    """Every mixed pair at every hop of the requests (by default of all) with what came of it, in their order.

    After `budget_s` seconds no other run begins, and what was not tried is told so. `watch` hears how far it
    has come.

    Raises `HarnessError` if a version does not serve its requests even alone.
    """
    if trial.alone:
        raise HarnessError("\n".join(map(str, trial.alone)))
    until = inf if budget_s is None else monotonic() + budget_s
    lessons = _Lessons(trial, until, watch, requests)
    lessons.learn()
    deployment = trial.deployment
    order = [
        t for request in choose_requests(deployment, requests) for t in Arranger(deployment, request).traits()
    ]
    return tuple(lessons.known[trait] for trait in order)


# --- as a file of changes -----------------------------------------------------------------------


def changes_text(deployment: Deployment, learned: Iterable[Learned], told: str) -> str:
    """The `changes:` file that says what was learned, with the evidence beside each line.

    `told` says where it comes from. A contract of which every pair worked breaks for none; a pair that was
    not tried is `unknown`.
    """
    by_contract: dict[Contract, list[Learned]] = {}
    for lesson in learned:
        by_contract.setdefault(lesson.trait.contract, []).append(lesson)
    kept = list_kept(deployment)
    lines = [f"# {cut_to_line(told)}", "release: learned", "changes:"]
    for contract in deployment.contracts:
        if contract in by_contract:
            lines += _contract_lines(contract, by_contract[contract], is_kept=contract in kept)
    if lines[-1] == "changes:":
        lines[-1] = "changes: {}"
    return "\n".join(lines) + "\n"


def _contract_lines(contract: Contract, lessons: list[Learned], *, is_kept: bool) -> Iterator[str]:
    broken: dict[tuple[Aspect, str, str], list[Learned]] = {}
    for lesson in lessons:
        if lesson.is_broken:
            trait = lesson.trait
            broken.setdefault((trait.aspect, trait.consumer, trait.provider), []).append(lesson)
    yield f"  {_scalar(str(contract))}:"
    if is_kept:
        yield "    rows: kept"
    if not broken:
        yield f"    breaks: none  # {len(lessons)} mixed pairs tried, all of them work"
        return
    if all(lesson.finding is Finding.CORRUPTS for found in broken.values() for lesson in found):
        yield f"    severity: {Severity.CORRUPTION}"
    yield "    breaks:"
    for aspect in Aspect:
        pairs = {key[1:]: _best(found) for key, found in broken.items() if key[0] is aspect}
        if pairs:
            yield f"      {aspect}:"
            is_listed = all(best.finding is not Finding.UNTRIED for best in pairs.values())
            yield from (_pair_line(pair, best, is_listed) for pair, best in pairs.items())


def _best(found: list[Learned]) -> Learned:
    """The first evidence that there is."""
    return min(found, key=lambda lesson: lesson.finding is Finding.UNTRIED)


def _pair_line(pair: tuple[str, str], best: Learned, is_listed: bool) -> str:
    """The pair with its evidence; where one of them was not tried, with what is known of each."""
    what = "not tried: " if best.finding is Finding.UNTRIED else ""
    evidence = cut_to_line(f"{best.trait.request}, hop {best.trait.hop}: {what}{best.evidence}")
    written = _scalar(" -> ".join(pair))
    return f"        {f'- {written}' if is_listed else f'{written}: {_known(best.finding)}'}  # {evidence}"


def _known(finding: Finding) -> str:
    """The severity of a pair, as a file has it."""
    match finding:
        case Finding.BREAKS:
            return str(Severity.ERROR)
        case Finding.CORRUPTS:
            return str(Severity.CORRUPTION)
        case Finding.UNTRIED:
            return "unknown"
        case Finding.WORKS:
            raise AssertionError("what works is not written")
        case _:
            assert_never(finding)


_PLAIN = re.compile(r"[A-Za-z][\w./ >-]*(?<! )")


def _scalar(text: str) -> str:
    """The text as a YAML scalar, quoted unless it is sure to be plain."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def collect_breaks(
    learned: Iterable[Learned],
) -> Mapping[tuple[Contract, Aspect], frozenset[tuple[str, str]]]:
    """What was learned as `breaks` sets; what breaks for no pair is missing."""
    found: dict[tuple[Contract, Aspect], frozenset[tuple[str, str]]] = {}
    for lesson in learned:
        if lesson.is_broken:
            trait = lesson.trait
            key = trait.contract, trait.aspect
            found[key] = found.get(key, frozenset()) | {(trait.consumer, trait.provider)}
    return found
