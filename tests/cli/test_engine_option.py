"""`check --engine`: which engine answers, what is said of the choice, and a library that is missing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.command import invoke

ROOT = Path(__file__).parents[2]
SMALL = str(ROOT / "examples" / "sccos" / "deployment.yaml")
CHANGES = ["--changes", str(ROOT / "examples" / "sccos" / "releases" / "realistic.yaml")]


def check(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The answer; with a `path` to import from, in a process of its own."""
    if path is None:
        return invoke("check", *arguments)
    places = os.pathsep.join(filter(None, (str(path), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": places}
    command = [sys.executable, "-m", "skewproof.cli", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, check=False)


def answer(*arguments: str) -> dict[str, Any]:
    done = check(*arguments, "--format", "json")
    assert "Traceback" not in done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def large(tmp_path: Path) -> str:
    """Six services with three replicas roll out at once: millions of states."""
    return written(tmp_path, "6", "3", "--bad")


def written(folder: Path, *arguments: str) -> str:
    roll = [sys.executable, str(ROOT / "benchmarks" / "roll.py"), *arguments]
    text = subprocess.run(roll, capture_output=True, text=True, check=True).stdout
    file = folder / "roll.yaml"
    file.write_text(text)
    return str(file)


@pytest.fixture
def without_oxidd(tmp_path: Path) -> Path:
    """A place to import from in which `oxidd` is empty, as on machines without its wheel."""
    (tmp_path / "oxidd").mkdir()
    (tmp_path / "oxidd" / "__init__.py").write_text("")
    return tmp_path


def test_each_engine_gives_the_same_hazards() -> None:
    answers = [answer(SMALL, *CHANGES, "--engine", name) for name in ("reference", "symbolic", "slice")]
    assert [found["statistics"]["engine"] for found in answers] == ["reference", "symbolic", "slice"]
    for found in answers:
        del found["statistics"]["engine"]
        for hazard in found["hazards"]:
            hazard["trace"] = len(hazard["trace"])
    assert answers[0] == answers[1]
    for found in answers:
        del found["statistics"]["states"], found["statistics"]["transitions"]  # slices have fewer
    assert answers[0] == answers[2]
    assert answers[0]["hazards"]


def test_what_can_be_sliced_is_and_verbose_says_so(large: str) -> None:
    for arguments in ([SMALL, *CHANGES], [large]):
        done = check(*arguments, "--verbose")
        assert done.returncode == 1
        assert done.stderr == "engine: slice (each hop depends on a part of the deployment)\n"
    assert "s3 V2 → s4 V1" in done.stdout


REFUSED = "slices do not know `in Roll` where something waits for it"


def standing(file: str) -> str:
    """The same with an instance that waits for where the pipeline stands, which slices do not know."""
    path = Path(file).with_name("standing.yaml")
    path.write_text(Path(file).read_text().replace("kind: service", "kind: service, readiness: in Roll", 1))
    return str(path)


def test_few_states_are_listed_where_nothing_can_be_cut(tmp_path: Path) -> None:
    done = check(standing(written(tmp_path, "2", "1")), "--verbose")
    assert done.stderr == (f"engine: reference ({REFUSED}; no search has more than 20,000 states)\n")


def test_many_states_are_held_as_sets_where_nothing_can_be_cut(large: str) -> None:
    done = check(standing(large), "--verbose")
    assert done.returncode == 1
    engine, listed, symbolic, *_ = done.stderr.splitlines()
    assert engine == f"engine: symbolic ({REFUSED}; reference: more than 20,000 states)"
    assert re.fullmatch(r"tried on hops: reference, .* s, 20,000 states: more than 20,000 states", listed)
    assert re.fullmatch(r"tried on hops: symbolic, .* s, .* states: answered", symbolic)
    assert "s3 V2 → s4 V1" in done.stdout


def test_states_held_as_sets_are_counted_against_the_limit(large: str) -> None:
    for file, arguments in ((large, ["--engine", "symbolic"]), (standing(large), [])):
        done = check(file, *arguments, "--max-states", "100000")
        assert done.returncode == 3
        assert "100,000 states" in done.stdout


def test_without_the_library_the_symbolic_engine_says_what_to_install(without_oxidd: Path) -> None:
    done = check(SMALL, *CHANGES, "--engine", "symbolic", path=without_oxidd)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: the symbolic engine needs oxidd: pip install")
    assert done.stdout == ""


def test_without_the_library_the_other_engine_goes_on(without_oxidd: Path, tmp_path: Path) -> None:
    file = standing(written(tmp_path, "4", "3", "--bad"))
    done = check(file, "--verbose", path=without_oxidd)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "engine: reference (slices do not know `in Roll` where something waits for it; the symbolic"
    )
    assert "the other engines go on without it; reference: more than 20,000 states)" in done.stderr


def test_properties_are_judged_in_slices_where_hops_cannot_be(large: str) -> None:
    file = Path(standing(large))
    file.write_text(file.read_text() + "properties: {up: always s1.up >= 1, rolled: eventually done}\n")
    done = check(str(file), "--verbose")
    assert done.stderr.splitlines()[1] == "properties: 2, 2 of them in slices"
    done = check(SMALL, *CHANGES, "--verbose")
    assert "properties" not in done.stderr, "there are none"
