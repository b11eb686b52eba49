"""`python -m mutation.verifier`, in `tests/`: takes each check of the verifier away, and tells which tests notice.

A break is a text of one of the verifier's modules and what stands there instead. Each is made in a copy of the
package, and the unit tests of certificates and the forged ones are run on that copy; `--only TEXT` takes the
breaks with the text in their module or name. Exit status 1: some break was noticed by none.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN = Path("properties/certificate")
TESTS = {
    "unit": ("tests/unit/properties/certificate", "tests/unit/properties/test_nothing_given.py"),
    "forged": ("tests/differential/test_forged_certificates.py",),
}
NOT_COPIED = {".git", "tests", "docs", "build", ".venv"}


@dataclass(frozen=True)
class Break:
    """What is not checked any more, and by which change of which module."""

    unchecked: str
    module: str
    text: str
    instead: str

    def __str__(self) -> str:
        return f"{self.module}: {self.unchecked}"


RULES = (
    Break("no state is excluded", "rules", "for what, guard in asked.excluded:", "for what, guard in ():"),
    Break(
        "the start is in the set",
        "rules",
        "if proof.diagram.label_at_start(system) is None:",
        "if False:",
    ),
    Break("the trigger begins a wait", "rules", "for guard in asked.trigger or ():", "for guard in ():"),
    Break("a helpful event is fair", "rules", "if event.group is None:", "if False:"),
    Break(
        "a helpful event can happen",
        "rules",
        "if not proof.diagram.implies(number, event.guard):",
        "if False:",
    ),
    Break(
        "what a helpful event waits for beside comes", "rules", "if unknown and (event", "if False and (event"
    ),
    Break(
        "it is the pipeline's, if it waits beside",
        "rules",
        "event.kind is not EventKind.PIPELINE or not comes",
        "not comes",
    ),
    Break("it is shown to come, if it waits beside", "rules", " or not comes(event.guard, unknown)):", "):"),
    Break(
        "no event leads out of the set",
        "rules",
        'if there is None:\n            raise proof.refuse(f"`{event.text}` leads out of the set")',
        "if there is None:\n            continue",
    ),
    Break(
        "each event comes nearer, or stays",
        "rules",
        "if isinstance(label, Rank) and not comes_nearer",
        "if False and not comes_nearer",
    ),
    Break("a rank falls", "rules", "return rank < label.rank or", "return rank <= label.rank or"),
    Break("a rank that stays is not of the unit itself", "rules", "event.group != unit and ", ""),
    Break(
        "a rank that stays has the same unit", "rules", " and system.events[after.event].group == unit", ""
    ),
    Break(
        "who waits goes on waiting",
        "rules",
        "case InvariantState() | Idle():\n            return False",
        "case InvariantState() | Idle():\n            return True",
    ),
    Break("the events that help are looked at", "rules", "(*changing, *helping)", "changing"),
    Break(
        "an event has a number that there is",
        "rules",
        "if not 0 <= label.event < len(system.events):",
        "if False:",
    ),
    Break("held states wait for nothing", "rules", "is_right = not asked.comes", "is_right = True"),
    Break("idle only where a trigger is", "rules", "is_right = asked.trigger is not None", "is_right = True"),
    Break(
        "a goal is one that is asked for",
        "rules",
        "guard < len(asked.goal) and _holds(proof.diagram, number, asked.goal[guard])",
        "True",
    ),
    Break(
        "a goal holds",
        "rules",
        "guard < len(asked.goal) and _holds(proof.diagram, number, asked.goal[guard])",
        "guard < len(asked.goal)",
    ),
    Break("a goal is known", "rules", "return guard.keys() <= diagram.keys and ", "return "),
    Break("after a goal all goes on", "rules", "and not follows_goals:", "and True:"),
    Break("hops that are not run yet are followed", "rules", "reached >= hop", "reached >= hop - 1"),
)
PROGRESS = (
    Break("the pipeline goes forward", "progress", "if not is_forward or (", "if ("),
    Break(
        "it does not go on from where it may stay",
        "progress",
        "if not is_forward or (event.group is not None and here & may_stay):",
        "if not is_forward:",
    ),
    Break(
        "each part knows the pipelines",
        "progress",
        "if missing := [key for key in self._exits.pipelines if key not in part.diagram.keys]:",
        "if False:\n                missing = [None]",
    ),
    Break(
        "no variable is in two parts",
        "progress",
        "if self._owners.setdefault(key, number) != number:",
        "if self._owners.setdefault(key, number) < 0:",
    ),
    Break(
        "what is waited for is in a part",
        "progress",
        "if missing := [key for key in named if key not in self._owners and not is_pipeline(key)]:",
        "if False:\n            missing = [None]",
    ),
    Break(
        "the start is in each part",
        "progress",
        "if part.diagram.label_at_start(self._system) is None:",
        "if False:",
    ),
    Break(
        "no event leads out of a part",
        "progress",
        "if any(there is None for _, there in part.diagram.moves(event)):",
        "if False:",
    ),
    Break(
        "each state of a part is a goal or has a way",
        "progress",
        'raise part.refuse(f"label {number} says nothing of progress")',
        "pass",
    ),
    Break("what helps is asked at all", "progress", "self._check_way(part, number, label)", "pass"),
    Break("what helps is known whole", "progress", "if not is_known or event.kind", "if event.kind"),
    Break(
        "what helps is not the pipeline's",
        "progress",
        "if not is_known or event.kind is EventKind.PIPELINE or any(map(is_pipeline, event.effect)):",
        "if not is_known:",
    ),
    Break("what helps can happen", "progress", "if not diagram.implies(number, event.guard):", "if False:"),
    Break("what helps brings nearer", "progress", "if here == number and not is_nearer:", "if False:"),
    Break("what helps lowers the rank", "progress", "after.rank < label.rank", "after.rank <= label.rank"),
    Break("goals are asked at all", "progress", "self._check_goal(part, number, way, here)", "pass"),
    Break(
        "a goal has a way of a number that there is",
        "progress",
        "if way >= len(guards):",
        "if way >= len(guards):\n            return\n        if False:",
    ),
    Break(
        "nothing need come only where an action failed",
        "progress",
        "if way == len(guards) and self._exits.may_stay(here):",
        "if way == len(guards):",
    ),
    Break(
        "at a goal the way is open",
        "progress",
        "if others and number in part.diagram.labels_in",
        "if False and number in part.diagram.labels_in",
    ),
    Break(
        "one part chooses the way",
        "progress",
        "if not any(all(lacking[way] <= {part} for way in own) for part, own in enumerate(ways)):",
        "if False:",
    ),
    Break(
        "ways are those that need happen",
        "progress",
        "(event.guard for event in self._pipeline if event.group is not None)",
        "(event.guard for event in self._pipeline)",
    ),
    Break("what comes is of a part", "progress", "return None not in owners and all(", "return all("),
    Break(
        "what comes is steady",
        "progress",
        "if not all(self._is_steady(part, here) for part in owned):",
        "if False:",
    ),
    Break("what comes is chosen by one part", "progress", "if len(choosing) > 1:", "if False:"),
    Break(
        "who chooses asks nothing of the rest",
        "progress",
        "return all(\n            self._owners.get(key) == part or",
        "return True or all(\n            self._owners.get(key) == part or",
    ),
    Break(
        "steady: what helps is fair",
        "progress",
        "if isinstance(label, Rank) and self._system.events[label.event].group is None:",
        "if False:",
    ),
    Break(
        "steady: a goal leads on",
        "progress",
        "if isinstance(label, AwaitedState) and not self._exits.leads_on(here, label.number):",
        "if False:",
    ),
    Break(
        "steady: all comes nearer",
        "progress",
        "isinstance(label, Rank) and comes_nearer(self._system, event, label, after)",
        "isinstance(label, Rank)",
    ),
    Break(
        "steady: a goal stays",
        "progress",
        "return isinstance(after, AwaitedState) or (",
        "return isinstance(label, AwaitedState) or isinstance(after, AwaitedState) or (",
    ),
)
CLAIMS = (
    Break("a request goes forward", "claims", "    _check_order(compiled)\n", ""),
    Break(
        "hops are claimed",
        "claims",
        "for hop, excluded in sorted(broken.items()):",
        "for hop, excluded in ():",
    ),
    Break("cuts are claimed", "claims", "    if cuts:\n", "    if False:\n"),
    Break("formulas are claimed", "claims", "for text, alike in formulas.items():", "for text, alike in ():"),
    Break(
        "formulas of one text and two names are claimed of both",
        "claims",
        "formulas.setdefault(str(stated.formula), []).append(stated)",
        "formulas.setdefault(str(stated.formula), [stated])",
    ),
    Break(
        "setbacks are claimed", "claims", "for pair in find_setbacks(alone.vocabulary):", "for pair in ():"
    ),
    Break(
        "what is accepted is left out in its steps alone",
        "claims",
        "if list_outside(vocabulary.deployment, agreeing, [(here.step,)])",
        "if False",
    ),
    Break(
        "`before` ends when the first comes",
        "claims",
        "return Obligation(self._excluded(right), goal=self._guards(left))",
        "return Obligation((), goal=self._guards(left))",
    ),
    Break(
        "`until` excludes",
        "claims",
        "return Obligation(self._excluded(Not(left)), goal=self._guards(right), comes=True)",
        "return Obligation(goal=self._guards(right), comes=True)",
    ),
    Break(
        "`until` comes",
        "claims",
        "return Obligation(self._excluded(Not(left)), goal=self._guards(right), comes=True)",
        "return Obligation(self._excluded(Not(left)), goal=self._guards(right))",
    ),
    Break(
        "`eventually` comes",
        "claims",
        "return Obligation(goal=self._guards(left), comes=True)",
        "return Obligation(goal=self._guards(left))",
    ),
    Break(
        "`leads to` is asked each time",
        "claims",
        "return Obligation(goal=self._guards(right), comes=True, trigger=trigger)",
        "return Obligation(goal=self._guards(right), comes=True, trigger=())",
    ),
)
VERIFY = (
    Break(
        "the head is right",
        "verify",
        "if type(head.get(key)) is not type(expected) or head[key] != expected:",
        "if False:",
    ),
    Break(
        "what is assumed is the same",
        "verify",
        "if told[key] != here or type(told[key]) is not type(here):",
        "if False:",
    ),
    Break(
        "nothing is proven without changes",
        "verify",
        "if deployment.changes is None:\n        return Proof((), (NOTHING_GIVEN,), assumed)",
        "if deployment.changes is None:\n        return Proof((), (), assumed)",
    ),
    Break(
        "nothing is proven where nothing is judged",
        "verify",
        "if is_nothing_judged(deployment) else []",
        "if False else []",
    ),
    Break("no claim is made twice", "verify", "if name in claims:", "if False:"),
    Break("each claim is of what is judged", "verify", "        if claims:\n", "        if False:\n"),
    Break(
        "a claim is shown", "verify", "check_obligation(system, labelled, claim.obligation, comes)", "pass"
    ),
    Break(
        "a claim that is not made is open",
        "verify",
        "yield claim.text, found is not None and claim.obligation is not None",
        "yield claim.text, True",
    ),
    Break("progress is shown", "verify", "progress.check()", "pass"),
    Break(
        "progress that is not shown is open",
        "verify",
        "yield NO_STALL, progress is not None",
        "yield NO_STALL, True",
    ),
    Break(
        "what is declared can be met", "verify", 'of {one.entry}", not one.is_idle', 'of {one.entry}", True'
    ),
    Break(
        "each event of a run can happen", "witnesses", "if not system.holds(state, event.guard):", "if False:"
    ),
    Break("a run has events", "witnesses", "if not run:", "if False:"),
)
DIAGRAMS = (
    Break("what leads nowhere is told", "diagram", "            if left:\n                yield child, None\n", ""),
    Break("what leads nowhere leads on to nothing", "diagram", "for own, after in () if there is None else nodes[there]:", "for own, after in nodes[there or 0]:"),
    Break("what an event asks for is known", "diagram", "label not in self._labels_outside(v, guard[v.key]) for v in self.variables if v.key in guard", "True for v in self.variables"),
    Break("a value takes one edge of a node", "diagram", "if not values or values & seen:", "if not values:"),
    Break("an edge is taken by a value", "diagram", "if not values or values & seen:", "if values & seen:"),
    Break("an edge leads to what there is", "diagram", "if not 0 <= child < below:", "if False:"),
    Break("each node is led to", "diagram", "if len(led_to) < len(nodes):", "if False:"),
    Break("each label is led to", "diagram", "return NOT_LED_TO if len(led_to) < labels else None", "return None"),
    Break("variables are told once", "reading", "or len(set(names)) < len(names)", "or False"),
    Break("variables are the system's", "reading", "if len(known) < len(names) or", "if False or"),
    Break("there is a level for each variable", "reading", "if len(levels) != len(known):", "if len(levels) < len(known):"),
    Break("values are such as the variable has", "reading", "if not chosen or last >= len(bits) or not all(chosen):", "if not chosen:"),
    Break("numbers are numbers", "reading", "if type(given) is not int or given < 0:", "if given < 0:"),
)  # fmt: skip
BREAKS = (*RULES, *PROGRESS, *CLAIMS, *VERIFY, *DIAGRAMS)


def main() -> int:
    """Prints for each break who notices it."""
    parser = argparse.ArgumentParser(prog="python -m mutation.verifier")
    parser.add_argument("--only", default="")
    parser.add_argument("--tests", choices=list(TESTS), action="append")
    options = parser.parse_args()
    unnoticed = 0
    for one in (one for one in BREAKS if options.only in str(one)):
        told = {name: is_noticed(one, TESTS[name]) for name in options.tests or TESTS}
        unnoticed += not any(told.values())
        print(
            f"{one.module}: {one.unchecked}",
            *(f"{name} {seen}" for name, seen in told.items()),
            sep="; ",
            flush=True,
        )
    return 1 if unnoticed else 0


def is_noticed(one: Break, tests: tuple[str, ...]) -> bool:
    """Whether a test fails with the break in a copy of the package."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "skewproof")
        package.mkdir()
        for path in ROOT.iterdir():
            if path.name not in {*NOT_COPIED, OWN.parts[0]} and not path.name.startswith("."):
                Path(package, path.name).symlink_to(path)
        shutil.copytree(
            ROOT / OWN.parts[0], package / OWN.parts[0], ignore=shutil.ignore_patterns("__pycache__")
        )
        module = package / OWN / f"{one.module}.py"
        source = module.read_text(encoding="utf-8")
        if source.count(one.text) != 1:
            raise ValueError(
                f"{one.unchecked}: its text stands {source.count(one.text)} times in {module.name}"
            )
        module.write_text(source.replace(one.text, one.instead), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "-m",
            "not exhaustive",
            *tests,
        ]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, check=False
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stdout.decode(errors="replace")[-2000:])
        return done.returncode == 1


if __name__ == "__main__":
    sys.exit(main())
