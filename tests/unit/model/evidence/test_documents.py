"""Documents of contracts: values, places, references; what strangers put in them."""

from __future__ import annotations

import json

import pytest

from skewproof.model.evidence.documents import Library, Node
from skewproof.model.evidence.sides import MAX_BYTES, MemoryTree, UnjudgedError, normalise


def _open(files: dict[str, str], path: str = "a.yaml", pointer: str = "") -> Node:
    return Library(MemoryTree({name: text.encode() for name, text in files.items()})).open(path, pointer)


def test_scalars_are_read_as_json_has_them() -> None:
    node = _open({"a.yaml": "a: [1, 1.5, true, no, null, '1', 0x10, 1e3, 007]\n"})
    assert node.value == {"a": [1, 1.5, True, "no", None, "1", "0x10", 1000.0, 7.0]}


def test_a_value_knows_its_line() -> None:
    node = _open({"a.yaml": "a:\n  b:\n  - 1\n  - c: 2\n"}, pointer="/a/b/1/c")
    assert (node.value, node.spot.line) == (2, 4)


def test_merge_keys_are_expanded_and_own_keys_win() -> None:
    node = _open({"a.yaml": "x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n"})
    assert node.value["y"] == {"b": 3, "a": 1}


def test_a_reference_leads_to_a_file_of_the_folder() -> None:
    node = _open({"d/a.yaml": "x: {$ref: '../e/b.yaml#/y'}\n", "e/b.yaml": "y: {z: 5}\n"}, "d/a.yaml")
    below = node.get("x")
    assert below is not None
    assert (below.value, below.path) == ({"z": 5}, "e/b.yaml")


@pytest.mark.parametrize(
    "target",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "//evil.example/x.yaml",
        "..%2f..%2fetc/passwd",
        "C:\\\\windows\\\\x",
        "missing.yaml",
    ],
)
def test_a_reference_never_leaves_the_folder(target: str) -> None:
    node = _open({"a.yaml": f'x: {{$ref: "{target}"}}\n'})
    with pytest.raises(UnjudgedError):
        node.get("x")


def test_references_in_a_circle_are_told() -> None:
    node = _open({"a.yaml": "x: {$ref: '#/y'}\ny: {$ref: '#/x'}\n"})
    with pytest.raises(UnjudgedError, match="circle"):
        node.get("x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [" * 1, "not valid YAML"),
        ("[" * 5000 + "]" * 5000, "nesting depth"),
        ("a: 1\na: 2\n", "stands here again"),
        ("a: " + "x" * (MAX_BYTES + 1), "larger than 10 MiB"),
        ("", "empty"),
        ("a: \x00\n", "cannot stand"),
    ],
)
def test_what_cannot_be_read_is_not_judged(text: str, reason: str) -> None:
    with pytest.raises(UnjudgedError, match=reason):
        _open({"a.yaml": text})


def test_a_bomb_of_aliases_is_not_judged() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(UnjudgedError, match="more than 500,000 values"):
        _open({"a.yaml": "\n".join(lines)})


def test_a_very_long_number_stays_text() -> None:
    assert _open({"a.yaml": f"a: {'9' * 5000}\n"}).value == {"a": "9" * 5000}


def test_json_is_read_with_tabs_and_places() -> None:
    text = json.dumps({"a": {"b": [1, "\u00e9"]}}, indent="\t")
    node = _open({"a.json": text}, "a.json", "/a/b/1")
    assert (node.value, node.spot.line) == ("é", 5)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/x", "a\\b", "c:/x", "a\0b"])
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    with pytest.raises(UnjudgedError):
        normalise(path)


def test_a_path_within_is_made_short() -> None:
    assert normalise("./a/b/../c") == "a/c"
