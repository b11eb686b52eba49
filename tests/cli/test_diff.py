"""`skewproof diff`: two files, or a file and what it was in a revision, held against each other."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from support.command import invoke

TEXT = """\
components: {s: {kind: service}, z: {kind: service, strategy: recreate}}
requests: {ask: [client calls s: x, s calls z: y]}
pipeline: [A: [deploy z], B: [deploy s]]
changes: {z/y: {breaks: [V1 -> V2]}}
"""
MENDED = TEXT.replace(", strategy: recreate", "")
MORE = TEXT.replace("requests: {", "requests: {also: [client calls s: w, s calls z: y], ")
WORSE = TEXT + "properties: {up: always z.up}\n"


def git(folder: Path, *arguments: str) -> None:
    named = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One commit on `main` with the text in `deploy.yaml` and in `sub/deploy.yaml`."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "deploy.yaml").write_text(TEXT)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def states(*arguments: str) -> tuple[int, list[tuple[str, str]]]:
    """The exit status, and the state and code of each finding."""
    done = invoke("diff", *arguments, "--format", "json")
    return done.returncode, [(one["state"], one["code"]) for one in json.loads(done.stdout)["findings"]]


def test_what_is_new_fails_and_what_was_there_does_not(repository: Path) -> None:
    file = repository / "deploy.yaml"
    same = [("unchanged", "SKW101"), ("unchanged", "SKW102")]
    assert states("main:deploy.yaml", "deploy.yaml") == (0, same)
    file.write_text(WORSE)
    assert states("main:deploy.yaml", "deploy.yaml") == (1, [("new", "SKW104"), *same])
    file.write_text(MENDED)
    assert states("main:deploy.yaml", "deploy.yaml") == (0, [("fixed", "SKW102"), ("unchanged", "SKW101")])
    assert states("deploy.yaml", "main:deploy.yaml") == (1, [("new", "SKW102"), ("unchanged", "SKW101")])


def test_a_known_cause_is_new_if_somebody_else_meets_it(repository: Path) -> None:
    (repository / "deploy.yaml").write_text(MORE)
    done = invoke("diff", "--base", "main", "deploy.yaml")
    assert done.returncode == 1
    assert "2 new, 0 fixed, 0 unchanged" in done.stdout
    assert "The cause was there before; 1 hazard of it was not: also." in done.stdout
    assert "request: client calls s V1: w" in done.stdout, "the story is of the new one"


def test_a_revision_is_read_as_git_has_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "deploy.yaml").write_text(WORSE)
    monkeypatch.chdir(repository / "sub")
    assert states("main:deploy.yaml", "deploy.yaml")[0] == 0, "from the root"
    assert states("main:./deploy.yaml", "../deploy.yaml")[0] == 1
    assert states("--base", "main", "../deploy.yaml")[0] == 1
    assert states("--base", "main", "deploy.yaml")[0] == 0


def test_a_file_that_the_revision_does_not_have_is_all_new(repository: Path) -> None:
    (repository / "fresh.yaml").write_text(MENDED)
    done = invoke("diff", "--base", "main", "fresh.yaml")
    assert (done.returncode, done.stderr) == (1, "there is no file `fresh.yaml` at main: all is new\n")
    assert "nothing → fresh.yaml" in done.stdout


def test_what_the_head_accepts_is_told_so(repository: Path) -> None:
    (repository / "deploy.yaml").write_text(TEXT + "accept: known.yaml\n")
    (repository / "known.yaml").write_text("accept: [{component: z, kind: unavailable, reason: planned}]\n")
    found = states("main:deploy.yaml", "deploy.yaml")
    assert found == (0, [("accepted", "SKW102"), ("unchanged", "SKW101")])
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    (repository / "known.yaml").unlink()
    assert states("main:deploy.yaml", "main:deploy.yaml") == (0, [("unchanged", "SKW101")])


def test_outputs_tell_what_is_new(repository: Path) -> None:
    (repository / "deploy.yaml").write_text(WORSE.replace(", strategy: recreate", ""))
    outputs = ("--output", "d.md", "--output", "d.sarif", "--output", "d.txt", "--output", "d.json")
    done = invoke("diff", "--base", "main", "deploy.yaml", "--format", "github", *outputs)
    assert done.returncode == 0, "z is always up"
    assert done.stdout == ""
    log = json.loads(Path("d.sarif").read_text())
    results = log["runs"][0]["results"]
    assert [one["baselineState"] for one in results] == ["absent", "unchanged"]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "deploy.yaml"
    assert "## skewproof: 0 new, 1 fixed, 1 unchanged" in Path("d.md").read_text()
    assert "main:./deploy.yaml → deploy.yaml" in Path("d.txt").read_text()
    (repository / "deploy.yaml").write_text(WORSE)
    done = invoke("diff", "--base", "main", "deploy.yaml", "--format", "github")
    (line,) = done.stdout.splitlines()
    assert line.startswith("::error title=SKW104")
    assert done.returncode == 1
    assert invoke("diff", "--base", "main", "deploy.yaml", "--output", "d.xml").returncode == 2


def test_changes_of_a_file_of_their_own_are_those_of_each_side(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare, _, changes = TEXT.partition("changes")
    file, release = repository / "sub" / "deploy.yaml", repository / "sub" / "release.yaml"
    file.write_text(bare)
    release.write_text("changes" + changes.replace("[V1 -> V2]", "none"))
    git(repository, "commit", "-qam", "two")
    asked = ("--base", "main", "sub/deploy.yaml", "--changes", "sub/release.yaml")
    known = [("unchanged", "SKW102")]
    assert states(*asked) == (1, [("new", "SKW102")]), "main has no such file of changes"
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "three")
    assert states(*asked) == (0, known)
    release.write_text("changes" + changes)
    assert states(*asked) == (1, [("new", "SKW101"), *known])
    monkeypatch.chdir(repository / "sub")
    asked = ("--base", "main", str(file), "--changes", str(release))
    assert states(*asked) == (1, [("new", "SKW101"), *known])
    assert states("deploy.yaml", "deploy.yaml", "--changes", "release.yaml") == (
        0,
        [("unchanged", "SKW101"), *known],
    )


def test_mild_news_need_not_fail(repository: Path) -> None:
    mild = TEXT.replace("breaks:", "severity: degraded, breaks:").replace("z/y: {", "s/x: {}, z/y: {")
    Path("before.yaml").write_text(mild.replace("breaks: [V1 -> V2]", "breaks: none"))
    Path("after.yaml").write_text(mild)
    assert states("before.yaml", "after.yaml")[0] == 1
    assert states("before.yaml", "after.yaml", "--fail-on", "error")[0] == 0


def test_without_a_verdict_nothing_is_known_to_be_new(repository: Path) -> None:
    assert states("main:deploy.yaml", "deploy.yaml", "--max-states", "1")[0] == 3
    Path("idle.yaml").write_text(TEXT.replace("V1 -> V2", "V2 -> V1").replace(", strategy: recreate", ""))
    Path("none.yaml").write_text(MENDED.replace("[V1 -> V2]", "none"))
    assert states("none.yaml", "idle.yaml")[0] in (0, 3)
    Path("bare.yaml").write_text(TEXT.partition("changes")[0])
    assert states("bare.yaml", "deploy.yaml")[0] == 3
    Path("unsure.yaml").write_text(MENDED.replace("[V1 -> V2]", "{V1 -> V2: unknown}"))
    assert states("none.yaml", "unsure.yaml")[0] == 3


def test_wrong_input_is_told_on_its_side(repository: Path) -> None:
    Path("wrong.yaml").write_text(TEXT.replace("kind: service}", "kind: servise}"))
    done = invoke("diff", "deploy.yaml", "wrong.yaml")
    assert (done.returncode, "unknown kind `servise`" in done.stderr) == (2, True)
    assert states("wrong.yaml", "deploy.yaml")[0] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope:deploy.yaml", "deploy.yaml"], "no revision of a repository"),
        (["deploy.yaml"], "give BASE and HEAD"),
        (["--base", "main", "deploy.yaml", "deploy.yaml"], "give BASE and HEAD"),
        (["--base", "-x", "deploy.yaml"], "no revision of a repository"),
        (["--base", "a:b", "deploy.yaml"], "`a:b` is no revision"),
        (["nothing.yaml", "deploy.yaml"], "nothing.yaml: no such file"),
        (["sub:deploy.yaml", "deploy.yaml"], "is a folder"),
    ],
)
def test_what_cannot_be_compared_is_refused(repository: Path, arguments: list[str], said: str) -> None:
    done = invoke("diff", *arguments)
    assert (done.returncode, said in done.stderr) == (2, True)
