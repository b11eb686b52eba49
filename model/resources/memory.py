"""How much memory this process holds, and how much there is for it."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

_STATM = "/proc/self/statm"


def read_resident_mib() -> float:
    """The memory that this process holds now, in MiB; it is asked for often.

    Where the system does not tell that: the most that it ever held. On Linux that figure would be
    wrong, because a process inherits it from the one that started it.
    """
    with suppress(OSError), open(_STATM, "rb", buffering=0) as told:
        return int(told.read().split()[1]) * resource.getpagesize() / 2**20
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@cache
def read_machine_mib() -> int:
    """The memory that this process may have, in MiB: what its control groups allow it, or the machine has.

    A container's memory is that of a control group (Linux kernel documentation, "Control Group v2", Memory,
    and "Memory Resource Controller" for version 1), of which nothing else tells.
    """
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(physical, *read_allowed_bytes(Path("/"))) // 2**20)


def read_allowed_bytes(root: Path) -> Iterator[int]:
    """The limit of each control group that this process is in, and of those around it, both versions.

    `root` is the file system's. Nothing where there are no control groups, or where they have no limits.
    """
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for group in groups:
        _, controllers, path = group.split(":", 2)
        if not controllers:
            yield from _limits(root / "sys/fs/cgroup", path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits(root / "sys/fs/cgroup/memory", path, "memory.limit_in_bytes")


def _limits(mounted: Path, path: str, name: str) -> Iterator[int]:
    """From a container its own group may be seen as the root, whatever its path is called outside."""
    group = Path(path.lstrip("/"))
    for folder in (group, *group.parents):
        try:
            told = (mounted / folder / name).read_text().strip()
        except OSError:
            continue
        if told.isdecimal():  # without a limit it says `max`, or (version 1) a number beyond all memory
            yield int(told)
