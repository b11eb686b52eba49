"""Real processes and a real PostgreSQL under the model: found is what is, and nothing is left running."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from skewproof.properties.harness import Comparison, Finding, HarnessError, Process, Trial, learn
from skewproof.properties.harness.course import BrokenPair
from skewproof.properties.harness.journey import Journey
from skewproof.properties.harness.session import Meeting
from skewproof.properties.harness.tour import find_tour
from skewproof.properties.lookups.lookup import HazardKind
from support.services import DEPLOYMENT, Services, list_marked

Made = Callable[..., Services]


@pytest.fixture
def server(servers: Mapping[str, str]) -> str:
    """The URL of a PostgreSQL server."""
    return servers["database"]


@pytest.fixture
def make(tmp_path: Path, server: str) -> Made:
    return lambda **given: Services(tmp_path, server, **given)


def told_alone(services: Services) -> str:
    """What is said of a version that does not serve even alone; and everything has ended."""
    with Trial(services) as trial:
        token = trial.site.ward.token
        said = "\n".join(map(str, trial.alone))
    assert list_marked(token) == []
    return said


def test_each_version_runs_and_what_breaks_is_learned(make: Made) -> None:
    with Trial(make()) as trial:
        assert trial.alone == ()
        found = {
            (t.request, t.hop, t.consumer, t.provider): (lesson.finding, lesson.evidence)
            for lesson in learn(trial)
            if (t := lesson.trait)
        }
        ward = trial.site.ward
    broken = {key for key, (finding, _) in found.items() if finding is not Finding.WORKS}
    assert broken == {(r, 3, a, b) for r in ("ask", "tell") for a, b in (("V1", "V2"), ("V2", "V1"))}
    assert found["tell", 3, "V1", "V2"][1].startswith(
        'HTTP 500: UndefinedColumn: column "quantity" of relation'
    )
    assert 'UndefinedColumn: column "amount" does not exist' in found["ask", 3, "V2", "V1"][1]
    assert list_marked(ward.token) == []
    assert not ward.folder.exists()


def test_what_is_predicted_is_seen_and_a_run_is_told_with_the_logs(make: Made) -> None:
    """At the last hop, with each schema and each version of who writes."""
    with Trial(make()) as trial:
        comparison = Comparison(trial)
        met = {
            (stop.encounter.caller, stop.encounter.schema): comparison.run(stop.run)
            for stop in find_tour(comparison.courses["tell"]).stops
            if stop.encounter.hop == 3
        }
    assert {pair: comparison.judge(result) for pair, result in met.items()} == dict.fromkeys(met)
    assert {pair for pair, result in met.items() if result.failure} == {("V1", "V2")}
    assert set(met) == {("V1", "V1"), ("V1", "V2"), ("V2", "V2")}
    assert any("back V1 said: " in line and "UndefinedColumn" in line for line in met["V1", "V2"].logs)


def told_of_kept_rows(services: Services) -> dict[tuple[str | None, str | None], str]:
    """By who reads and what is found, what fails where somebody finds rows of another version."""
    with Trial(services) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        stops = [s for s in find_tour(comparison.courses["ask"]).stops if s.encounter.hop == 3]
        met = [s for s in stops if s.encounter.caller != s.encounter.found and s.encounter.schema == "V2"]
        assert {(s.encounter.caller, s.encounter.found) for s in met} == {("V1", "V2"), ("V2", "V1")}
        failures = [(s.encounter, comparison.run(s.run).failure) for s in met]
    return {(one.caller, one.found): failure.evidence for one, failure in failures if failure is not None}


ROWS_KEPT = DEPLOYMENT.replace("{schema: both}", "{content: both}").replace("breaks", "rows: kept, breaks")
ADDED = "ALTER TABLE orders ADD amount int"


def test_a_process_finds_the_rows_that_another_version_left(make: Made) -> None:
    told = told_of_kept_rows(make(text=ROWS_KEPT, migration=ADDED, habit="reads the last row"))
    assert told == {
        ("V1", "V2"): "HTTP 500: MissingError: no quantity",
        ("V2", "V1"): "HTTP 500: MissingError: no amount",
    }


def test_a_process_that_reads_both_forms_finds_nothing_wrong(make: Made) -> None:
    assert (
        told_of_kept_rows(make(text=ROWS_KEPT, migration=ADDED, habit="reads the last row in both forms"))
        == {}
    )


def test_several_requests_at_once_have_processes_of_their_own(make: Made) -> None:
    with Trial(make()) as trial, trial.world() as world:
        world.is_played = True
        request = next(r for r in trial.deployment.requests if r.name == "tell")
        journeys = [Journey(trial, world, request, None) for _ in range(2)]
        for journey in journeys:
            journey.start()
        for meeting in (Meeting("V1"), Meeting("V1"), Meeting()):
            for journey in journeys:
                assert not journey.is_over
                journey.go_on(meeting)
        assert all(j.session is not None and j.session.is_served for j in journeys)
        running = [
            process
            for process in list_marked(trial.site.ward.token)
            if "back.py" in " ".join(process.cmdline())
        ]
        assert len(running) == 2
        assert world.databases.rows("db", "SELECT count(*) FROM orders WHERE quantity = 3") == [(3,)]


def test_what_a_process_does_as_it_starts_is_no_hop_of_who_waits_for_it(make: Made) -> None:
    with Trial(make(habit="reads as it starts")) as trial, trial.world() as world:
        assert trial.alone == ()
        world.is_played = True  # each process starts when it is called
        journey = Journey(trial, world, next(r for r in trial.deployment.requests if r.name == "tell"), None)
        journey.start()
        for meeting in (Meeting("V1"), Meeting("V1"), Meeting()):
            assert not journey.is_over
            journey.go_on(meeting)
    assert journey.session is not None
    assert journey.session.is_served, journey.session.undeclared


def test_in_a_play_only_the_request_that_is_cut_off_loses_its_process(make: Made) -> None:
    """One is cut off at its last hop, one finds nobody at its second, and one is served."""
    with Trial(make()) as trial, trial.world() as world:
        world.is_played = True
        request = next(r for r in trial.deployment.requests if r.name == "tell")
        journeys = cut, alone, served = [Journey(trial, world, request, None) for _ in range(3)]
        for journey in journeys:
            journey.start()
            journey.go_on(Meeting("V1"))
        alone.go_on(Meeting(is_nobody=True))
        for journey in (cut, served):
            journey.go_on(Meeting("V1"))
        cut.lose("back", BrokenPair(2, None, None, "V1", HazardKind.INTERRUPTED))
        running = [p for p in list_marked(trial.site.ward.token) if "back.py" in " ".join(p.cmdline())]
        assert len(running) == 1
        served.go_on(Meeting())
        token = trial.site.ward.token
    sessions = [journey.session for journey in journeys]
    assert [s.failure and (s.failure.hop, s.failure.evidence) for s in sessions if s is not None] == [
        (2, "HTTP 502: the instance of `back` was taken away"),
        (2, "HTTP 503: no instance of back is up"),
        None,
    ]
    assert list_marked(token) == []


def test_a_service_that_dies_is_a_failure_with_its_last_words(make: Made) -> None:
    said = told_alone(make(habit="dies"))
    assert (
        "V1 alone does not serve `ask`: back V1: it ended with status 7: OutOfLuckError: no more of it"
        in said
    )


@pytest.mark.parametrize("habit", ["is killed", "is killed as it starts"])
def test_of_a_service_that_somebody_kills_nothing_is_concluded(make: Made, habit: str) -> None:
    """As the system does where there is no memory left."""
    words = r"back V1 was ended by SIGKILL, and not by the harness, so that what fails there shows nothing"
    with pytest.raises(HarnessError, match=words):
        Trial(make(habit=habit))


def test_of_a_server_that_is_gone_nothing_is_concluded(tmp_path: Path) -> None:
    with Trial(Services(tmp_path, "")) as trial:
        assert trial.alone == ()
        run = find_tour(Comparison(trial).courses["ask"]).stops[-1].run
        request, (server,) = trial.deployment.requests[0], trial.site.ward.servers
        with suppress(HarnessError), trial.world() as world:
            server.kill()
            told = tell_error(lambda: trial.run(world, request, trial.alone_at("V1", request)))
        told_at_start = tell_error(lambda: Comparison(trial).run(run))
        token = trial.site.ward.token
    words = "the server of `db` has ended with SIGKILL, so that what fails there shows nothing: "
    assert told.startswith(words)
    assert told_at_start.startswith(words)
    assert list_marked(token) == []


def tell_error(run: Callable[[], object]) -> str:
    with pytest.raises(HarnessError) as told:
        run()
    return str(told.value)


def test_a_service_that_gets_stuck_is_a_failure_and_is_ended(make: Made) -> None:
    said = told_alone(make(habit="gets stuck", options={"timeout_s": 0.5}))
    assert "V1 alone does not serve `ask`: no answer and no hop in 0.5 s (at hop 2" in said


def test_a_service_that_does_not_start_is_told_with_its_reason(make: Made) -> None:
    said = told_alone(make(habit="does not start"))
    assert "back V1 does not start: it ended with status 1: ConfigError: no licence" in said


def test_a_service_that_is_not_ready_in_time_is_told(make: Made) -> None:
    said = told_alone(make(options={"ready": "open for business", "start_s": 0.5}))
    assert "back V1 does not start: `open for business` is not in its log within 0.5 s" in said


def test_a_service_that_says_it_is_ready_and_listens_nowhere_is_told(make: Made) -> None:
    script = "import time; print('open', flush=True); time.sleep(60)"
    front = Process([sys.executable, "-c", script], {}, ready="open", start_s=4.0)
    said = told_alone(make(front=front))
    assert "front V1 does not start: nobody listens at its port " in said
    assert "(`port=None` is for who never does) within 4 s: open" in said


def test_a_program_that_is_not_there_is_named(make: Made) -> None:
    said = told_alone(make(front=Process(["/no/such/program"])))
    assert "front V1 does not start: there is no `/no/such/program`" in said


def test_a_port_that_is_taken_is_told_with_who_has_it(make: Made) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(HarnessError, match=rf"port {port} is taken by .*\(process {os.getpid()}\)"):
            Trial(make(options={"port": port}))


@pytest.mark.parametrize("habit", ["does not stop", "has a daemon"])
def test_what_does_not_want_to_end_is_ended(make: Made, habit: str) -> None:
    assert told_alone(make(habit=habit)) == ""


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of four megabytes, on which trials work."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this machine mounts no file system for us: {mounted.stderr.decode().strip()}")
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(file: Path) -> None:
    """Writes to the file until nothing goes on it any more."""
    with suppress(OSError), file.open("wb", buffering=0) as filling:
        while True:
            filling.write(bytes(4096))


def test_a_full_disk_is_told_and_nobody_is_blamed(make: Made, small_disk: Path) -> None:
    with Trial(make()) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        run = find_tour(comparison.courses["ask"]).stops[-1].run
        filler = small_disk / "filler"
        fill(filler)
        with pytest.raises(
            HarnessError, match=r"the disk of .* is full, so that what fails there shows nothing"
        ):
            comparison.run(run)
        filler.unlink()
        assert not comparison.run(run).is_bad
        token = trial.site.ward.token
    assert list_marked(token) == []
    assert list(small_disk.iterdir()) == []


def test_a_name_in_braces_that_stands_for_nothing_is_told(make: Made) -> None:
    with pytest.raises(
        HarnessError, match=r"`\{bakc\}` in `\{bakc\}` stands for nothing; there are version, flags"
    ):
        Trial(make(env={"URL": "{bakc}"}))


def test_a_table_without_a_subject_is_told(make: Made) -> None:
    said = told_alone(make(tables={"others": "order"}))
    assert "`back` reads the table `orders`, which `db` does not name" in said


def test_a_migration_that_fails_is_told(make: Made) -> None:
    with pytest.raises(
        HarnessError, match=r'the migration of `db/order` to V2: UndefinedColumn: column "nothing"'
    ):
        Trial(make(migration="ALTER TABLE orders RENAME nothing TO amount"))


def test_a_client_that_loses_patience_at_a_stop_shows_nothing(make: Made) -> None:
    """The migration lasts longer than the storefront waits for its backend."""
    slow = "SELECT pg_sleep(6); ALTER TABLE orders RENAME quantity TO amount"
    with Trial(make(migration=slow, patience_ms=3_000)) as trial:
        comparison = Comparison(trial)
        run = next(
            stop.run
            for stop in find_tour(comparison.courses["tell"]).stops
            if (stop.encounter.hop, stop.encounter.caller, stop.encounter.schema) == (3, "V1", "V2")
        )
        words = r"`front` hung up on `back`, which took .* s, for .* s of which the run was stopped at a hop"
        with pytest.raises(HarnessError, match=words):
            comparison.run(run)


# --- nobody is up, or an instance goes with a request on it ---------------------------------------


def run_losses(services: Services, kind: HazardKind) -> dict[str, str]:
    """By request what comes of calling the backend where it is lost in that way."""
    with Trial(services) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        found = {}
        for name, course in comparison.courses.items():
            stop = next(
                s for s in find_tour(course).stops if s.encounter.kind is kind and s.encounter.hop == 2
            )
            result = comparison.run(stop.run)
            assert comparison.judge(result) is None
            assert result.failure is not None
            found[name] = result.failure.evidence
        token = trial.site.ward.token
    assert list_marked(token) == []
    assert {(r, pair.hop, pair.kind) for r, pair in comparison.seen} == {(name, 2, kind) for name in found}
    return found


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({}, HazardKind.UNAVAILABLE, "HTTP 503: no instance of back is up"),
        ({"gateway": False}, HazardKind.UNAVAILABLE, "ECONNRESET"),
        ({}, HazardKind.INTERRUPTED, "HTTP 502: the instance of `back` was taken away"),
        ({"gateway": False}, HazardKind.INTERRUPTED, "HTTP 502: Error: "),
    ],
    ids=["503", "refused", "502", "reset"],
)
def test_real_clients_hear_that_nobody_is_there(
    make: Made, options: Mapping[str, Any], kind: HazardKind, said: str
) -> None:
    how = "strategy: recreate" if kind is HazardKind.UNAVAILABLE else "drain: abrupt"
    text = DEPLOYMENT.replace("back:  {kind: service}", f"back: {{kind: service, {how}}}")
    found = run_losses(make(options=options, text=text), kind)
    assert set(found) == {"ask", "tell"}
    assert all(said in evidence for evidence in found.values()), found
