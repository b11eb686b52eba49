"""A folder that holds a module for every name that Python could import: none of them is run, whatever is
typed there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from support.command import ROOT, SKEWPROOF
from support.shops import CORNER_SHOP

SCRIPTS = Path(sysconfig.get_path("scripts"))
MARK = "run"
"""The file in which a planted module writes its name."""

UNSAFE = CORNER_SHOP.replace(
    "requests:\n", "requests:\n  report: [client calls stock: x, stock writes db: report]\n"
)


def plant(folder: Path, names: set[str]) -> None:
    for name in names:
        (folder / f"{name}.py").write_text(
            f"with open({str(folder / MARK)!r}, 'a') as f: f.write({name!r} + ' ')\n"
        )


def importable() -> set[str]:
    ours = {"skewproof", "distributed", "dask", "numpy", "readline", "sitecustomize", "usercustomize"}
    names = sys.stdlib_module_names | set(packages_distributions()) | ours
    return {name for name in names if name.isidentifier()} - {"__main__", "pytest", "_pytest"}


def loaded_before_us(*arguments: str, script: str = "") -> set[str]:
    """What Python itself, and a `script` that is not ours, load before they come to the first line of a
    module of ours: nobody could prevent that."""
    told = f"{script}import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, *arguments, told], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder of deployments in which every module lies in wait, but for those of pytest itself."""
    for name in ("skewproof.yaml", "other.skew.yaml"):
        (tmp_path / name).write_text(UNSAFE)
    plant(tmp_path, importable())
    return tmp_path


def typed(folder: Path, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(list(command), cwd=folder, env=env, capture_output=True, text=True, check=False)


def ran(folder: Path) -> str:
    """The planted modules that were run."""
    mark = folder / MARK
    return mark.read_text() if mark.exists() else ""


COMMANDS = [
    ("check . --jobs 2", 1),
    ("check skewproof.yaml --jobs 2 --engine reference", 1),
    ("check skewproof.yaml --engine symbolic", 1),
    ("check skewproof.yaml --certificate proof.json", 1),
    ("report skewproof.yaml -o report.html", 0),
    ("diagram skewproof.yaml -o pictures --kind all --format png", 0),
    ("hunt skewproof.yaml", 0),
    ("compare skewproof.yaml other.skew.yaml", 1),
    ("space skewproof.yaml --graphml space.graphml", 0),
    ("export skewproof.yaml --to promela", 0),
    ("schema", 0),
    ("diff skewproof.yaml other.skew.yaml", 0),
    ("baseline skewproof.yaml", 0),
    ("fix skewproof.yaml --seconds 2", 1),
    ("lint skewproof.yaml", 0),
    ("config", 0),
    ("check . --cluster 127.0.0.1:9", 2),
    ("learn socket:Shop", 2),
    ("verify skewproof.yaml skewproof.yaml", 2),
]


@pytest.mark.parametrize(("command", "status"), COMMANDS)
def test_no_module_of_a_checkout_is_run(command: str, status: int, checkout: Path) -> None:
    assert SKEWPROOF
    done = typed(checkout, SKEWPROOF, *command.split())
    assert (ran(checkout), done.returncode) == ("", status), done.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("how", ["-m", "-c"])
def test_nor_by_python_itself(how: str, jobs: str, checkout: Path) -> None:
    """`python -m` and `python -c` look into the working folder first; `skewproof` itself they find there."""
    told = "import skewproof.cli\nskewproof.cli.main()"
    before = loaded_before_us("-c") | {"skewproof"}
    if how == "-m":
        (checkout / "told.py").write_text("import sys; print(*sys.modules)")
        before |= set(
            typed(
                checkout, sys.executable, "-P", "-c", "import runpy, sys; print(*sys.modules)"
            ).stdout.split()
        )
        before |= {"contextlib", "warnings", "types"}
    for name in before & importable():
        (checkout / f"{name}.py").unlink()
    start = ["-m", "skewproof.cli"] if how == "-m" else ["-c", told]
    done = typed(checkout, sys.executable, *start, "check", ".", "--jobs", jobs)
    assert (ran(checkout), done.returncode) == ("", 1), done.stderr


@pytest.mark.parametrize(
    ("entry", "command"),
    [
        ("", "diagram skewproof.yaml -o out"),
        (".", "check . --jobs 2"),
        ("lib", "check . --jobs 2"),
    ],
)
def test_nor_by_an_entry_of_the_path_that_is_relative(entry: str, command: str, checkout: Path) -> None:
    assert SKEWPROOF
    if entry == "lib":
        (checkout / "lib").symlink_to(checkout)
    by_pip = "import re; "  # the script that some versions of pip write does so first
    before = loaded_before_us("-c", script=by_pip) | {"skewproof", "sitecustomize", "usercustomize"}
    for name in before & importable():
        (checkout / f"{name}.py").unlink()
    path = os.pathsep.join([entry, os.environ.get("PYTHONPATH", "")])
    done = typed(checkout, SKEWPROOF, *command.split(), PYTHONPATH=path)
    assert ran(checkout) == "", done.stderr
    assert done.returncode == (1 if command.startswith("check") else 0), done.stderr


def test_no_program_of_a_checkout_draws(checkout: Path) -> None:
    """An empty entry of PATH is the working folder."""
    assert SKEWPROOF
    dot = checkout / "dot"
    dot.write_text(f"#!/bin/sh\necho dot >> {checkout / MARK}\n")
    dot.chmod(0o755)
    path = os.pathsep.join(["", ".", os.environ["PATH"]])
    done = typed(checkout, SKEWPROOF, "diagram", "skewproof.yaml", "-o", "out", PATH=path)
    assert (ran(checkout), done.returncode) == ("", 0), done.stderr


def test_the_plugin_runs_nothing_either(checkout: Path) -> None:
    done = typed(checkout, SCRIPTS / "pytest", "-q", "-p", "no:cacheprovider")
    assert ran(checkout) == "", done.stdout
    assert done.returncode == 1
    assert "drawn: .skewproof" in done.stdout


def test_code_that_is_allowed_is_found_where_it_was(tmp_path: Path) -> None:
    """What is kept out otherwise is there for code that the user allows."""
    assert SKEWPROOF
    source = ROOT / "examples" / "failover"
    (tmp_path / "lib").mkdir()
    for file in source.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "lib" / "cluster.py").write_text((source / "cluster.py").read_text())
    (deployment,) = [file for file in tmp_path.glob("*.yaml") if "cluster:" in file.read_text()][:1]
    path = os.pathsep.join(["lib", os.environ.get("PYTHONPATH", "")])
    done = typed(tmp_path, SKEWPROOF, "space", deployment.name, "--allow-code", PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
