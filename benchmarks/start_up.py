"""Start-up: what each command costs over a bare interpreter, and which packages it imports.

    python benchmarks/start_up.py [RUNS]

Prints the median of RUNS (5) whole processes a row, in seconds of the processor, how many times a bare
interpreter that is, and the third-party packages that the process had imported at its end. Compare rows of
one run only: machines differ, ratios less.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from measure import run

SCCOS = Path(__file__).parent.parent / "examples" / "sccos"
DEPLOYMENT = str(SCCOS / "deployment.yaml")
PACKAGES = ("click", "yaml", "transitions", "networkx", "rich", "graphviz", "hypothesis", "numpy")

COMMANDS = {
    "bare interpreter": None,
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


def seconds(arguments: list[str] | None) -> float:
    """The time of the processor that one whole process takes."""
    command = [sys.executable, "-c", "pass"]
    if arguments is not None:
        command = [sys.executable, "-c", "from skewproof.cli import main; main()", *arguments]
    return run(command, limit_s=60).seconds


def imported(arguments: list[str] | None) -> list[str]:
    """The third-party packages in `sys.modules` when the command ends."""
    if arguments is None:
        return []
    probe = PROBE.format(packages=PACKAGES)
    done = subprocess.run(
        [sys.executable, "-c", probe, *arguments], capture_output=True, check=False, text=True
    )
    return list(json.loads(done.stderr.splitlines()[-1]))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    bare = 0.0
    for name, arguments in COMMANDS.items():
        seconds(arguments)  # byte code and disk cache
        median = statistics.median(seconds(arguments) for _ in range(runs))
        bare = bare or median
        print(f"{name:24} {median:6.3f} s {median / bare:6.1f}x  {' '.join(imported(arguments))}")


if __name__ == "__main__":
    main()
