"""The verifier trusts nobody: what it imports, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from skewproof.properties.certificate.verify import verify


def test_the_verifier_knows_neither_engines_nor_slices() -> None:
    """It loads the compiler, and of this room only what is looked up."""
    script = (
        "import sys; import skewproof.properties.certificate.verify as v; "
        "print(*(m for m in sys.modules if m.startswith('skewproof.properties.')))"
    )
    source = Path(str(sys.modules[verify.__module__].__file__)).read_text()
    assert len(source.splitlines()) < 300
    for word in ("slicing", "reference", "symbolic", "quotient"):
        assert f"import {word}" not in source
        assert f".{word}" not in source
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "slicing" not in done.stdout
