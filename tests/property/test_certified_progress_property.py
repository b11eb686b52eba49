"""Proofs of progress on damaged deployments, with parts as they should be and as they come: what is accepted
is so, on a list of all states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import replace as replace_in_deployment
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.errors import TooManyCasesError
from skewproof.model.compiler.system import Event, EventKind, Guard, Reached, System, search
from skewproof.model.deployment import Deployment
from skewproof.model.names import is_pipeline
from skewproof.model.resources.limits import Limits, StateLimitError
from skewproof.properties.certificate.progress import Exits, ProgressProof
from skewproof.properties.certificate.ranking import ProgressMaker
from skewproof.properties.certificate.rules import CertificateRefusedError, Labelled
from skewproof.properties.strategies import deployments
from skewproof.properties.temporal.lasso import find_fair_components
from skewproof.properties.temporal.stall import find_stalled
from support.forging import Adversary
from support.safe_deployments import read
from support.several_pipelines import several_pipelines

LIMITS = Limits(max_states=4_000)
ALIKE = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def damaged(whole: Compiled, chance: Random) -> Compiled:
    """The deployment without some events, and with conditions on others that speak of other variables."""
    events = []
    for event in whole.system.events:
        fate = (
            "as it is"
            if event.kind is EventKind.PIPELINE
            else chance.choice(["as it is"] * 14 + ["gone", "tied"])
        )
        if fate == "tied":
            other = chance.choice(whole.system.variables)
            allowed = frozenset(chance.sample(other.domain, chance.randint(1, len(other.domain))))
            event = replace(event, guard={other.key: allowed, **event.guard})
        if fate != "gone":
            events.append(event)
    return replace(whole, system=System(whole.system.variables, tuple(events)))


def list_proofs(compiled: Compiled, chance: Random) -> Iterator[list[Labelled]]:
    """Those that are looked for; and of the variables in parts as they come."""
    numbers = {id(event): number for number, event in enumerate(compiled.system.events)}
    maker, exits = ProgressMaker(compiled, numbers, LIMITS), Exits(compiled)
    yield from maker.list_candidates()
    own = [v.key for v in compiled.system.variables if not is_pipeline(v.key)]
    maker = Adversary(compiled, numbers, LIMITS, chance)
    for _ in range(8):
        whose = {key: chance.randrange(3) for key in own}
        parts = [frozenset(key for key in own if whose[key] == part) for part in range(3)]
        labelled = [maker._label(n, part, exits) for n, part in enumerate(parts, 1) if part]
        found = [one for one in labelled if one is not None]
        if found:
            yield found


def can_stall(compiled: Compiled, reached: Reached) -> bool:
    complete = [compiled.is_complete(state) for state in reached.states]
    where = enumerate(map(compiled.where, reached.states))
    stops = frozenset(number for number, places in where if any(place.is_stopped for place in places))
    return bool(find_stalled(reached, complete, stops))


def can_wait_for_ever(reached: Reached, known: Guard, here: Guard) -> bool:
    """Whether a fair run can stay where the guards hold, and no pipeline goes on."""
    system = reached.system
    there = [
        n
        for n, state in enumerate(reached.states)
        if system.holds(state, known) and system.holds(state, here)
    ]

    def edges(node: int) -> list[tuple[Event, int]]:
        return list(reached.edges[node])

    def units(node: int) -> frozenset[Hashable]:
        return frozenset(event.group for event, _ in reached.edges[node] if event.group is not None)

    return bool(find_fair_components(there, edges, units))


def hold(compiled: Compiled, chance: Random, seen: Counter[str]) -> None:
    try:
        reached = search(compiled.system, LIMITS)
        exits, proofs = Exits(compiled), list(list_proofs(compiled, chance))
    except (StateLimitError, TooManyCasesError):
        return
    stalls = can_stall(compiled, reached)
    seen["stalls"] += stalls
    for parts in proofs:
        progress = ProgressProof(compiled, parts)
        try:
            progress.check()
        except CertificateRefusedError:
            seen["refused"] += 1
            continue
        assert not stalls
        seen["accepted"] += 1
        _hold_what_comes(compiled, reached, progress, exits, chance, seen)


def _hold_what_comes(
    compiled: Compiled,
    reached: Reached,
    progress: ProgressProof,
    exits: Exits,
    chance: Random,
    seen: Counter[str],
) -> None:
    for event in compiled.system.events:
        if event.kind is not EventKind.PIPELINE or event.group is None:
            continue
        asked = [key for key in event.guard if not is_pipeline(key)]
        unknown = chance.sample(asked, chance.randint(0, len(asked)))
        comes = progress.comes(event.guard, unknown)
        seen["comes" if comes else "need not come"] += 1
        if comes:
            known = {key: allowed for key, allowed in event.guard.items() if key not in unknown}
            for here in exits.list_places(event.guard):
                assert not can_wait_for_ever(reached, known, exits.stand(here)), (str(event.text), unknown)


def run_on(deployment: Deployment, number: int, seen: Counter[str]) -> None:
    chance, whole = Random(number), compile_deployment(deployment)
    hold(whole, chance, seen)
    hold(damaged(whole, chance), chance, seen)


def test_what_is_accepted_of_progress_is_so() -> None:
    seen: Counter[str] = Counter()

    @settings(ALIKE, max_examples=60)
    @given(deployments(), st.integers(0, 2**32), st.booleans())
    def run(deployment: Deployment, number: int, failures: bool) -> None:
        run_on(replace_in_deployment(deployment, failures=failures), number, seen)

    run()
    assert min(seen[word] for word in ("stalls", "accepted", "refused", "comes")) > 10, seen


def test_what_is_accepted_of_the_progress_of_several_pipelines_is_so() -> None:
    seen: Counter[str] = Counter()

    @settings(ALIKE, max_examples=40)
    @given(several_pipelines(most=2), st.integers(0, 2**32), st.booleans())
    def run(data: dict[str, object], number: int, failures: bool) -> None:
        run_on(read(data, failures=failures), number, seen)

    run()
    assert min(seen[word] for word in ("stalls", "accepted", "refused", "comes")) > 10, seen
