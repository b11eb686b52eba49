"""The oracle: a naive full search of the semantics, the judge of every engine of skewproof.

It is written from DESIGN and docs/semantics.md (paragraphs in brackets) alone and imports nothing
of skewproof. It enumerates every state of the deployment, and every state of the deployment with
each request; so it is for small deployments.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from support.oracle_accept import (
    TODAY,
    Entry,
    entries_on,
    is_hop_accepted,
    is_property_accepted,
)
from support.oracle_actions import actions_of
from support.oracle_changes import bare_aspects
from support.oracle_coverage import Cell, CellKey, Coverage, Status, cover
from support.oracle_deployment import first_state, is_complete
from support.oracle_hop import IDLE, hop_outcomes
from support.oracle_parse import (
    OBTAINS,
    RELAYS,
    SEVERITIES,
    Change,
    Hop,
    as_written,
    names_of,
    provider_of,
)
from support.oracle_plan import Plan, read_plan
from support.oracle_predicate import holds
from support.oracle_search import HazardKey, MixedPair, Sighting, TooManyStatesError, Watch, key_of, search
from support.oracle_space import (
    PropertyKey,
    backwards,
    can_complete,
    deployment_space,
    distances,
    interleavings,
    properties_met,
    ways_back,
)
from support.oracle_state import Deployment, get

__all__ = [
    "Cell",
    "CellKey",
    "Coverage",
    "Hazard",
    "HazardKey",
    "Judgement",
    "PropertyKey",
    "Status",
    "TooManyStatesError",
    "judge",
]


AnyKey = HazardKey | PropertyKey | str
"""What tells any hazard from another."""
STALL = "the pipeline can stall"


@dataclass(frozen=True, slots=True)
class Hazard:
    """What is told of a hazard (25 to 28, 61, 95); `length` counts every event, the failing hop included."""

    window: frozenset[str]
    inevitable: bool
    span: int
    length: int
    severity: str
    for_ever: bool = False
    if_it_breaks: bool = False
    places: frozenset[frozenset[str]] = field(default=frozenset(), compare=False)
    """Of what no request meets: the steps in which the pipelines can stand together then (93, 101)."""


Places = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole answer; `states` are those of the deployment and of it with each request.

    `properties` are the hazards of kind property that no request meets (60), `formulas` those of
    `always P` and `never P` (62 to 65; the oracle judges no others), and `stall` that the pipeline
    can stall (66); `avoidable` leaves them aside. `way_back` says of each step whether it has one, in
    order; empty without failures and a rollback (59). `enabled_after` are the flags that somebody
    else enables (72); `accepted` the hazards that count for nothing (93), those of formulas by their
    text.
    """

    verdict: str
    hazards: Mapping[HazardKey, Hazard]
    properties: Mapping[PropertyKey, Hazard]
    formulas: Mapping[str, Hazard]
    stall: Hazard | None
    avoidable: bool
    residue: frozenset[str]
    unjudged: frozenset[str]
    never_mixed: frozenset[str]
    compatible: frozenset[MixedPair]
    interleavings: int | None
    states: int
    way_back: Mapping[str, bool]
    coverage: Coverage
    enabled_after: frozenset[str]
    accepted: frozenset[AnyKey]

    @property
    def point_of_no_return(self) -> str | None:
        """The first step without a way back."""
        return next((step for step, has in self.way_back.items() if not has), None)


def judge(
    data: Mapping[str, Any],
    *,
    pessimistic: bool = False,
    failures: bool = False,
    most_states: int | None = None,
    today: str = TODAY,
) -> Judgement:
    """The judgement of a deployment, given as `yaml.safe_load` gives its file.

    Raises TooManyStatesError if there are more states than that.
    """
    plan = read_plan(data, pessimistic=pessimistic, failures=failures)
    watch = Watch(most_states)
    space = deployment_space(plan, most_states)
    for request in plan.requests:
        search(plan, request, watch)
    complete = {state for state in space if is_complete(plan, state)}
    hits = _hits(plan, space)
    properties = _properties(plan, space, complete)
    formulas = _formulas(data, plan, space, complete)
    stall = _stall(plan, space, complete)
    coverage = cover(data, plan, space, watch.sightings, _without_span(plan, watch))
    nothing_given = not pessimistic and data.get("changes") is None
    hazards = {key: _hazard(plan, key, seen, space, hits, complete) for key, seen in watch.sightings.items()}
    asked = _name_all(properties, formulas, stall)
    accepted = _accepted(plan, entries_on(data, today), _places_of(plan, watch), asked)
    counting = [one for key, one in hazards.items() if key not in accepted]
    sure = bool(asked.keys() - accepted) or not all(one.if_it_breaks for one in counting)
    broken = counting or asked.keys() - accepted
    is_open = nothing_given or bool(coverage.idle) or _is_nothing_judged(plan)
    open_question = (is_open and not broken) or (broken and not sure)
    return Judgement(
        "unknown" if open_question else "unsafe" if broken else "safe",
        hazards,
        properties,
        formulas,
        stall,
        can_complete(space, complete, lambda state: not hits[state] - accepted),
        _residue(plan, complete),
        _unjudged(plan),
        _named(plan) - {contract for contract, *_ in watch.mixed},
        frozenset(_compatible(data, plan, watch)),
        interleavings(plan),
        watch.states + len(space),
        ways_back(
            plan,
            space,
            complete,
            {positions for key, positions in watch.met_at if key not in accepted}
            | _wrong_at(data, plan, space, formulas.keys() - accepted),
            frozenset(key for key in properties if key in accepted),
        )
        if failures and "rollback" in data
        else {},
        coverage,
        frozenset(plan.afterwards),
        accepted,
    )


