"""`skewproof init`: a first file, from manifests where there are some."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.cli.starter import STARTER
from support.command import invoke

MANIFESTS = Path(__file__).parents[1] / "manifests"
COMPOSE = (
    "services: {web: {image: a, ports: ['80:80'], environment: {API: 'http://api:80'}}, api: {image: b}}\n"
)


def test_without_manifests_it_is_an_example_that_breaks(tmp_path: Path) -> None:
    done = invoke("init", cwd=tmp_path)
    told = (
        "skewproof.yaml: 5 components, 2 requests, 3 steps, an example to change: there are no manifests here"
    )
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, told)
    assert (tmp_path / "skewproof.yaml").read_text() == STARTER
    command = done.stdout.splitlines()[1].removeprefix("next: skewproof ")
    assert invoke(*command.split(), cwd=tmp_path).returncode == 1
    assert invoke("lint", "skewproof.yaml", cwd=tmp_path).returncode == 0


def test_manifests_of_the_folder_are_imported(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    done = invoke("init", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "skewproof.yaml: 2 components, 1 request, 1 step, from manifests",
    )
    command = done.stdout.splitlines()[1].removeprefix("next: skewproof ")
    assert command.endswith("--pessimistic")
    assert invoke(*command.split(), cwd=tmp_path).returncode == 1


def test_manifests_that_are_named_are_read_from_there(tmp_path: Path) -> None:
    done = invoke("init", str(MANIFESTS / "k8s-guestbook"), "-o", "deploy.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "all-in-one" in (tmp_path / "deploy.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["-o", "there.yaml"],
            "there.yaml is there already: `skewproof import PATH -o there.yaml` adds to it",
        ),
        (["--starter", "k8s"], "--starter reads no manifests"),
        (["empty"], "nothing that runs a team's code was found"),
        (["nowhere"], "nowhere"),
        (["broken"], "broken"),
        (["--starter", "-o", "no/such/folder.yaml"], "no/such/folder.yaml"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "there.yaml").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "compose.yaml").write_text("services: [")
    before = sorted(tmp_path.iterdir())
    done = invoke("init", *arguments, cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "there.yaml").read_text() == "mine"


def test_ci_is_brought_to_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "skewproof.yaml").write_text(STARTER + "# mine\n")
    done = invoke("init", "--ci", "gitlab", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "skewproof.yaml: there already, and left as it is" in done.stdout
    assert (tmp_path / "skewproof.yaml").read_text().endswith("# mine\n")
    assert (tmp_path / ".gitlab-ci.yml").exists()
    again = invoke("init", "--ci", "gitlab", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")


def test_broken_manifests_are_no_reason_for_the_example(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: [")
    assert invoke("init", cwd=tmp_path).returncode == 2
    assert invoke("init", "--starter", cwd=tmp_path).returncode == 0
    assert (tmp_path / "skewproof.yaml").read_text() == STARTER


def test_what_ci_needs_is_written_beside_it(tmp_path: Path) -> None:
    done = invoke("init", "--ci", "github", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    workflow = tmp_path / ".github" / "workflows" / "release-safety.yml"
    assert "uses: " in workflow.read_text()
    assert done.stdout.startswith(".github/workflows/release-safety.yml: ")
    (tmp_path / "skewproof.yaml").unlink()
    again = invoke("init", "--ci", "github", cwd=tmp_path)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert not (tmp_path / "skewproof.yaml").exists(), "nothing is half-written"
    assert invoke("init", "--ci", "gitlab", "-o", "a b.yaml", cwd=tmp_path).returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [".github"]
