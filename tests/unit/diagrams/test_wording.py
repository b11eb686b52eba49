"""The sentences that hazards are told in."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

import support.output_samples as samples
from skewproof.diagrams.wording import tell_hazard, tell_sides
from skewproof.model.deployment import Aspect, Component, Deployment, Kind, Request, Step, Verb
from skewproof.model.escapes import make_printable
from skewproof.properties.lookups.lookup import HazardKind
from skewproof.properties.verdict import HopHazard


def hazard_at(
    text: str,
    aspect: Aspect | None,
    pair: tuple[str, str],
    kind: HazardKind = HazardKind.INCOMPATIBLE,
    consumer_instance: str | None = None,
    provider_instance: str | None = None,
) -> tuple[HopHazard, Deployment]:
    """A hazard at the one hop of a deployment of its own."""
    (hop,) = samples.hops(text)
    kinds = {"store": Kind.DATABASE, "cache": Kind.CACHE, "queue": Kind.BROKER}
    names = dict.fromkeys((hop.consumer, hop.provider))
    hazard = replace(
        samples.schema_hazard(),
        request="r",
        hop=1,
        consumer=hop.consumer,
        provider=hop.provider,
        contract=hop.contract,
        aspect=aspect,
        consumer_version=pair[0],
        provider_version=pair[1],
        kind=kind,
        consumer_instance=consumer_instance,
        provider_instance=provider_instance,
    )
    deployment = Deployment(
        "s",
        ("V1", "V2"),
        {name: Component(name, kinds.get(name, Kind.SERVICE)) for name in names},
        (Request("r", (hop,)),),
        (Step("s"),),
    )
    return hazard, deployment


@pytest.mark.parametrize(
    ("hop", "aspect", "pair", "expected"),
    [
        ("a calls b s", Aspect.CALL, "V1 V2", "Old a calls b for s, and a new instance answers."),
        ("a calls b s", Aspect.CALL, "V2 V1", "New a calls b for s, and an old instance answers."),
        (
            "a forwards b s t",
            Aspect.TOKEN,
            "V1 V2",
            "With t obtained in its old form, a forwards s to b, and a new instance answers.",
        ),
        (
            "a reads store s",
            Aspect.SCHEMA,
            "V2 V1",
            "New a reads s from store, but store still has the old schema.",
        ),
        (
            "a publishes queue s",
            Aspect.SCHEMA,
            "V1 V2",
            "Old a publishes s to queue, but queue already has the new configuration.",
        ),
        (
            "a reads cache s",
            Aspect.CONTENT,
            "V1 V2",
            "Old a reads s from cache and finds it already in the new form.",
        ),
        (
            "a consumes queue s",
            Aspect.CONTENT,
            "V2 V1",
            "New a consumes s from queue and finds a message still in the old form.",
        ),
        (
            "a writes store s b/t",
            Aspect.TOKEN,
            "V2 V1",
            "With b/t obtained in its new form, a writes s to store, but store still has the old schema.",
        ),
        ("a calls b s", Aspect.CALL, "V7 V1", "V7 a calls b for s, and a V1 instance answers."),
    ],
)
def test_sentence(hop: str, aspect: Aspect, pair: str, expected: str) -> None:
    consumer, provider = pair.split()
    assert tell_hazard(*hazard_at(hop, aspect, (consumer, provider))) == expected


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("aspect", Aspect)
@pytest.mark.parametrize("pair", [("V1", "V2"), ("V2", "V1")])
def test_every_verb_and_aspect_has_a_sentence(verb: Verb, aspect: Aspect, pair: tuple[str, str]) -> None:
    said = tell_hazard(*hazard_at(f"a {verb} store s t", aspect, pair))
    assert said[0].isupper()
    assert said.endswith(".")
    assert {"old", "new"} <= set(said.lower().replace(",", "").split())


def test_sentence_of_a_call_that_finds_nobody() -> None:
    hazard, deployment = hazard_at("a calls b s", None, ("V1", "V2"), kind=HazardKind.UNAVAILABLE)
    assert tell_hazard(hazard, deployment) == "No instance of b is up when a V1 calls b for s."


@pytest.mark.parametrize("kind", [HazardKind.INTERRUPTED, HazardKind.UNAVAILABLE])
def test_other_kinds_have_a_sentence(kind: HazardKind) -> None:
    hazard, deployment = hazard_at("a calls b s", None, ("V1", "V2"), kind=kind)
    assert tell_hazard(hazard, deployment).endswith(".")


def test_flagged_instance_is_told_with_the_form_that_it_takes() -> None:
    hazard, deployment = hazard_at("a calls b s", Aspect.CALL, ("V1", "V2"), consumer_instance="V2")
    assert tell_sides(hazard, deployment) == ("a V2 as V1", "b V2")
    assert (
        tell_hazard(hazard, deployment)
        == "New a, in the old form, calls b for s, and a new instance answers."
    )


@pytest.mark.parametrize(
    ("instance", "side", "answers"),
    [
        ("V2", "b V2 as V1", "a new instance answers in the old form"),
        ("V3", "b V3 as V1", "a V3 instance answers in the old form"),
        (None, "b V1", "an old instance answers"),
    ],
)
def test_an_instance_that_answers_in_another_form_is_told(
    instance: str | None, side: str, answers: str
) -> None:
    hazard, deployment = hazard_at("a calls b s", Aspect.CALL, ("V2", "V1"), provider_instance=instance)
    assert tell_sides(hazard, deployment) == ("a V2", side)
    assert tell_hazard(hazard, deployment) == f"New a calls b for s, and {answers}."


def test_several_sources_are_told() -> None:
    hazard, deployment = hazard_at("a writes store s b/t u", Aspect.TOKEN, ("V1", "V2"))
    assert tell_sides(hazard, deployment) == ("b/t or u V1", "store V2")


def test_printable_leaves_letters_alone() -> None:
    assert make_printable("Füße שלום 世界 ✓") == "Füße שלום 世界 ✓"