def name_of(key: PropertyKey) -> str:
    """What a hazard of 60 is called; actions that read alike have one name."""
    return f"{key.later}, after {key.irreversible}"


def _name_all(
    properties: Mapping[PropertyKey, Hazard], formulas: Mapping[str, Hazard], stall: Hazard | None
) -> Mapping[PropertyKey | str, tuple[str, Hazard]]:
    """What no hop meets, each with its name."""
    named: dict[PropertyKey | str, tuple[str, Hazard]] = {
        key: (name_of(key), found) for key, found in properties.items()
    }
    named |= {text: (text.partition(": ")[0], found) for text, found in formulas.items()}
    return named | ({STALL: (STALL, stall)} if stall else {})


def _accepted(
    plan: Plan,
    entries: list[Entry],
    places: Mapping[HazardKey, Places],
    asked: Mapping[PropertyKey | str, tuple[str, Hazard]],
) -> frozenset[AnyKey]:
    """What counts for nothing (93)."""
    met = (key for key, where in places.items() if is_hop_accepted(plan, entries, key, where))
    others = (key for key, (name, one) in asked.items() if is_property_accepted(entries, name, one.places))
    return frozenset((*met, *others))


def _places_of(plan: Plan, watch: Watch) -> Mapping[HazardKey, Places]:
    """The steps in which the pipelines can stand together when each hazard is met."""
    found: dict[HazardKey, set[frozenset[str]]] = {}
    for key, positions in watch.met_at:
        found.setdefault(key, set()).add(plan.steps_at(positions))
    return {key: frozenset(where) for key, where in found.items()}


def _named(plan: Plan) -> frozenset[str]:
    """The contracts that the release names (73)."""
    return frozenset(contract for contract, change in plan.changes.items() if change.named)


def _compatible(data: Mapping[str, Any], plan: Plan, watch: Watch) -> Iterator[MixedPair]:
    """The pairs of two versions that were met and that nothing breaks (98)."""
    requests, actions = {request.name: request for request in plan.requests}, actions_of(data)
    broken = {
        (
            requests[key.request].hops[key.hop - 1].contract,
            key.aspect,
            key.consumer_version,
            key.provider_version,
        )
        for key in watch.sightings
    }
    for pair in watch.mixed - broken:
        contract, aspect, _, _ = pair
        change = plan.changes[contract]
        named = change.broken(aspect) or (aspect == "schema" and len(change.exists) < len(plan.versions))
        if named or aspect in bare_aspects(contract, plan.kinds[provider_of(contract)], actions):
            yield pair


def _without_span(plan: Plan, watch: Watch) -> Iterable[HazardKey]:
    """The hazards without `max_span` (74)."""
    if plan.max_span is None:
        return watch.sightings
    freely = Watch(watch.most_states)
    for request in plan.requests:
        search(replace(plan, max_span=None), request, freely)
    return freely.sightings


def _hits(plan: Plan, space: Iterable[Deployment]) -> Mapping[Deployment, frozenset[HazardKey]]:
    """By state, what a request that comes then and is served at once meets (28)."""
    # Of where the pipelines stand hops see only how many are wanted (86), and of moves nothing.
    sized = {positions: plan.sized_as(positions) for positions in {state.positions for state in space}}
    bare = {s: s._replace(positions=sized[s.positions], ended=frozenset()) for s in space}
    hits_of_bare = {state: _hits_now(plan, state) for state in set(bare.values())}
    return {state: hits_of_bare[bare[state]] for state in space}


