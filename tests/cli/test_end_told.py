"""The end, what was in vain, what residue breaks, which pairs were taken for compatible: in text and JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from support.command import ROOT, invoke
from support.projects import write

from .conftest import RunPytest

FAULTS = ROOT / "tests" / "faults"
SHOP = """
components:
  back: {kind: service, replicas: 4, strategy: {canary: 1}}
  cron: {kind: worker}
  db: {kind: database}
  redis: {kind: cache}
requests:
  get: [client calls back: get, back reads db: order, back reads redis: product, back writes redis: product]
  job: [cron calls back: run]
changes:
  db/order: {breaks: none}
  redis/product: {breaks: %s}
  back/run: {breaks: none}
pipeline:
  - Early: [await redis, resume cron]
  - Roll: [deploy back, suspend cron, deploy cron]
"""
TOLD = (
    "at the end   back 4×V1 1×V2 (never promoted); cron suspended; db/order schema V1 (nothing migrates it); "
    "redis/product V1 + V2"
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(SHOP % "none")
    return "shop.yaml"


def text_of(printed: str) -> str:
    """In one line, however it was broken."""
    return re.sub(r"\n +", " ", printed)


def answer(file: str | Path, *more: str) -> Any:
    printed = invoke("check", str(file), "--format", "json", *more).stdout
    told = json.loads(printed)
    schema = json.loads((ROOT / "docs" / "verdict.schema.json").read_text())
    jsonschema.validate(told, schema)
    return told


def test_the_end_in_a_line_and_each_cause_with_its_place(shop: str) -> None:
    done = invoke("check", shop)
    told = text_of(done.stdout)
    assert done.returncode == 0
    assert TOLD in told
    assert "shop.yaml:16:12: `deploy back` begins a canary, and no `promote back` follows" in told
    assert "shop.yaml:16:25: no `resume cron` follows `suspend cron`" in told
    assert "shop.yaml:11:3: db/order is changed, and no step migrates it" in told


def test_what_was_in_vain_with_its_place(shop: str) -> None:
    told = text_of(invoke("check", shop).stdout)
    assert "in vain      shop.yaml:15:13: `await redis` waits for nothing" in told
    assert "shop.yaml:15:26: `resume cron` has nothing to do: cron is running" in told


def test_json_has_all_of_it(shop: str) -> None:
    end = answer(shop)["end"]
    assert [(unit["kind"], unit["name"], unit["stands"]) for unit in end["units"]] == [
        ("instances", "back", ["4×V1 1×V2"]),
        ("jobs", "cron", ["suspended"]),
        ("schema", "db/order", ["V1"]),
        ("content", "redis/product", ["V1", "V1 + V2"]),
    ]
    assert end["units"][0]["place"] == {"file": "shop.yaml", "line": 16, "column": 12}
    assert [(one["action"], one["step"]) for one in end["in_vain"]] == [
        ("await redis", "Early"),
        ("resume cron", "Early"),
    ]


def test_a_plain_safe_release_is_told_in_few_lines() -> None:
    told = invoke(
        "check", str(ROOT / "examples" / "stories" / "mobile-client" / "forced-upgrade.yaml")
    ).stdout
    assert not re.search(r"^(at the end|in vain|residue)", told, re.M)


def test_the_pairs_that_were_taken_for_compatible(shop: str) -> None:
    told = text_of(invoke("check", shop).stdout)
    (line,) = re.findall(r"^compatible +(.*)$", told, re.M)
    assert line == (
        "4 mixed pairs met and not declared to break: db/order V2 -> V1 (schema); redis/product V1 -> V2, "
        "V2 -> V1 (content); back/run V1 -> V2 (call)"
    )
    assert answer(shop)["compatible"][0] == {
        "contract": "db/order",
        "pairs": [{"aspect": "schema", "consumer": "V2", "provider": "V1"}],
    }


def test_a_pair_written_the_wrong_way_round_is_among_them(shop: str) -> None:
    """What nobody can detect can be read: the direction that breaks is listed as compatible."""
    Path(shop).write_text(SHOP % "[V1 -> V2]")
    told = answer(shop)
    assert {"aspect": "content", "consumer": "V2", "provider": "V1"} in next(
        one["pairs"] for one in told["compatible"] if one["contract"] == "redis/product"
    )
    assert all(h["provider_version"] == "V2" for h in told["hazards"])


@pytest.mark.parametrize("engine", ["slice", "reference", "symbolic"])
def test_every_engine_tells_the_same(shop: str, engine: str) -> None:
    told, whole = answer(shop, "--engine", engine), answer(shop)
    for key in ("end", "compatible", "residue", "residue_breaks"):
        assert told[key] == whole[key]


def test_many_contracts_are_folded_and_counted(tmp_path: Path) -> None:
    subjects = [f"s{number}" for number in range(9)]
    hops = "\n".join(f"  r{s}: [client calls a: go, a calls b: {s}]" for s in subjects)
    file = tmp_path / "many.yaml"
    file.write_text(
        f"components: {{a: {{kind: service}}, b: {{kind: service}}}}\nrequests:\n{hops}\n"
        "pipeline: [A: [deploy a b]]\nchanges: {b/*: {breaks: none}}\n"
    )
    told = text_of(invoke("check", str(file)).stdout)
    assert "18 mixed pairs met and not declared to break: b/s0 V1 -> V2, V2 -> V1 (call);" in told
    assert "and 6 more contracts" in told
    assert len(answer(file)["compatible"]) == 9


# --- residue, and what lasts ---


def test_residue_names_the_hazard_that_old_forms_are(shop: str) -> None:
    Path(shop).write_text((SHOP % "[V2 -> V1]").replace("deploy back,", "deploy back, promote back,"))
    told = answer(shop)
    (hazard,) = told["hazards"]
    assert (told["residue"], told["residue_breaks"]) == (["redis/product"], {"redis/product": [hazard["id"]]})
    said = text_of(invoke("check", shop).stdout)
    assert "redis/product: old forms may stay, and break get for ever (back V2 -> redis V1, hop 3)" in said
    assert re.search(
        r"product, content +error, (INEVITABLE|race), for ever$", invoke("check", shop).stdout, re.M
    )


def test_residue_that_breaks_nothing_says_so(shop: str) -> None:
    Path(shop).write_text((SHOP % "none").replace("deploy back,", "deploy back, promote back,"))
    assert answer(shop)["residue_breaks"] == {}
    said = text_of(invoke("check", shop).stdout)
    assert "redis/product: old forms may stay; they break nothing at the end" in said


def test_what_breaks_only_on_the_way_is_no_fault_of_what_is_left(tmp_path: Path) -> None:
    """Nobody reads any more when all is over."""
    file = tmp_path / "suspended.yaml"
    file.write_text(
        "components: {cron: {kind: worker}, redis: {kind: cache}}\n"
        "requests: {job: [cron reads redis: product]}\n"
        "pipeline: [A: [deploy cron, suspend cron]]\nchanges: {redis/product: {breaks: [V2 -> V1]}}\n"
    )
    told = answer(file)
    assert len(told["hazards"]) == 1
    assert (told["residue"], told["residue_breaks"]) == (["redis/product"], {})


def test_old_tokens_that_were_left_are_named_too(tmp_path: Path) -> None:
    """What is left in the cache breaks where it is carried to, not where it is found."""
    file = tmp_path / "carried.yaml"
    file.write_text("""
