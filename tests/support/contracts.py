"""Contracts as tests write them: a text, a file or a folder for each of two versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

from skewproof.model.evidence.judgement import Grade, Mismatch, Spot, find_worst
from skewproof.model.evidence.sides import MemoryTree, Options, Side, UnjudgedError

Differ = Callable[[Side, Side, Options], list[Mismatch]]
"""What judges a consumer's side against a provider's."""


def build_tree(path: Path, name: str) -> MemoryTree:
    """A file, or all files of a folder, as a tree."""
    if path.is_file():
        return MemoryTree({path.name: path.read_bytes()}, name)
    files = {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    return MemoryTree(files, name)


def build_side(path: Path, rank: int, pointer: str = "") -> Side:
    """The version of a contract that is all of a file or folder; rank 0 is the older one."""
    tree = build_tree(path, ("old", "new")[rank])
    return Side(tree, path.name if path.is_file() else "", pointer, rank)


def write_side(text: str, rank: int, pointer: str = "", path: str = "contract.yaml") -> Side:
    """The version of a contract with this text."""
    content = dedent(text).lstrip("\n").encode()
    return Side(MemoryTree({path: content}, ("old", "new")[rank]), path, pointer, rank)


def judge(differ: Differ, consumer: Side, provider: Side, options: Options | None = None) -> list[Mismatch]:
    """What the differ finds; what it cannot tell is a finding of grade `unknown`."""
    try:
        return differ(consumer, provider, options or Options())
    except UnjudgedError as unjudged:
        spot = Spot(unjudged.file, unjudged.line)
        return [Mismatch(Grade.UNKNOWN, "unjudged", unjudged.reason, spot)]


def grade_both(differ: Differ, old: Side, new: Side, options: Options | None = None) -> tuple[Grade, Grade]:
    """The grades of an old consumer at a new provider, and of a new one at an old one."""
    forward = judge(differ, old, new, options)
    backward = judge(differ, new, old, options)
    return find_worst(forward), find_worst(backward)
