"""The words in which people are told of hazards: plain sentences, made from the failing hop."""

from __future__ import annotations

import re
import sys
from typing import assert_never

from ..model.deployment import Aspect, Deployment, Hop, Kind, Verb
from ..model.escapes import make_printable
from ..properties.lookups.lookup import Absence, HazardKind
from ..properties.verdict import Hazard, HopHazard, PropertyHazard, PropertyKind


def shorten(text: str, length: int, ellipsis: str = "…") -> str:
    """`text`, cut to at most `length` characters with an ellipsis in its middle, so that its end stays."""
    if len(text) <= length:
        return text
    tail = (length - len(ellipsis)) // 3
    return text[: length - len(ellipsis) - tail] + ellipsis + text[len(text) - tail :]


def fold(text: str, width: int, lines: int = 4) -> list[str]:
    """`text`, fit to be shown, in lines of about `width` characters: broken at spaces and behind `_`, `-`,
    `/` and `:`, and within what has none and is longer by a quarter. Of more than `lines` those in the
    middle give way to an ellipsis.

    >>> fold("Configure_RabbitMQ_Vhosts and permissions", 18)
    ['Configure_', 'RabbitMQ_Vhosts', 'and permissions']
    """
    folded = [""]
    for word in re.findall(rf"\s+|[^\s_/:-]{{1,{width * 5 // 4}}}[_/:-]?|.", make_printable(text)):
        if folded[-1] and len(folded[-1]) + len(word.rstrip()) > width:
            folded.append("")
        folded[-1] += word if folded[-1] else word.lstrip()
    return cut_middle([line.rstrip() for line in folded], lines)


def cut_middle(lines: list[str], most: int) -> list[str]:
    """The lines, or `most` of them, with an ellipsis for those in the middle."""
    if len(lines) <= most:
        return lines
    tail = (most - 1) // 2
    return [*lines[: most - 1 - tail], "…", *lines[len(lines) - tail :]]


def count(number: int, noun: str) -> str:
    """`1 hazard`, `3 hazards`, `2 contracts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def find_hop(deployment: Deployment, request: str, number: int) -> Hop:
    """The hop of that number (from 1) of the request of that name.

    Raises: `LookupError` if the deployment has no such request or hop.
    """
    for candidate in deployment.requests:
        if candidate.name == request:
            return candidate.hops[number - 1]
    raise LookupError(f"no request {request!r}")


def find_failing_hop(deployment: Deployment, hazard: HopHazard) -> Hop:
    """The hop at which the hazard strikes; raises `LookupError` if the deployment has none."""
    return find_hop(deployment, hazard.request, hazard.hop)


def tell_sides(hazard: HopHazard, deployment: Deployment) -> tuple[str, str]:
    """The two sides of the pair that breaks: `("zed V1", "database V2")`.

    Of a token it is the token's form that breaks: `("redis/product V1", "database V2")`. Where a
    flag lets an instance behave as an older one, both are told: `glue V2 as V1`. Of a request that is cut
    off it is the request, and the instance that goes: `("job", "w V1")`. Versions have the names that their
    component gives them; raises `LookupError` if the deployment has no such hop.
    """
    if (gone := hazard.retired) is not None:
        return hazard.request, _side(deployment, gone.component, None, gone.version)
    hop = find_failing_hop(deployment, hazard)
    right = _side(deployment, hop.provider, hazard.provider_instance, hazard.provider_version)
    if hazard.aspect is Aspect.TOKEN and hop.using:
        return _side(deployment, _sources(hop), None, hazard.consumer_version), right
    if _is_forward_to_nothing(hazard):
        return f"{hop.consumer}, who forwards", right
    return _side(deployment, hop.consumer, hazard.consumer_instance, hazard.consumer_version), right


def _is_forward_to_nothing(hazard: HopHazard) -> bool:
    """It meets what is not there, whatever its form: nobody's version is judged."""
    return hazard.aspect is Aspect.SCHEMA and hazard.consumer_version is None


def _side(deployment: Deployment, name: str, instance: str | None, version: str | None) -> str:
    """`glue V1`; `glue V2 as V1` for an instance in another form than its own; `glue` without any."""
    if version is None:
        return name
    form = deployment.name_version(name, version)
    if instance in (None, version):
        return f"{name} {form}"
    return f"{name} {deployment.name_version(name, str(instance))} as {form}"


def tell_failure(hazard: Hazard) -> str:
    """The contract's subject and the aspect, or else what happens: `cart_item, schema`."""
    if isinstance(hazard, PropertyHazard):
        return hazard.property
    if hazard.kind is HazardKind.INTERRUPTED:  # the contract has no part in it
        return str(hazard.kind)
    if hazard.absent is not None:
        return f"{hazard.contract.subject}, {hazard.absent}"
    return f"{hazard.contract.subject}, {hazard.aspect or hazard.kind}"


def tell_violation(hazard: PropertyHazard, most: int = sys.maxsize) -> str:
    """What goes wrong, as a sentence without its end; of the property's name at most so many characters."""
    name = shorten(hazard.property, most)
    match hazard.kind:
        case PropertyKind.STALL:
            return name
        case PropertyKind.SETBACK:
            return f"the pipeline comes to “{name}”"
        case PropertyKind.PROPERTY:
            return f"“{name}” is violated"
        case _:
            assert_never(hazard.kind)


def tell_possible(hazard: Hazard) -> str:
    """What is said of it in a step of its window: a hop breaks there, a violation happens."""
    return "can break" if isinstance(hazard, HopHazard) else "can happen"


