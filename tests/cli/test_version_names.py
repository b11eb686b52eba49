"""A component's own version names in every output, as a user asks for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import invoke

SHOP = """
system: Shop
components:
  web: {kind: service, versions: {V1: 8.0.1, V2: 8.1.0}}
  api: {kind: service, versions: {V1: 3.1.4, V2: 3.2.0}}
requests: {visit: [client calls web: page, web calls api: order]}
pipeline: [Api: [deploy api], Web: [deploy web]]
changes: {api/order: {breaks: {call: [V1 -> V2]}}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return str(tmp_path / "shop.yaml")


@pytest.mark.parametrize("form", ["text", "sarif", "markdown", "junit", "github", "gitlab"])
def test_both_sides_are_told_by_their_own_names(form: str, shop: str) -> None:
    told = invoke("check", shop, "--format", form)
    assert told.returncode == 1, told.stdout
    assert "web 8.0.1" in told.stdout
    assert "api 3.2.0" in told.stdout


def test_json_names_versions_as_the_file_does(shop: str) -> None:
    answer = json.loads(invoke("check", shop, "--format", "json").stdout)
    assert answer["versions"]["api"] == {"V1": "3.1.4", "V2": "3.2.0"}
    (hazard,) = answer["hazards"]
    assert (hazard["consumer_version"], hazard["provider_version"]) == ("V1", "V2")
    assert "web 8.0.1 calls api 3.2.0: order" in hazard["trace"][-1]["text"]


@pytest.mark.parametrize("kind", ["lanes", "moment", "film"])
def test_pictures_have_them(kind: str, shop: str, tmp_path: Path) -> None:
    done = invoke("diagram", shop, "--kind", kind, "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout
    drawn = "".join(p.read_text() for p in (tmp_path / "out").rglob("*.svg"))
    assert "3.2.0" in drawn
    assert ">V2<" not in drawn


def test_report_has_them(shop: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert invoke("report", shop, "-o", str(page)).returncode in (0, 1)
    text = page.read_text()
    assert '"names":{"V1":"3.1.4","V2":"3.2.0"}' in text.replace(" ", "").replace("\\u0022", '"')
    assert "web 8.0.1 calls api 3.2.0: order" in text
