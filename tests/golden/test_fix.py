"""What `skewproof fix` says; read the difference before it is committed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from support.command import invoke

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("story", ["gitlab-drop-column", "rails-rename"])
def test_plans(golden: Callable[[str, str], None], story: str) -> None:
    told = invoke("fix", f"examples/stories/{story}/naive.yaml", "--seconds", "600", cwd=ROOT)
    assert (told.returncode, told.stderr) == (1, "")
    golden(f"fix-{story}.txt", re.sub(r"in [\d.]+ s", "in … s", told.stdout))
