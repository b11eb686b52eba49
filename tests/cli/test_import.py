"""`skewproof import` as it is typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.command import invoke
from support.importing import write_manifests

COMPOSE = """
    services:
      web: {image: w, ports: ["80:80"], environment: {API_HOST: api}}
      api: {image: a}
"""
MANIFESTS = Path(__file__).parents[1] / "manifests"


def test_to_a_file_and_checked_at_once(tmp_path: Path) -> None:
    write_manifests(tmp_path, {"compose.yaml": COMPOSE})
    file = tmp_path / "skewproof.yaml"
    ran = invoke("import", str(tmp_path), "-o", str(file))
    assert (ran.returncode, ran.stdout) == (0, "")
    assert invoke("check", "--pessimistic", str(file)).returncode == 1


@pytest.mark.parametrize("arguments", [(), ("--pessimistic",)])
def test_where_nothing_tells_who_calls_there_is_no_verdict(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    services = "services:\n  web: {image: w, ports: ['80:80']}\n  api: {image: a, ports: ['81:80']}\n"
    replicated = services.replace("}", ", deploy: {update_config: {order: start-first}}}")
    write_manifests(tmp_path, {"compose.yaml": replicated})
    file = tmp_path / "skewproof.yaml"
    assert invoke("import", str(tmp_path), "-o", str(file)).returncode == 0
    assert "# Nothing tells whom these use: web, api" in file.read_text()
    ran = invoke("check", *arguments, str(file))
    assert ran.returncode == 3, ran.stdout
    assert ("nothing was judged" if arguments else "nothing was given to judge") in ran.stdout


def test_online_boutique_needs_no_hand_edit(tmp_path: Path) -> None:
    file = tmp_path / "skewproof.yaml"
    assert invoke("import", str(MANIFESTS / "online-boutique"), "-o", str(file)).returncode == 0
    before = file.read_bytes()
    assert invoke("check", "--pessimistic", str(file)).returncode == 1
    assert invoke("import", str(MANIFESTS / "online-boutique"), "-o", str(file)).returncode == 0
    assert file.read_bytes() == before


def test_the_same_twice(tmp_path: Path) -> None:
    write_manifests(tmp_path, {"compose.yaml": COMPOSE})
    assert invoke("import", str(tmp_path)).stdout == invoke("import", str(tmp_path)).stdout


@pytest.mark.parametrize(
    ("files", "named", "message"),
    [
        ({}, "none.yaml", "no such file"),
        ({"x.yaml": "a: 1"}, "x.yaml", "no manifest of a format that is known"),
        ({"x.yaml": "a: [1"}, "x.yaml", "not valid YAML"),
        ({"x.txt": "a"}, ".", "nothing that runs a team's code was found; what is there: no manifest"),
        (
            {"c/Chart.yaml": "name: c", "c/templates/d.yaml": "{{- if .Values.x }}\na: 1\n{{- end }}\n"},
            "c/templates/d.yaml",
            "run `helm template ",
        ),
        (
            {
                "c/Chart.yaml": "name: c",
                "c/templates/d.yaml": "kind: Pod\nmetadata: {name: {{ .Values.x }}}\n",
            },
            ".",
            "run `helm template ",
        ),
        ({"x.yaml": "{% if x %}\na: 1\n{% endif %}\n"}, "x.yaml", "render it first"),
        ({"envoy.yaml": "static_resources:\n  port_value: ${PORT}\n"}, "envoy.yaml", "envsubst"),
        ({"x.yaml": "a: \x00"}, "x.yaml", "the character U+0000"),
        ({"x.yaml": "services: {a: {image: x, scale: 20000}}"}, "x.yaml", "more than 10,000 instances"),
        ({"x.yaml": "components: {a: {kind: service}}\nrequests: {}"}, "x.yaml", "deployment file"),
    ],
)
def test_wrong_input_is_status_2(tmp_path: Path, files: dict[str, str], named: str, message: str) -> None:
    write_manifests(tmp_path, files)
    ran = invoke("import", str(tmp_path / named))
    assert ran.returncode == 2
    assert message in ran.stderr
    assert not ran.stdout


def test_a_chart_beside_manifests_is_left_out_and_told(tmp_path: Path) -> None:
    files = {
        "compose.yaml": COMPOSE,
        "c/Chart.yaml": "name: c",
        "c/templates/d.yaml": "{{ if .Values.x }}\na: 1\n{{ end }}\n",
    }
    write_manifests(tmp_path, files)
    ran = invoke("import", str(tmp_path))
    assert ran.returncode == 0
    assert "run `helm template " in ran.stderr


def test_of_a_chart_it_is_told_once_and_of_other_files_not_at_all(tmp_path: Path) -> None:
    template = "apiVersion: v1\n{{ if .Values.x }}\nkind: Pod\n{{ end }}\n"
    templates = {f"c/templates/{name}.yaml": template for name in "abc"}
    files = {
        "compose.yaml": COMPOSE,
        "c/Chart.yaml": "name: c",
        "tsconfig.json": "{ // x\n}",
        "x.yaml": "a: [1",
    }
    write_manifests(tmp_path, {**files, **templates, "broken.yaml": "apiVersion: v1\nkind: [\n"})
    told = invoke("import", str(tmp_path)).stderr
    assert told.count("helm template") == 1
    assert "broken.yaml" in told
    assert "tsconfig" not in told
    assert "x.yaml" not in told


def test_escapes_in_files_do_not_reach_the_terminal(tmp_path: Path) -> None:
    variables = '{"A\\e[31m_HOST": api, "##[x]_URL": "http://api"}'
    text = f"services: {{web: {{image: w, environment: {variables}}}, api: {{image: a}}}}"
    write_manifests(tmp_path, {"compose.yaml": text})
    ran = invoke("import", str(tmp_path))
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout + ran.stderr


def test_a_large_file_is_refused_and_a_file_of_10_mb_read(tmp_path: Path) -> None:
    big = tmp_path / "big.yaml"
    big.write_text("services: {}\nx: " + "a" * (11 * 1024 * 1024))
    assert "larger than 10 MiB" in invoke("import", str(big)).stderr
    big.write_text("services: {web: {image: w}}\nx: " + "a" * (9 * 1024 * 1024))
    assert invoke("import", str(big)).returncode == 0


def test_check_imports_nothing_of_it() -> None:
    code = (
        "import sys, skewproof.cli.program, skewproof.cli.commands.check, skewproof.model.language.loader\n"
        "sys.exit(any('manifests' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
