"""`skewproof learn`: what is learned from real code, and what is refused."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from shop_harness import HERE, Shop

from skewproof.model.deployment import Aspect, Severity
from skewproof.model.language import load, loads
from skewproof.model.names import Contract
from skewproof.model.resources.limits import TimeLimitError
from skewproof.properties import check
from skewproof.properties.harness import (
    Finding,
    HarnessError,
    Learned,
    Trial,
    Wires,
    changes_text,
    learn,
)
from skewproof.properties.harness.learning import collect_breaks, share_requests
from skewproof.properties.verdict import Safe, Unknown
from support.command import PATIENCE_S
from support.harness_samples import DEPLOYMENT, Sample, ask_back

SKEWPROOF = shutil.which("skewproof", path=sysconfig.get_path("scripts"))

MINE = """
from pathlib import Path
from skewproof.properties.harness import MixedVersions, Plain

Path("imported").touch()


class Mine(MixedVersions):
    deployment = "mine.yaml"

    def parts(self):
        return {"front": Plain(self.start_front), "back": Plain(self.start_back)}

    def start_front(self, version, wires):
        return lambda *_: wires.call("back", "value", version)

    def start_back(self, version, wires):
        def handle(subject, asked):
            if asked != version:
                raise ValueError("a\\x1b[31m # b: {c}" + chr(0x2028) + "d\\nbreaks: {evil: 1}")
            BODY
        return handle

    def perform(self, request, root):
        return root.call("front", "page")
