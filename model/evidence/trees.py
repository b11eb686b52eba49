"""The files of a revision in git, read from git itself, and those of a folder; nothing is checked out."""

from __future__ import annotations

import os
import stat
import subprocess
from functools import cached_property
from pathlib import Path, PurePosixPath

from msgspec import Struct

from ..resources.children import find_program, guarded_children
from .sides import MAX_BYTES, MAX_FILES, Tree, UnjudgedError, check_count, check_size, list_below, normalise

TIMEOUT_S = 60
WORKING_TREE = "working tree"
"""What the files as they are now are called in evidence."""


class RevisionError(Exception):
    """A revision or folder that cannot be read: its text says why, and what to write instead."""


class FolderTree(Struct, frozen=True):
    """The files below a folder; links that lead out of it are not followed."""

    root: Path
    name: str

    def read(self, path: str) -> bytes:
        """What is in a file."""
        target = (self.root / normalise(path)).resolve()
        if not target.is_relative_to(self.root.resolve()):
            raise UnjudgedError(f"`{path}` leads out of the folder of the contract", path)
        try:
            status = target.stat()
            if not stat.S_ISREG(status.st_mode):
                raise UnjudgedError(f"`{path}` is no file at {self.name}", path)
            if status.st_size > MAX_BYTES:
                raise UnjudgedError(f"`{path}` is larger than {MAX_BYTES // 1024**2} MiB", path)
            with target.open("rb") as stream:
                return check_size(stream.read(MAX_BYTES + 1), path)
        except OSError as error:
            said = error.strerror or error
            raise UnjudgedError(f"`{path}` cannot be read at {self.name}: {said}", path) from None

    def list(self, folder: str) -> tuple[str, ...]:
        """The paths of all files below a folder."""
        start = self.root / normalise(folder)
        if start.is_file():
            return (normalise(folder),)
        found: list[str] = []
        for where, folders, files in os.walk(start):  # follows no link
            folders[:] = sorted(name for name in folders if name != ".git")
            found += [(Path(where) / name).relative_to(self.root).as_posix() for name in files]
            if len(found) > MAX_FILES:
                break
        return check_count(tuple(sorted(found)), folder)


class GitTree(Struct, frozen=True, dict=True):
    """The files of one commit, below the root of its repository."""

    folder: Path
    commit: str
    name: str

    @cached_property
    def _blobs(self) -> dict[str, tuple[str, int]]:
        """The object and size of each regular file; links and submodules are no files."""
        listed = run_git(self.folder, "ls-tree", "-r", "-z", "--long", "--full-tree", self.commit)
        blobs = {}
        for line in listed.split(b"\0"):
            head, _, path = line.partition(b"\t")
            parts = head.split()
            if len(parts) == 4 and parts[0] in (b"100644", b"100755"):
                blobs[path.decode("utf-8", "surrogateescape")] = parts[2].decode(), int(parts[3])
        return blobs

    def read(self, path: str) -> bytes:
        """What is in a file."""
        found = self._blobs.get(normalise(path))
        if found is None:
            raise UnjudgedError(f"there is no file `{path}` at {self.name}", path)
        if found[1] > MAX_BYTES:
            raise UnjudgedError(f"`{path}` is larger than {MAX_BYTES // 1024**2} MiB", path)
        return run_git(self.folder, "cat-file", "blob", found[0])

    def list(self, folder: str) -> tuple[str, ...]:
        """The paths of all files below a folder."""
        return list_below(self._blobs, folder)


class Root(Struct, frozen=True):
    """A tree, and where in it the folder lies from which paths are written."""

    tree: Tree
    prefix: str = ""

    def path(self, written: str) -> str:
        """A path as it is written there, from the root of the tree. Raises `UnjudgedError`."""
        return normalise(str(PurePosixPath(self.prefix, written.rstrip("/") or ".")))


def open_root(told: str, folder: Path) -> Root:
    """A folder, or a revision of the repository in which `folder` lies. Raises `RevisionError`."""
    as_folder = Path(told) if Path(told).is_absolute() else Path.cwd() / told
    marked = told in (".", "..") or told.startswith(("./", "../", "/")) or told.endswith("/")
    commit = None if marked else _find_commit(told, folder)
    if as_folder.is_dir():
        if commit is not None:
            raise RevisionError(
                f"`{told}` is a folder and a revision; write `./{told}` or `refs/heads/{told}`"
            )
        return Root(FolderTree(as_folder, told.rstrip("/") or "/"))
    if commit is None:
        raise RevisionError(f"`{told}` is no folder, and no revision of a repository in `{folder}`")
    prefix = run_git(folder, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").strip("\n")
    shown = told if len(told) < 40 else told[:12]
    return Root(GitTree(folder, commit, shown), prefix.rstrip("/"))


def open_working_tree(folder: Path) -> Root:
    """The folder as it is now, with the repository about it: paths may lead to other parts of that."""
    try:
        top = run_git(folder, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip("\n")
        prefix = run_git(folder, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").strip("\n")
    except (UnjudgedError, RevisionError):
        return Root(FolderTree(folder, WORKING_TREE))
    return Root(FolderTree(Path(top), WORKING_TREE), prefix.rstrip("/"))


def _find_commit(told: str, folder: Path) -> str | None:
    try:
        found = run_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{told}^{{commit}}")
    except UnjudgedError:
        return None
    return found.decode().strip() or None


def run_git(folder: Path, *arguments: str) -> bytes:
    """What git prints about a repository; it fetches nothing and asks nobody. Raises `UnjudgedError`, and
    `RevisionError` where there is no git."""
    git = find_program("git")
    if git is None:
        raise RevisionError("`git` is not installed, which a revision needs; give a folder in its place")
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        with guarded_children():
            done = subprocess.run(  # noqa: S603 - git itself, no shell
                [str(git), "-C", str(folder), "-c", "core.fsmonitor=false", *arguments],
                env=inherited | quiet,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise UnjudgedError(f"`git {arguments[0]}` took more than {TIMEOUT_S} s") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UnjudgedError(f"git: {said[0] if said else arguments[0]}")
    return done.stdout
