"""`check --certificate` and `verify`, as a user types them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import PATIENCE_S, invoke, skewproof

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


HOP = "hop 2 of `ask`: a calls b: y"
BESIDE = ("that the pipeline cannot stall", "that something could meet `breaks` of b/y")


RESTS = (
    "assumed: compatible, for no change names them: a/x\nassumed: no action of the pipeline fails\n"
    "assumed: no instance restarts; a retired instance is gone at once\n"
)


def proven(*claims: str) -> str:
    told = ("everything that `check` judges of this file", *claims)
    return "".join(f"proven: {claim}\n" for claim in told) + RESTS


def test_a_proof_is_written_and_accepted(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    assert run("check", safe, "--certificate", proof).returncode == 0
    done = run("verify", safe, proof)
    assert (done.returncode, done.stdout) == (0, proven(HOP, *BESIDE))


def test_what_is_proven_is_told_by_its_text(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    safe.write_text(
        TEXT + "properties: {größer: always a.up(V1) or a.up(V2), last: eventually not a.up(V1)}\n"
    )
    assert run("check", safe, "--certificate", proof).returncode == 0
    done = run("verify", safe, proof)
    formulas = ("größer: always a.up(V1) or a.up(V2)", "last: eventually not a.up(V1)")
    assert (done.returncode, done.stdout) == (0, proven(HOP, *formulas, *BESIDE))
    ascii_only = run("verify", safe, proof, encoding="ascii")
    told = "proven: gr\\xf6\\xdfer: always a.up(V1) or a.up(V2)"
    assert (ascii_only.returncode, ascii_only.stdout.splitlines()[2]) == (0, told)


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
        "assumed: no instance restarts; a retired instance is gone at once; "
        "late is switched everywhere at once; "
        "code that knows late understands both forms",
    ]
    for other, key in (("max_span: 3", "max_span"), ("max_span: 2, never: [b/y V1 -> V2]", "never")):
        file.write_text(ASSUMING.replace("max_span: 2, never: [b/y call V1 -> V2]", other))
        refused = run("verify", file, proof)
        assert (refused.returncode, f"it was made with `{key}`" in refused.stdout) == (3, True), (
            refused.stdout
        )


HALF = Path(__file__).parents[1] / "faults" / "proof" / "cert-half-property"
LEFT_OPEN = HALF.with_name("cert-left-open")


@pytest.mark.parametrize(
    ("file", "open_claims"),
    [
        (HALF, ["both: eventually a.up(V2) >= 5"]),
        (LEFT_OPEN, ["never new a: never a.up(V2)", "comes: eventually a.up(V2) >= 5"]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_proof_of_a_part_is_no_proof(file: Path, open_claims: list[str], tmp_path: Path) -> None:
    """Of files that `check` calls unsafe; the certificate has all that is true of them."""
    from skewproof.model.language import load
    from skewproof.model.resources.limits import Limits
    from skewproof.properties.certificate.write import certify

    source, proof = file.with_suffix(".yaml"), tmp_path / "proof.json"
    proof.write_text(json.dumps(certify(load(source), Limits()).content))
    done = run("verify", source, proof)
    assert done.returncode == 3
    told = [line for line in done.stdout.splitlines() if line.startswith("not proven")]
    assert told == [f"not proven: {claim}" for claim in open_claims]
    assert "everything" not in done.stdout
    assert run("check", source).returncode == 1


@pytest.mark.parametrize("file", [HALF, LEFT_OPEN], ids=lambda file: file.name)
def test_an_older_certificate_is_refused_and_all_is_named(file: Path) -> None:
    done = run("verify", file.with_suffix(".yaml"), file.with_suffix(".json"))
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0]) == (3, "refused: `version` is not 5")
    assert "not proven: hop 2 of `r`: a calls b: y" in lines
    assert "not proven: that the pipeline cannot stall" in lines
    assert not [line for line in lines if line.startswith("proven")]


def test_a_file_without_changes_is_never_proven(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    run("check", safe, "--certificate", proof)
    safe.write_text("".join(line for line in TEXT.splitlines(True) if not line.startswith("changes")))
    done = run("verify", safe, proof)
    assert done.returncode == 3
    assert "not proven: anything: nothing was given to judge" in done.stdout


def test_failures_that_are_asked_for_are_proven_or_it_is_no_proof(safe: Path, tmp_path: Path) -> None:
    safe.write_text(TEXT + "rollback: [Back: [rollback a], Further: [rollback b]]\n")
    without, failing = tmp_path / "without.json", tmp_path / "failing.json"
    assert run("check", safe, "--certificate", without).returncode == 0
    assert run("check", safe, "--failures", "--certificate", failing).returncode == 0
    assert run("verify", safe, without).returncode == 0
    assert run("verify", safe, failing, "--failures").returncode == 0
    assert run("verify", safe, without, "--failures").returncode == 3


def test_the_answer_has_the_digest_of_the_file(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    done = run("check", safe, "--format", "json", "--certificate", proof)
    digest = hashlib.sha256(proof.read_bytes()).hexdigest()
    assert json.loads(done.stdout)["certificate"] == {"sha256": digest}
    assert json.loads(run("check", safe, "--format", "json").stdout)["certificate"] is None


def test_whoever_stops_reading_loses_no_proof(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    command = (
        f"{sys.executable} -c 'from skewproof.cli import main; main()' check {safe} --certificate {proof}"
    )
    subprocess.run(["bash", "-c", f"{command} | head -0"], check=True, capture_output=True)
    assert run("verify", safe, proof).returncode == 0


# --- limits ---


def test_what_is_no_certificate_is_refused_at_once(safe: Path, tmp_path: Path) -> None:
    """Whoever hands it in cannot keep the verifier busy: a FIFO nobody writes to, and what has no end."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    program = [sys.executable, "-c", "from skewproof.cli import main; main()", "verify", str(safe)]
    for endless in (fifo, Path("/dev/zero"), Path("/dev/stdin")):
        done = subprocess.run(
            [*program, str(endless)],
            stdin=subprocess.PIPE,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, ""), endless
        assert "no certificate: it is no file" in done.stderr


