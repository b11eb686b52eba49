"""Hops as text, and what a hop that is `using` something has it from."""

from __future__ import annotations

from typing import Any

import pytest

from skewproof.model.deployment import Hop, Kind, Source, Verb, list_obtained
from skewproof.model.names import Contract


def hop(verb: Verb, provider: str, subject: str, *using: Source, **more: Any) -> Hop:
    return Hop("a", verb, provider, subject, using, **more)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (hop(Verb.CALLS, "b", "y"), "a calls b: y"),
        (hop(Verb.CALLS, "b", "y", Source("k")), "a calls b: y using k"),
        (hop(Verb.CALLS, "b", "y", Source("k"), Source("t", "db")), "a calls b: y using k db/t"),
        (hop(Verb.CALLS, "b", "y", since="V2"), "a calls b: y since V2"),
        (hop(Verb.CALLS, "b", "y", until="V2"), "a calls b: y until V2"),
        (
            hop(Verb.CALLS, "b", "y", Source("k"), since="V1", until="V2"),
            "a calls b: y using k since V1 until V2",
        ),
        (hop(Verb.READS, "db", "a row of it"), "a reads db: a row of it"),
        (hop(Verb.READS, "db", "since"), "a reads db: since"),
        (hop(Verb.READS, "db", "row since"), 'a reads db: "row since"'),
        (hop(Verb.READS, "db", "two  spaces"), 'a reads db: "two  spaces"'),
    ],
)
def test_the_text_of_a_hop(made: Hop, text: str) -> None:
    assert str(made) == text


def test_a_source_names_a_subject_of_one_provider_or_of_any() -> None:
    assert Source("k").names(Contract("c", "k"))
    assert not Source("k").names(Contract("c", "other"))
    assert Source("k", "c").names(Contract("c", "k"))
    assert not Source("k", "c").names(Contract("d", "k"))
    assert not Source("k", "c").names(Contract("c", "other"))


def test_a_hop_has_what_it_is_using_from_earlier_hops_that_obtain_it() -> None:
    hops = (
        hop(Verb.READS, "c", "k"),
        hop(Verb.WRITES, "db", "t"),
        hop(Verb.READS, "c", "other"),
        hop(Verb.READS, "d", "k"),
        hop(Verb.CALLS, "b", "y", Source("k"), Source("t")),
        hop(Verb.READS, "e", "k"),
    )
    assert list_obtained(hops, 5) == [Contract("c", "k"), Contract("d", "k")], "a write obtains nothing"


def test_a_hop_that_is_using_nothing_has_nothing() -> None:
    hops = hop(Verb.READS, "c", "k"), hop(Verb.CALLS, "b", "y")
    assert list_obtained(hops, 2) == []


def test_what_a_hop_finds_itself_is_not_obtained_before_it() -> None:
    hops = hop(Verb.READS, "c", "k"), hop(Verb.READS, "d", "k", Source("k"))
    assert list_obtained(hops, 2) == [Contract("c", "k")]
    assert list_obtained(hops[1:], 1) == []


def test_each_verb_is_done_at_components_of_its_kinds() -> None:
    assert {verb: verb.providers for verb in Verb} == {
        Verb.CALLS: {Kind.SERVICE, Kind.WORKER, Kind.CLIENT},
        Verb.FORWARDS: {Kind.SERVICE, Kind.WORKER},
        Verb.RELAYS: {Kind.BROKER},
        Verb.READS: {Kind.DATABASE, Kind.CACHE},
        Verb.WRITES: {Kind.DATABASE, Kind.CACHE},
        Verb.CONSUMES: {Kind.BROKER},
        Verb.PUBLISHES: {Kind.BROKER},
    }
