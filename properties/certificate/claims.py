"""What `check` judges of a deployment, claim by claim, each as an obligation on one of its systems.

That all of them are here is what `verify` exits with 0 for: each hop that looks up a broken pair, each
request that can be cut off, each formula, each way to take back what is irreversible. That the pipeline
cannot stall, and that what is declared could be met, are no obligations of this kind; `verify` adds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from ...model.compiler.compile import Compiled, compile_with
from ...model.compiler.errors import TooManyCasesError
from ...model.compiler.life_variables import Standing
from ...model.compiler.predicate_guards import translate_predicate
from ...model.compiler.system import Condition, Value, conjoin
from ...model.compiler.variables import Vocabulary
from ...model.compiler.walker import Walker
from ...model.deployment import Drain, Request
from ...model.deployment.formula import Formula, Modality, Property
from ...model.deployment.predicate import And, Not, Predicate, speaks_of_the_end
from ...model.names import REQUEST, VariableKey
from ..acceptance import HazardTraits, describe_lookup, describe_question, list_agreeing, list_outside
from ..lookups.listing import list_hop_lookups, list_lookups
from ..lookups.lookup import Lookup
from ..temporal.irreversible import Setback, find_setbacks
from ..temporal.questions import identify_property, identify_setback, list_properties
from .rules import CertificateRefusedError, Excluded, Obligation

Name = tuple[str | int, ...]
"""What a claim is about, as a certificate names it: `("hop", request, number)`, `("cut", request)`,
`("formula", its text)`, `("setback", its text, the two occurrences)`."""


class Claim(Struct, frozen=True):
    """Something that is judged, in words and as an obligation on the events of `compiled`. None: it would
    take too many guards to say, and cannot be certified."""

    name: Name
    text: str
    compiled: Compiled
    obligation: Obligation | None


def list_claims(alone: Compiled) -> Iterator[Claim]:
    """All that is judged of the deployment that was compiled alone. Raises `CertificateRefusedError` where
    the events of a request are not as a proof needs them."""
    deployment = alone.vocabulary.deployment
    for request in deployment.requests:
        yield from _list_of_request(alone.vocabulary, request)
    formulas: dict[str, list[Property]] = {}
    for stated in list_properties(deployment):
        formulas.setdefault(str(stated.formula), []).append(stated)
    for text, alike in formulas.items():
        yield from _of_formula(alone, text, alike)
    for pair in find_setbacks(alone.vocabulary):
        yield from _of_setback(alone, pair)


# --- requests ---------------------------------------------------------------------------------


def _list_of_request(vocabulary: Vocabulary, request: Request) -> Iterator[Claim]:
    if not _can_break(vocabulary, request):
        return
    compiled = compile_with(vocabulary, request)
    broken: dict[int, list[Excluded]] = {}
    cuts: list[Excluded] = []
    narrowed: set[int | None] = set()
    for lookup in list_lookups(compiled):
        if not lookup.is_broken:
            continue
        guards: Condition = (lookup.guard,)
        if vocabulary.deployment.accept:
            guards = _counting(vocabulary, describe_lookup(request, lookup), guards)
        if guards != (lookup.guard,):
            narrowed.add(lookup.hop if lookup.event is None else None)
        if lookup.event is not None:
            cuts += [(f"the request can be cut off by `{lookup.event.text}`", guard) for guard in guards]
        elif guards:
            met = [(f"the hop meets {_pair(lookup)}", guard) for guard in guards]
            broken.setdefault(lookup.hop, []).extend(met)
    _check_order(compiled)
    for hop, excluded in sorted(broken.items()):
        text = f"hop {hop} of `{request.name}`: {request.hops[hop - 1]}"
        text += NARROWED if hop in narrowed else ""
        yield Claim(("hop", request.name, hop), text, compiled, Obligation(tuple(excluded), hop=hop))
    if cuts:
        text = f"that `{request.name}` is never cut off"
        text += NARROWED if None in narrowed else ""
        yield Claim(("cut", request.name), text, compiled, Obligation(tuple(cuts)))


def _counting(vocabulary: Vocabulary, hazard: HazardTraits, condition: Condition) -> Condition:
    """Where the hazard counts of which the condition says where it is met: not in steps in which the
    deployment accepts it. That is all that a certificate needs to know of `accept`."""
    agreeing = list_agreeing(vocabulary.deployment, hazard)
    if not agreeing:
        return condition
    there: dict[VariableKey, frozenset[Value]] = {}
    for key, course in vocabulary.courses.items():
        outside = [here for here in course if list_outside(vocabulary.deployment, agreeing, [(here.step,)])]
        if not outside:
            return ()
        there[key] = frozenset(Standing(here.name) for here in outside)
    narrowed = (conjoin(guard, there) for guard in condition)
    return tuple(guard for guard in narrowed if guard is not None)


def _can_break(vocabulary: Vocabulary, request: Request) -> bool:
    """Whether some hop looks up a broken pair, or some component cuts off whom it serves. (Of many requests
    few can, and to compile one costs more than to ask.)"""
    walker = Walker(vocabulary, request)
    if any(component.drain is Drain.ABRUPT for component in vocabulary.deployment.components.values()):
        return True
    numbers = range(1, len(request.hops) + 1)
    return any(
        lookup.is_broken for number in numbers for lookup in list_hop_lookups(vocabulary, walker, number)
    )


def _pair(lookup: Lookup) -> str:
    if lookup.aspect is None:
        return "nobody"
    return f"{lookup.consumer_version or 'who forwards'} -> {lookup.provider_version} ({lookup.aspect})"


def _check_order(compiled: Compiled) -> None:
    """No event takes a request back, so that what is beyond a hop does not come back before it."""
    hops = compiled.system.variables[compiled.system.index(REQUEST)].domain
    for event in compiled.system.events:
        if REQUEST in event.effect:
            done = event.effect[REQUEST]
            for stood in event.guard.get(REQUEST, hops):
                if not (isinstance(stood, int) and isinstance(done, int) and stood <= done):
                    raise CertificateRefusedError(f"`{event.text}` takes the request back")


# --- what is asked of the deployment alone ----------------------------------------------------


def _of_formula(alone: Compiled, text: str, alike: list[Property]) -> Iterator[Claim]:
    """What is claimed of a formula that is stated under some names: that it holds, but in steps in which its
    violation is accepted under each of them. Of what must come all is claimed, or, where that is accepted
    anywhere, nothing."""
    asked = _translate(alone, alike[0].formula)
    left = [_leave(alone.vocabulary, stated, asked) for stated in alike]
    names = [stated.name for stated, part in zip(alike, left, strict=True) if part is not NOTHING]
    if names:
        whole = None if asked is None else replace(asked, excluded=_join(left))
        but = "" if whole == asked else NARROWED
        yield Claim(("formula", text), f"{names[0]}: {text}{but}", alone, whole)


NARROWED = " (but where it is accepted)"
NOTHING = Obligation()
"""There is nothing to be shown."""


def _leave(vocabulary: Vocabulary, stated: Property, asked: Obligation | None) -> Obligation | None:
    """What is left to be shown of a property where its violation is accepted in some steps."""
    hazard = describe_question(vocabulary.deployment, identify_property(stated), stated.name)
    agreeing = list_agreeing(vocabulary.deployment, hazard)
    if any(entry.within is None for entry in agreeing):
        return NOTHING
    if asked is None or asked.comes:
        return asked
    return replace(asked, excluded=tuple(_list_counting(vocabulary, hazard, asked.excluded)))


def _list_counting(
    vocabulary: Vocabulary, hazard: HazardTraits, excluded: tuple[Excluded, ...]
) -> Iterator[Excluded]:
    for what, guard in excluded:
        yield from ((what, counting) for counting in _counting(vocabulary, hazard, (guard,)))


def _join(parts: list[Obligation | None]) -> tuple[Excluded, ...]:
    """All that some of them exclude."""
    found: list[Excluded] = []
    for one in (excluded for part in parts if part is not None for excluded in part.excluded):
        if one not in found:
            found.append(one)
    return tuple(found)


def _of_setback(alone: Compiled, pair: Setback) -> Iterator[Claim]:
    vocabulary = alone.vocabulary
    hazard = describe_question(vocabulary.deployment, identify_setback(pair), pair.text)
    condition = _counting(vocabulary, hazard, pair.condition)
    if condition or not pair.condition:
        name = ("setback", pair.text, *pair.occurrence)
        text = f"that nothing is taken back too late: {pair.text}"
        text += "" if condition == pair.condition else NARROWED
        excluded = tuple(("it has taken effect", guard) for guard in condition)
        yield Claim(name, text, alone, Obligation(excluded))


def _translate(alone: Compiled, formula: Formula) -> Obligation | None:
    try:
        return _Translator(alone).obligation(formula)
    except TooManyCasesError:
        return None


class _Translator:
    """Formulas as obligations. `done` is said of states that can be reached; of others it may be wrong, which
    does no harm: what holds of more states than those holds of those."""

    def __init__(self, alone: Compiled) -> None:
        self._alone = alone

    def obligation(self, formula: Formula) -> Obligation:
        left, right = formula.left, formula.right
        match formula.modality:
            case Modality.ALWAYS:
                return Obligation(self._excluded(Not(left)))
            case Modality.NEVER:
                return Obligation(self._excluded(left))
            case Modality.EVENTUALLY:
                return Obligation(goal=self._guards(left), comes=True)
        assert right is not None, "the other formulas have two sides"
        match formula.modality:
            case Modality.BEFORE:
                return Obligation(self._excluded(right), goal=self._guards(left))
            case Modality.UNTIL:
                return Obligation(self._excluded(Not(left)), goal=self._guards(right), comes=True)
            case Modality.LEADS_TO:
                trigger = self._guards(And((left, Not(right))))
                return Obligation(goal=self._guards(right), comes=True, trigger=trigger)
            case _:
                assert_never(formula.modality)

    def _excluded(self, predicate: Predicate) -> tuple[Excluded, ...]:
        return tuple((f"`{predicate}` holds", guard) for guard in self._guards(predicate))

    def _guards(self, predicate: Predicate) -> Condition:
        complete = self._alone.complete() if speaks_of_the_end(predicate) else None
        return translate_predicate(self._alone.vocabulary, predicate, complete)
