"""Variables in commands of pipelines."""

from __future__ import annotations

import pytest

from skewproof.model.manifests.expanding import expand


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("deploy/$APP", {"APP": ("api",)}, "deploy/api"),
        ("deploy/${APP}", {"APP": ("api", "web")}, "deploy/api\ndeploy/web"),
        ("deploy/${{ matrix.app }}", {"matrix.app": ("api",)}, "deploy/api"),
        ("$A-$B", {"A": ("1", "2"), "B": ("x",)}, "1-x\n2-x"),
        ("$APP_NAME $OTHER", {"APP": ("api",)}, "$APP_NAME $OTHER"),
        ("$APP", {"APP": ("x" * 1_000,)}, "$APP"),
    ],
)
def test_variables_are_put_in(text: str, values: dict[str, tuple[str, ...]], expected: str) -> None:
    assert expand(text, values, 50_000) == expected


def test_variables_of_strangers_do_not_grow_without_bounds() -> None:
    bomb = {"a": ("$b" * 100,), "b": ("$c" * 100,), "c": ("$a" * 100,)}
    assert len(expand("$a $b $c " * 5_000, bomb, 50_000)) <= 50_000
