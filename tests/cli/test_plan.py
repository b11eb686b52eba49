"""`skewproof plan`: waves, circles, where to split, and what other tools are given."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from skewproof.model.language import loads
from support.command import invoke

EXAMPLES = Path(__file__).parents[2] / "examples"
BOUTIQUE = Path(__file__).parents[1] / "golden" / "files" / "imported" / "online-boutique.yaml"
FILE = """
components:
  front: {kind: service, replicas: 2}
  cart: {kind: service, replicas: 2}
  pay: {kind: service, replicas: 2}
  db: {kind: database}
requests:
  buy: [client calls front: page, front calls cart: order, cart calls pay: charge, cart writes db: row]
changes:
  cart/order: {breaks: V2 -> V1}
  pay/charge: {breaks: CHARGE}
  db/row: {breaks: {schema: V2 -> V1}}
"""


def write(tmp_path: Path, charge: str = "V1 -> V2", text: str = FILE) -> str:
    (tmp_path / "d.yaml").write_text(text.replace("CHARGE", charge))
    return str(tmp_path / "d.yaml")


def told(file: str, *options: str) -> dict[str, Any]:
    ran = invoke("plan", file, "--format", "json", *options)
    answer: dict[str, Any] = json.loads(ran.stdout)
    assert ran.returncode == {"safe": 0, "no order": 1, "unknown": 3}[answer["verdict"]]
    return answer


def test_the_waves_need_no_pipeline(tmp_path: Path) -> None:
    answer = told(write(tmp_path))
    assert answer["waves"] == [["migrate db"], ["deploy cart"], ["deploy front", "deploy pay"]]


def test_the_pipeline_that_is_written_is_safe(tmp_path: Path) -> None:
    file = write(tmp_path)
    ran = invoke("plan", file, "--format", "pipeline", "-o", str(tmp_path / "p.yaml"))
    assert ran.returncode == 0
    (tmp_path / "d.yaml").write_text(Path(file).read_text() + (tmp_path / "p.yaml").read_text())
    assert invoke("check", file).returncode == 0


def test_where_there_is_no_order_the_circle_is_drawn(tmp_path: Path) -> None:
    answer = told(write(tmp_path, "both"))
    assert sorted(answer["cycle"]) == ["deploy cart", "deploy pay"]
    assert answer["splits"][0]["contracts"] == ["pay/charge"]
    ran = invoke("plan", write(tmp_path, "both"), "--format", "pipeline", "-o", str(tmp_path / "p.yaml"))
    assert ran.returncode == 1
    assert "go round in a circle" in ran.stderr
    assert not (tmp_path / "p.yaml").exists()


def test_a_hazard_that_no_order_avoids(tmp_path: Path) -> None:
    text = FILE.replace("front: {kind: service, replicas: 2}", "front: {kind: service, strategy: recreate}")
    answer = told(write(tmp_path, "none", text))
    assert [one["before"] for one in answer["contradiction"]] == [[]]
    assert "no order helps" in invoke("plan", write(tmp_path, "none", text)).stdout


@pytest.mark.parametrize(
    ("release", "waves"),
    [("compatible", 1), ("column-dropped", 2), ("flagged", 2), ("realistic", None), ("pessimistic", None)],
)
def test_releases_of_the_example(release: str, waves: int | None) -> None:
    sccos = EXAMPLES / "sccos"
    answer = told(str(sccos / "deployment.yaml"), "--changes", str(sccos / "releases" / f"{release}.yaml"))
    assert (answer["waves"] and len(answer["waves"])) == waves


def test_online_boutique_with_three_breaking_changes(tmp_path: Path) -> None:
    changes = {
        "cartservice/api": {"breaks": "V1 -> V2"},
        "productcatalogservice/api": {"breaks": "V2 -> V1"},
        "shippingservice/api": {"breaks": "V2 -> V1"},
    }
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(changes))
    changed = "--changes", str(tmp_path / "c.yaml")
    assert told(str(BOUTIQUE), *changed)["waves"] is None  # old pods still finish when a deploy is over
    (tmp_path / "d.yaml").write_text(BOUTIQUE.read_text().replace(", terminates: later", ""))
    answer = told(str(tmp_path / "d.yaml"), *changed)
    wave = {action: number for number, of in enumerate(answer["waves"]) for action in of}
    assert wave["deploy productcatalogservice"] < wave["deploy frontend"] < wave["deploy cartservice"]
    assert wave["deploy shippingservice"] < wave["deploy checkoutservice"] < wave["deploy cartservice"]
    assert wave["deploy productcatalogservice"] < wave["deploy recommendationservice"]
    assert len(answer["waves"]) == 3


# --- exports ---


@pytest.mark.parametrize("style", ["pipeline", "argocd", "helmfile", "github", "spryker"])
def test_what_tools_are_given_is_yaml_and_has_every_action_in_its_order(style: str, tmp_path: Path) -> None:
    written = invoke("plan", write(tmp_path), "--format", style).stdout
    value = yaml.safe_load(written)
    match style:
        case "pipeline":
            text = f"{FILE.replace('CHARGE', 'none')}{written}"
            assert [str(a) for step in loads(text).pipeline for a in step.actions][1] == "deploy cart"
        case "argocd":
            key = "argocd.argoproj.io/sync-wave"
            waves = {name: one["metadata"]["annotations"][key] for name, one in value.items()}
            assert waves == {"db-migrate": "0", "cart": "1", "front": "2", "pay": "2"}
        case "helmfile":
            assert [(one["name"], one.get("needs", [])) for one in value["releases"]][1] == (
                "cart",
                ["db-migrate"],
            )
        case "github":
            needs = {job["name"]: job.get("needs", []) for job in value["jobs"].values()}
            assert len(needs["deploy front"]) == 1
            assert all(need in value["jobs"] for some in needs.values() for need in some)
        case _:
            assert [*value["sections"]["wave-1"]] == ["db-migrate"]


def test_names_become_nothing_else_in_what_tools_are_given(tmp_path: Path) -> None:
    bad = "x:y{z}&$(id)`#"
    text = FILE.replace("  front:", f"  {json.dumps(bad)}:").replace("client calls front: page", "CALL")
    text = text.replace("front calls cart: order", "ORDER")
    text = text.replace("CALL", json.dumps(f"client calls {bad}: page"))
    text = text.replace("ORDER", json.dumps(f"{bad} calls cart: order"))
    for style in ("argocd", "helmfile", "github", "spryker", "pipeline"):
        ran = invoke("plan", write(tmp_path, text=text), "--format", style)
        assert ran.returncode == 0, ran.stderr
        value = yaml.safe_load(ran.stdout)
        assert bad in json.dumps(value, ensure_ascii=False)
        if style == "github":
            assert all(re.fullmatch("[A-Za-z0-9_-]+", name) for name in value["jobs"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FILE.partition("changes:")[0], "nothing says what the release changes"),
        (FILE.replace("cart/order", "crat/order"), "did you mean"),
    ],
)
def test_what_cannot_be_planned_is_told(tmp_path: Path, text: str, words: str) -> None:
    ran = invoke("plan", write(tmp_path, "none", text))
    assert ran.returncode == 2
    assert words in ran.stderr


def test_a_limit_is_no_verdict(tmp_path: Path) -> None:
    assert invoke("plan", write(tmp_path), "--max-states", "2").returncode == 3


def test_check_still_needs_a_pipeline(tmp_path: Path) -> None:
    assert invoke("check", write(tmp_path)).returncode == 2


# --- pictures ---


def test_waves_and_what_asks_for_them_are_drawn(tmp_path: Path) -> None:
    ran = invoke("plan", write(tmp_path), "--format", "dot", "-o", str(tmp_path / "p.dot"))
    drawn = (tmp_path / "p.dot").read_text()
    assert ran.returncode == 0, ran.stderr
    assert drawn.count("subgraph cluster_") == 3
    assert "front V2 meets cart V1" in drawn


def test_the_circle_is_drawn_where_there_is_no_order(tmp_path: Path) -> None:
    story = str(EXAMPLES / "stories" / "graphql-field" / "naive.yaml")
    ran = invoke("plan", story, "--format", "svg", "-o", str(tmp_path / "p.svg"))
    drawn = (tmp_path / "p.svg").read_text()
    assert ran.returncode == 1, ran.stderr
    assert "these go round in a circle" in drawn
    assert "Split gateway/query in two releases" in drawn
    assert told(story)["cycle"] == ["deploy page", "deploy gateway"]


def test_a_picture_needs_a_place(tmp_path: Path) -> None:
    ran = invoke("plan", write(tmp_path), "--format", "png")
    assert ran.returncode == 2
    assert "say where it goes, with -o" in ran.stderr


def test_what_a_file_contains_stays_text_in_a_picture(tmp_path: Path) -> None:
    bad = "<b>x</b>&\\N"
    text = FILE.replace("{breaks: CHARGE}", "{breaks: both}").replace(
        "cart/order: {", f"cart/order: {{note: {json.dumps(bad)}, "
    )
    text = f"system: {json.dumps(bad)}\n{text}"
    ran = invoke("plan", write(tmp_path, text=text), "--format", "svg", "-o", str(tmp_path / "p.svg"))
    assert ran.returncode == 1, ran.stderr
    assert "&lt;b&gt;x&lt;/b&gt;&amp;" in (tmp_path / "p.svg").read_text()


def test_of_more_than_two_versions_each_is_ordered(tmp_path: Path) -> None:
    ran = invoke("plan", write(tmp_path, text="versions: [V1, V2, V3]\n" + FILE), "--format", "pipeline")
    assert ran.returncode == 0, ran.stderr
    ran = invoke("plan", write(tmp_path, text="versions: [V1, V2, V3]\n" + FILE), "--format", "json")
    waves = json.loads(ran.stdout)["waves"]
    at = {action: number for number, wave in enumerate(waves) for action in wave}
    for name in ("cart", "front"):
        assert at[f"deploy {name} to V2"] < at[f"deploy {name} to V3"]


QUEUED = """
components: {web: {kind: service, replicas: 1}, mails: {kind: worker, replicas: 1}, queue: {kind: broker}}
requests:
  order: [client calls web: order, web publishes queue: mail]
  send: [mails consumes queue: mail]
pipeline: []
changes: {queue/mail: {breaks: V2 -> V1}}
"""


def test_a_drain_is_told_where_no_order_helps(tmp_path: Path) -> None:
    """What old pages left in the queue the new worker cannot read, whoever is first."""
    ran = invoke("plan", write(tmp_path, text=QUEUED))
    assert ran.returncode == 1
    assert "or drain, purge or pause besides: safe as" in ran.stdout
    assert (
        ran.stdout.index("deploy web") < ran.stdout.index("drain queue") < ran.stdout.rindex("deploy mails")
    )


def test_with_max_span_a_contradiction_is_no_proof(tmp_path: Path) -> None:
    text = QUEUED.replace("V2 -> V1", "both")
    assert invoke("plan", write(tmp_path, text=text)).returncode == 1
    ran = invoke("plan", write(tmp_path, text=text + "assume: {max_span: 1}\n"))
    assert ran.returncode == 3
    assert "with `max_span` more may be asked" in ran.stdout
