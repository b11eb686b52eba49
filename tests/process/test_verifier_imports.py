"""The verifier trusts nobody: what it imports, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from skewproof.properties.certificate.verify import verify

TRUSTED = ("verify", "reading", "rules", "progress", "claims", "witnesses", "diagram")
MOST_LINES = 1250
"""Of all, imports and docstrings included: what can be read in one sitting."""


def test_the_verifier_knows_neither_engines_nor_slices_nor_who_wrote_it() -> None:
    """No slicer is loaded, and of its own folder what it is made of. (A contract in pyproject.toml has the
    rest: who imports anything of skewproof has the checker loaded.)"""
    script = (
        "import sys; import skewproof.properties.certificate.verify as v; "
        "print(*(m for m in sys.modules if m.startswith('skewproof.properties.')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert not [name for name in loaded if ".slicing" in name or ".symbolic" in name]
    own = {name.rpartition(".")[2] for name in loaded if ".certificate." in name}
    assert own == set(TRUSTED)
    folder = Path(str(sys.modules[verify.__module__].__file__)).parent
    assert sum(len((folder / f"{name}.py").read_text().splitlines()) for name in TRUSTED) < MOST_LINES
