"""Files for CI: which deployment they judge, and where skewproof comes from."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
import yaml

from skewproof.cli.ready_made import NOWHERE, CiService, write_ready_made

COMMIT = "1234567890abcdef1234567890abcdef12345678"


def install_from(monkeypatch: pytest.MonkeyPatch, url: str, commit: str | None = COMMIT) -> None:
    """As if pip had installed skewproof from there."""
    vcs = {} if commit is None else {"vcs_info": {"vcs": "git", "commit_id": commit}}
    direct = json.dumps({"url": url, **vcs})
    monkeypatch.setattr(metadata, "distribution", lambda _: SimpleNamespace(read_text=lambda _: direct))


@pytest.mark.parametrize(
    ("service", "url", "said"),
    [
        (CiService.GITHUB, "https://github.com/team/skewproof.git", f"uses: team/skewproof@{COMMIT}"),
        (CiService.GITHUB, "ssh://git@github.com/team/skewproof", f"uses: team/skewproof@{COMMIT}"),
        (
            CiService.GITLAB,
            "https://git.example.org/a/b.git",
            f"git+https://git.example.org/a/b.git@{COMMIT}",
        ),
    ],
)
def test_it_is_installed_from_where_it_was(
    monkeypatch: pytest.MonkeyPatch, service: CiService, url: str, said: str
) -> None:
    install_from(monkeypatch, url)
    ready = write_ready_made(service, Path("skewproof.yaml"))
    assert said in ready.text
    assert NOWHERE not in ready.text
    assert ready.told.startswith("installs ")
    assert yaml.safe_load(ready.text)


@pytest.mark.parametrize(
    ("service", "url", "commit"),
    [
        (CiService.GITHUB, "https://git.example.org/a/b.git", COMMIT),
        (CiService.GITHUB, "https://github.com/team/skewproof.git", None),
        (CiService.GITHUB, "https://github.com/team/skewproof.git", "main"),
        (CiService.GITLAB, "https://git.example.org/a b.git\n- x", COMMIT),
        (CiService.GITLAB, "file:///somewhere/skewproof", None),
    ],
)
def test_what_is_not_known_stays_to_be_put_in(
    monkeypatch: pytest.MonkeyPatch, service: CiService, url: str, commit: str | None
) -> None:
    install_from(monkeypatch, url, commit)
    ready = write_ready_made(service, Path("skewproof.yaml"))
    assert NOWHERE in ready.text
    assert ready.told.startswith("put in where")


@pytest.mark.parametrize("service", CiService)
def test_the_deployment_is_the_one_that_is_named(service: CiService) -> None:
    text = write_ready_made(service, Path("deploy/shop.yaml")).text
    assert "deploy/shop.yaml" in text
    assert "skewproof.yaml" not in text


@pytest.mark.parametrize("path", ["/etc/shop.yaml", "a b.yaml", "$(id).yaml", "a;b.yaml"])
def test_a_path_that_needs_quotes_is_refused(path: str) -> None:
    with pytest.raises(click.UsageError):
        write_ready_made(CiService.GITLAB, Path(path))
