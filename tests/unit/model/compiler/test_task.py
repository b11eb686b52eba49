"""What is judged is compiled once, whoever asks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.language import load
from skewproof.model.resources.limits import Limits
from skewproof.properties import check

SCCOS = load(Path(__file__).parents[4] / "examples" / "sccos" / "deployment.yaml").pessimistic()


@pytest.mark.parametrize(("name", "most"), [("reference", 1), ("symbolic", 1), ("auto", 2)])
def test_a_deployment_is_compiled_once(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices are deployments of their own; one of them is the whole on reduced machines."""
    built: Counter[tuple[object, ...]] = Counter()
    build = Vocabulary.__init__

    def count(self: Vocabulary, deployment: object, *more: object) -> None:
        built[id(deployment), repr(more)] += 1
        kept.append(deployment)  # so that no other gets its identity
        build(self, deployment, *more)  # type: ignore[arg-type]

    kept: list[object] = []
    monkeypatch.setattr(Vocabulary, "__init__", count)
    check(SCCOS, engine=name)
    assert sum(number for (one, _), number in built.items() if one == id(_judged(kept))) <= most
    assert set(built.values()) == {1}


def _judged(kept: list[object]) -> object:
    """The deployment itself: the one with all of its components."""
    return max(kept, key=lambda one: len(one.components))  # type: ignore[attr-defined]


def test_other_limits_share_what_is_compiled() -> None:
    task = Task(SCCOS)
    fewer = task.under(Limits(7))
    assert fewer.limits == Limits(7)
    assert fewer.alone is task.alone
    assert fewer.products == task.products
    assert [product.walker.request for product in task.products if product.walker] == list(SCCOS.requests)
