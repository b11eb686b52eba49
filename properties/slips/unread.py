"""What stands in the file and has no effect on anything that is judged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ...model.deployment import (
    Component,
    Deployment,
    Hop,
    Instruction,
    Kind,
    Request,
    Severity,
    Verb,
    list_obtained,
)
from ...model.deployment.predicate import Constant, Predicate, list_atoms
from ...model.names import Place
from ..temporal.questions import list_vain_questions
from .slip import Slip


def list_unread(deployment: Deployment) -> Iterator[Slip]:
    """Each of them; some depend on what the release changes, and are not asked where that is not given."""
    yield from _list_unaffected(deployment)
    yield from _list_twins(deployment)
    yield from _list_unused(deployment)
    yield from _list_limits(deployment)
    yield from _list_using(deployment)
    yield from _list_constant(deployment)
    if deployment.changes is not None:
        yield from _list_severities(deployment)
        yield from _list_unconsumed(deployment)
        yield from _list_flags(deployment)
        yield from _list_questions(deployment)


def _list_unaffected(deployment: Deployment) -> Iterator[Slip]:
    """Requests that meet nobody whom an action moves."""
    moved = {target.name for action in deployment.actions for target in action.targets}
    guarded = {flag.name: {c.provider for c in flag.guards} for flag in deployment.flags}
    moved |= set(chain.from_iterable(guarded.get(name, ()) for name in tuple(moved)))
    moved |= {store for c in deployment.components.values() if c.name in moved for store in c.migrates}
    for request in deployment.requests:
        met = {name for hop in request.hops for name in (hop.consumer, hop.provider)}
        if not met & moved:
            text = f"no action moves anything that `{request.name}` meets"
            fix = "deploy what it meets, or leave the request out"
            yield Slip("unaffected-request", request.name, text, request.place, fix)


def _list_twins(deployment: Deployment) -> Iterator[Slip]:
    """Requests of the same hops as an earlier one."""
    seen: dict[tuple[Hop, ...], str] = {}
    for request in deployment.requests:
        first = seen.setdefault(request.hops, request.name)
        if first != request.name:
            text = f"`{request.name}` has the same hops as `{first}`"
            yield Slip("twin-request", request.name, text, request.place, "leave one of them out")


def _list_unused(deployment: Deployment) -> Iterator[Slip]:
    """Components that no request meets, no action moves, and nothing asks for."""
    hops = [hop for request in deployment.requests for hop in request.hops]
    known = {name for hop in hops for name in (hop.consumer, hop.provider)}
    known |= {target.name for action in deployment.actions for target in action.targets}
    known |= set(chain.from_iterable(_list_named(c) for c in deployment.components.values()))
    asked = " ".join(str(predicate) for predicate, _, _ in _list_predicates(deployment))
    for component in deployment.components.values():
        if component.name not in known and component.name not in asked:
            text = f"no request meets {component.name}, and no action moves it"
            fix = "declare a request that meets it, or leave it out"
            yield Slip("unused-component", component.name, text, component.place, fix)


def _list_named(component: Component) -> Iterator[str]:
    yield from component.migrates
    if component.image is not None:
        yield component.image


def _list_limits(deployment: Deployment) -> Iterator[Slip]:
    """Hops that every version runs though they name some."""
    first, last = deployment.versions[0], deployment.versions[-1]
    for _, _, hop in _list_hops(deployment):
        for word, said, all_of_them in (("since", hop.since, first), ("until", hop.until, last)):
            if said == all_of_them:
                text = f"`{word} {said}` leaves no version out: {said} is the {_RANK[word]}"
                yield Slip("limit-of-all", str(hop), text, hop.place, f"leave `{word} {said}` out")


_RANK = {"since": "first", "until": "last"}


def _list_using(deployment: Deployment) -> Iterator[Slip]:
    """What a hop is `using` and can never hold, or is not judged by."""
    expires = any(action.instruction is Instruction.EXPIRE for action in deployment.actions)
    for request, number, hop in _list_hops(deployment):
        is_cache = deployment.components[hop.provider].kind is Kind.CACHE
        if hop.using and is_cache and not expires:
            text = f"`{hop}`: a cache judges nothing that it is given"
            yield Slip("unjudged-using", str(hop), text, hop.place, "leave `using` out")
        for contract in list_obtained(request.hops, number):
            sources = [h for h in request.hops[: number - 1] if h.contract == contract]
            if all(_excludes(deployment, request, source, hop) for source in sources):
                text = f"`{hop}` can never hold {contract}: no version runs both hops"
                fix = "let one version run both, or leave `using` out"
                yield Slip("unreachable-using", str(hop), text, hop.place, fix)


def _excludes(deployment: Deployment, request: Request, source: Hop, hop: Hop) -> bool:
    """Whether no version of their one caller runs both hops: one that the request is on but once."""
    calls = sum(h.provider == hop.consumer and h.verb.is_call for h in request.hops)
    is_one = calls <= (0 if request.root == hop.consumer else 1)
    if source.consumer != hop.consumer or hop.consumer not in deployment.components or not is_one:
        return False
    return not any(deployment.runs(v, source) and deployment.runs(v, hop) for v in deployment.versions)


def _list_constant(deployment: Deployment) -> Iterator[Slip]:
    """Predicates that hold always, or never, whatever the deployment does."""
    for predicate, where, place in _list_predicates(deployment):
        if all(isinstance(atom, Constant) for atom in list_atoms(predicate)):
            text = f"`{predicate}` in {where} is so whatever happens"
            fix = "ask what can change, or leave it out"
            yield Slip("constant-predicate", f"{where} {predicate}", text, place, fix)


def _list_predicates(deployment: Deployment) -> Iterator[tuple[Predicate, str, Place | None]]:
    """Each predicate of the file, where it stands in words, and its place."""
    for action in deployment.actions:
        if action.when is not None:
            yield action.when, f"`{action}`", action.place
    for component in deployment.components.values():
        for _, predicate in component.readiness.when if component.readiness else ():
            yield predicate, f"the readiness of {component.name}", component.place
    for stated in deployment.properties:
        for predicate in stated.formula.predicates:
            yield predicate, f"the property `{stated.name}`", stated.place


def _list_severities(deployment: Deployment) -> Iterator[Slip]:
    """How bad it is that nothing breaks."""
    for contract, change in deployment.changed.items():
        is_said = change.severity is not Severity.ERROR or change.severities
        if is_said and not change.declared:
            text = f"{contract} has a severity, and nothing of it breaks"
            yield Slip("severity-of-nothing", str(contract), text, change.place, "say what `breaks`")


def _list_unconsumed(deployment: Deployment) -> Iterator[Slip]:
    """Changed queues to which somebody publishes, and from which nobody takes."""
    for contract in deployment.contracts:
        hops = [request.hops[number - 1] for request, number in deployment.hops_at[contract]]
        is_queue = deployment.components[contract.provider].kind is Kind.BROKER
        if is_queue and contract in deployment.changed and all(h.verb is not Verb.CONSUMES for h in hops):
            text = f"no request consumes {contract}: who reads its messages is not judged"
            fix = f"declare the job that consumes {contract}"
            yield Slip("unconsumed-queue", str(contract), text, hops[0].place, fix)


def _list_flags(deployment: Deployment) -> Iterator[Slip]:
    """Flags that nobody enables, and those that guard nothing that changes."""
    places = {flag.name: flag.place for flag in deployment.flags}
    for name in deployment.enabled_after:
        text = f"no action enables {name}: it is judged as enabled by somebody after the end"
        yield Slip("flag-never-enabled", name, text, places[name], f"add `enable {name}` to a step")
    for flag in deployment.flags:
        if flag.guards and not flag.guards & deployment.changed.keys():
            text = f"{flag.name} guards nothing that the release changes"
            fix = "name the change that it guards, or leave it out"
            yield Slip("flag-of-nothing", flag.name, text, flag.place, fix)


def _list_questions(deployment: Deployment) -> Iterator[Slip]:
    """Properties of what the release does not change."""
    places = {stated.name: stated.place for stated in deployment.properties}
    for name, atom in list_vain_questions(deployment):
        text = f"`{name}` asks `{atom}`, and the release changes nothing there"
        fix = "ask what the release changes, or leave it out"
        yield Slip("vain-property", f"{name} {atom}", text, places[name], fix)


def _list_hops(deployment: Deployment) -> Iterator[tuple[Request, int, Hop]]:
    for request in deployment.requests:
        for number, hop in enumerate(request.hops, start=1):
            yield request, number, hop
