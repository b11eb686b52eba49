"""`skewproof baseline`: what is wrong now is accepted, and what people wrote of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command import invoke

TEXT = """\
components: {s: {kind: service}, z: {kind: service, strategy: recreate}}
requests: {ask: [client calls s: x, s calls z: y]}
pipeline: [A: [deploy z], B: [deploy s]]
changes: {z/y: {breaks: [V1 -> V2]}}
"""
NEW = "changes: {z/y: {breaks: [V1 -> V2]}, s/x: {}}\nproperties: {up: always z.up}\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "deploy.yaml"
    path.write_text(TEXT)
    return path


def test_what_is_wrong_now_is_accepted_and_what_is_new_is_heard_of(file: Path) -> None:
    assert invoke("check", str(file)).returncode == 1
    done = invoke("baseline", str(file), "-o", "accept.yaml")
    assert (done.returncode, done.stderr) == (0, "baseline: 2 new, 0 kept, 0 gone, 0 of other kinds\n")
    assert invoke("check", str(file), "--accept", "accept.yaml").returncode == 0
    file.write_text(TEXT.partition("changes")[0] + NEW)
    told = invoke("check", str(file), "--accept", "accept.yaml")
    assert told.returncode == 1
    assert "1 property violated, 2 accepted" in told.stdout


def test_it_is_the_same_for_the_same_file_and_is_printed_without_a_name(file: Path) -> None:
    printed = invoke("baseline", str(file)).stdout
    invoke("baseline", str(file), "-o", "accept.yaml")
    assert Path("accept.yaml").read_text() == printed
    invoke("baseline", str(file), "-o", "accept.yaml")
    assert Path("accept.yaml").read_text() == printed


def test_reasons_dates_and_other_entries_are_kept(file: Path) -> None:
    invoke("baseline", str(file), "-o", "accept.yaml", "--reason", "known", "--until", "2999-12-31")
    path = Path("accept.yaml")
    text = path.read_text().replace("reason: known", "reason: we know", 1)
    path.write_text(text + "- {kind: property, property: 'never: x', in: [A], reason: 'x: y'}\n")
    file.write_text(TEXT.partition("changes")[0] + NEW)
    done = invoke("baseline", str(file), "-o", "accept.yaml")
    assert "1 new, 2 kept, 0 gone, 1 of other kinds" in done.stderr
    again = path.read_text()
    assert '- {kind: property, property: "never: x", in: [A], reason: "x: y"}' in again
    assert again.count("reason: we know") == again.count("reason: known") == 1
    assert again.count("2999-12-31") == 2
    assert again.count("reason: in the baseline") == 1


def test_what_is_gone_is_taken_out_and_what_is_over_stays_over(file: Path) -> None:
    invoke("baseline", str(file), "-o", "accept.yaml", "--until", "2020-01-01")
    assert invoke("check", str(file), "--accept", "accept.yaml").returncode == 1
    file.write_text(TEXT.replace(", strategy: recreate", ""))
    done = invoke("baseline", str(file), "-o", "accept.yaml")
    assert "0 new, 1 kept, 1 gone" in done.stderr
    assert "gone: aecc35250401 (in the baseline)" in done.stderr
    assert "expired: b6925fe4f2ea after 2020-01-01: ask: Old s calls z" in done.stderr
    assert invoke("check", str(file), "--accept", "accept.yaml").returncode == 1


def test_the_file_may_name_its_baseline_before_there_is_one(file: Path) -> None:
    file.write_text(f"{TEXT}accept: accept.yaml\n")
    assert invoke("check", str(file)).returncode == 2
    assert invoke("baseline", str(file), "-o", "accept.yaml").returncode == 0
    assert invoke("check", str(file)).returncode == 0
    assert "0 new, 2 kept" in invoke("baseline", str(file), "-o", "accept.yaml").stderr


def test_steps_that_are_called_otherwise_now_are_written_anew(file: Path) -> None:
    invoke("baseline", str(file), "-o", "accept.yaml", "--reason", "known")
    file.write_text(TEXT.replace("A: [", "First: ["))
    told = invoke("check", str(file), "--accept", "accept.yaml")
    assert (told.returncode, "unknown step `A`" in told.stderr) == (2, True)
    assert invoke("baseline", str(file), "-o", "accept.yaml").returncode == 0
    assert "in: [First, B]\n  reason: known" in Path("accept.yaml").read_text()


def test_what_the_file_accepts_itself_needs_no_baseline(file: Path) -> None:
    file.write_text(f"{TEXT}accept: [{{component: z, reason: planned}}]\n")
    assert "accept: []" in invoke("baseline", str(file)).stdout


def test_of_what_is_not_known_there_is_no_baseline(file: Path) -> None:
    done = invoke("baseline", str(file), "-o", "accept.yaml", "--max-states", "1")
    assert (done.returncode, "no baseline is written" in done.stderr) == (3, True)
    assert not Path("accept.yaml").exists()


def test_a_file_that_is_no_baseline_is_not_written_over(file: Path) -> None:
    before = file.read_text()
    done = invoke("baseline", str(file), "-o", str(file))
    assert done.returncode == 2
    assert file.read_text() == before


def test_a_folder_has_a_baseline_in_each_file(file: Path) -> None:
    (file.parent / "shop.skew.yaml").write_text(f"{TEXT}accept: accept.yaml\n")
    file.unlink()
    invoke("baseline", "shop.skew.yaml", "-o", "accept.yaml")
    told = invoke("check", ".")
    assert (told.returncode, "no hazard in 1 request but 2 accepted" in told.stdout) == (0, True)
    assert invoke("check", ".", "--accept", "accept.yaml").returncode == 2
