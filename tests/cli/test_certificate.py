"""`check --certificate` and `verify`, as a user types them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from support.command import invoke, skewproof

TEXT = """
components: {a: {kind: service}, b: {kind: service}}
requests: {ask: [client calls a: x, a calls b: y]}
pipeline: [One: [deploy b], Two: [deploy a]]
changes: {b/y: {breaks: [V2 -> V1]}}
"""


def run(*arguments: str | Path, encoding: str = "") -> subprocess.CompletedProcess[str]:
    """What is printed; with an encoding, by a process that is started with it."""
    words = list(map(str, arguments))
    done = skewproof(*words, PYTHONIOENCODING=encoding) if encoding else invoke(*words)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    file = tmp_path / "skewproof.yaml"
    file.write_text(TEXT)
    return file


def test_a_proof_is_written_and_accepted(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    assert run("check", safe, "--certificate", proof).returncode == 0
    done = run("verify", safe, proof)
    assert (done.returncode, done.stdout) == (
        0,
        "accepted: 1 claim proves every hop that could break\n"
        "not certified: that the pipeline comes to its end\n"
        "assumed: compatible, for no change names them: a/x\n"
        "assumed: no action of the pipeline fails\n",
    )


def test_what_is_proven_of_properties_is_told_by_name(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    safe.write_text(
        TEXT + "properties: {größer: always a.up(V1) or a.up(V2), last: eventually not a.up(V1)}\n"
    )
    assert run("check", safe, "--certificate", proof).returncode == 0
    done = run("verify", safe, proof)
    assert (done.returncode, done.stdout.splitlines()[1:4]) == (
        3,
        ["proven: größer", "not certified: last", "not certified: that the pipeline comes to its end"],
    )
    ascii_only = run("verify", safe, proof, encoding="ascii")
    assert (ascii_only.returncode, ascii_only.stdout.splitlines()[1]) == (3, "proven: gr\\xf6\\xdfer")


ASSUMING = TEXT.replace(
    "changes: {b/y: {breaks: [V2 -> V1]}}",
    """
flags: {late: {guards: [b/y]}}
assume: {max_span: 2, never: [b/y call V1 -> V2]}
changes: {b/y: {breaks: both}}
""",
)


def test_what_a_proof_rests_on_is_printed_and_compared(tmp_path: Path) -> None:
    file, proof = tmp_path / "skewproof.yaml", tmp_path / "proof.json"
    file.write_text(ASSUMING)
    assert run("check", file, "--certificate", proof).returncode == 0
    done = run("verify", file, proof)
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if line.startswith("assumed")] == [
        "assumed: compatible, for no change names them: a/x",
        "assumed: no request is in flight while more than 2 steps begin (max_span)",
        "assumed: never met: b/y call V1 -> V2",
        "assumed: enabled after the end, by nobody here: late",
        "assumed: no action of the pipeline fails",
    ]
    for other, key in (("max_span: 3", "max_span"), ("max_span: 2, never: [b/y V1 -> V2]", "never")):
        file.write_text(ASSUMING.replace("max_span: 2, never: [b/y call V1 -> V2]", other))
        refused = run("verify", file, proof)
        assert (refused.returncode, f"it was made with `{key}`" in refused.stdout) == (3, True), (
            refused.stdout
        )


@pytest.mark.parametrize(
    "formulas", ["[always a.up >= 1, eventually a.up(V2) >= 5]", "eventually a.up(V2) >= 5"]
)
def test_what_is_not_proven_is_no_green(safe: Path, tmp_path: Path, formulas: str) -> None:
    """A certificate of the file without the property, and then with it; and one that claims half of it."""
    proof = tmp_path / "proof.json"
    run("check", safe, "--certificate", proof)
    safe.write_text(TEXT + f"properties: {{both: {formulas}}}\n")
    done = run("verify", safe, proof)
    assert done.returncode == 3
    assert "not certified: both" in done.stdout
    assert "proven: both" not in done.stdout


def test_another_deployment_is_refused_with_the_reason(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    run("check", safe, "--certificate", proof)
    safe.write_text(TEXT.replace("One: [deploy b], Two: [deploy a]", "One: [deploy a], Two: [deploy b]"))
    done = run("verify", safe, proof)
    assert done.returncode == 3
    assert done.stdout.startswith("refused: ")


def test_other_changes_are_refused(safe: Path, tmp_path: Path) -> None:
    proof, changes = tmp_path / "proof.json", tmp_path / "changes.yaml"
    run("check", safe, "--certificate", proof)
    changes.write_text("changes: {b/y: {breaks: both}}")
    done = run("verify", safe, proof, "--changes", changes)
    assert done.returncode == 3
    assert done.stdout == (
        "refused: hop 2 of `ask`: a box holds a state in which the hop meets V1 -> V2 (call)\n"
    )


def test_nothing_is_written_of_what_is_not_safe(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    safe.write_text(TEXT.replace("[V2 -> V1]", "both"))
    done = run("check", safe, "--certificate", proof)
    assert done.returncode == 1
    assert "no certificate is written" in done.stderr
    assert not proof.exists()


@pytest.mark.parametrize("content", ["", "{", "null x", "[" * 100_000])
def test_what_is_no_json_is_wrong_input(safe: Path, tmp_path: Path, content: str) -> None:
    proof = tmp_path / "proof.json"
    proof.write_text(content)
    assert run("verify", safe, proof).returncode == 2


def test_a_file_that_is_not_there_is_wrong_input(safe: Path, tmp_path: Path) -> None:
    assert run("verify", safe, tmp_path / "none").returncode == 2
    assert run("verify", tmp_path / "none", safe).returncode == 2


def test_json_that_is_no_certificate_is_refused(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    samples: list[object] = [None, [], {}, {"format": "skewproof certificate"}]
    for wrong in samples:
        proof.write_text(json.dumps(wrong))
        assert run("verify", safe, proof).returncode == 3