def tell_hazard(hazard: Hazard, deployment: Deployment) -> str:
    """What the hazard means, in one plain sentence.

    Limit: it says which side is old and which is new, not what the change does to the data; that
    is told by the change's own note.
    """
    if isinstance(hazard, PropertyHazard):
        said = hazard.explanation
        return f"{said[:1].upper()}{said[1:]}."
    hop = find_failing_hop(deployment, hazard)
    match hazard.kind:
        case HazardKind.UNAVAILABLE:
            caller = _side(deployment, hop.consumer, None, hazard.consumer_version)
            return f"No instance of {hop.provider} is up when {caller} {_does(hop)}."
        case HazardKind.INTERRUPTED:
            return _cut_off(hazard, deployment)
        case HazardKind.INCOMPATIBLE:
            return _broken_pair(hazard, hop, deployment)
        case _:
            assert_never(hazard.kind)


def _cut_off(hazard: HopHazard, deployment: Deployment) -> str:
    """Who goes, and who stays."""
    gone = hazard.retired
    if gone is None:
        return (
            f"The instance that {hazard.request} is on is retired under it, and {hazard.request} is cut off."
        )
    who, request = _side(deployment, gone.component, None, gone.version), hazard.request
    stay = f"; what stays of {gone.component}: {gone.stay}" if gone.stay else ""
    return f"The instance of {who} that {request} is on is retired under it, and {request} is cut off{stay}."


_NO_SUCH = {
    Absence.NOT_YET: "no such {} yet",
    Absence.NO_LONGER: "no such {} any more",
    Absence.NOT_NOW: "no such {}",
}


def _nothing_there(hazard: HopHazard, absent: Absence, hop: Hop, deployment: Deployment) -> str:
    """Who comes, and that the table or the queue is not there."""
    component = deployment.components.get(hop.provider)
    what = "queue" if component is not None and component.kind is Kind.BROKER else "table"
    who = _side(deployment, hop.consumer, hazard.consumer_instance, hazard.consumer_version)
    version = deployment.name_version(hop.provider, hazard.provider_version or "")
    there = f"{hop.provider} is at {name_structure(hop, deployment)} {version}"
    return f"{who} {_does(hop)}, but there is {_NO_SUCH[absent].format(what)}: {there}."


def _broken_pair(hazard: HopHazard, hop: Hop, deployment: Deployment) -> str:
    if hazard.absent is not None:
        return _nothing_there(hazard, hazard.absent, hop, deployment)
    consumer, provider = _ages(hazard, deployment)
    who = _who(hop, _instance_age(hazard.consumer_instance, hazard, (consumer, provider)), consumer)
    answers = _answers(_instance_age(hazard.provider_instance, hazard, (provider, consumer)), provider)
    still = {"old": " still", "new": " already"}.get(provider, "")
    if hazard.aspect is Aspect.CALL:
        return f"{who} {_does(hop)}, and {answers}."
    if hazard.aspect is Aspect.SCHEMA:
        structure = name_structure(hop, deployment)
        return f"{who} {_does(hop)}, but {hop.provider}{still} has the {provider} {structure}."
    if hazard.aspect is Aspect.CONTENT:
        found = "a message" if hop.verb is Verb.CONSUMES else "it"
        return f"{who} {_does(hop)} and finds {found}{still} in the {provider} form."
    end = f"and {answers}"
    if not hop.verb.is_call:
        end = f"but {hop.provider}{still} has the {provider} {name_structure(hop, deployment)}"
    return f"With {_sources(hop)} obtained in its {consumer} form, {hop.consumer} {_does(hop)}, {end}."


_AGES = frozenset({"old", "new"})


def _ages(hazard: HopHazard, deployment: Deployment) -> tuple[str, str]:
    """`old` and `new` for the two sides; the versions themselves where they have no order."""
    consumer, provider = hazard.consumer_version or "unversioned", hazard.provider_version or "unversioned"
    known = deployment.versions
    if consumer == provider or consumer not in known or provider not in known:
        return consumer, provider
    return ("old", "new") if known.index(consumer) < known.index(provider) else ("new", "old")


def _instance_age(instance: str | None, hazard: HopHazard, ages: tuple[str, str]) -> str:
    """How old the instance of a side is; `ages` are the forms', of this side and of the other."""
    this, other = ages
    if instance is None:
        return this
    return other if instance in (hazard.consumer_version, hazard.provider_version) else instance


def _does(hop: Hop) -> str:
    """The hop as a verb with its objects, after a consumer."""
    match hop.verb:
        case Verb.CALLS:
            return f"calls {hop.provider} for {hop.subject}"
        case Verb.FORWARDS:
            return f"forwards {hop.subject} to {hop.provider}"
        case Verb.RELAYS:
            return f"passes {hop.subject} on to {hop.provider}"
        case Verb.READS | Verb.CONSUMES:
            return f"{hop.verb} {hop.subject} from {hop.provider}"
        case Verb.WRITES | Verb.PUBLISHES:
            return f"{hop.verb} {hop.subject} to {hop.provider}"


def _who(hop: Hop, age: str, form: str) -> str:
    """`Old glue`; `New glue, in the old form,` where a flag lets it."""
    who = f"{age.capitalize() if age in _AGES else age} {hop.consumer}"
    return who if age == form else f"{who}, in the {form} form,"


def _answers(age: str, form: str) -> str:
    answers = f"{'an' if age == 'old' else 'a'} {age} instance answers"
    return answers if age == form else f"{answers} in the {form} form"


def name_structure(hop: Hop, deployment: Deployment) -> str:
    """What the hop's provider has a version of: a database a schema, a broker a configuration."""
    component = deployment.components.get(hop.provider)
    return "schema" if component is None else component.kind.structure


def _sources(hop: Hop) -> str:
    """What the hop is using; a hazard does not tell which of several sources gave the form."""
    return " or ".join(map(str, hop.using)) or "what it holds"
