"""What mutations start from: deployments that people wrote, the cheap ones more often.

A large example costs as much as thirty small ones, and its mutants fail where those of a small one fail. So a
seed is drawn in inverse proportion to what it costs to judge (as AFL prefers seeds that are fast and short:
Zalewski, "Technical details of AFL", 2014); each has its share. What they cost was measured once, so that a
number gives the same input everywhere; what is not in the table costs as much as most.

python -m fuzz.seeds    # writes the table anew
"""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check

from . import formulas

ROOT = Path(__file__).parents[2]
COSTS = Path(__file__).with_name("costs.json")
UNKNOWN_MS = 20.0
EXAMPLES = (
    "examples/sccos/deployment.yaml",
    "examples/failover/skewproof.yaml",
    "examples/shop/skewproof.yaml",
)


@cache
def read_seeds() -> dict[str, str]:
    """Deployments by name, without their comments, in which a mutation changes nothing; among them one with
    most of the language."""
    stories = (ROOT / "examples" / "stories").glob("*/*.yaml")
    names = (*EXAMPLES, *sorted(path.relative_to(ROOT).as_posix() for path in stories))
    everything = formulas.LARGE.text + "  p: always true\n"
    texts = {name: _COMMENT.sub("", (ROOT / name).read_text()) for name in names}
    return {**texts, "everything": everything}


_COMMENT = re.compile(r"^ *#.*\n", re.M)


@cache
def _weights() -> tuple[float, ...]:
    costs = json.loads(COSTS.read_text())
    return tuple(1 / costs.get(name, UNKNOWN_MS) for name in read_seeds())


def pick(chance: Random) -> str:
    """The name of one."""
    return chance.choices(list(read_seeds()), _weights())[0]


def measure() -> None:
    """Writes what each costs, in milliseconds of the processor."""
    costs = {}
    for name, text in read_seeds().items():
        begin_s = time.process_time()
        with suppress(InvalidDeploymentError):  # a machine whose code is not loaded
            check(loads(text), limits=Limits(max_states=2_000))
        costs[name] = round((time.process_time() - begin_s) * 1e3, 1)
    COSTS.write_text(json.dumps(costs, indent=1) + "\n")


if __name__ == "__main__":
    measure()
    measure()  # the first round pays for imports
