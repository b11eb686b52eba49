"""A second import: what is new comes in, what people wrote stays."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.manifests.importing import import_manifests, update_imported, write_imported
from skewproof.model.manifests.updating import Updated
from support.importing import write_manifests

FIRST = """
    services:
      web: {image: w, ports: ["80:80"], deploy: {replicas: 3}, environment: {API_HOST: api}}
      api: {image: a, environment: {DB_HOST: db}}
      db: {image: postgres}
"""
SECOND = """
    # a line more
    services:
      web: {image: w, ports: ["80:80"], deploy: {replicas: 5}, environment: {API_HOST: api, PAY_HOST: pay}}
      api: {image: a, healthcheck: {test: "true"}, environment: {DB_HOST: db, PAY_HOST: pay}}
      pay: {image: p}
      job: {image: j, environment: {API_HOST: api}}
      db: {image: postgres}
"""


def fresh(folder: Path, text: str) -> str:
    write_manifests(folder, {"m.yaml": text})
    return write_imported(import_manifests([folder / "m.yaml"]))


def update(folder: Path, written: str, text: str) -> Updated:
    write_manifests(folder, {"m.yaml": text})
    (folder / "s.yaml").write_bytes(written.encode())
    return update_imported(import_manifests([folder / "m.yaml"]), folder / "s.yaml")


def edges(text: str) -> set[tuple[str, str]]:
    return {(hop.consumer, hop.provider) for request in loads(text).requests for hop in request.hops}


def test_nothing_new_changes_nothing(tmp_path: Path) -> None:
    written = fresh(tmp_path, FIRST)
    again = update(tmp_path, written, FIRST)
    assert (again.text, again.told, again.is_changed) == (written, (), False)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_is_new_comes_in(tmp_path: Path, ends: str) -> None:
    written = fresh(tmp_path, FIRST).replace("\n", ends)
    updated = update(tmp_path, written, SECOND)
    assert edges(updated.text) == edges(fresh(tmp_path, SECOND))
    deployment = loads(updated.text)
    assert deployment.components["web"].replicas == 5
    assert deployment.components["api"].readiness is not None
    assert {
        name
        for step in deployment.pipeline
        for action in step.actions
        for name in (t.name for t in action.targets)
    } == {
        "web",
        "api",
        "pay",
        "job",
    }
    assert updated.text.count("\n") == updated.text.count(ends)
    assert any("replicas: 3 -> 5" in one for one in updated.told)


def test_a_third_import_has_nothing_to_do(tmp_path: Path) -> None:
    updated = update(tmp_path, fresh(tmp_path, FIRST), SECOND)
    again = update(tmp_path, updated.text, SECOND)
    assert (again.told, again.text) == ((), updated.text)


def test_lines_of_manifests_are_brought_up_to_date(tmp_path: Path) -> None:
    written = fresh(tmp_path, FIRST)
    updated = update(tmp_path, written, "# one\n# two\n" + dedent(FIRST).lstrip("\n"))
    assert updated.is_changed
    assert not updated.told
    assert updated.text == fresh(tmp_path, "# one\n# two\n" + dedent(FIRST).lstrip("\n"))


PERSONS = """\
# our shop
versions: [V1, V2, V3]
components:
  # the front
  web:
    kind: service
    replicas: 7   # kept: the manifest is of staging
    strategy: rolling
  api: {kind: worker, drain: abrupt}
  db: {kind: cache}
  own: {kind: service}
requests:
  "buy it":
    - client calls web: GET /shop
    - web calls api: addOrder using "GET /shop"

    - api reads db: orders   # it writes nothing
    - api calls own: x
  #   - api calls pay: api
pipeline:
  - Ours: [deploy own]
  - Roll:
      - "deploy web"
      - deploy api
changes: {api/addOrder: {breaks: both}}
"""


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    updated = update(tmp_path, PERSONS, SECOND)
    left = iter(updated.text.splitlines())
    for line in PERSONS.splitlines():
        if "api: {kind: worker" not in line:
            assert line in left, line  # in this order
    deployment = loads(updated.text)
    assert str(deployment.components["api"].kind) == "worker"
    assert str(deployment.components["db"].kind) == "cache"
    assert deployment.components["web"].replicas == 7
    assert deployment.versions == ("V1", "V2", "V3")
    assert ("api", "pay") not in edges(updated.text)  # its line was commented out
    assert ("web", "pay") in edges(updated.text)
    assert not any(str(hop.verb) == "writes" for request in deployment.requests for hop in request.hops)
    assert "Ours" in [step.name for step in deployment.pipeline]
    deployed = [t.name for step in deployment.pipeline for action in step.actions for t in action.targets]
    assert sorted(deployed) == ["api", "job", "own", "pay", "web"]


def test_what_is_gone_is_told_and_stays(tmp_path: Path) -> None:
    updated = update(tmp_path, fresh(tmp_path, SECOND), FIRST)
    assert "no manifest names these any more, and they stay: pay, job" in updated.told
    assert edges(updated.text) == edges(fresh(tmp_path, SECOND))


@pytest.mark.parametrize(
    "text",
    [
        "{components: {web: {kind: service}}, requests: {r: [client calls web: x]}, pipeline: []}",
        "components: {web: {kind: service}}\nrequests:\n  r:\n    - client calls web: x\npipeline:\n  - A\n",
    ],
)
def test_what_cannot_be_edited_in_place_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidDeploymentError, match="cannot be edited in place"):
        update(tmp_path, text, FIRST)


def test_a_file_that_is_wrong_is_told_first(tmp_path: Path) -> None:
    with pytest.raises(InvalidDeploymentError, match=r"s\.yaml:1"):
        update(tmp_path, "components: 5\n", FIRST)


def test_requests_in_one_line_get_a_request_beside_them(tmp_path: Path) -> None:
    text = "components:\n  web: {kind: service}\nrequests:\n  r: [client calls web: x]\npipeline:\n  - Up: [deploy web]\n"
    with pytest.raises(InvalidDeploymentError, match="not written in lines"):
        update(tmp_path, text, FIRST)
