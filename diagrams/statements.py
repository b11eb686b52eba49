"""What is said below the hazards: what is proven, under which assumptions, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from ..model.deployment import Deployment
from ..model.names import Contract
from ..model.resources.figures import write_figure
from ..properties.temporal.questions import find_property, list_vain_questions
from ..properties.verdict import (
    Answer,
    Beside,
    LeftOpen,
    Safe,
    Statistics,
    Unknown,
    list_hop_hazards,
    list_property_hazards,
)
from .covered import list_compatible_statements, list_coverage_statements, list_idle_statements
from .ended import list_end_statements, list_residue_statements
from .granted import write_granted
from .statement import Statement, Tone
from .wording import count

_NAMES = 8


def list_statements(answer: Answer, deployment: Deployment) -> Iterator[Statement]:
    """The statements on any answer, in the order in which they are read."""
    if isinstance(answer.verdict, Unknown):
        yield Statement("reason", answer.verdict.reason)
        yield Statement("advice", answer.verdict.advice)
    yield from list_coverage_statements(answer, deployment)
    if answer.statistics is not None and not isinstance(answer.verdict, Unknown):
        tone = Tone.GOOD if isinstance(answer.verdict, Safe) else Tone.PLAIN
        yield Statement("proven", _proof(answer, answer.statistics, deployment), tone)
    if answer.statistics is not None:
        yield from _vain_questions(deployment)
    yield from _accepted(answer)
    yield from _ways_out(answer, deployment)
    yield from _assumptions(answer, deployment)
    yield from _registries(answer, deployment)


def _accepted(answer: Answer) -> Iterator[Statement]:
    if answer.accept or answer.accepted:
        from .accepted import list_accept_statements

        yield from list_accept_statements(answer)


def _registries(answer: Answer, deployment: Deployment) -> Iterator[Statement]:
    """Contracts that are compatible in the way their registry enforces, where the pipeline needs another."""
    if not deployment.sources:
        return
    from ..properties.requirement import list_unenforced

    for contract, needed in list_unenforced(deployment, answer):
        level = deployment.sources[contract].registry
        text = f"{contract}: the registry enforces {level}, and this pipeline needs {needed}"
        yield Statement("registry", text, Tone.WARNING)


def list_beside_statements(answer: Answer) -> Iterator[Statement]:
    """What a test that passes should not hide: what was declared in vain, and what stands at the end."""
    yield from list_idle_statements(answer)
    yield from _accepted(answer)
    yield from list_end_statements(answer)


def _proof(answer: Answer, statistics: Statistics, deployment: Deployment) -> str:
    ways = _ways(statistics.interleavings)
    every = "for every interleaving" + (f": {ways} of the deployment's own moves" if ways else "")
    kept = list(_kept(answer, statistics, deployment))
    if statistics.hops_proven == statistics.hops:
        hops = f"{count(statistics.hops, 'hop')} of {count(statistics.requests, 'request')}"
        return f"{' and '.join([hops, *kept])}, {every}"
    if statistics.hops_proven == 0:
        return "; ".join(["no hop", *kept, *([f"{ways} of the deployment's own moves"] if ways else [])])
    others = f"all other hops, {statistics.hops_proven} of {statistics.hops}"
    return f"{', '.join([others, *kept])}, {every}"


def _kept(answer: Answer, statistics: Statistics, deployment: Deployment) -> Iterator[str]:
    """The properties that hold, counted."""
    met = (*answer.hazards, *(one.hazard for one in answer.accepted))
    violated = sum(find_property(deployment, hazard) is not None for hazard in list_property_hazards(met))
    if kept := statistics.properties - violated:
        whole = f" of {statistics.properties}" if violated else ""
        yield f"{kept}{whole} {'property' if statistics.properties == 1 else 'properties'}"


def _ways(interleavings: int | None) -> str:
    """Their number in words; nothing where they have no end, or are too many to count."""
    if interleavings is None:
        return ""
    return f"{write_figure(interleavings)} {'interleaving' if interleavings == 1 else 'interleavings'}"


def _vain_questions(deployment: Deployment) -> Iterator[Statement]:
    """A property that asks for what the release does not change says so."""
    for name, atom in list_vain_questions(deployment):
        text = (
            f"{name} asks `{atom}`, and the release changes nothing there: it is so or not whatever happens"
        )
        yield Statement("BEWARE", text, Tone.WARNING)


def _ways_out(answer: Answer, deployment: Deployment) -> Iterator[Statement]:
    hops = list_hop_hazards(answer.hazards)
    if any(hazard.inevitable for hazard in hops):
        yield Statement(
            "INEVITABLE", "every timing of this deployment has a moment at which a quick request hits it"
        )
    if any(hazard.inevitable for hazard in list_property_hazards(answer.hazards)):
        yield Statement("INEVITABLE", "of a property: no run that comes to its end satisfies it")
    if any(not hazard.inevitable for hazard in hops):
        yield Statement("race", "some timings avoid it, so a rehearsal may never have shown it")
    if hops and answer.avoidable is True:
        yield Statement("avoidable", "yes: under some timing no quick request meets any hazard")
    elif hops and answer.avoidable is False:
        yield Statement("avoidable", "no: under every timing some quick request meets a hazard")
    if any(has_way_back is not None for _, has_way_back in answer.ways_back):
        yield Statement("way back", _way_back(answer))
    for one in answer.left_open:
        yield Statement("left open", _left_open(one), Tone.WARNING)
    yield from list_residue_statements(answer, deployment)
    yield from list_end_statements(answer)


def _left_open(one: LeftOpen) -> str:
    """What is not known beside the verdict, and why."""
    match one.what:
        case Beside.REQUESTS:
            what = f"not judged to the end, so there may be more hazards: {_listed(one.names)}"
        case Beside.PROPERTIES:
            told = (f"{name} ({place})" if (place := one.places.get(name)) else name for name in one.names)
            what = f"not judged: {', '.join(told)}"
        case Beside.WAYS_BACK:
            what = f"whether there is a safe way back from {', '.join(one.names)}"
        case Beside.AVOIDABLE:
            what = "whether some timing meets no hazard"
        case Beside.RESIDUE:
            what = "which old forms may stay when all is over"
        case Beside.INTERLEAVINGS:
            what = "the number of interleavings"
        case Beside.COVERAGE:
            what = "whether what the release declares could be met at all"
        case Beside.END:
            of = f" of {_listed(one.names)}" if one.names else ""
            what = f"what stands at the end{of}"
        case _:
            assert_never(one.what)
    return f"{what}: {one.reason} ({one.limit})"


def _way_back(answer: Answer) -> str:
    """What is left of the plan when it fails."""
    step = answer.point_of_no_return
    if any(has_way_back is None for _, has_way_back in answer.ways_back):
        lost = [name for name, has_way_back in answer.ways_back if has_way_back is False]
        return f"none from {', '.join(lost)}: after a failure there the rollback meets a hazard"
    if step is None:
        return "from every step there is a safe way back"
    safe = [name for name, has_way_back in answer.ways_back if has_way_back]
    also = f"; safe ones from {', '.join(safe)}" if safe else ""
    return f"the point of no return is {step}: after a failure in it the rollback meets a hazard{also}"


def _assumptions(answer: Answer, deployment: Deployment) -> Iterator[Statement]:
    if answer.max_span is not None:
        steps = (
            "a step begins" if answer.max_span == 0 else f"more than {count(answer.max_span, 'step')} begin"
        )
        yield Statement(
            "assumed",
            f"max_span {answer.max_span}: no request is still in flight when {steps}; none such is judged",
        )
    if never := [one.text for one in answer.assumptions if one.is_used and not one.is_broken]:
        yield Statement("assumed", f"never met, as the file says: {_listed(never)}")
    if granted := "; ".join(_granted(answer, deployment)):
        yield Statement("assumed", granted)
    if answer.enabled_after:
        flags = ", ".join(answer.enabled_after)
        yield Statement("flags", f"{flags}: enabled after the end, by nobody here")
    if answer.unchanged:
        yield Statement(
            "unchanged", f"{count(len(answer.unchanged), 'contract')} assumed: {_names(answer.unchanged)}"
        )
    yield from list_compatible_statements(answer)
    if answer.unjudged:
        yield Statement(
            "not judged", f"{_names(answer.unjudged)}: changed, but only clients without a version use them"
        )
    never_mixed = answer.statistics.never_mixed if answer.statistics else ()
    if told := [contract for contract in never_mixed if contract not in answer.unjudged]:
        yield Statement("never mixed", f"{_names(told)}: changed, but no mixed pair ever meets them")
    for component, called in answer.version_names.items():
        names = ", ".join(f"{name} is {version}" for version, name in called.items())
        yield Statement("versions", f"{component} {names}")
    for component, image in answer.images.items():
        yield Statement("image", f"{component} runs the code of {image}, at its own version")


def _granted(answer: Answer, deployment: Deployment) -> Iterator[str]:
    """What a file or a switch could say and does not."""
    if not answer.failures:
        yield f"no action fails{', so the rollback never runs' if deployment.rollback else ''} (--failures)"
    if answer.granted:
        yield write_granted(answer.granted, deployment)


def _names(contracts: Iterable[Contract]) -> str:
    return _listed([str(contract) for contract in contracts])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMES
    return ", ".join(names) if more < 2 else f"{', '.join(names[:_NAMES])} and {more} more"
