"""Start-up: what each command costs over a bare interpreter, and which packages it imports.

    python benchmarks/start_up.py [RUNS]

Prints the median of RUNS (5) whole processes a row, in seconds of the processor, how many times a bare
interpreter that is, and the third-party packages that the process had imported at its end. Rows are
measured in turns, in a folder without settings. Compare rows of one run only: machines differ, ratios less.
The libraries alone are what no command can be below that reads a file and knows the strategies.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import run

SCCOS = Path(__file__).resolve().parent.parent / "examples" / "sccos"
DEPLOYMENT = str(SCCOS / "deployment.yaml")
PACKAGES = ("click", "yaml", "transitions", "networkx", "rich", "graphviz", "hypothesis", "numpy")

COMMANDS: dict[str, str | list[str]] = {
    "bare interpreter": "pass",
    "libraries alone": "import click, msgspec, transitions, yaml",
    "--help": ["--help"],
    "check --help": ["check", "--help"],
    "schema": ["schema"],
    "check, wrong file": ["check", "no-such-file.yaml"],
    "check, compatible": ["check", DEPLOYMENT, "--changes", str(SCCOS / "releases" / "compatible.yaml")],
    "check, realistic": ["check", DEPLOYMENT, "--changes", str(SCCOS / "releases" / "realistic.yaml")],
    "check, realistic, JSON": [
        "check", DEPLOYMENT, "--changes", str(SCCOS / "releases" / "realistic.yaml"), "--format", "json",
    ],
    "check, pessimistic": ["check", DEPLOYMENT, "--pessimistic"],
}  # fmt: skip

PROBE = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps([p for p in {packages} if p in sys.modules]), file=sys.stderr))
from skewproof.cli import main
sys.argv[0] = "skewproof"
main()
"""


def seconds(what: str | list[str], folder: Path) -> float:
    """The time of the processor that one whole process takes: of Python code, or of a command's arguments."""
    code = [what] if isinstance(what, str) else ["from skewproof.cli import main; main()", *what]
    return run([sys.executable, "-c", *code], limit_s=60, folder=folder).seconds


def imported(what: str | list[str], folder: Path) -> list[str]:
    """The third-party packages in `sys.modules` when the command ends."""
    if isinstance(what, str):
        return []
    command = [sys.executable, "-c", PROBE.format(packages=PACKAGES), *what]
    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd=folder)
    return list(json.loads(done.stderr.splitlines()[-1]))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in COMMANDS.values():
            seconds(what, folder)  # byte code and disk cache
        rounds = [[seconds(what, folder) for what in COMMANDS.values()] for _ in range(runs)]
        medians = [statistics.median(costs) for costs in zip(*rounds, strict=True)]
        for (told, what), median in zip(COMMANDS.items(), medians, strict=True):
            print(
                f"{told:24} {median:6.3f} s {median / medians[0]:6.1f}x  {' '.join(imported(what, folder))}"
            )


if __name__ == "__main__":
    main()