def _hits_now(plan: Plan, state: Deployment) -> frozenset[HazardKey]:
    met: set[HazardKey] = set()
    for request in plan.requests:
        served = {(state, IDLE)}
        for hop in range(len(request.hops)):
            outcomes = [outcome for here in served for outcome in hop_outcomes(plan, request, *here)]
            met.update(
                key_of(plan, request, hop, finding)
                for findings, _ in outcomes
                for finding in findings
                if finding.broken
            )
            served = {there for _, there in outcomes if there is not None}
    return frozenset(met)


def _hazard(
    plan: Plan,
    key: HazardKey,
    seen: Sighting,
    space: Mapping[Deployment, list[Deployment]],
    hits: Mapping[Deployment, frozenset[HazardKey]],
    complete: set[Deployment],
) -> Hazard:
    inevitable = not can_complete(space, complete, lambda state: key not in hits[state])
    severity, open_ = _severity(plan, key)
    return Hazard(frozenset(seen.window), inevitable, seen.span, seen.length, severity, seen.for_ever, open_)


def _severity(plan: Plan, key: HazardKey) -> tuple[str, bool]:
    """As the change declares it, aspect by aspect (23, 57) and pair by pair, and whether it is not known
    that the pair breaks (95)."""
    request = next(request for request in plan.requests if request.name == key.request)
    change = plan.changes.get(request.hops[key.hop - 1].contract)
    if change is None:
        return "error", False
    if key.aspect is None:
        return change.worst, False
    grades = _grades(plan, key, change, request.hops[key.hop - 1].verb)
    known = [change.severity[key.aspect] if grade == "unknown" else grade for grade in grades]
    missing = (
        key.aspect == "schema"
        and key.provider_version is not None
        and plan.versions.index(key.provider_version) not in change.exists
    )
    if missing or not grades:
        known.append(change.severity[key.aspect])
    worst = min(known, key=SEVERITIES.index)
    return worst, bool(grades) and not missing and set(grades) == {"unknown"}


def _grades(plan: Plan, key: HazardKey, change: Change, verb: str) -> list[str]:
    """What is written of the pair and of the neighbours between its versions (39, 95), for the verb if the
    aspect has any (87)."""
    if key.consumer_version is None or key.provider_version is None:
        return []
    old, new = plan.versions.index(key.consumer_version), plan.versions.index(key.provider_version)
    step = 1 if new > old else -1
    cells = dict.fromkeys([(old, new), *((rank, rank + step) for rank in range(old, new, step))])
    below = as_written(verb) if key.aspect in change.verbs else None
    found = [change.graded.get((str(key.aspect), below, *cell)) for cell in cells]
    return [grade for grade in found if grade is not None]


def _properties(
    plan: Plan, space: Mapping[Deployment, list[Deployment]], complete: set[Deployment]
) -> Mapping[PropertyKey, Hazard]:
    """The hazards that the deployment alone meets (60)."""
    seen: dict[PropertyKey, list[Deployment]] = {}
    reached = distances(space)
    for state in reached:
        for key in properties_met(plan, state):
            seen.setdefault(key, []).append(state)
    return {
        key: replace(
            _told_of(plan, space, complete, states),
            inevitable=not can_complete(space, complete, _avoiding(plan, key)),
            for_ever=False,
        )
        for key, states in seen.items()
    }


def _formulas(
    data: Mapping[str, Any],
    plan: Plan,
    space: Mapping[Deployment, list[Deployment]],
    complete: set[Deployment],
) -> Mapping[str, Hazard]:
    """The formulas `always P` and `never P` that do not hold (62, 64, 65), by name and text."""
    wrong = {name: _wrong(plan, space, formula) for name, formula in _list_formulas(data)}
    wrong |= {name: without_enough(plan, space, *asked) for name, asked in _available(data)}
    return {name: _told_of(plan, space, complete, some) for name, some in wrong.items() if some}


