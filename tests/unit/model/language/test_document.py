"""Hostile and broken files: each gets a word, none a traceback, and none much time or memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import load, loads


def said(path: Path) -> str:
    with pytest.raises(InvalidDeploymentError) as caught:
        load(path)
    return str(caught.value)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_billion_laughs_are_refused_before_they_expand() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(InvalidDeploymentError, match="alias"):
        loads("\n".join(lines))


def test_deep_nesting_is_refused_before_a_stack_overflows() -> None:
    with pytest.raises(InvalidDeploymentError, match=r"nest|deep"):
        loads("a: " + "[" * 100_000)


def test_a_file_of_50_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)  # a hole: nothing is there to be read
    assert "10 MiB" in said(path)


def test_bytes_that_are_no_utf_8_are_placed(tmp_path: Path) -> None:
    text = said(written(tmp_path / "latin.yaml", b"a: b\nname: \xe4\n"))
    assert "latin.yaml:2:7" in text
    assert "UTF-8" in text


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    assert "directory" in said(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "pipe" in said(tmp_path / "pipe")


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    text = "components: {a: {kind: service}}\r\nrequests: {r: [client calls a: x]}\r\npipeline: [Go]\r\n"
    deployment = load(written(tmp_path / "windows.yaml", b"\xef\xbb\xbf" + text.encode()))
    assert deployment.system == "windows"


def test_an_alias_may_be_used_with_measure() -> None:
    text = "components: {a: &s {kind: service}, b: *s}\nrequests: {r: [client calls b: x]}\npipeline: [Go]\n"
    assert loads(text).components["b"].kind == "service"


def test_many_errors_are_counted_not_all_printed() -> None:
    hops = "\n".join(f"    - client calls nobody{n}: x" for n in range(3_000))
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(f"components: {{a: {{kind: service}}}}\nrequests:\n  r:\n{hops}\npipeline: [Go]\n")
    assert len(caught.value.problems) == 3_000
    assert str(caught.value).endswith("… and 2,950 more")
