"""A sync that copies: what its source holds now, no more and no less."""

from __future__ import annotations

from support.tiny import Walk, walk

COPY = """
components: {a: {kind: service}, c: {kind: cache}, d: {kind: cache}}
requests: {ask: [client calls a: x, a writes c: k, a reads d: l]}
pipeline: [One: [deploy a], Two: [sync d], Three]
changes: {c/k: {breaks: none}, d/l: {breaks: none, from: c/k}}
"""


def at_the_sync(*more: str, text: str = COPY) -> Walk:
    return walk(text).go("One", "spawn", *more, "retire", "Two")


def syncs(here: Walk) -> list[str]:
    return [text.removeprefix("d/l: sync, content ") for text in here.can if "sync" in text]


def test_where_both_hold_the_same_there_is_nothing_to_do() -> None:
    here = at_the_sync()
    assert syncs(here) == []
    assert "Three begins" in here.can


def test_what_the_source_holds_comes() -> None:
    here = at_the_sync("a V2 writes c/k")
    assert here["content c/k"] == "V1 + V2"
    assert syncs(here) == ["V1 → V1 + V2"]
    assert here.cannot("Three begins")
    over = here.go("d/l: sync")
    assert (over["content d/l"], syncs(over)) == ("V1 + V2", [])
    assert "Three begins" in over.can


def test_what_the_source_does_not_hold_goes() -> None:
    text = COPY.replace("Two: [sync d]", "Two: [purge c to V2, sync d]")
    here = walk(text).go("One", "spawn", "a V2 writes c/k", "retire", "Two", "purge", "next")
    assert (here["content c/k"], here["content d/l"]) == ("V2", "V1")
    assert syncs(here) == ["V1 → V1 + V2"]
    assert syncs(here.go("d/l: sync")) == ["V1 + V2 → V2"]
    assert here.go("d/l: sync", "d/l: sync")["content d/l"] == "V2"


def test_an_empty_source_empties_the_copy() -> None:
    text = COPY.replace("Two: [sync d]", "Two: [purge c, sync d]")
    here = walk(text).go("One", "spawn", "retire", "Two", "purge", "next")
    assert syncs(here) == ["V1 → empty"]


def test_a_source_that_nothing_changes_is_no_source() -> None:
    text = COPY.replace("c/k: {breaks: none}, ", "")
    here = walk(text).go("One", "spawn", "retire", "Two")
    assert syncs(here) == ["V1 → V1 + V2"], "it moves to the next version, as without a source"


def test_a_copy_of_a_schema_follows_it() -> None:
    text = """
    components: {a: {kind: service}, db: {kind: database}, d: {kind: cache}}
    requests: {ask: [client calls a: x, a writes db: t, a reads d: l]}
    pipeline: [One: [migrate db], Two: [sync d], Three]
    changes: {db/t: {breaks: none}, d/l: {breaks: none, from: db/t}}
    """
    here = walk(text).go("One", "schema", "Two")
    assert syncs(here) == ["V1 → V1 + V2"]
    assert here.go("d/l: sync", "d/l: sync")["content d/l"] == "V2"


def test_a_copy_that_ended_does_not_begin_again() -> None:
    text = COPY.replace("Two: [sync d], Three", "Two: [start sync d], Three: [await d], Four")
    here = walk(text).go("One", "spawn", "a V2 writes c/k", "retire", "Two", "Three")
    over = here.go("d/l: sync")
    assert "Four begins" in over.can
    assert syncs(over) == []
