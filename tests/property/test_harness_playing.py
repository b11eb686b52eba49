"""Several requests at once on the real thing."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from skewproof.properties.harness import (
    Code,
    Comparison,
    HarnessError,
    Part,
    Plain,
    RemoteError,
    Trial,
    Wires,
)
from skewproof.properties.harness.course import BrokenPair
from skewproof.properties.harness.exploring import Effort, explore
from skewproof.properties.harness.journey import Journey
from skewproof.properties.harness.playing import build_machine
from skewproof.properties.harness.playing import play as play_all
from skewproof.properties.harness.session import Meeting
from skewproof.properties.lookups.lookup import HazardKind
from support.gradual_flags import NEW_CALLS_BREAK, Gradual
from support.harness_samples import DEPLOYMENT, RENAME, Sample, ask_back, old_column, read_row
from support.kept_rows import NEW_ROWS_BREAK, Kept, read_any

QUICK = settings(
    deadline=None, database=None, derandomize=True, stateful_step_count=60, phases=[Phase.generate]
)
"""Without shrinking: what a shrunk play looks like is not asked here."""


def play(harness: Sample, plays: int = 30, *, after_tour: bool = False) -> None:
    with Trial(harness) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        if after_tour:
            comparison.tour()
        machine = build_machine(comparison)
        run_state_machine_as_test(machine, settings=settings(QUICK, max_examples=plays))


def test_a_handler_waits_at_its_hop_while_another_runs(tmp_path: Path) -> None:
    inside: list[str] = []
    most: list[int] = []

    def front(version: str, wires: Wires) -> Any:
        inside.append(version)
        try:
            return ask_back(version, wires)
        finally:
            most.append(len(inside))
            inside.remove(version)

    threads = threading.active_count()
    play(Sample(tmp_path, front=front))
    assert max(most) >= 2
    assert inside == []
    assert threading.active_count() == threads, "every handler has come to an end"


def test_exactly_one_thread_runs_at_a_time(tmp_path: Path) -> None:
    """What a handler does between two hops is never torn."""
    shared = {"value": 0}

    def back(version: str, wires: Wires) -> Any:
        before = shared["value"]
        for step in range(50):
            shared["value"] = before + step
            assert shared["value"] == before + step
        return read_row(version, wires)

    play(Sample(tmp_path, back=back), plays=15)


def test_each_version_finds_its_own_modules_across_its_hops(tmp_path: Path) -> None:
    code: dict[str, Code] = {}
    for version in ("V1", "V2"):
        (tmp_path / version / "app").mkdir(parents=True)
        (tmp_path / version / "app" / "__init__.py").write_text(f"VERSION = {version!r}")
        code[version] = Code(tmp_path / version, "app")
    seen: set[tuple[str, str]] = set()

    def named() -> str:
        return str(import_module("app").VERSION)

    def front(version: str, wires: Wires) -> Any:
        before = named()
        answer = ask_back(version, wires)
        seen.update({(version, before), (version, named())})
        return answer

    def back(version: str, wires: Wires) -> Any:
        before = named()
        answer = read_row(version, wires)
        seen.update({(version, before), (version, named())})
        return answer

    class Coded(Sample):
        code: Mapping[str, Code]  # type: ignore[misc]  # a sample has code of its own

    harness = Coded(tmp_path, front=front, back=back)
    harness.code = code
    play(harness, plays=40)
    assert seen == {("V1", "V1"), ("V2", "V2")}


def test_what_is_not_predicted_fails_with_its_story(tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as raised:
        play(Sample(tmp_path, back=old_column, migration=RENAME), plays=60)
    text = str(raised.value)
    assert text.startswith("seen, not predicted:\n  1  ")
    assert "db/row: schema V1 → V2" in text
    assert re.search(r"✗ hop 3: OperationalError: no such column: id\n  repeat it: .*='@[0-9.]+'$", text)


class Talking(Plain, frozen=True):
    def tell_log(self, instance: Any) -> list[str]:
        return ["back said: what is this column?"]


class WithLog(Sample):
    def parts(self) -> Mapping[str, Part]:
        return {**super().parts(), "back": Talking(self.start_back)}


def test_what_is_not_predicted_is_told_with_what_processes_said(tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as raised:
        play(WithLog(tmp_path, back=old_column, migration=RENAME), plays=60)
    assert "no such column: id\n     back said: what is this column?\n  repeat it: " in str(raised.value)


def test_what_is_predicted_passes(tmp_path: Path) -> None:
    text = "changes: {db/row: {breaks: {schema: both}}}"
    play(Sample(tmp_path, back=old_column, migration=RENAME, changes_text=text), after_tour=True)


def test_a_hop_that_is_not_declared_fails_when_only_a_play_meets_it(tmp_path: Path) -> None:
    def front(version: str, wires: Wires) -> Any:
        answer = ask_back(version, wires)
        if version == "V2":
            wires.cache("cache").get("note")
        return answer

    with Trial(Sample(tmp_path)) as trial:
        machine = build_machine(Comparison(trial))
        trial.harness.front = front  # type: ignore[attr-defined]  # after each version was served alone
        with pytest.raises(AssertionError, match="takes the hop `front reads cache: note`"):
            run_state_machine_as_test(machine, settings=settings(QUICK, max_examples=60))


CHANGED_PATH = DEPLOYMENT.replace(
    "    - front calls back: value\n    - back reads db: row\n",
    "    - front reads cache: note until V1\n"
    "    - front calls back: value since V2\n    - back reads db: row\n",
)
"""V1 answers from the cache, V2 asks the backend."""


def by_version(version: str, wires: Wires) -> Any:
    if version == "V2":
        return ask_back(version, wires)
    return (wires.cache("cache").get("note") or b"").decode()


def test_hops_of_some_versions_only_are_played(tmp_path: Path) -> None:
    taken: set[str] = set()

    def front(version: str, wires: Wires) -> Any:
        taken.add(version)
        return by_version(version, wires)

    play(Sample(tmp_path, text=CHANGED_PATH, front=front))
    assert taken == {"V1", "V2"}


def test_a_hop_of_another_version_fails_a_play(tmp_path: Path) -> None:
    is_mixed: list[str] = []

    def front(version: str, wires: Wires) -> Any:
        is_mixed.append(version)  # alone, each version runs its requests in a row
        later = "V2" in is_mixed and is_mixed.count("V1") > 1
        return ask_back(version, wires) if later else by_version(version, wires)

    with pytest.raises(AssertionError, match="takes the hop `front calls back: value`"):
        play(Sample(tmp_path, text=CHANGED_PATH, front=front))


# --- rows that keep their form ------------------------------------------------------------------


def test_old_code_that_finds_new_rows_breaks_a_play(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"reads db: row \(finds V2\)\n  ✗ hop 3: ValueError: no name"):
        play(Kept(tmp_path))


def test_old_code_that_finds_new_rows_as_the_file_says_breaks_no_play(tmp_path: Path) -> None:
    play(Kept(tmp_path, changes_text=NEW_ROWS_BREAK), plays=15, after_tour=True)


def test_code_that_reads_rows_of_both_forms_breaks_no_play(tmp_path: Path) -> None:
    play(Kept(tmp_path, back=read_any), plays=15)


# --- flags that each instance takes up at its own moment ----------------------------------------


def test_instances_that_see_a_flag_otherwise_break_a_play(tmp_path: Path) -> None:
    with pytest.raises(
        AssertionError, match=r"ValueError: V2 asks for (old, and hears new|new, and hears old)"
    ):
        play(Gradual(tmp_path), plays=60)


def test_instances_that_see_a_flag_otherwise_as_the_file_says_break_no_play(tmp_path: Path) -> None:
    play(Gradual(tmp_path, changes_text=NEW_CALLS_BREAK), plays=20, after_tour=True)


def test_code_that_copes_with_who_sees_a_flag_otherwise_breaks_no_play(tmp_path: Path) -> None:
    play(Gradual(tmp_path, is_tolerant=True), plays=20)


def test_what_lies_in_a_cache_is_in_the_form_that_its_writer_saw(tmp_path: Path) -> None:
    wrong: list[str] = []

    def told(version: str, wires: Wires) -> None:
        form = "V2" if version == "V2" and wires.flag("new") else "V1"
        wires.cache("cache").set("note", form.encode())
        wires.queue("queue").publish("news", b"")
        (note,) = (one for one in wires.world.deployment.contracts if str(one) == "cache/note")
        lying = {one: {e.body for e in wires.world.store.entries(note, one)} for one in ("V1", "V2")}
        wrong.extend(one for one, bodies in lying.items() if bodies - {one.encode()})

    text = (
        DEPLOYMENT
        + "  - Switch: [enable new per instance]\nflags: {new: {guards: [cache/note], since: V2}}\n"
    )
    play(Sample(tmp_path, text=text, told=told), plays=15)
    assert wrong == []


# --- nobody is up, or an instance goes with a request on it ---------------------------------------

ABSENT = DEPLOYMENT.replace("back:  {kind: service}", "back: {kind: service, strategy: recreate}")
ABRUPT = DEPLOYMENT.replace("back:  {kind: service}", "back: {kind: service, drain: abrupt, replicas: 2}")
NOBODY, TAKEN = "no instance of back is up", "the instance of `back` was taken away"


class Listening:
    """A front that notes what it hears of a back that is not there, and fails of it, or copes."""

    def __init__(self, *, copes: bool) -> None:
        self.heard: set[str] = set()
        self._copes = copes

    def __call__(self, version: str, wires: Wires) -> Any:
        try:
            return ask_back(version, wires)
        except RemoteError as error:
            self.heard.add(str(error))
            if not self._copes:
                raise
            return 0


@pytest.mark.parametrize("copes", [False, True])
@pytest.mark.parametrize(("text", "words"), [(ABSENT, NOBODY), (ABRUPT, TAKEN)], ids=["absent", "abrupt"])
def test_real_callers_hear_in_a_play_that_nobody_is_there(
    tmp_path: Path, text: str, words: str, copes: bool
) -> None:
    front = Listening(copes=copes)
    play(Sample(tmp_path, text=text, front=front), plays=20)
    assert front.heard == {words}


def test_nobody_hears_so_where_somebody_is_always_up(tmp_path: Path) -> None:
    front = Listening(copes=False)
    play(Sample(tmp_path, front=front))
    assert front.heard == set()


def test_a_request_that_nobody_takes_is_followed_by_others(tmp_path: Path) -> None:
    """The client itself hears that nobody is up; what comes next counts as a request of its own."""
    told: list[str] = []

    class Telling(Sample):
        def perform(self, request: str, root: Any) -> Any:
            told.append(request)
            return root.call("back", "told")

    text = ABSENT.partition("  ask:")[0] + (
        "  tell:\n    - client calls back: told\n    - back writes cache: note\n"
        "pipeline:\n  - Deploy: [deploy back]\n"
    )
    harness = Telling(tmp_path, text=text, told=lambda _, wires: wires.cache("cache").set("note", b""))
    with Trial(harness) as trial:
        machine = build_machine(Comparison(trial))
        playing = machine()
        try:
            while not (nobody := [words for words in playing._startable() if "waits" in words]):
                name = next(iter(playing._happenings()))
                playing._happen(name, next(iter(playing._happenings()[name])))
            told.clear()
            playing.start(hop=nobody[0])
            playing.start(hop=nobody[0])
            assert len(told) == 2
            assert playing.simulation.in_flight == {}
        finally:
            playing.teardown()


def test_what_fails_beside_a_call_that_nobody_answers_fails_a_play(tmp_path: Path) -> None:
    def back(version: str, wires: Wires) -> Any:
        return old_column(version, wires)

    with pytest.raises(AssertionError, match="no such column: id"):
        play(Sample(tmp_path, text=ABSENT, back=back, migration=RENAME), plays=60)


def test_what_goes_takes_only_the_requests_along_that_stand_on_it(tmp_path: Path) -> None:
    """Of two requests on two instances of a version one is cut off, and the other is served."""
    with Trial(Sample(tmp_path, text=ABRUPT)) as trial, trial.world() as world:
        world.is_played = True
        request = next(r for r in trial.deployment.requests if r.name == "ask")
        journeys = [Journey(trial, world, request, None) for _ in range(2)]
        for journey in journeys:
            journey.start()
            for met in (Meeting("V1"), Meeting("V1")):
                journey.go_on(met)
        cut, left = journeys
        cut.lose("back", BrokenPair(2, None, None, "V1", HazardKind.INTERRUPTED))
        left.go_on(Meeting())
    assert cut.session is not None
    assert cut.session.failure is not None
    assert (cut.session.failure.hop, TAKEN in cut.session.failure.evidence) == (2, True)
    assert left.session is not None
    assert left.session.is_served


# --- what is no doing of the code under test ------------------------------------------------------


@pytest.mark.parametrize("try_chance", [explore, play_all], ids=["one request", "several"])
def test_what_is_wrong_with_the_harness_ends_what_chance_tries(tmp_path: Path, try_chance: Any) -> None:
    """The first time, in its own words: what is gone when it is tried again is no flaky test."""
    calls: list[str] = []

    def back(version: str, wires: Wires) -> Any:
        calls.append(version)
        if len(calls) == 8:
            raise HarnessError("the disk is full")
        return read_row(version, wires)

    with (
        Trial(Sample(tmp_path, back=back)) as trial,
        pytest.raises(HarnessError, match="the disk is full") as told,
    ):
        try_chance(Comparison(trial), Effort(60))
    assert told.value.__cause__ is None
    assert len(calls) == 8
