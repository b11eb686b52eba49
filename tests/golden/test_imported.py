"""Deployment files from manifests of others, to the byte, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from skewproof.model.language import loads
from support.command import invoke

MANIFESTS = Path(__file__).parents[1] / "manifests"
Golden = Callable[[str, str], None]

CASES = {
    "otel-demo": ("otel-demo/compose.yaml", "otel-demo/compose.full.yaml"),
    "online-boutique": ("online-boutique",),
    "guestbook": ("k8s-guestbook/web/guestbook/all-in-one/guestbook-all-in-one.yaml",),
    "sock-shop": ("sock-shop",),
    "argo-rollouts": ("argo-rollouts/examples",),
    "spryker": (
        "spryker/deploy.aws-env-template.yml",
        "spryker/config/install/pre-deploy.yml",
        "spryker/config/install/production.yml",
        "spryker/config/install/post-deploy.yml",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_imported(golden: Golden, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(MANIFESTS)
    ran = invoke("import", *CASES[name])
    assert ran.returncode == 0, ran.stderr
    loads(ran.stdout)
    told = "".join(f"# {line}\n" for line in ran.stderr.splitlines())
    golden(f"imported/{name}.yaml", f"{told}{ran.stdout}")
