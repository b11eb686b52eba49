"""`skewproof conform`: logs of the documentation, and what is said of those that are no run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.command import invoke

GATE = Path(__file__).parents[2] / "docs" / "gate"
FILE = GATE / "skewproof.yaml"
BY_NAME = ("V1=cart-6d4c*", "V2=cart-7c9b*", "V1=frontend-5f7d*", "V2=frontend-66bd*")
OPTIONS = {
    "events.json": tuple(part for one in BY_NAME for part in ("--version-of", one)),
    "replicasets.json": ("--version-of", "V1=1.4.*", "--version-of", "V2=1.5.*"),
    "log.jsonl": (),
}
PROVIDERS, CALLERS = "  - Providers: [deploy cart]\n", "  - Callers: [deploy frontend]\n"


def other_order(tmp_path: Path) -> Path:
    """The same file, but the callers come first."""
    text = FILE.read_text().replace(PROVIDERS + CALLERS, CALLERS + PROVIDERS)
    assert text != FILE.read_text()
    (tmp_path / "d.yaml").write_text(text)
    return tmp_path / "d.yaml"


def told(file: Path, log: Path, *options: str) -> dict[str, Any]:
    ran = invoke("conform", str(file), str(log), *options, "--format", "json")
    answer: dict[str, Any] = json.loads(ran.stdout)
    assert ran.returncode == {"run": 0, "no run": 1, "unknown": 3}[answer["verdict"]]
    return answer


@pytest.mark.parametrize("name", list(OPTIONS))
def test_the_logs_of_the_documentation_are_runs(name: str) -> None:
    assert told(FILE, GATE / name, *OPTIONS[name])["verdict"] == "run"


@pytest.mark.parametrize(("name", "entry"), [("events.json", 2), ("replicasets.json", 2), ("log.jsonl", 3)])
def test_another_order_is_none(name: str, entry: int, tmp_path: Path) -> None:
    answer = told(other_order(tmp_path), GATE / name, *OPTIONS[name])
    assert answer["verdict"] == "no run"
    assert answer["deviation"]["entry"] >= entry


def test_what_the_model_would_do_is_told(tmp_path: Path) -> None:
    ran = invoke("conform", str(other_order(tmp_path)), str(GATE / "log.jsonl"))
    assert ran.returncode == 1
    assert "entry 6 at 14:05:00 is the first that is none" in ran.stdout
    assert "the model would do there: Workers begins: deploy mailer" in ran.stdout


def test_a_complete_log_misses_nothing(tmp_path: Path) -> None:
    lines = (GATE / "log.jsonl").read_text()
    (tmp_path / "log.jsonl").write_text(lines)
    assert told(FILE, tmp_path / "log.jsonl", "--complete")["deviation"]["entry"] == 2


def test_events_are_read_in_their_newer_form_too(tmp_path: Path) -> None:
    """`kubectl get events.v1.events.k8s.io -o json`."""
    listed = json.loads((GATE / "events.json").read_text())
    for one in listed["items"]:
        one |= {"apiVersion": "events.k8s.io/v1", "regarding": one.pop("involvedObject"), "eventTime": None}
        one |= {"note": one.pop("message"), "deprecatedLastTimestamp": one.pop("lastTimestamp", None)}
    (tmp_path / "events.json").write_text(json.dumps(listed))
    older, newer = (
        told(FILE, path, *OPTIONS["events.json"]) for path in (GATE / "events.json", tmp_path / "events.json")
    )
    assert newer == older


def test_a_list_without_events_is_told_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text('{\n"apiVersion": "v1",\n"kind": "List",\n"items": []\n}')
    ran = invoke("conform", str(FILE), str(tmp_path / "events.json"))
    assert ran.returncode == 2
    assert "nothing here says that anything of the deployment happened" in ran.stderr
    assert "YAML" not in ran.stderr


def test_an_event_that_there_is_none_of_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"event": "cart: teleport V2"}\n')
    answer = told(FILE, tmp_path / "log")
    assert answer["deviation"]["unknown_event"] is True


def test_replica_sets_in_the_list_say_the_versions(tmp_path: Path) -> None:
    both = [json.loads((GATE / name).read_text())["items"] for name in ("events.json", "replicasets.json")]
    (tmp_path / "both.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [*both[0], *both[1]]})
    )
    assert told(FILE, tmp_path / "both.json", *OPTIONS["replicasets.json"])["entries"] == 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing here says"),
        ("{}", "one of them"),
        ('{"event": "x", "seen": {}}', "one of them"),
        ('\n{"seen": {"components": {"crat": {}}}}', "log:2:"),
        ('{"seen": 3}', "must be a mapping"),
        ("[", "not valid YAML"),
        (
            '{"apiVersion": "v1", "kind": "List", "items": [{"kind": "Event", "message": 3}]}',
            "nothing here says",
        ),
    ],
)
def test_wrong_logs_are_told(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(text)
    ran = invoke("conform", str(FILE), str(tmp_path / "log"))
    assert ran.returncode == 2, ran.stdout
    assert words in ran.stderr


def test_what_a_log_says_is_harmless(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(json.dumps({"at": "\x1b[2J", "event": "::error::\x1b[31m##[group]"}))
    ran = invoke("conform", str(FILE), str(tmp_path / "log"))
    assert ran.returncode == 1
    assert "\x1b" not in ran.stdout
    assert "##[" not in ran.stdout
