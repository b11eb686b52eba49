"""How much memory there is: the machine's, or what control groups of either version allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.resources.jobs import Workers
from skewproof.model.resources.limits import MEMORY_SHARE, Limits
from skewproof.model.resources.memory import read_allowed_bytes, read_machine_mib

GIB = 2**30


def tree(root: Path, groups: str, limits: dict[str, str]) -> Path:
    for name, told in {"proc/self/cgroup": groups, **limits}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(told)
    return root


@pytest.mark.parametrize(
    ("groups", "limits", "allowed"),
    [
        ("0::/\n", {"sys/fs/cgroup/memory.max": "2147483648\n"}, [2 * GIB]),
        ("0::/a/b\n", {"sys/fs/cgroup/a/memory.max": "1073741824\n"}, [GIB]),
        ("0::/a\n", {"sys/fs/cgroup/a/memory.max": "max\n", "sys/fs/cgroup/memory.max": "7\n"}, [7]),
        ("0::/seen/from/outside\n", {"sys/fs/cgroup/memory.max": "5\n"}, [5]),
        ("9:cpu,memory:/x\n0::/\n", {"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9\n"}, [9]),
        ("9:cpu:/x\n", {"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9\n"}, []),
    ],
    ids=["two", "two, around", "two, without", "two, in a container", "one", "one, of something else"],
)
def test_a_control_group_allows_so_much(
    groups: str, limits: dict[str, str], allowed: list[int], tmp_path: Path
) -> None:
    assert list(read_allowed_bytes(tree(tmp_path, groups, limits))) == allowed


def test_without_control_groups_nothing_is_told(tmp_path: Path) -> None:
    assert list(read_allowed_bytes(tmp_path)) == []


def test_a_share_of_the_memory_is_the_limit_where_none_is_given() -> None:
    assert Limits().memory_mib == read_machine_mib() // MEMORY_SHARE
    assert Limits(max_memory_mib=7).memory_mib == 7


def test_workers_on_this_machine_share_it_with_who_hires_them() -> None:
    limits = Limits(workers=Workers(on_this_machine=3))
    assert (
        limits.memory_mib == limits.for_a_worker().max_memory_mib == read_machine_mib() // MEMORY_SHARE // 4
    )
    assert Limits(max_memory_mib=7, workers=limits.workers).for_a_worker().max_memory_mib == 7


def test_a_worker_on_a_machine_of_its_own_has_a_share_of_that() -> None:
    assert Limits(workers=Workers()).for_a_worker().max_memory_mib is None
