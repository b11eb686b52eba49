"""What lies in a store at the start, worker's pulls, and what a change may say of its content."""

import pytest

from skewproof.model.compiler.start import find_starting_forms
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.names import Contract

PAGE = "client calls a: x"


def forms(hops: str, change: str = "", actions: str = "deploy a", rest: str = "") -> list[str]:
    """What redis/p holds at the start."""
    deployment = loads(f"""
        components: {{a: {{kind: service}}, redis: {{kind: cache}}, db: {{kind: database}}}}
        requests: {{r: [{PAGE}, {hops}]}}
        pipeline: [A: [{actions}]]
        changes: {{redis/p: {{{change}}}{rest}}}
        """)
    assert Vocabulary(deployment).starting_forms(Contract("redis", "p")) == find_starting_forms(
        deployment, Contract("redis", "p")
    )
    return sorted(find_starting_forms(deployment, Contract("redis", "p")))


@pytest.mark.parametrize(
    ("hops", "change", "actions", "found"),
    [
        ("a reads redis: p", "", "deploy a", ["V1"]),
        ("a reads redis: p since V2", "", "deploy a", ["V1"]),  # nothing else puts anything there
        ("a reads redis: p since V2", "", "sync redis", []),
        ("a reads redis: p since V2, a writes redis: p since V2", "", "deploy a", []),
        ("a writes redis: p since V2, client writes redis: p", "", "deploy a", ["V1"]),
        ("a reads redis: p", "starts: empty", "deploy a", []),
        ("a reads redis: p", "'starts': [V2, V1]", "deploy a", ["V1", "V2"]),
        ("a reads redis: p", "exists: [V2]", "deploy a", []),
        ("a reads redis: p", "exists: [V1]", "deploy a", ["V1"]),
        ("a reads redis: p", "exists: [V2], starts: [V2]", "deploy a", ["V2"]),
    ],
)
def test_what_lies_there(hops: str, change: str, actions: str, found: list[str]) -> None:
    assert forms(hops, change, actions) == found


def test_a_copy_holds_what_its_source_does() -> None:
    kept = ", db/t: {rows: kept, starts: [V2]}"
    assert forms("a reads redis: p, a reads db: t", "from: db/t", rest=kept) == ["V2"]
    assert forms("a reads redis: p, a reads db: t", "from: db/t", rest=", db/t: {exists: [V2]}") == []


def test_a_copy_of_a_cache_holds_what_that_does() -> None:
    assert forms("a reads redis: p, a reads redis: o", "from: redis/o", rest=", redis/o: {starts: [V2]}") == [
        "V2"
    ]


def test_a_source_that_the_release_does_not_change_says_nothing() -> None:
    assert forms("a reads redis: p, a reads redis: o", "from: redis/o") == ["V1"]
    assert forms("a reads redis: p since V2, a reads redis: o", "from: redis/o", "sync redis") == []


def test_copies_that_go_round_start_as_what_is_no_copy() -> None:
    ring = ", redis/o: {from: redis/p}"
    assert forms("a reads redis: p, a reads redis: o", "from: redis/o", rest=ring) == ["V1"]
    into_one = ", redis/o: {from: redis/n}, redis/n: {from: redis/o}"
    hops = "a reads redis: p, a reads redis: o since V2, a reads redis: n since V2"
    assert forms(hops, "from: redis/o", "sync redis", into_one) == [], "it copies what goes round"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("db/t: {starts: [V1]}", "`db` is a database; `starts` fits caches, brokers and rows that are kept"),
        ("a/x: {exists: [V1]}", "`a` is a service; `exists` fits databases, caches and brokers"),
        ("redis/p: {starts: none}", "write the versions as a list, or `empty`"),
        ("redis/p: {starts: [V3]}", "unknown version `V3`"),
        ("db/t: {breaks: {content: both}}", "write `rows: kept`"),
        ("db/t: {skew: {content: {older: 0}}}", "write `rows: kept`"),
    ],
)
def test_what_does_not_fit(line: str, wrong: str) -> None:
    with pytest.raises(InvalidDeploymentError) as raised:
        loads(f"""
            components: {{a: {{kind: service}}, redis: {{kind: cache}}, db: {{kind: database}}}}
            requests: {{r: [{PAGE}, a reads redis: p, a reads db: t]}}
            pipeline: [A: [deploy a]]
            changes: {{{line}}}
            """)
    assert wrong in str(raised.value)


def test_pulls_fits_workers() -> None:
    text = "components: {{a: {{kind: {}, pulls: {}}}}}\nrequests: {{r: [client calls a: x]}}\npipeline: [A]"
    assert loads(text.format("worker", "ready")).components["a"].pulls_when_ready
    for kind, word, wrong in (
        ("service", "ready", "`pulls` fits workers"),
        ("worker", "now", "write `ready`"),
    ):
        with pytest.raises(InvalidDeploymentError) as raised:
            loads(text.format(kind, word))
        assert wrong in str(raised.value)
