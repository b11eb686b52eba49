"""Whatever stands in a contract, what comes out is a grade."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewproof.model.evidence import asyncapi, avro, graphql, json_schema, openapi, signatures, sql
from skewproof.model.evidence.judgement import Mismatch
from skewproof.model.evidence.sides import Options
from support.contracts import Differ, judge, write_side

TOLD = """
openapi 3.1.0 asyncapi 2.6.0 paths /a get post parameters in query name schema requestBody content
application/json responses 200 type object array string properties items required allOf oneOf anyOf
$ref #/paths #/components/schemas/A components schemas A enum default discriminator propertyName
mapping channels publish message payload additionalProperties security headers nullable record
fields symbols values
"""
WORDS = tuple(TOLD.split())

words = st.sampled_from(WORDS)
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=25,
)


def _documents(head: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(words, trees, max_size=4).map(lambda tree: {**tree, **head})


@pytest.mark.parametrize(
    ("differ", "head"),
    [
        (openapi.compare, {"openapi": "3.1.0"}),
        (asyncapi.compare, {"asyncapi": "2.6.0"}),
        (json_schema.compare, {}),
        (avro.compare, {"type": "record", "name": "R"}),
    ],
)
def test_any_document_ends_in_findings(differ: Differ, head: dict[str, Any]) -> None:
    @settings(max_examples=80, deadline=None)
    @given(old=_documents(head), new=_documents(head))
    def run(old: Any, new: Any) -> None:
        sides = [write_side(json.dumps(tree), rank, path="c.json") for rank, tree in enumerate((old, new))]
        for found in (judge(differ, sides[0], sides[1]), judge(differ, sides[1], sides[0])):
            assert all(isinstance(one, Mismatch) for one in found)

    run()


PIECES = {
    "c.sql": (
        "CREATE TABLE t (a int",
        ", b text NOT NULL)",
        ";",
        "ALTER TABLE t ",
        "DROP COLUMN a",
        "ADD COLUMN c int",
        "(",
        "--",
        "'",
    ),
    "c.py": (
        "def f(",
        "a",
        ", b=1",
        "):",
        " pass\n",
        "class C(Enum):\n",
        "  A = 1\n",
        "@x\n",
        "'''",
        "\t",
        "*",
    ),
    "c.graphql": (
        "type Query {",
        " a: Int",
        " b(x: E = A): [E!]",
        "}",
        "enum E { A }",
        '"""',
        "{",
        "@",
        "extend ",
    ),
}
DIFFERS: dict[str, Differ] = {"c.sql": sql.compare, "c.py": signatures.compare, "c.graphql": graphql.compare}


@pytest.mark.parametrize("path", PIECES)
def test_any_text_ends_in_findings(path: str) -> None:
    texts = st.lists(st.sampled_from(PIECES[path]) | st.text(max_size=2), max_size=10).map("".join)

    @settings(max_examples=80, deadline=None)
    @given(old=texts, new=texts, dialect=st.sampled_from(["postgres", "mysql", "sqlite"]))
    def run(old: str, new: str, dialect: str) -> None:
        sides = [write_side(text, rank, path=path) for rank, text in enumerate((old, new))]
        found = judge(DIFFERS[path], sides[0], sides[1], Options(dialect))
        assert all(isinstance(one, Mismatch) for one in found)

    run()
