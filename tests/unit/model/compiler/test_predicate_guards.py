"""What each predicate means, as guards; and the exact words for those that mean nothing."""

from __future__ import annotations

import pytest

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.errors import TooManyCasesError
from skewproof.model.compiler.predicate_guards import translate_predicate
from skewproof.model.compiler.space import show_value
from skewproof.model.deployment.predicate import And, Count, Done, Implies, Not, Or
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.names import Place
from support.predicates import deployment, read

COMPILED = compile_deployment(deployment())
VOCABULARY = COMPILED.vocabulary


def states(text: str) -> list[dict[str, set[str]]]:
    """For each guard the states of the machines that it allows."""
    found = translate_predicate(VOCABULARY, read(text), COMPILED.complete())
    return [{str(key): set(map(show_value, allowed)) for key, allowed in guard.items()} for guard in found]


NOT_STARTED = {"2×V1", "2×V1 1×V2"}
EVERYWHERE: list[dict[str, set[str]]] = [{}]
NOWHERE: list[dict[str, set[str]]] = []

MEANINGS = [
    ("true", EVERYWHERE),
    ("false", NOWHERE),
    ("cron.suspended", [{"jobs cron": {"suspended"}}]),
    ("not cron.suspended", [{"jobs cron": {"running"}}]),
    ("new-cart.on", [{"flag new-cart": {"on"}}]),
    ("new-cart.off", [{"flag new-cart": {"off"}}]),
    ("glue.up", EVERYWHERE),
    ("glue.up(V1)", [{"up glue": {"1×V1", "1×V1 1×V2"}}]),
    ("zed.up(V1) >= 2", [{"up zed": {"2×V1", "2×V1 1×V2"}}]),
    ("zed.up>=3", [{"up zed": {"2×V1 1×V2", "1×V1 2×V2"}}]),
    ("zed.up(V1) + zed.up(V2) < 3", [{"up zed": {"2×V1", "1×V1 1×V2", "2×V2"}}]),
    (
        "glue.up(V2) + cron.up(V2) > 1",
        [
            {"up cron": {"2×V2"}, "up glue": {"1×V1"}},
            {"up glue": {"1×V1 1×V2", "1×V2"}, "up cron": {"1×V1 1×V2", "1×V2", "2×V2"}},
        ],
    ),
    ("zed.version == V2", [{"up zed": {"2×V2"}}]),
    ("zed.version <= V1", [{"up zed": {"2×V1"}}]),
    ("zed.version != V1", [{"up zed": {"2×V2"}}]),
    ("zed.version >= V1", EVERYWHERE),
    ("cron.version <= V2", [{"up cron": {"2×V1", "1×V1", "1×V1 1×V2", "1×V2", "2×V2"}}]),
    ("cron.version != V2", [{"up cron": {"2×V1", "1×V1"}}]),
    ("cron.up", [{"up cron": {"2×V1", "1×V1", "1×V1 1×V2", "1×V2", "2×V2"}}]),
    ("all cron at V2", [{"up cron": {"2×V2"}}]),
    ("all zed at V1", [{"up zed": {"2×V1"}}]),
    ("db.version == V2", [{"schema db/item": {"V2"}, "schema db/row": {"V2"}}]),
    ("all db at V2", [{"schema db/item": {"V2"}, "schema db/row": {"V2"}}]),
    ("db.version < V1", NOWHERE),
    ("db/item.version == V2", [{"schema db/item": {"V2"}}]),
    ("not db.version == V2", [{"schema db/item": {"V1"}}, {"schema db/row": {"V1"}}]),
    ("log.version == V1 and log/line.version == V2", EVERYWHERE),
    ("V1 in redis/product", [{"content redis/product": {"V1", "V1 + V2"}}]),
    ("old in redis", [{"content redis/product": {"V1", "V1 + V2"}}]),
    ("old in mq/m", [{"content mq/m": {"V1", "V1 + V2"}}]),
    ("redis is empty", [{"content redis/product": {"empty"}}]),
    ("V2 in db/item", [{"schema db/item": {"V2"}}]),
    ("old in db/row", [{"content db/row": {"V1", "V1 + V2"}}]),
    ("db/item is empty", NOWHERE),
    ("V1 in redis/price or old in log", NOWHERE),
    ("redis/price is empty", EVERYWHERE),
    ('in "all"', [{"pipeline": {"3 all: deploy glue zed"}}]),
    ("before First", [{"pipeline": {"0 (before)"}}]),
    ('after "all"', [{"pipeline": {"4 Last one: reconfigure mq", "5 Last one: deploy cron", "6 (after)"}}]),
    (
        'in "(before)" or not before "Last one"',
        [
            {
                "pipeline": {"0 (before)"}
                | {"4 Last one: reconfigure mq", "5 Last one: deploy cron", "6 (after)"}
            }
        ],
    ),
    ("done", [{"pipeline": {"6 (after)"}}]),
    ('not done and after First and not after "all"', [{"pipeline": {"3 all: deploy glue zed"}}]),
    (
        "cron.suspended implies new-cart.on and new-cart.off",
        [{"jobs cron": {"running"}}],
    ),
    (
        "cron.suspended and (glue.up(V2) or new-cart.on)",
        [
            {"jobs cron": {"suspended"}, "flag new-cart": {"on"}},
            {"jobs cron": {"suspended"}, "up glue": {"1×V1 1×V2", "1×V2"}},
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_predicate_means(text: str, expected: list[dict[str, set[str]]]) -> None:
    found = states(text)
    assert sorted(map(_plain, found)) == sorted(map(_plain, expected))


def _plain(guard: dict[str, set[str]]) -> list[tuple[str, list[str]]]:
    return sorted((name, sorted(allowed)) for name, allowed in guard.items())


def test_and_binds_closer_than_or_and_both_closer_than_implies() -> None:
    a, b, c = read("cron.suspended"), read("new-cart.on"), read("glue.up")
    assert read("cron.suspended or new-cart.on and glue.up") == Or((a, And((b, c))))
    assert read("cron.suspended or new-cart.on implies glue.up") == Implies(Or((a, b)), c)
    assert read("cron.suspended implies new-cart.on implies glue.up") == Implies(a, Implies(b, c))
    assert read("not cron.suspended and new-cart.on") == And((Not(a), b))
    assert isinstance(c, Count)


def test_done_is_what_the_caller_says_is_complete() -> None:
    assert translate_predicate(VOCABULARY, Done(), ({},)) == ({},)


def test_a_predicate_that_needs_too_many_cases_is_refused() -> None:
    pairs = [
        f"(cron.suspended and glue.up(V{i}) or new-cart.on and zed.up(V1) >= {n})"
        for i in (1, 2)
        for n in (1, 2)
    ]
    assert (
        len(translate_predicate(VOCABULARY, read(" or ".join(pairs)))) <= 4
    )  # no limit is near for what people write
    from skewproof.model.compiler import conditions

    limit, conditions.MAX_GUARDS = conditions.MAX_GUARDS, 1
    try:
        with pytest.raises(
            TooManyCasesError, match=r"^d.yaml:3:4: a predicate .* guard: 2, at most 1$"
        ) as hit:
            translate_predicate(
                VOCABULARY, read("cron.suspended or new-cart.on"), place=Place("d.yaml", 3, 4)
            )
        assert "fewer" in hit.value.advice
    finally:
        conditions.MAX_GUARDS = limit


ERRORS = [
    ("", ["1 a predicate is missing at the end"]),
    ("glue.up and", ["12 a predicate is missing at the end"]),
    ("not", ["4 a predicate is missing at the end"]),
    ("(glue.up", ["9 `)` is missing at the end"]),
    ("glue.up)", ["8 `)` cannot stand here; expected the end"]),
    ("glue.up zed.up", ["9 `zed.up` cannot stand here; expected `(`, `and`, `implies`, `or` or the end"]),
    ("glue.up(V1)(V2)", ["12 `(` cannot stand here; expected `and`, `implies`, `or` or the end"]),
    ("glue.up && zed.up", ["9 `&&` is no operator; write `and`"]),
    ("glue.up | zed.up", ["9 `|` is no operator; write `or`"]),
    ("glue.up = 2", ["9 `=` is no operator; write `==`"]),
    ("! glue.up", ["1 `!` is no operator; write `not`"]),
    ("glue.up AND zed.up", ["9 `AND` cannot stand here; did you mean `and`?"]),
    ("glue.up * 2", ["9 `*` cannot stand here; a name with such a character stands in quotes"]),
    ("glue.up >= 1 >= 2", ["14 `>=` cannot stand here; expected `and`, `implies`, `or` or the end"]),
    ('in "Last one', ["4 the quote that begins here does not end"]),
    ("in Last one", ["9 `one` cannot stand here; expected `and`, `implies`, `or` or the end"]),
    (
        "in (before)",
        [
            "4 `(` cannot stand here; a name has none around it; one with a space or `(` in it stands in "
            "quotes"
        ],
    ),
    (
        "in all",
        ['4 `all` cannot stand here; expected a name; a name that is such a word stands in quotes: `"all"`'],
    ),
    ("always glue.up", ["1 `always` cannot stand inside of a predicate"]),
    ("glue.up until zed.up", ["9 `until` cannot stand inside of a predicate"]),
    (
        "glue.up before zed.up",
        ["9 `before` cannot stand here; expected the end"],
    ),
    ("before Frist", ["8 unknown step `Frist`; did you mean `First`?"]),
    ("after glue.up", ["7 unknown step `glue.up`"]),
    ('in "First".up', ["12 `.up` cannot stand behind this name"]),
    ("gleu.up", ["1 unknown component `gleu`; did you mean `glue`?"]),
    ("glue.upp", ["6 unknown question `upp`; did you mean `up`?"]),
    ("glue.versio == V1", ["6 unknown question `versio`; did you mean `version`?"]),
    ("glue", ["1 `glue` says nothing by itself; ask `glue.up` or `glue.version == …`"]),
    ("cron", ["1 `cron` says nothing by itself; ask `cron.suspended`, `cron.up` or `cron.version == …`"]),
    (
        "redis/product",
        [
            "1 `redis/product` says nothing by itself;"
            " the questions are suspended, version, up, restarting, gone, leader, on, off"
        ],
    ),
    ("glue.gone", ["1 `gone` is asked of a version; write `glue.gone(V1)`"]),
    ("glue.gone(V3)", ["11 unknown version `V3`; the versions are V1 and V2; `versions:` names them"]),
    (
        "redis.gone(V1)",
        ["1 `redis` is a cache; `gone` fits services, workers and clients; ask `old in redis`"],
    ),
    ("new-cart", ["1 `new-cart` says nothing by itself; ask `new-cart.on` or `new-cart.off`"]),
    ("new-card.on", ["1 unknown flag `new-card`; did you mean `new-cart`?"]),
    ("glue.on", ["1 unknown flag `glue`; ask `glue.up` or `glue.version == …`"]),
    ("new-cart.on(V1)", ["13 a version in parentheses fits `up` alone, not `new-cart.on`"]),
    (
        "glue.suspended",
        ["1 `glue` is a service; `suspended` fits workers; ask `glue.up` or `glue.version == …`"],
    ),
    ("db.up", ["1 `db` is a database; `up` fits services, workers and clients; ask `db.version == …`"]),
    ("glue.up(V3)", ["9 unknown version `V3`; the versions are V1 and V2; `versions:` names them"]),
    ("glue.up >= V1", ["12 what serves is compared with a whole number up to 999999, not `V1`"]),
    ("glue.up >= 1000000", ["12 what serves is compared with a whole number up to 999999, not `1000000`"]),
    ("1 <= glue.up", ["1 a number stands on the right of a comparison"]),
    ("glue.up + zed.up", ["11 a sum is compared with a number; add `>= 1`"]),
    ("cron.suspended >= 1", ["1 `cron.suspended` is true or false, and not compared"]),
    ("glue.version + zed.up >= 1", ["1 a version cannot be added up"]),
    ("glue.version", ["1 a version is compared with another; write `glue.version == V2`"]),
    ("glue.version == 2", ["17 unknown version `2`; did you mean `V2`?"]),
    ("redis.version == V1", ["1 `redis` is a cache, and has no version of its own; ask `old in redis`"]),
    ("all redis at V1", ["5 `redis` is a cache, and has no version of its own; ask `old in redis`"]),
    ("all db at V9", ["11 unknown version `V9`; the versions are V1 and V2; `versions:` names them"]),
    ("zed/add.version == V1", ["1 `zed` is a service, and has a version as a whole; write `zed.version`"]),
    ("db/itme.version == V1", ["1 no request meets `db/itme`; did you mean `db/item`?"]),
    ("V1 in zed", ["7 `zed` is a service, and nothing lies in it; ask `zed.up` or `zed.version == …`"]),
    (
        "zed/add is empty",
        ["1 `zed` is a service, and nothing lies in it; ask `zed.up` or `zed.version == …`"],
    ),
    (
        "V3 in redis/prodct",
        [
            "1 unknown version `V3`; the versions are V1 and V2; `versions:` names them",
            "7 no request meets `redis/prodct`; did you mean `redis/product`?",
        ],
    ),
    (
        "gleu.up and (in X or db.up) implies v1 in redis",
        [
            "1 unknown component `gleu`; did you mean `glue`?",
            "17 unknown step `X`",
            "22 `db` is a database; `up` fits services, workers and clients; ask `db.version == …`",
            "37 unknown version `v1`; did you mean `V1`?",
        ],
    ),
    ("not " * 51 + "true", ["1 a predicate must not be nested deeper than 50 operators"]),
    ("true or " * 250 + "true", ["1 a predicate must not be longer than 2,000 characters"]),
]


@pytest.mark.parametrize(("text", "expected"), ERRORS, ids=[text[:40] or "nothing" for text, _ in ERRORS])
def test_wrong_predicate_gets_exact_words(text: str, expected: list[str]) -> None:
    with pytest.raises(InvalidDeploymentError) as refused:
        read(text)
    said = [
        f"{p.place.column if p.place else 0} {p.message}{f'; {p.fix}' if p.fix else ''}"
        for p in refused.value.problems
    ]
    assert said == expected


def test_a_name_that_is_an_operator_or_has_odd_characters_stands_in_quotes() -> None:
    assert str(read('in "all" and not in "Last one"')) == 'in "all" and not in "Last one"'
    assert read('"glue".up("V1") >= 1') == read("glue.up(V1)")
    assert read('"db/item".version == "V2"') == read("db/item.version == V2")
