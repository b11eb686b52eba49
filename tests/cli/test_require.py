"""`skewproof require`: which pairs can meet, from the pipeline alone."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from skewproof.model.deployment import RegistryLevel
from skewproof.model.language import loads
from skewproof.properties import check
from skewproof.properties.requirement import break_all, enforces, find_required
from support.command import invoke

DEPLOYMENT = dedent("""
    versions: [V1, V2]
    components:
      shop: {kind: service}
      pay: {kind: service}
      stock: {kind: service}
      mail: {kind: worker}
      topic: {kind: broker}
      db: {kind: database}
    requests:
      order:
        - client calls shop: order
        - shop calls pay: charge
        - shop calls stock: take
        - stock writes db: items
        - shop publishes topic: ordered
      letter:
        - mail consumes topic: ordered
    pipeline:
      - Migrate: [migrate db]
      - Providers: [deploy pay]
      - Producers: [deploy shop]
      - Consumers: [suspend mail, deploy mail, resume mail]
      - Both: [deploy stock]
""")


def _run(tmp_path: Path, style: str, text: str = DEPLOYMENT) -> str:
    (tmp_path / "d.yaml").write_text(text)
    ran = invoke("require", str(tmp_path / "d.yaml"), "--format", style)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_table_names_pairs_and_steps(tmp_path: Path) -> None:
    told = _run(tmp_path, "text")
    since = "since pay moves in Providers; shop moves in Producers"
    assert f"pay/charge: old consumer at new provider, {since}\n  V1 -> V2  in Providers, Producers" in told
    assert (
        "stock/take: new consumer at old provider, since shop moves in Producers; stock moves in Both" in told
    )
    assert "shop/order: nothing, no request meets two versions" in told
    assert "topic/ordered: FULL" in told or "topic/ordered: FORWARD" in told


def test_json_has_the_same(tmp_path: Path) -> None:
    told = json.loads(_run(tmp_path, "json"))
    charge = told["contracts"]["pay/charge"]
    assert charge["ways"] == ["old consumer at new provider"]
    assert [pair["steps"] for pair in charge["pairs"]] == [["Providers", "Producers"]]
    assert charge["since"] == [{"moves": "pay", "in": ["Providers"]}, {"moves": "shop", "in": ["Producers"]}]
    stock = told["contracts"]["stock/take"]
    assert stock["ways"] == ["new consumer at old provider"]
    assert told["contracts"]["topic/ordered"]["registry"] in ("FORWARD", "FULL")


@pytest.mark.parametrize(
    ("steps", "level"),
    [
        ("[P: [deploy shop, drain topic to V2], W: [deploy mail]]", "FORWARD"),
        ("[W: [deploy mail], P: [deploy shop]]", "BACKWARD"),
        ("[A: [deploy shop mail]]", "FULL"),
    ],
)
def test_a_registry_needs_what_the_order_needs(tmp_path: Path, steps: str, level: str) -> None:
    text = DEPLOYMENT.partition("pipeline:")[0] + f"pipeline: {steps}\n"
    told = _run(tmp_path, "registry", text)
    assert f"ordered: {{compatibility: {level}}}" in told


def test_directions_of_oasdiff(tmp_path: Path) -> None:
    told = _run(tmp_path, "oasdiff")
    assert "# pay/charge\noasdiff breaking DEPLOYED NEW --fail-on ERR\n# stock/take" in told
    assert "# stock/take\noasdiff breaking NEW DEPLOYED --fail-on ERR" in told


def test_declarations_play_no_part() -> None:
    """But for what they say of stores."""
    bare = find_required(loads(DEPLOYMENT)).pairs
    declared = DEPLOYMENT + "changes: {pay/charge: {breaks: none}, db/items: {breaks: both}}\n"
    assert find_required(loads(declared)).pairs == bare


def test_a_pair_that_is_required_is_a_hazard_where_it_breaks_and_no_other() -> None:
    """Each pair by itself, against the checker."""
    required = find_required(loads(DEPLOYMENT)).pairs
    for contract, pairs in required.items():
        needed = {one.pair: one.steps for one in pairs}
        for pair in (("V1", "V2"), ("V2", "V1")):
            change = f"changes: {{{contract}: {{breaks: [{' -> '.join(pair)}]}}}}\n"
            hazards = check(loads(DEPLOYMENT + change)).at_hops
            met = {step for one in hazards for step in one.window}
            assert met == set(needed.get(pair, ()))


def test_everything_is_broken_once() -> None:
    deployment = break_all(loads(DEPLOYMENT))
    assert deployment.changed.keys() == {*deployment.contracts}


def test_a_limit_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text(DEPLOYMENT)
    ran = invoke("require", str(tmp_path / "d.yaml"), "--max-states", "1")
    assert (ran.returncode, ran.stdout) == (3, "")


def test_a_registry_that_enforces_the_other_way_is_told(tmp_path: Path) -> None:
    steps = "pipeline: [W: [deploy mail], P: [deploy shop]]\nchanges: {topic/ordered: {}}\n"
    text = DEPLOYMENT.partition("pipeline:")[0] + steps + "sources: {topic/ordered: {registry: %s}}\n"
    for level, told in (("FORWARD", True), ("BACKWARD", False), ("FULL", False), ("NONE", True)):
        assert (f"the registry enforces {level}" in _run(tmp_path, "text", text % level)) is told
        checked = invoke("check", str(tmp_path / "d.yaml"))
        assert (checked.returncode, f"the registry enforces {level}, and" in checked.stdout) == (0, told)


def test_what_is_needed_of_versions_further_apart_must_be_transitive() -> None:
    levels = [RegistryLevel(name) for name in ("FULL", "BACKWARD_TRANSITIVE", "FULL_TRANSITIVE")]
    assert [enforces(level, RegistryLevel.BACKWARD_TRANSITIVE) for level in levels] == [False, True, True]
    assert [enforces(level, RegistryLevel.FORWARD) for level in levels] == [True, False, True]


def test_pairs_by_verb_play_no_part(tmp_path: Path) -> None:
    """What a file declares of writers says nothing of which versions meet."""
    path = tmp_path / "d.yaml"
    path.write_text(
        "components: {a: {kind: service}, db: {kind: database}}\n"
        "requests: {r: [client calls a: x, a reads db: u, a writes db: u]}\n"
        "changes: {db/u: {breaks: {schema: {writes: [V2 -> V1]}}}}\n"
        "pipeline: [M: [migrate db], A: [deploy a]]\n"
    )
    done = invoke("require", str(path))
    assert done.returncode == 0
    assert "V1 -> V2  in M, A" in done.stdout
