"""Which files below a folder are deployments."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

NAMES = ("skewproof.yaml", "skewproof.yml", "*.skew.yaml", "*.skew.yml")
"""What the file of a deployment is called, in any case, so that it is found among all else."""


@dataclass(slots=True)
class Found:
    """The deployments below a folder, and the folders below it that could not be read, with the reasons."""

    files: list[Path] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)


def find_deployments(folder: Path) -> Found:
    """What is found, sorted by path. Links to folders are followed, each folder once, whatever links lead to
    it; that has an end, also where links lead round in a circle."""
    found, seen, links = Found(), set[tuple[int, int]](), [folder]
    while links:  # what a link leads to may lie below the folder itself, and then has a better path
        folders, links = links, []
        while folders:
            inner, linked = _look(folders.pop(), found, seen)
            folders += inner
            links += linked
        links.sort(reverse=True)
    return Found(sorted(found.files), dict(sorted(found.unread.items())))


def _look(folder: Path, found: Found, seen: set[tuple[int, int]]) -> tuple[list[Path], list[Path]]:
    """The folders in a folder that was not looked at before, and the links to folders, last in the alphabet
    first; its files are added to what was found."""
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return [], []
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: entry.name, reverse=True)
    except OSError as error:
        found.unread[folder] = f"cannot be read: {(error.strerror or str(error)).lower()}"
        return [], []
    found.files += [folder / entry.name for entry in entries if _is_deployment(entry)]
    below = [entry for entry in entries if _leads_to_folder(entry)]
    inner = [folder / entry.name for entry in below if not entry.is_symlink()]
    return inner, [folder / entry.name for entry in below if entry.is_symlink()]


def _is_deployment(entry: os.DirEntry[str]) -> bool:
    name = entry.name.lower()
    return any(fnmatchcase(name, pattern) for pattern in NAMES) and not _leads_to_folder(entry)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one, also to one that nobody may look at; a link to itself leads
    nowhere."""
    try:
        return entry.is_dir()
    except OSError as error:  # a part of the path there is closed
        return error.errno != errno.ELOOP