components: {web: {kind: service}, redis: {kind: cache}, db: {kind: database}}
requests:
  add: [client calls web: add, web reads redis: product, web writes db: cart using product]
  fill: [client calls web: fill, web writes redis: product]
pipeline: [A: [deploy web, migrate db]]
changes: {redis/product: {breaks: none}, db/cart: {breaks: {token: [V1 -> V2]}}}
""")
    told = answer(file)
    assert list(told["residue_breaks"]) == ["redis/product"]


def test_a_hazard_that_ends_with_the_roll_is_not_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "roll.yaml"
    file.write_text(
        "components: {a: {kind: service}, b: {kind: service}}\n"
        "requests: {r: [client calls a: x, a calls b: y]}\n"
        "pipeline: [A: [deploy a], B: [deploy b]]\nchanges: {b/y: {breaks: [V2 -> V1]}}\n"
    )
    assert not re.search(r", for ever$", invoke("check", str(file)).stdout, re.M)


# --- fleets, and the plugin ---


def test_a_fleet_tells_the_end_beside_the_verdict(shop: str) -> None:
    Path("skewproof.yaml").write_text(SHOP % "none")
    (line,) = re.findall(r"SAFE .*", invoke("check", ".").stdout)
    assert line.endswith("no hazard in 2 requests; at the end: back 4×V1 1×V2 (never promoted); 3 more")


def test_a_fleet_says_what_is_idle(tmp_path: Path) -> None:
    (tmp_path / "skewproof.yaml").write_text((FAULTS / "silent/f1a-schema-never-migrated.yaml").read_text())
    done = invoke("check", str(tmp_path))
    assert done.returncode == 3
    assert (
        "nothing could ever meet what db/a says of `breaks schema`: nothing migrates db/a to V2"
        in done.stdout
    )


def test_pytest_shows_the_end_of_what_passes(tmp_path: Path, run_pytest: RunPytest) -> None:
    done = run_pytest(write(tmp_path, skewproof__yaml=SHOP % "none"), "-rP")
    assert done.returncode == 0
    assert "at the end: back 4×V1 1×V2 (never promoted); cron suspended; db/order schema V1" in done.stdout
    assert "in vain: skewproof.yaml:15:13: `await redis` waits for nothing" in done.stdout


def test_pytest_says_what_is_idle_and_what_to_write(tmp_path: Path, run_pytest: RunPytest) -> None:
    idle = (FAULTS / "silent/f1a-schema-never-migrated.yaml").read_text()
    done = run_pytest(write(tmp_path, skewproof__yaml=idle))
    assert done.returncode == 1
    assert "no verdict: nothing could ever meet what db/a says of `breaks schema`" in done.stdout
    assert "add the action that brings what is missing" in done.stdout
    assert "--skewproof-changes FILE" not in done.stdout


FAILING = """
components:
  app: {kind: service, replicas: 2}
  db: {kind: database}
  c: {kind: cache}
  w: {kind: worker}
