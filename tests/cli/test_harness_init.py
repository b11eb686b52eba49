"""`skewproof harness init`: a test file from a Compose file; what it cannot know is told, not guessed."""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path

import pytest

from skewproof.model.language import load
from support.command import ROOT, invoke

POLYGLOT = ROOT / "examples" / "polyglot"

COMPOSE = """\
services:
  front:
    image: node
    working_dir: /app
    volumes: ['.:/app']
    command: node front.js
    environment: {PORT: 80, BACK_URL: http://back:9000, API_KEY: s3cret}
    ports: ['80:80']
  back:
    image: vendor/back
    expose: [9000]
    environment: {DB_HOST: db}
  admin: {image: adminer, ports: ['81:81']}
  db: {image: mysql}
"""

DEPLOYMENT = """\
components:
  front: {kind: service}
  back: {kind: service}
  db: {kind: database}
requests:
  see: [client calls front: page, front calls back: value, back reads db: row]
pipeline: [{Deploy: [deploy front back]}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / "skewproof.yaml").write_text(DEPLOYMENT)
    return tmp_path


@pytest.fixture
def polyglot(tmp_path: Path) -> Path:
    for name in ("v1", "v2"):
        shutil.copytree(POLYGLOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(POLYGLOT / "skewproof.yaml", tmp_path)
    return tmp_path


def test_it_writes_a_module_and_says_what_comes_next(polyglot: Path) -> None:
    done = invoke("harness", "init", "v2/compose.yaml", "--old", "v1/compose.yaml", cwd=polyglot)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout == (
        "test_rollout.py: 6 parts, 5 requests, 12 blanks\n"
        "next: write what the blanks in test_rollout.py ask for, then "
        "skewproof learn test_rollout:PolyglotShop --allow-code -o learned.yaml\n"
    )
    text = (polyglot / "test_rollout.py").read_text()
    for line in (
        'top = {"V1": HERE / "v1", "V2": HERE / "v2"}',
        '"GET /products/*": "product.page"',
        '"DATABASE_URL": "postgresql://shop@{database}/shop"',
        '.request("GET", "/basket?product=1&quantity=2")',
        'json={"product": 1, "quantity": 2}',
        "return root.take_message()",
    ):
        assert line in text
    first, second = text.index('"0001"'), text.index('"0002"')
    assert text.index("schema=") < first < text.index("migrations=") < second  # each checkout's own command


def test_the_same_files_give_the_same_text_and_a_second_run_overwrites_nothing(polyglot: Path) -> None:
    one, two = (
        invoke("harness", "init", "v2/compose.yaml", "-o", f"{name}.py", cwd=polyglot)
        for name in ("test_one", "test_two")
    )
    assert one.returncode == two.returncode == 0
    texts = [(polyglot / f"{name}.py").read_text().replace(name, "") for name in ("test_one", "test_two")]
    assert texts[0] == texts[1]
    (polyglot / "test_one.py").write_text("mine")
    again = invoke("harness", "init", "v2/compose.yaml", "-o", "test_one.py", cwd=polyglot)
    assert again.returncode == 2
    assert "test_one.py is there already" in again.stderr
    assert (polyglot / "test_one.py").read_text() == "mine"


def test_what_it_cannot_know_is_blank_and_running_it_says_the_same(project: Path) -> None:
    done = invoke("harness", "init", "compose.yaml", cwd=project)
    assert done.returncode == 0
    assert "left out, for skewproof.yaml has no component of the name: admin" in done.stderr
    run = invoke("learn", "test_rollout:Release", "--allow-code", cwd=project)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    told = run.stderr.removeprefix("Error: ").splitlines()
    wanted = [
        "the folder of V1, as . is that of V2: a checkout of its release",
        "a value of `API_KEY` for tests",
        "the image of `back` at V1, as `vendor/back` is that of V2",
        "the variable by which `back` is told the port of `db`, beside `DB_HOST`",
        "the variable by which `back` is told its port",
        "a part for `db`: there is none for the image `mysql`",
        "method and path that begin `see`",
        "the answer of `see` that is right in every version",
    ]
    assert len(told) == len(wanted)
    for line, words in zip(told, wanted, strict=True):
        assert f": still blank: {words}" in line
        place, _, _ = line.partition(": still")
        file, number, column = place.split(":")
        assert (
            (project / file).read_text().splitlines()[int(number) - 1][int(column) - 1 :].startswith("blank(")
        )


IMAGES = """\
services:
  front:
    image: shop/front:1.9
    environment: {PORT: 80, BACK_URL: http://back:9000}
    ports: ['80:80']
  back:
    image: shop/back:1.9
    command: [--port, "9000"]
    expose: [9000]
"""


def test_services_that_are_images_stay_images_each_version_its_own(tmp_path: Path) -> None:
    for version, tag in (("v1", "1.9"), ("v2", "2.1")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "compose.yaml").write_text(IMAGES.replace("1.9", tag))
    done = invoke("harness", "init", "v2/compose.yaml", "--old", "v1/compose.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "test_rollout.py").read_text()
    assert '{"V1": "shop/front:1.9", "V2": "shop/front:2.1"},' in text
    assert '"V1": ["shop/back:1.9", "--port", "{port}"],' in text
    assert "top" not in text
    assert text.count("blank(") == 3  # one stands in its head


def test_no_secret_is_written(project: Path) -> None:
    invoke("harness", "init", "compose.yaml", cwd=project)
    assert "s3cret" not in (project / "test_rollout.py").read_text()


def test_without_a_deployment_file_one_is_written_too(project: Path) -> None:
    (project / "skewproof.yaml").unlink()
    done = invoke("harness", "init", "compose.yaml", cwd=project)
    assert done.returncode == 0
    assert "skewproof.yaml: written from compose.yaml" in done.stdout
    assert set(load(project / "skewproof.yaml").components) == {"front", "back", "admin", "db"}
    ast.parse((project / "test_rollout.py").read_text())


def test_what_a_file_contains_never_becomes_code(tmp_path: Path) -> None:
    evil = '\\"\\"\\"); import os; os.abort() #'
    (tmp_path / "compose.yaml").write_text(
        f'name: "{evil}"\nservices:\n  a:\n    image: "x/{evil}"\n    ports: ["80:80"]\n'
        f'    command: ["{evil}"]\n    environment: {{"{evil}": "{evil}", B: "a\\nb\\u202e"}}\n'
    )
    done = invoke("harness", "init", "compose.yaml", cwd=tmp_path)
    assert done.returncode == 0
    tree = ast.parse((tmp_path / "test_rollout.py").read_text())
    imported = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert imported in ([], ["os"])
    assert not any(isinstance(node, ast.Attribute) and node.attr == "abort" for node in ast.walk(tree))
    assert "\u202e" not in (tmp_path / "test_rollout.py").read_text()


@pytest.mark.parametrize(
    ("compose", "told"),
    [
        (None, "compose.yaml: no such file or directory"),
        ("services: [", "compose.yaml:2:1: not valid YAML"),
        ("apiVersion: v1\nkind: Pod\n", "this is no Compose file"),
        ("services: {a: {build: ., env_file: ../x}}", "lies outside of"),
        ("services: {a: {image: b, environment: {C: '${D:?}'}}}", "compose.yaml:1:43"),
    ],
)
def test_wrong_input_is_told_with_its_place(tmp_path: Path, compose: str | None, told: str) -> None:
    if compose is not None:
        (tmp_path / "compose.yaml").write_text(compose)
    done = invoke("harness", "init", "compose.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(os.listdir(tmp_path)) == (["compose.yaml"] if compose is not None else [])


def test_a_real_project_gives_a_module(tmp_path: Path) -> None:
    """The demo of OpenTelemetry: seventeen services of many languages, without sources here."""
    shutil.copytree(ROOT / "tests" / "manifests" / "otel-demo", tmp_path, dirs_exist_ok=True)
    done = invoke("harness", "init", "compose.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert "test_rollout.py: 20 parts, 2 requests, 33 blanks" in done.stdout
    text = (tmp_path / "test_rollout.py").read_text()
    ast.parse(text)
    for line in ('"CART_PORT": "{port}"', '"FLAGD_HOST": "{flagd:host}"', '"VALKEY_ADDR": "{valkey-cart}"'):
        assert line in text


def test_packages_are_not_searched_for_contracts(polyglot: Path) -> None:
    hidden = polyglot / "v2" / "node_modules" / "x" / "storefront.openapi.yaml"
    hidden.parent.mkdir(parents=True)
    (polyglot / "v2" / "storefront.openapi.yaml").rename(hidden)
    (polyglot / "v2" / "swagger.json").write_text('{"swagger": "2.0"}')
    done = invoke("harness", "init", "v2/compose.yaml", "--old", "v1/compose.yaml", cwd=polyglot)
    assert "left out: swagger.json: it is no OpenAPI 3 document" in done.stderr
    assert "method and path of `product.page`" in (polyglot / "test_rollout.py").read_text()


def test_a_name_that_is_no_module_is_refused(project: Path) -> None:
    done = invoke("harness", "init", "compose.yaml", "-o", "my-test.py", cwd=project)
    assert done.returncode == 2
    assert "my-test.py is no name of a Python module" in done.stderr
