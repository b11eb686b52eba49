"""What `import skewproof` gives."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skewproof


def test_every_public_name_is_there_and_typed() -> None:
    tree = ast.parse(Path(str(skewproof.__file__)).read_text())
    (for_checkers,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = [a.name for node in for_checkers.body if isinstance(node, ast.ImportFrom) for a in node.names]
    assert sorted(set(typed) - {"Any"}) == sorted(skewproof.__all__)
    for name in skewproof.__all__:
        assert getattr(skewproof, name).__doc__, f"{name} says what it is"
    assert set(skewproof.__all__) <= set(dir(skewproof))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = skewproof.nosuch


def test_the_import_alone_loads_nothing_else() -> None:
    """A plain check pays neither for Hypothesis nor for a graph library."""
    probe = (
        "import sys; before = set(sys.modules); import skewproof; print(*(set(sys.modules) - before)); "
        "skewproof.check; skewproof.loads; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    alone, used = done.stdout.splitlines()
    assert not [name for name in alone.split() if name.startswith("skewproof.")]
    assert not {"hypothesis", "networkx", "graphviz", "rich", "click", "oxidd"} & set(used.split())