def test_what_is_larger_than_allowed_is_not_read(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    run("check", safe, "--certificate", proof)
    made = json.loads(proof.read_text())
    claim = made["claims"][0]
    claim["levels"][0] = claim["levels"][0] * 400_000
    proof.write_text(json.dumps(made))
    assert proof.stat().st_size > 12 << 20
    done = run("verify", safe, proof, "--max-size", "8")
    assert (done.returncode, done.stdout) == (2, "")
    assert "larger than 8 MiB (--max-size)" in done.stderr


@pytest.mark.parametrize("number", ["9" * (1 << 20), "5.0", "true", "[5]", "5e0", '"5"', "NaN"])
def test_a_version_is_a_small_number(number: str, safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    run("check", safe, "--certificate", proof)
    proof.write_text(proof.read_text().replace('"version":5', f'"version":{number}'))
    done = run("verify", safe, proof)
    assert done.returncode == (2 if len(number) > 100 else 3)
    assert len(number) < 100 or "a number of 1,048,576 digits" in done.stderr
    assert "everything" not in done.stdout


def test_a_goal_that_the_diagram_does_not_know_is_none(tmp_path: Path) -> None:
    """A made-up proof of formulas that are violated: one variable, of which nothing is waited for."""
    file, proof = tmp_path / "skewproof.yaml", tmp_path / "proof.json"
    formulas = ["a.up(V2) before b.up(V2)", "a.up(V1) until a.up(V2) and b.up(V1)"]
    formulas += ["b.up(V2) leads to a.up(V1) and b.up(V1)", "eventually a.up(V2) and b.up(V1)"]
    file.write_text(TEXT)
    run("check", file, "--certificate", proof)
    made = json.loads(proof.read_text())
    every = [number for number, _ in enumerate(made["values"]["pipeline"])]
    diagram = {"variables": ["pipeline"], "levels": [[[[every, 0]]]], "labels": [["goal", 0]]}
    for stated in formulas:
        file.write_text(TEXT + f"properties: {{p: {stated}}}\n")
        assert run("check", file).returncode == 1
        claim = {"of": ["formula", stated], **diagram}
        proof.write_text(json.dumps({**made, "claims": [*made["claims"], claim]}))
        done = run("verify", file, proof)
        assert (done.returncode, done.stdout.startswith(f"refused: p: {stated}: label 0")) == (3, True), done


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
    assert done.stdout.splitlines()[0] == (
        "refused: hop 2 of `ask`: a calls b: y: there is a state in which the hop meets V1 -> V2 (call)"
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


def test_a_key_that_stands_there_twice_is_wrong_input(safe: Path, tmp_path: Path) -> None:
    """Another reader could take the other value for the proof."""
    proof = tmp_path / "proof.json"
    run("check", safe, "--certificate", proof)
    proof.write_text(proof.read_text().replace('"claims":', '"claims":[],"claims":'))
    done = run("verify", safe, proof)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no certificate: a key stands there twice" in done.stderr


def test_a_file_that_is_not_there_is_wrong_input(safe: Path, tmp_path: Path) -> None:
    assert run("verify", safe, tmp_path / "none").returncode == 2
    assert run("verify", tmp_path / "none", safe).returncode == 2


def test_json_that_is_no_certificate_is_refused(safe: Path, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    samples: list[object] = [None, [], {}, {"format": "skewproof certificate"}]
    for wrong in samples:
        proof.write_text(json.dumps(wrong))
        assert run("verify", safe, proof).returncode == 3
