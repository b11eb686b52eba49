"""The two sides of a contract as they stood at two revisions, and what a differ is asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Protocol

from msgspec import Struct, field

MAX_BYTES = 10 * 1024 * 1024
"""Of one file of a contract; what is larger is not read."""

MAX_FILES = 5_000
"""Of one folder of contracts."""


class UnjudgedError(Exception):
    """The evidence does not tell: a file that cannot be read, a limit, a feature that no rule knows.

    Whoever catches it gives the grade `unknown` with these words. `file` and `line` say where, if known.
    """

    def __init__(self, reason: str, file: str = "", line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.file, self.line = reason, file, line


class Tree(Protocol):
    """The files of one revision, by their paths below its root; no path leads out of it."""

    @property
    def name(self) -> str:
        """What the revision is called in evidence."""
        ...

    def read(self, path: str) -> bytes:
        """What is in a file. Raises `UnjudgedError` if there is none, or if it is too large."""
        ...

    def list(self, folder: str) -> tuple[str, ...]:
        """The paths of all files below a folder, sorted; a file's own path gives itself; of nothing none."""
        ...


class MemoryTree(Struct, frozen=True):
    """Files that are given as they are; for tests, and for what was read already."""

    files: Mapping[str, bytes]
    name: str = "here"

    def read(self, path: str) -> bytes:
        """What is in a file."""
        found = self.files.get(normalise(path))
        if found is None:
            raise UnjudgedError(f"there is no file `{path}` at {self.name}", path)
        return check_size(found, path)

    def list(self, folder: str) -> tuple[str, ...]:
        """The paths of all files below a folder."""
        return list_below(self.files, folder)


class Side(Struct, frozen=True, dict=True):
    """One version of a contract: its file or folder in a tree, and which of two versions is older by rank.

    `pointer` is a JSON pointer or a name within the file that says which part of it the contract is ("":
    all).
    """

    tree: Tree
    path: str
    pointer: str = ""
    rank: int = 0

    @cached_property
    def content(self) -> bytes:
        """What is in the contract's file."""
        return self.tree.read(self.path)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The contract's files, if it is a folder."""
        return self.tree.list(self.path)


class Options(Struct, frozen=True):
    """What else is given beside the two sides.

    `dialect` is that of SQL, `queries` are the statements that the consumer runs (its own version's), as
    pairs of file and text; `documents` the operations of clients of GraphQL, in the same way. At a contract
    that `is_called` both sides speak: the consumer's request is read by the provider; else (a topic, a
    store) the consumer reads what a provider's form holds.
    """

    dialect: str = "postgres"
    queries: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    is_called: bool = False


def normalise(path: str) -> str:
    """A path below a root without `.` and `..`. Raises `UnjudgedError` if it leads out of the root."""
    parts: list[str] = []
    if path.startswith("/") or "\\" in path or "\0" in path or ":" in path.split("/", 1)[0]:
        raise UnjudgedError(f"`{path}` is no path below the folder of the contract", path)
    for part in PurePosixPath(path).parts:
        if part == "..":
            if not parts:
                raise UnjudgedError(f"`{path}` leads out of the folder of the contract", path)
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def check_size(content: bytes, path: str) -> bytes:
    """The content again. Raises `UnjudgedError` if it is larger than any contract."""
    if len(content) > MAX_BYTES:
        raise UnjudgedError(f"`{path}` is larger than {MAX_BYTES // 1024**2} MiB", path)
    return content


def list_below(paths: Mapping[str, object], folder: str) -> tuple[str, ...]:
    """Which of the paths are the folder itself or below it, sorted."""
    root = normalise(folder)
    below = [path for path in paths if root in ("", path) or path.startswith(f"{root}/")]
    return check_count(tuple(sorted(below)), folder)


def check_count(paths: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """The paths again. Raises `UnjudgedError` if they are too many."""
    if len(paths) > MAX_FILES:
        raise UnjudgedError(f"`{folder}` holds more than {MAX_FILES:,} files", folder)
    return paths
