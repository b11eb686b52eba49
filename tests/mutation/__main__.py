"""`python -m mutation`, in `tests/`: how many mutants of the core the unit tests kill.

Options: `--sample N` and `--seed S` take N mutants of all; `--only TEXT` those of the files with the text in
their name; `--list` counts them. What survived is printed, and written to `--out FILE`.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from pathlib import Path

import pytest

from .mutants import Mutant, mutants
from .plugin import Fate, Mutation

ROOT = Path(__file__).parents[2]
FILES = (
    "model/compiler/*.py",
    "model/kernel/*.py",
    "model/machines/*.py",
    "model/deployment/actions.py",
    "model/deployment/changes.py",
    "model/deployment/components.py",
    "model/deployment/deployment.py",
    "model/deployment/formula.py",
    "model/deployment/predicate.py",
    "model/deployment/requests.py",
    "properties/lookups/*.py",
    "properties/engines/reference.py",
    "properties/engines/spans.py",
    "properties/engines/strikes.py",
    "properties/certificate/verify.py",
    "properties/certificate/reading.py",
    "properties/certificate/rules.py",
    "properties/certificate/progress.py",
    "properties/certificate/claims.py",
    "properties/certificate/diagram.py",
    "properties/certificate/witnesses.py",
    "properties/temporal/[imrlsw]*.py",
)
TESTS = (
    "tests/unit/model/compiler",
    "tests/unit/model/deployment",
    "tests/unit/model/kernel",
    "tests/unit/model/machines",
    "tests/unit/properties/lookups",
    "tests/unit/properties/certificate",
    "tests/unit/properties/engines/test_*.py",
    "tests/unit/properties/temporal",
)
"""The tests of these modules and their neighbours; those of slices, harness and drawings take longer."""


def main() -> None:
    """Runs the mutants, and prints the score and what survived."""
    parser = argparse.ArgumentParser(prog="python -m mutation")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    files = [path.relative_to(ROOT) for pattern in FILES for path in sorted(ROOT.glob(pattern))]
    files = [file for file in files if options.only in str(file)]
    every = [mutant for file in files for mutant in mutants(file, ROOT)]
    if options.list:
        print(*sorted(Counter(str(one.function.file) for one in every).items()), len(every), sep="\n")
        return
    chosen = every
    if options.sample and options.sample < len(every):
        chosen = random.Random(options.seed).sample(every, options.sample)
    plugin = run(chosen)
    told = report(len(every), plugin.fates)
    print(told)
    if options.out:
        options.out.write_text(told, encoding="utf-8")


def run(chosen: list[Mutant]) -> Mutation:
    """The mutants' fates."""
    own = {mutant.function for mutant in chosen}
    plugin = Mutation(ROOT, chosen, own)
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-s", "-c", str(ROOT / "pyproject.toml")]
    tests = [str(path) for pattern in TESTS for path in sorted(ROOT.glob(pattern))]
    pytest.main([*arguments, *tests], plugins=[plugin])
    return plugin


def report(every: int, fates: list[tuple[Mutant, Fate, str]]) -> str:
    """The score, in all and by file, and the survivors by kind."""
    counts = Counter(fate for _, fate, _ in fates)
    killed = counts[Fate.KILLED] + counts[Fate.ENDLESS]
    lines = [f"{len(fates)} of {every} mutants, {killed} killed ({killed / max(len(fates), 1):.1%})"]
    lines += [f"  {fate}: {count}" for fate, count in counts.items()]
    by_file: dict[str, list[bool]] = {}
    for mutant, fate, _ in fates:
        is_killed = fate in (Fate.KILLED, Fate.ENDLESS)
        by_file.setdefault(str(mutant.function.file), []).append(is_killed)
    lines += [f"  {file}: {sum(each)} of {len(each)}" for file, each in sorted(by_file.items())]
    alive = [mutant for mutant, fate, _ in fates if fate in (Fate.SURVIVED, Fate.UNREACHED)]
    lines += [str(mutant) for mutant in sorted(alive, key=lambda one: (one.kind, str(one)))]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
