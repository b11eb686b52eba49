"""By what a lookup is broken: pairs that a change declares, those between, or what is not there at all."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.compiler.variables import Vocabulary
from ...model.deployment import Aspect, Change, Hop, Pair, Severity, Verb
from ...model.names import Contract
from .lookup import Absence, Lookup


def find_severity(vocabulary: Vocabulary, hop: Hop, lookup: Lookup) -> Severity:
    """As the change declares it; `error` for a contract that no change names."""
    change = vocabulary.deployment.change_of(hop.contract)
    if change is None:
        return Severity.ERROR
    if lookup.aspect is None:
        return change.severity_in(None)
    broken = list_broken(vocabulary.deployment.versions, change, hop.verb, lookup)
    said = change.severity_of(lookup.aspect, hop.verb, broken)
    if find_absence(vocabulary, hop.contract, lookup) is not None:
        return min(said, change.severity_in(lookup.aspect), key=list(Severity).index)
    return said


def is_unknown(vocabulary: Vocabulary, hop: Hop, lookup: Lookup) -> bool:
    """Whether the pair breaks only if pairs do of which nobody knows (paragraph 95 of docs/semantics.md)."""
    change = vocabulary.deployment.change_of(hop.contract)
    if change is None or lookup.aspect is None or find_absence(vocabulary, hop.contract, lookup) is not None:
        return False
    broken = list_broken(vocabulary.deployment.versions, change, hop.verb, lookup)
    return bool(broken) and all(change.is_unknown(lookup.aspect, hop.verb, pair) for pair in broken)


def list_broken(versions: tuple[str, ...], change: Change, verb: Verb, lookup: Lookup) -> tuple[Pair, ...]:
    """The declared pairs by which a lookup of a hop is broken: its own, and neighbours on the way (DESIGN
    3.9); none where a version is not there at all."""
    if lookup.aspect is None or lookup.consumer_version is None or lookup.provider_version is None:
        return ()
    own = (lookup.consumer_version, lookup.provider_version)
    declared = change.pairs_in(lookup.aspect, verb)
    return tuple(pair for pair in dict.fromkeys((own, *_list_between(versions, own))) if pair in declared)


def find_absence(vocabulary: Vocabulary, contract: Contract, lookup: Lookup) -> Absence | None:
    """How the table or the queue is not there in the schema that is looked up; None where it is there."""
    change, met = vocabulary.deployment.change_of(contract), lookup.provider_version
    if lookup.aspect is not Aspect.SCHEMA or met is None or change is None or change.exists is None:
        return None
    if met in change.exists:
        return None
    versions = vocabulary.deployment.versions
    there = [versions.index(version) < versions.index(met) for version in change.exists]
    if all(there):
        return Absence.NO_LONGER
    return Absence.NOT_NOW if any(there) else Absence.NOT_YET


def breaks(
    versions: tuple[str, ...], change: Change, aspect: Aspect, pair: Pair, verb: Verb | None = None
) -> bool:
    """Whether the pair is in the change's `breaks`, for a hop of the verb (None: of any); a pair further
    apart breaks if any step between breaks in that direction (DESIGN 3.9)."""
    broken = change.pairs_in(aspect, verb)
    return pair in broken or any(neighbours in broken for neighbours in _list_between(versions, pair))


def _list_between(versions: tuple[str, ...], pair: Pair) -> Iterator[Pair]:
    """The pairs of neighbours on the way from one version to another, in that direction."""
    consumer, provider = (versions.index(version) for version in pair)
    step = 1 if provider > consumer else -1
    yield from ((versions[rank], versions[rank + step]) for rank in range(consumer, provider, step))
