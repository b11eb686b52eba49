"""What `skewproof fix` finds for every unsafe example of the repository, and for `upgrades/`, as a table.

    python benchmarks/fixes.py [--seconds S] [PART ...]

A PART is a part of a file's name. Each line: the file, its hazards, the kinds and the price of each plan,
checks, seconds of the processor (certificates among them; those of the budget are such too, so that what else
the machine does makes no plan dearer), why nothing is cheaper, and beside a story with a
documented plan whether one of those that are found does just what it does, in its order. A file of
`upgrades/` says what kinds of remedy its documentation asks for: whether a plan is of just these.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from skewproof.model.deployment import Component, Deployment
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import load
from skewproof.model.language.document import Document, parse_document, read_document
from skewproof.properties import check
from skewproof.properties.repair.finishing import RepairPlan
from skewproof.properties.repair.judging import TrialBudget
from skewproof.properties.repair.repair import Repair, repair
from skewproof.properties.repair.source import EditedSource

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SCCOS = EXAMPLES / "sccos"
UPGRADES = ROOT / "benchmarks" / "upgrades"
DOCUMENTED = "# documented kinds: "


def list_files() -> Iterator[tuple[Path, Path | None]]:
    """Every deployment file of the examples, with its changes, and those of the upgrades."""
    for path in sorted(EXAMPLES.rglob("*.yaml")):
        if "releases" in path.parts or "failover" in path.parts:  # changes alone; a machine of its own
            continue
        if path.parent == SCCOS:
            yield from ((path, release) for release in sorted((SCCOS / "releases").glob("*.yaml")))
        else:
            yield path, None
    yield from ((path, None) for path in sorted(UPGRADES.glob("*.yaml")))


def source_of(path: Path, second: Path | None) -> EditedSource:
    def load_text(text: str, *, changes: str | None = None) -> Deployment:
        given = {str(path): text, **({str(second): changes} if changes is not None else {})}

        def read(name: str) -> Document:
            return parse_document(given[name], name) if name in given else read_document(name)

        return load(path, second, read=read)

    changes = second.read_text(encoding="utf-8") if second is not None else None
    return EditedSource(path.read_text(encoding="utf-8"), load_text, changes, str(second or ""))


def measure(path: Path, changes: Path | None, seconds: float) -> str | None:
    """A line of the table; None of what has no hazards, or cannot be judged with these changes."""
    source = source_of(path, changes)
    try:
        deployment = source.load(source.text)
    except InvalidDeploymentError:
        return None
    answer = check(deployment)
    if not answer.hazards:
        return None
    began = time.process_time()
    found = repair(source, deployment, answer, budget=TrialBudget(1_000, seconds))
    name = str(path.relative_to(path.parents[1])) + (f" + {changes.stem}" if changes else "")
    plans = "; ".join(f"{', '.join(map(str, plan.kinds))} ({plan.price})" for plan in found.plans)
    cells = (
        name,
        str(len(answer.hazards)),
        plans or tell_none(found),
        f"{found.checks:,}",
        f"{time.process_time() - began:.1f}",
        found.warrant.name.lower() if found.plans else "",
        tell_documented(path, found, source),
    )
    return f"| {' | '.join(cells)} |"


def tell_none(found: Repair) -> str:
    if found.unwritten:
        return f"none written: {found.unwritten[0]}"
    return f"none within {found.spent}" if found.spent else "none with these remedies"


def tell_documented(path: Path, found: Repair, source: EditedSource) -> str:
    """Whether a plan does what the documented one does, in its order."""
    kinds = next((line for line in source.text.splitlines() if line.startswith(DOCUMENTED)), None)
    if kinds is not None:
        return tell_kinds(kinds.removeprefix(DOCUMENTED), found.plans)
    documented = path.with_name("plan.yaml")
    if not documented.exists():
        return ""
    wanted = list_deeds(load(documented))
    same = [
        plan for plan in found.plans if list_deeds(source.load(plan.text, changes=plan.changes)) == wanted
    ]
    return f"found ({same[0].price})" if same else tell_other(found.plans, documented)


def tell_kinds(documented: str, plans: tuple[RepairPlan, ...]) -> str:
    """Whether a plan is of these kinds, and whether the first one is cheaper."""
    same = [plan for plan in plans if {str(kind) for kind in plan.kinds} == set(documented.split(", "))]
    if not same:
        return f"another; documented: {documented}" if plans else f"not found: {documented}"
    cheaper = "" if same[0] is plans[0] else "; cheaper ones too"
    return f"found: {documented} ({same[0].price}){cheaper}"


def tell_other(plans: tuple[RepairPlan, ...], documented: Path) -> str:
    versions = len(load(documented).versions)
    return f"another; the documented one has {versions} versions" if plans else "not found"


def list_deeds(deployment: Deployment) -> tuple[list[str], list[Component]]:
    """What the pipeline does, and how components roll; a flag may be called as it likes."""
    flags = {flag.name: "a flag" for flag in deployment.flags}
    told = [
        f"{one.instruction} {[flags.get(target.name, str(target)) for target in one.targets]}"
        f" {one.to} {one.when} {one.background}"
        for step in deployment.pipeline
        for one in step.actions
    ]
    return told, list(deployment.components.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("parts", nargs="*")
    given = parser.parse_args()
    time.monotonic = time.process_time  # budgets and deadlines are held against it
    print("| file | hazards | plans (price) | checks | seconds | cheapest by | documented plan |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path, changes in list_files():
        name = f"{path.relative_to(ROOT)} {changes.stem if changes else ''}"
        if given.parts and not any(part in name for part in given.parts):
            continue
        line = measure(path, changes, given.seconds)
        if line is not None:
            print(line, flush=True)


if __name__ == "__main__":
    main()
