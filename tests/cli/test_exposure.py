"""`skewproof exposure`: figures with what they rest on, and what is wrong in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skewproof.model.language.schema import json_schema
from support.command import invoke

FILE = """
components:
  shop: {kind: service, replicas: 2}
  pay: {kind: service, replicas: 2}
requests:
  order: [client calls shop: order, shop calls pay: charge]
  other: [client calls shop: other]
pipeline: [Callers: [deploy shop], Callees: [deploy pay]]
changes: {pay/charge: {breaks: V2 -> V1}}
traffic: {order: 10/s}
durations: {spawn: 20s, retire: 5s, pay: {spawn: 2m}}
"""


def write(tmp_path: Path, text: str = FILE, name: str = "d.yaml") -> str:
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


def test_figures_come_with_what_they_rest_on(tmp_path: Path) -> None:
    ran = invoke("exposure", write(tmp_path))
    assert ran.returncode == 0
    for words in ("expected to fail", "time at risk", "nobody is hit", "worst moment", "exponential time"):
        assert words in ran.stdout
    assert "not counted: other: nobody says how often it comes" in ran.stdout
    assert "fail   at least " in ran.stdout


def test_a_figure_of_everything_is_no_bound(tmp_path: Path) -> None:
    ran = invoke("exposure", write(tmp_path, FILE.replace("order: 10/s", "order: 10/s, other: 1/s")))
    assert "not counted" not in ran.stdout
    assert "at least" not in ran.stdout
    assert "at most" not in ran.stdout


def test_json_has_the_same(tmp_path: Path) -> None:
    (answer,) = json.loads(invoke("exposure", write(tmp_path), "--format", "json").stdout)
    assert answer["distribution"] == "exponential"
    assert answer["expected_failures"] == pytest.approx(sum(answer["by_step"].values()))
    assert answer["expected_failures"] == pytest.approx(
        sum(one["expected_failures"] for one in answer["hazards"])
    )
    assert answer["worst_moment"]["failures_a_second"] <= 10


def test_plans_stand_side_by_side(tmp_path: Path) -> None:
    good = FILE.replace(
        "[Callers: [deploy shop], Callees: [deploy pay]]", "[P: [deploy pay], S: [deploy shop]]"
    )
    ran = invoke("exposure", write(tmp_path), write(tmp_path, good, "good.yaml"))
    beside = ran.stdout.rpartition("side by side\n")[2].splitlines()
    assert beside[0].strip().startswith("at least 0 fail"), "nobody says how often `other` comes"
    assert "good.yaml" in beside[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("10/s", "10", "a number a time"),
        ("10/s", "-1/s", "a number a time"),
        ("20s", "20", "a number with its unit"),
        ("20s", "[1]", "must be"),
        ("order: 10/s", "ordre: 10/s", "did you mean `order`"),
        ("spawn: 20s", "spwan: 20s", "did you mean `spawn`"),
        ("pay: {spawn: 2m}", "pay: 2m", "must be a mapping"),
        ("retire: 5s, ", "", "nobody says how long `retire` takes"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    ran = invoke("exposure", write(tmp_path, FILE.replace(old, new)))
    assert ran.returncode == 2, ran.stdout
    assert words in ran.stderr


def test_a_limit_is_no_figure(tmp_path: Path) -> None:
    assert invoke("exposure", write(tmp_path), "--max-states", "2").returncode == 3


def test_no_verdict_depends_on_it(tmp_path: Path) -> None:
    plain = FILE.partition("traffic:")[0]
    with_, without = (invoke("check", write(tmp_path, text)).stdout for text in (FILE, plain))
    assert with_ == without


def test_the_schema_knows_the_keys() -> None:
    assert {"traffic", "durations"} <= set(json_schema()["properties"])


def test_it_is_drawn_told_in_the_report_and_beside_the_plans_of_fix(tmp_path: Path) -> None:
    path = tmp_path / "deploy.yaml"
    path.write_text("""\
components: {web: {kind: service}, api: {kind: service}}
requests: {ask: [client calls web: page, web calls api: x]}
pipeline:
  - Web: [deploy web]
  - Api: [deploy api]
changes: {api/x: {breaks: {call: [V2 -> V1]}}}
traffic: {ask: 10/s}
durations: {spawn: 20s, retire: 5s}
""")
    drawn = invoke("diagram", str(path), "--kind", "exposure", "-o", str(tmp_path / "out"))
    assert drawn.returncode == 0, drawn.stderr
    assert "requests are expected to fail" in (tmp_path / "out" / "exposure.svg").read_text()
    told = invoke("report", str(path), "--no-advise", "-o", str(tmp_path / "report.html"))
    assert told.returncode == 0, told.stderr
    assert '"exposure":{"told":' in (tmp_path / "report.html").read_text()
    fixed = invoke("fix", str(path), "--plans", "1")
    assert "as it stands: 250 requests fail in 50 s of rollout\nplan 1, price 2: 0 requests" in fixed.stdout


def test_a_report_can_do_without_durations(tmp_path: Path) -> None:
    path = tmp_path / "deploy.yaml"
    path.write_text("""\
components: {web: {kind: service}}
requests: {ask: [client calls web: page]}
pipeline: [Web: [deploy web]]
changes: {web/page: {breaks: none}}
traffic: {ask: 10/s}
""")
    told = invoke("report", str(path), "--no-advise", "-o", str(tmp_path / "report.html"))
    assert told.returncode == 0, told.stderr
    assert "Nothing is known: nobody says how long" in (tmp_path / "report.html").read_text()


def test_what_is_left_out_and_makes_a_step_shorter_bounds_nothing(tmp_path: Path) -> None:
    """A sync is over sooner where a writer has brought the new form: without the writer's rate more fail."""
    text = """\
components: {a: {kind: service}, w: {kind: service}, c: {kind: cache}, d: {kind: database}}
requests: {old: [client calls a: x, a writes d: y], fill: [client calls w: x, w writes c: z]}
pipeline: [First: [deploy w], Migrate: [migrate d], Sync: [sync c], Roll: [deploy a]]
changes: {d/y: {breaks: {schema: [V1 -> V2]}}, c/z: {breaks: none}}
durations: {spawn: 20s, retire: 5s, migrate: 5s, sync: 60s}
traffic: {old: 1/s RATE}
"""
    told = []
    for rate in ("", ", fill: 10/s"):
        (tmp_path / "d.yaml").write_text(text.replace(" RATE", rate))
        told.append(json.loads(invoke("exposure", str(tmp_path / "d.yaml"), "--format", "json").stdout))
    without, whole = (one for (one,) in told)
    assert without["expected_failures"] > whole["expected_failures"]
    assert not without["bounds"]
    (tmp_path / "d.yaml").write_text(text.replace(" RATE", ""))
    ran = invoke("exposure", str(tmp_path / "d.yaml"))
    assert "fail   about " in ran.stdout
    assert "the figures bound nothing" in ran.stdout
