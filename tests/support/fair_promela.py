"""A `System` with formulas as Promela under weak fairness, and Spin's verdict on each formula.

Written for judging alone, apart from the product's own export. Each unit of fairness is a process of
one control state: a single do-loop of deterministic steps, each of which can be taken just when its
guard holds. So the process can do something if and only if some event of the unit is enabled, and Spin's
weak fairness of processes (`-f`) is ours of units. Traffic is a process of its own that can always
skip, so that fairness never forces a write; the skip is also what lets a run stand still.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Hashable, Mapping
from pathlib import Path

from skewproof.model.compiler.system import Condition, Event, Guard, System
from skewproof.model.deployment.formula import Modality
from skewproof.model.names import VariableKey

LONGEST_S = 120
CUT_SHORT = ("max search depth too small", "out of memory", "aborted", "pan: error", "hash table full")

LTL = {
    Modality.ALWAYS: "[] (LEFT)",
    Modality.NEVER: "[] !(LEFT)",
    Modality.EVENTUALLY: "<> (LEFT)",
    Modality.LEADS_TO: "[] ((LEFT) -> <> (RIGHT))",
    Modality.BEFORE: "((!(RIGHT)) U (LEFT)) || [] !(RIGHT)",
    Modality.UNTIL: "(LEFT) U (RIGHT)",
}

Claim = tuple[Modality, Condition, Condition]


def model(system: System, claims: Mapping[str, Claim]) -> str:
    """The system with a claim in linear temporal logic for each formula, by name."""
    names = {variable.key: f"v{index}" for index, variable in enumerate(system.variables)}
    lines = [f"byte {names[v.key]} = {v.domain.index(v.initial)};" for v in system.variables]
    for number, (_, left, right) in enumerate(claims.values()):
        lines += [f"#define left{number} ({_condition(system, names, left)})"]
        lines += [f"#define right{number} ({_condition(system, names, right)})"]
    units: dict[Hashable, list[Event]] = {None: []}
    for event in system.events:
        units.setdefault(event.group, []).append(event)
    for number, (group, events) in enumerate(units.items()):
        steps = [f"  :: {_step(system, names, event)}" for event in events]
        steps += ["  :: v0 = v0"] if group is None else []  # a bare skip would be refused as a self-loop
        lines += [f"active proctype unit{number}() {{", "  do", *steps, "  od", "}"]
    for number, (name, (modality, _, _)) in enumerate(claims.items()):
        formula = LTL[modality].replace("LEFT", f"left{number}").replace("RIGHT", f"right{number}")
        lines += [f"ltl {name} {{ {formula} }}"]
    return "\n".join(lines) + "\n"


def _step(system: System, names: Mapping[VariableKey, str], event: Event) -> str:
    domains = {variable.key: variable.domain for variable in system.variables}
    effects = [f"{names[name]} = {domains[name].index(value)}" for name, value in event.effect.items()]
    return f"d_step {{ ({_guard(system, names, event.guard)}) -> {'; '.join(effects) or 'skip'} }}"


def _guard(system: System, names: Mapping[VariableKey, str], guard: Guard) -> str:
    domains = {variable.key: variable.domain for variable in system.variables}
    parts = [
        "("
        + (" || ".join(f"{names[n]} == {domains[n].index(v)}" for v in domains[n] if v in allowed) or "false")
        + ")"
        for n, allowed in guard.items()
    ]
    return " && ".join(parts) or "true"


def _condition(system: System, names: Mapping[VariableKey, str], condition: Condition) -> str:
    return " || ".join(f"({_guard(system, names, guard)})" for guard in condition) or "false"


def violated(text: str, claims: Mapping[str, Claim], folder: Path) -> set[str]:
    """The claims that some weakly fair run violates, each searched to its end."""
    (folder / "model.pml").write_text(text)
    _run(folder, "spin", "-a", "model.pml")
    processes = text.count("active proctype")
    _run(folder, "gcc", "-O0", "-w", "-DNOREDUCE", f"-DNFAIR={3 + processes // 8}", "-o", "pan", "pan.c")
    found = set()
    for claim in claims:
        told = _run(folder, "./pan", "-a", "-f", "-m400000", "-w20", "-N", claim)
        assert not any(word in told for word in CUT_SHORT), told
        assert "State-vector" in told, told
        assert "fairness enabled" in told, told
        if int(re.findall(r"errors: (\d+)", told)[-1]):
            found.add(claim)
    return found


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "syntax error" not in told, told
    return told
