"""Services that are container images, under a real daemon: found is what is, and no container is left."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from skewproof.properties.harness import Finding, HarnessError, Trial, learn
from support.command import PATIENCE_S
from support.containers import Images, built_images, docker_daemon, list_containers, run


@pytest.fixture(scope="module", autouse=True)
def _images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with docker_daemon(tmp_path_factory.mktemp("docker")), built_images():
        yield
        assert list_containers() == []


def test_what_breaks_between_two_images_is_learned(tmp_path: Path) -> None:
    harness = Images(tmp_path)
    with Trial(harness) as trial:
        assert trial.alone == ()
        found = {
            (t.consumer, t.provider): (lesson.finding, lesson.evidence)
            for lesson in learn(trial)
            if (t := lesson.trait) and t.hop == 2
        }
    assert {pair for pair, (finding, _) in found.items() if finding is not Finding.WORKS} == {
        ("V1", "V2"),
        ("V2", "V1"),
    }
    assert 'PriceError: no price in {"amount": 7}' in found["V1", "V2"][1]
    assert harness.answers[0]["flags"] == {"sale": False}
    assert list_containers() == []


def told_alone(harness: Images) -> str:
    with pytest.raises(HarnessError) as raised, Trial(harness) as trial:
        assert trial.alone
    return str(raised.value)


def test_an_image_that_is_not_here_shows_nothing_about_the_program(tmp_path: Path) -> None:
    told = told_alone(Images(tmp_path, command="skewproof-none:1"))
    assert told.startswith("docker cannot run front V1: ")
    assert "skewproof-none:1" in told


def test_a_machine_without_the_engine_is_told(tmp_path: Path) -> None:
    told = told_alone(Images(tmp_path, {"engine": "no-such-engine"}))
    assert told == "there is no `no-such-engine` on this machine, which is to run `skewproof-front:V1`"


def test_options_are_those_of_docker(tmp_path: Path) -> None:
    harness = Images(tmp_path, {"options": ["--memory", "64m", "--label", "color=red"]})
    with Trial(harness) as trial, trial.world() as world:
        world.spawn([("front", "V1")])
        (name,) = run("ps", "--filter", "label=color=red", "--format", "{{.Names}}").split()
        assert run("inspect", "--format", "{{.HostConfig.Memory}}", name) == str(64 << 20)


def kill_the_first() -> None:
    while not (running := run("ps", "--quiet").split()):
        time.sleep(0.05)
    run("kill", running[0])


def test_of_a_container_that_somebody_kills_nothing_is_concluded(tmp_path: Path) -> None:
    """As the system does where there is no memory left."""
    with ThreadPoolExecutor(1) as pool:
        killed = pool.submit(kill_the_first)
        told = told_alone(Images(tmp_path, command="skewproof-front:V1 sh -c 'while :; do :; done'"))
        killed.result(PATIENCE_S)
    assert "was ended by SIGKILL, and not by the harness, so that what fails there shows nothing" in told


SCRIPT = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from support.containers import Images
from skewproof.properties.harness import Trial

with Trial(Images(Path({folder!r}))) as trial, trial.world() as world:
    world.spawn([("front", "V1"), ("back", "V1")])
    print("ready", flush=True)
    input()
"""


def test_a_harness_that_is_killed_takes_its_containers_with_it(tmp_path: Path) -> None:
    script = SCRIPT.format(path=[p for p in sys.path if p], folder=str(tmp_path))
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as harness:
        assert harness.stdout is not None
        assert harness.stdout.readline() == "ready\n"
        assert len(list_containers()) == 2
        harness.kill()
        harness.wait()
    end = time.monotonic() + PATIENCE_S
    while list_containers() and time.monotonic() < end:
        time.sleep(0.1)
    assert list_containers() == []
