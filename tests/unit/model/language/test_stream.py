"""Files of other formats: several documents, tags and merge keys, within the limits of one file."""

from __future__ import annotations

import pytest

from skewproof.model.language.document import Mapping, Scalar, YamlNode, parse_stream
from skewproof.model.language.marks import Marked, find_lines, mark


def plain(node: YamlNode) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items]


def test_empty_documents_are_left_out() -> None:
    stream = parse_stream("---\n---\na: 1\n---\n# nothing\n---\n- b\n...\n", "x")
    assert [plain(root) for root in stream.roots] == [{"a": "1"}, ["b"]]
    assert stream.roots[1].place.line == 7


def test_anchors_end_with_their_document() -> None:
    (problem,) = parse_stream("a: &x 1\n---\nb: *x\n", "x").problems
    assert problem.code == "unknown-alias"


def test_merge_keys_are_expanded_and_own_keys_go_first() -> None:
    stream = parse_stream("a: &x {k: 1, m: 2}\nb: {<<: *x, k: 3}\nc: {<<: [{k: 4}, *x]}\n", "x")
    (root,) = stream.roots
    assert plain(root) == {"a": {"k": "1", "m": "2"}, "b": {"k": "3", "m": "2"}, "c": {"k": "4", "m": "2"}}


def test_tags_are_known_by_the_place_of_their_value() -> None:
    stream = parse_stream("a: !reset null\nb: !!str 5\n", "x")
    (root,) = stream.roots
    assert isinstance(root, Mapping)
    assert [stream.tags[value.place] for _, value in root.entries] == ["!reset", "tag:yaml.org,2002:str"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2\n", "duplicate-key"),
        ("a: [1\n", "not-yaml"),
        ("a: *a\n", "unknown-alias"),
        ("- " * 200 + "x", "too-deep"),
        (
            "a: &a [" + "x, " * 999 + "x]\n" + "---\n".join(["b: [" + "y, " * 9_000 + "y]\n"] * 60),
            "too-many-values",
        ),
    ],
)
def test_what_is_wrong_has_a_place(text: str, code: str) -> None:
    problem = parse_stream(text, "x").problems[0]
    assert (problem.code, problem.place is not None) == (code, True)


def parts(text: str, node: Marked) -> object:
    if node.entries:
        return {text[key.start : key.end]: parts(text, value) for key, value in node.entries}
    return [parts(text, item) for item in node.items] if node.items else text[node.start : node.end]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_marks_are_the_text_of_each_value(ends: str) -> None:
    text = ends.join(["# é𝄞", "a: {b: 'x y', c: [1,  2]} # c", "d:", '  - e: "f"', "  - g", "", "h: i"])
    told = {"a": {"b": "'x y'", "c": ["1", "2"]}, "d": [{"e": '"f"'}, "g"], "h": "i"}
    root = mark(text)
    assert parts(text, root) == told
    there = root.find("a")
    assert there is not None
    assert text[there.start : there.end] == "{b: 'x y', c: [1,  2]}"
    assert there.is_flow
    in_lines = root.find("d")
    assert in_lines is not None
    assert text[in_lines.end - 1] == "g", "what is in lines ends with its last value"


def test_lines_begin_behind_each_kind_of_break() -> None:
    assert find_lines("a\r\nb\rc\nd") == [0, 3, 5, 7]
