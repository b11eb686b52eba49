"""Spin, the judge from outside: runs a Promela model and says which claims are violated.

Every search is exhaustive: a run that was cut short, by depth or by memory, is an error here and never
an answer. Needs `spin` and `gcc`; without them tests fail, they do not skip.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

LONGEST_S = 60
CUT_SHORT = ("max search depth too small", "out of memory", "aborted", "pan: error", "hash table full")


class Pan:
    """A verifier that Spin wrote and gcc compiled in `folder`."""

    def __init__(self, text: str, folder: Path, *defines: str) -> None:
        self._folder = folder
        (folder / "model.pml").write_text(text)
        self._run("spin", "-a", "model.pml")
        self._run("gcc", "-O1", "-w", "-DSAFETY", *defines, "-o", "pan", "pan.c")

    def is_violated(self, claim: str) -> bool:
        """Whether the claim is violated, by a search of everything there is."""
        return self._number("errors", self._search("-N", claim)) > 0

    def shortest_story(self, claim: str) -> int | None:
        """The fewest events to a violation, None if there is none; only where compiled with -DBFS, and
        only of a model without a choice at its start, which would count as well."""
        if not self.is_violated(claim):
            return None
        told = self._run("./pan", "-r", "-N", claim)
        return int(re.findall(r"trail ends after (\d+) steps", told)[-1])

    def states(self) -> int:
        """How many states there are; only where compiled without claims and reduction."""
        told = self._search()
        assert self._number("errors", told) == 0, told
        return int(float(re.findall(r"^ *([\d.e+]+) states, stored", told, re.MULTILINE)[-1]))

    def _search(self, *arguments: str) -> str:
        told = self._run("./pan", "-m300000", "-w18", *arguments)
        assert not any(word in told for word in CUT_SHORT), told
        assert "State-vector" in told, told
        return told

    def _number(self, what: str, told: str) -> int:
        return int(re.findall(rf"{what}: (\d+)", told)[-1])

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
        told = done.stdout + done.stderr
        assert done.returncode == 0, told
        assert "syntax error" not in told, told
        return told


def violated(text: str, claims: Iterable[str], folder: Path) -> set[str]:
    """The claims of the model that are violated."""
    pan = Pan(text, folder, "-O0")  # compiling takes longer than these searches
    return {claim for claim in claims if pan.is_violated(claim)}


def shortest_stories(text: str, claims: Iterable[str], folder: Path) -> dict[str, int]:
    """The fewest events to each claim that is violated, found by a breadth-first search."""
    pan = Pan(text, folder, "-DBFS")
    found = {claim: pan.shortest_story(claim) for claim in claims}
    return {claim: length for claim, length in found.items() if length is not None}


def count_states(text: str, folder: Path) -> int:
    """The number of the model's reachable states, counted by Spin without any reduction."""
    return Pan(text, folder, "-DNOCLAIM", "-DNOREDUCE").states()