"""
DEPLOYED = """
components: {front: {kind: service}, back: {kind: service}}
requests: {ask: [client calls front: page, front calls back: value]}
pipeline: [Deploy: [deploy front back]]
"""


def skewproof(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    assert SKEWPROOF
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [SKEWPROOF, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=env,
        check=False,
    )


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE.replace("BODY", "return 1"), "utf-8")
    (tmp_path / "mine.yaml").write_text(DEPLOYED, "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def lessons() -> Iterator[tuple[Learned, ...]]:
    with Trial(Shop()) as trial:
        yield learn(trial)


def test_what_is_learned_of_the_shop_is_what_its_file_says(lessons: tuple[Learned, ...]) -> None:
    changes = load(HERE / "skewproof.yaml").changes or {}
    by_hand = {(c, aspect): pairs for c, change in changes.items() for aspect, pairs in change.breaks.items()}
    assert collect_breaks(lessons) == by_hand
    assert len(by_hand) == 4


def test_the_file_that_is_written_says_what_was_learned(lessons: tuple[Learned, ...]) -> None:
    by_hand = load(HERE / "skewproof.yaml")
    text = changes_text(by_hand, lessons, "told")
    written = loads(DEPLOYED_SHOP, changes=text).changes or {}
    told = {(c, aspect): pairs for c, change in written.items() for aspect, pairs in change.breaks.items()}
    assert told == collect_breaks(lessons)
    assert written[Contract("backend", "quote")].severity is Severity.CORRUPTION
    assert written[Contract("database", "order")].severity is Severity.ERROR
    assert "V1 -> V2  # check out, hop 3: OperationalError: table orders has no column named quantity" in text


DEPLOYED_SHOP = (HERE / "skewproof.yaml").read_text("utf-8").partition("changes:")[0]


def test_the_shop_by_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "learned.yaml"
    done = skewproof("learn", "shop_harness:Shop", "--allow-code", "-o", str(out), cwd=HERE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{out}: 22 pairs of versions at hops, 10 of them break\n"
    checked = skewproof("check", "skewproof.yaml", "--changes", str(out), "--format", "json", cwd=HERE)
    assert checked.returncode == 1
    assert len(json.loads(checked.stdout)["hazards"]) == 7


def test_no_code_is_touched_unless_it_is_allowed(mine: Path) -> None:
    done = skewproof("learn", "mine:Mine", "-o", "out.yaml", cwd=mine)
    assert done.returncode == 2
    assert "say --allow-code" in done.stderr
    assert not (mine / "imported").exists()
    assert not (mine / "out.yaml").exists()


def test_what_code_says_becomes_a_comment_and_nothing_else(mine: Path) -> None:
    done = skewproof("learn", "mine:Mine", "--allow-code", cwd=mine)
    assert (done.returncode, done.stderr) == (0, "")
    assert "# ask, hop 2: ValueError: a [31m # b: {c} d" in done.stdout
    assert all(char.isprintable() or char == "\n" for char in done.stdout)
    changes = loads(DEPLOYED, changes=done.stdout).changes or {}
    both = frozenset({("V1", "V2"), ("V2", "V1")})
    assert {str(c): change.breaks for c, change in changes.items()} == {"back/value": {Aspect.CALL: both}}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mine", "write MODULE:CLASS"),
        (":Mine", "write MODULE:CLASS"),
        ("nowhere:Mine", "ModuleNotFoundError"),
        ("mine:Other", "AttributeError"),
        ("mine:Path", "no subclass of skewproof.properties.harness.MixedVersions"),
        ("broken:Mine", "SyntaxError"),
        ("bare:Bare", "`parts` of Bare raises NotImplementedError"),
        ("lost:Lost", "nowhere.yaml"),
    ],
)
def test_a_name_that_means_no_harness_is_told(mine: Path, name: str, words: str) -> None:
    head = "from skewproof.properties.harness import MixedVersions\n"
    (mine / "broken.py").write_text("class Mine(", "utf-8")
    (mine / "bare.py").write_text(
        f"{head}class Bare(MixedVersions):\n    deployment = 'mine.yaml'\n", "utf-8"
    )
    (mine / "lost.py").write_text(
        f"{head}class Lost(MixedVersions):\n    deployment = 'nowhere.yaml'\n", "utf-8"
    )
    done = skewproof("learn", name, "--allow-code", "-o", "out.yaml", cwd=mine)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (mine / "out.yaml").exists()


def test_a_version_that_fails_alone_is_told_and_nothing_is_written(mine: Path) -> None:
    (mine / "mine.py").write_text(MINE.replace("BODY", "return 1 if version == 'V1' else 1 / 0"), "utf-8")
    (mine / "out.yaml").write_text("before", "utf-8")
    done = skewproof("learn", "mine:Mine", "--allow-code", "-o", "out.yaml", cwd=mine)
    assert done.returncode == 2
    assert "V2 alone does not serve `ask`: ZeroDivisionError: division by zero (at hop 2" in done.stderr
    assert (mine / "out.yaml").read_text("utf-8") == "before"


def test_a_pair_that_cannot_be_tried_is_taken_as_broken(tmp_path: Path) -> None:
    """What is read from a cache meets another schema only where the schema meets another reader, too."""
    text = DEPLOYMENT.replace(
        "- jobs reads cache: note", "- jobs reads cache: note\n    - jobs reads db: row using cache/note"
    )

    def listening(breaks_at_schema: bool) -> Any:
        def jobs(version: str, wires: Wires) -> Any:
            wires.queue("queue").consume("news")
            if wires.cache("cache").get("note") != version.encode():
                raise ValueError("a note of another version")
            rows = wires.connect("db").execute("SELECT * FROM rows").fetchone()
            if breaks_at_schema and len(rows) != int(version[1]):
                raise ValueError("another schema")

        return jobs

    for breaks_at_schema, finding in ((False, Finding.WORKS), (True, Finding.BREAKS)):
        with Trial(Sample(tmp_path, text=text, jobs=listening(breaks_at_schema))) as trial:
            lessons = learn(trial)
            written = changes_text(trial.deployment, lessons, "told")
        found = {lesson.finding for lesson in lessons if lesson.trait.aspect is Aspect.TOKEN}
        assert found == {finding}
        assert ("another schema, or another pair of that run" in written) == breaks_at_schema
        change = (loads(text, changes=written).changes or {})[Contract("db", "row")]
        assert bool(change.breaks.get(Aspect.TOKEN)) == breaks_at_schema


def test_a_hop_that_code_never_takes_is_not_tried_and_unknown(tmp_path: Path) -> None:
    with Trial(Sample(tmp_path, back=lambda *_: 7)) as trial:
        lessons = learn(trial)
        written = changes_text(trial.deployment, lessons, "told")
    both = frozenset({("V1", "V2"), ("V2", "V1")})
    assert collect_breaks(lessons) == {(Contract("db", "row"), Aspect.SCHEMA): both}
    assert "unknown  # ask, hop 3: not tried: the request never came to this hop" in written


def test_what_a_budget_leaves_no_time_for_is_unknown_and_never_none(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    with Trial(Sample(tmp_path)) as trial:
        lessons = learn(trial, budget_s=0, watch=lambda known, total: heard.append((known, total)))
        written = changes_text(trial.deployment, lessons, "told")
        every = changes_text(trial.deployment, learn(trial), "told")
    assert {lesson.finding for lesson in lessons} == {Finding.UNTRIED}
    assert set(heard) == {(0, len(lessons))}
    assert "breaks: none" in every
    assert "breaks: none" not in written
    assert "        V1 -> V2: unknown  # ask, hop 2: not tried: there was no time left" in written
    verdict = check(loads(DEPLOYMENT, changes=written)).verdict
    assert isinstance(verdict, Unknown)
    assert check(loads(DEPLOYMENT, changes=every)).verdict == Safe()


def test_the_command_says_what_its_budget_left_untried(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE.replace("BODY", "return 1"))
    (tmp_path / "mine.yaml").write_text(DEPLOYED)
    told = skewproof("learn", "mine:Mine", "--allow-code", "--budget", "0", "-o", "l.yaml", cwd=tmp_path)
    assert told.returncode == 0
    assert (
        "l.yaml: 2 pairs of versions at hops, 0 of them break, 2 were not tried and are unknown"
        in told.stdout
    )
    assert "V1 -> V2: unknown" in (tmp_path / "l.yaml").read_text()


def test_several_processes_learn_the_same(tmp_path: Path) -> None:
    one, two = (
        skewproof("learn", "shop_harness:Shop", "--allow-code", "--jobs", jobs, cwd=HERE)
        for jobs in ("1", "2")
    )
    assert (two.returncode, two.stderr) == (0, "")
    assert two.stdout == one.stdout


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_how_far_it_has_come_is_shown_at_a_terminal(mine: Path, jobs: str) -> None:
    """Both requests have two pairs; each run lasts a while."""
    assert SKEWPROOF
    (mine / "mine.py").write_text(MINE.replace("BODY", "__import__('time').sleep(0.6); return 1"), "utf-8")
    two = "{ask: [client calls front: page, front calls back: value], tell: ["
    (mine / "mine.yaml").write_text(DEPLOYED.replace("{ask: [", two), "utf-8")
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    words = [SKEWPROOF, "learn", "mine:Mine", "--allow-code", "--jobs", jobs, "-o", "l.yaml"]
    with subprocess.Popen(words, cwd=mine, stdout=subprocess.PIPE, stderr=theirs, env=env) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the other end is closed
            while chunk := os.read(ours, 65536):
                shown += chunk
        assert process.wait(60) == 0
    os.close(ours)
    assert re.search(rb"judged [1-4] of 4 pairs", shown)


def test_a_budget_holds_for_several_processes(tmp_path: Path) -> None:
    told = skewproof(
        *("learn", "shop_harness:Shop", "--allow-code", "--jobs", "2", "--budget", "0"),
        *("-o", str(tmp_path / "l.yaml")),
        cwd=HERE,
    )
    assert told.stdout.endswith(
        "l.yaml: 22 pairs of versions at hops, 0 of them break, 22 were not tried and are unknown\n"
    )


def test_what_is_wrong_is_told_once_by_several_processes(mine: Path) -> None:
    (mine / "mine.py").write_text(MINE.replace("BODY", "return 1 if version == 'V1' else 1 / 0"), "utf-8")
    (mine / "mine.yaml").write_text(
        DEPLOYED.replace("{ask: [", "{ask: [client calls front: page, front calls back: value], tell: ["),
        "utf-8",
    )
    done = skewproof("learn", "mine:Mine", "--allow-code", "--jobs", "2", cwd=mine)
    assert done.returncode == 2
    assert done.stderr.count("V2 alone does not serve `ask`: ZeroDivisionError") == 1
    assert "Traceback" not in done.stderr


def test_requests_are_shared_by_their_pairs() -> None:
    deployment = load(HERE / "skewproof.yaml")
    names = [request.name for request in deployment.requests]
    for parts in (1, 2, 3, 99):
        shares = share_requests(deployment, parts)
        assert sorted(name for share in shares for name in share) == sorted(names)
        assert len(shares) == min(parts, len(names))


def test_what_a_call_hands_on_breaks_by_itself(tmp_path: Path) -> None:
    """An old identifier in the new schema: each hop works, what is carried between them does not."""
    text = DEPLOYMENT.replace("back reads db: row", "front reads db: row using back/value")

    def back(version: str, _: Wires) -> Any:
        return 7 if version == "V1" else 8

    def front(version: str, wires: Wires) -> Any:
        number = ask_back(version, wires)
        row = wires.connect("db").execute("SELECT id FROM rows WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise LookupError(f"no row {number}")
        return row[0]

    harness = Sample(tmp_path, text=text, front=front, back=back, migration="UPDATE rows SET id = 8")
    with Trial(harness) as trial:
        lessons = learn(trial)
    row = Contract("db", "row")
    both = frozenset({("V1", "V2"), ("V2", "V1")})
    assert collect_breaks(lessons)[row, Aspect.TOKEN] == both


def test_nothing_is_learned_from_a_version_that_fails_alone(tmp_path: Path) -> None:
    with Trial(Sample(tmp_path, back=lambda *_: 1 / 0)) as trial, pytest.raises(HarnessError, match="alone"):
        learn(trial)


# --- limits: they are never taken for an error of the code under test ---

TIMEOUT_S = 4
ENDLESS = {
    "waits": "__import__('time').sleep(600)",
    "spins": "while True: pass",
    "keeps every exception": """
            while True:
                try:
                    while True:
                        pass
                except Exception:
                    continue""",
    "answers with an error": """
            try:
                __import__('time').sleep(600)
            except Exception:
                raise ValueError('the database is away')""",
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_a_limit_is_no_error_of_the_service(mine: Path, body: str) -> None:
    (mine / "mine.py").write_text(MINE.replace("BODY", body), "utf-8")
    begin_s = time.monotonic()
    done = skewproof("learn", "mine:Mine", "--allow-code", "--timeout", str(TIMEOUT_S), "-o", "out", cwd=mine)
    assert done.returncode == 3, done.stderr
    assert "unknown: no time left (--timeout)" in done.stderr
    assert not (mine / "out").exists()
    assert time.monotonic() - begin_s < PATIENCE_S, "nothing else ends it for twice as long"


@pytest.mark.parametrize("where", ["Path(", "return {"])
def test_an_import_and_parts_that_never_end_are_ended(mine: Path, where: str) -> None:
    slow = MINE.replace(where, f"__import__('time').sleep(600)\n{' ' * 8 * (where == 'return {')}{where}", 1)
    (mine / "mine.py").write_text(slow.replace("BODY", "return 1"), "utf-8")
    done = skewproof("learn", "mine:Mine", "--allow-code", "--timeout", "2", cwd=mine)
    assert (done.returncode, "no time left" in done.stderr) == (3, True), done.stderr


def test_memory_that_a_service_fills_is_a_limit(mine: Path) -> None:
    body = "kept = []\n            while True: kept.append(bytearray(1 << 22))"
    (mine / "mine.py").write_text(MINE.replace("BODY", body), "utf-8")
    done = skewproof("learn", "mine:Mine", "--allow-code", "--max-memory", "400", cwd=mine)
    assert (done.returncode, "MiB of memory" in done.stderr) == (3, True), done.stderr


def _give_up(*_: Any) -> Any:
    raise TimeLimitError


class LimitedParts(Sample):
    """A limit is hit where it says what it is made of."""

    def parts(self) -> Any:
        raise TimeLimitError


class LimitedStart(Sample):
    """A limit is hit where an instance starts."""

    def start_back(self, version: str, wires: Wires) -> Any:
        raise TimeLimitError


LIMITED: dict[str, Callable[[Path], Sample]] = {
    "parts": LimitedParts,
    "start": LimitedStart,
    "service": lambda folder: Sample(folder, back=_give_up),
    "job": lambda folder: Sample(folder, jobs=_give_up),
    "oracle": lambda folder: Sample(folder, oracle=_give_up),
    "migration": lambda folder: Sample(folder, migration=_give_up),
}


@pytest.mark.parametrize("make", LIMITED.values(), ids=LIMITED)
def test_a_limit_passes_the_harness(tmp_path: Path, make: Callable[[Path], Sample]) -> None:
    with pytest.raises(TimeLimitError), Trial(make(tmp_path)) as trial:
        learn(trial)