def _list_formulas(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each formula under its name and text."""
    for name, texts in (data.get("properties") or {}).items():
        for text in [texts] if isinstance(texts, str) else texts:
            yield f"{name}: {text}", text


def _wrong(plan: Plan, space: Mapping[Deployment, list[Deployment]], formula: str) -> list[Deployment]:
    """The states in which the formula fails, nearest first."""
    word, _, predicate = formula.partition(" ")
    if word not in ("always", "never"):
        raise ValueError(formula)
    return [state for state in distances(space) if holds(plan, state, predicate) == (word == "never")]


def _wrong_at(
    data: Mapping[str, Any],
    plan: Plan,
    space: Mapping[Deployment, list[Deployment]],
    counting: Collection[PropertyKey | str],
) -> set[tuple[int, ...]]:
    """Where the pipelines can stand when one of these formulas fails."""
    wrong = [_wrong(plan, space, formula) for name, formula in _list_formulas(data) if name in counting]
    wrong += [without_enough(plan, space, *asked) for name, asked in _available(data) if name in counting]
    return {state.positions for states in wrong for state in states}


def _available(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, int]]]:
    """Each `min_available` by the name of its property: the component, and how many must serve (62)."""
    for name, spec in data["components"].items():
        least = spec.get("min_available")
        if isinstance(least, str):
            least = -(-int(least.rstrip("%")) * spec.get("replicas", 1) // 100)
        if least:
            yield f"min_available of {name}: always {name}.up >= {least}", (name, least)


def without_enough(
    plan: Plan, space: Mapping[Deployment, list[Deployment]], name: str, least: int
) -> list[Deployment]:
    """The states in which too few serve, and not for restarts (84, 86), nearest first."""

    def is_excused(state: Deployment) -> bool:
        restarts = plan.component_at(state.positions, name).all_can_restart
        return restarts and any(get(state.up, name).down)

    return [s for s in _wrong(plan, space, f"always {name}.up >= {least}") if not is_excused(s)]


def _told_of(
    plan: Plan,
    space: Mapping[Deployment, list[Deployment]],
    complete: set[Deployment],
    wrong: list[Deployment],
) -> Hazard:
    """What is told of a formula that fails in these states, nearest first (65)."""
    states = set(wrong)
    places = frozenset(plan.steps_at(state.positions) for state in wrong)
    inevitable = not can_complete(space, complete, lambda state: state not in states)
    length = distances(space)[wrong[0]]
    is_lasting = not complete.isdisjoint(states)
    return Hazard(frozenset().union(*places), inevitable, 0, length, "error", is_lasting, places=places)


def _stall(
    plan: Plan, space: Mapping[Deployment, list[Deployment]], complete: set[Deployment]
) -> Hazard | None:
    """That a state can be reached from which no complete one can, a stop aside and unless it fails (66)."""
    stops = {position.number for position in plan.positions if position.is_stop}
    going_on = {s: [a for a in after if not stops & set(a.positions)] for s, after in space.items()}
    lost = space.keys() - backwards(going_on, complete)
    stalled = [s for s in distances(space) if s in lost and not stops & set(s.positions)]
    if not stalled:
        return None
    places = frozenset(plan.steps_at(state.positions) for state in stalled)
    length = distances(space)[stalled[0]]
    window = frozenset().union(*places)
    return Hazard(window, first_state(plan) in lost, 0, length, "error", places=places)


def _avoiding(plan: Plan, key: PropertyKey) -> Callable[[Deployment], bool]:
    return lambda state: key not in properties_met(plan, state)


def _residue(plan: Plan, complete: set[Deployment]) -> frozenset[str]:
    """Contracts that can end with an old form, all moves over and no old instance there (30)."""
    last = len(plan.versions) - 1
    return frozenset(
        contract
        for state in complete
        if not any(any(now.there[:last]) or min(now.terminating, default=last) < last for _, now in state.up)
        for contract, forms in state.content
        if any(form < last for form in forms)
    )


def _is_missed(plan: Plan, hop: Hop) -> bool:
    """Whether a forward can find its queue missing (82)."""
    change = plan.changes.get(hop.contract)
    return hop.verb == RELAYS and change is not None and len(change.exists) < len(plan.versions)


def _is_nothing_judged(plan: Plan) -> bool:
    """Whether all that is taken to break is unjudged, and something is (32)."""
    met = {hop.contract for request in plan.requests for hop in request.hops}
    broken = {name for name in _named(plan) & met if any(plan.changes[name].breaks.values())}
    return bool(broken) and broken <= _unjudged(plan)


def _unjudged(plan: Plan) -> frozenset[str]:
    """Changed contracts at which only an anonymous client stands, with no token to judge (32)."""
    met: set[str] = set()
    judged: set[str] = set()
    for request in plan.requests:
        obtained: set[str] = set()
        for hop in request.hops:
            met.add(hop.contract)
            token = obtained & set(hop.using) and plan.kinds[hop.provider] != "cache"
            if hop.caller in plan.kinds or token or _is_missed(plan, hop):
                judged.add(hop.contract)
            if hop.verb in OBTAINS and hop.contract in plan.changes:
                obtained |= names_of(hop.contract)
    return _named(plan) & frozenset(met - judged)