requests:
  r: [client calls app: x, app reads db: t, app reads c: k, app writes c: k]
  j: [w reads db: t]
pipeline: [{Migrate: [suspend w, migrate db]}, {Deploy: [deploy app]}, {Flag: [enable f]}]
%s
flags: {f: {guards: [app/x]}}
changes: {db/t: {breaks: none}, c/k: {breaks: none}}
"""


def test_where_a_rollback_ends_is_told(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(FAILING % "rollback: [{Back: [rollback app]}]")
    told = text_of(invoke("check", str(file), "--failures").stdout)
    left = "w running or suspended; f off or on; db/t schema V1 or V2; c/k V1 + V2"
    assert f"rolled back   a rollback can end with {left}" in told
    units = answer(file, "--failures")["end"]["after_rollback"]
    assert [(unit["kind"], unit["name"]) for unit in units] == [
        ("jobs", "w"),
        ("flag", "f"),
        ("schema", "db/t"),
        ("content", "c/k"),
    ]
    assert "rolled back" not in text_of(invoke("check", str(file)).stdout), "nothing fails"


def test_a_rollback_that_takes_all_back_is_not_told(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    whole = "rollback: [{Back: [disable f, rollback app, revert db, resume w, purge c to V1]}]"
    file.write_text(FAILING % whole)
    told = answer(file, "--failures")["end"]["after_rollback"]
    assert told == []
