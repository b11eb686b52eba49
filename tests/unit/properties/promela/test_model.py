"""The exported Promela model: what it says, and that nothing in a file becomes code."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.properties.promela import Model, to_promela
from skewproof.properties.promela.encoding import Axis, AxisKind
from skewproof.properties.promela.model import MOST_OWNERS
from skewproof.properties.promela.names import Identifiers, write_comment
from skewproof.properties.promela.regions import cover
from support.hostile_samples import HOSTILE_NAMES

SCCOS = Path(__file__).parents[4] / "examples" / "sccos"


def every_request(deployment: Deployment) -> list[Compiled]:
    return [compile_deployment(deployment, request) for request in deployment.requests]


def realistic() -> Model:
    return to_promela(every_request(load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")))


def line_with(text: str, part: str) -> str:
    (line,) = [line.strip() for line in text.splitlines() if part in line]
    return line


# What it says


def test_counters_are_bounded_in_the_words_of_kubernetes() -> None:
    text = realistic().text
    assert "byte up_glue_V1 = 3;" in text
    spawn = line_with(text, "up_glue_V2++")
    assert "up_glue_V1 + up_glue_V2 == 3" in spawn
    assert spawn.startswith(":: d_step { stands_at == AT_11_DEPLOY_SPRYKER_SERVICES && ")


def test_a_claim_says_hop_contract_and_versions() -> None:
    text = realistic().text
    assert (
        "/* hazard_3: add to cart, hop 5, zed writes database: cart_item using redis/product: "
        "schema V1 -> V2 */" in text
    )
    assert "schema_database_cart_item == VERSION_V2" in line_with(text, "#define HAZARD_3 ")


def test_the_claims_of_a_model_are_those_in_its_text() -> None:
    model = realistic()
    assert [claim.name for claim in model.claims] == re.findall(r"^never (\w+)", model.text, re.MULTILINE)
    assert len(model.claims) == 4


def test_one_request_needs_no_choice() -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    text = to_promela([compile_deployment(deployment, deployment.requests[1])]).text
    assert "active proctype pipeline" in text
    assert "init {" not in text
    assert "is_watched" not in text


def test_without_changes_the_model_says_that_only_unavailable_calls_are_claimed() -> None:
    model = to_promela(every_request(load(SCCOS / "deployment.yaml")))
    assert "No changes were given" in model.text


# Regions


@st.composite
def domains(draw: st.DrawFn) -> tuple[tuple[Axis, ...], list[tuple[int, ...]], list[tuple[int, ...]]]:
    kinds = draw(st.lists(st.sampled_from(AxisKind), min_size=1, max_size=3))
    axes = tuple(Axis(f"x{i}", kind, (0, 1, 2, 3), {}, "") for i, kind in enumerate(kinds))
    every = list(product(range(4), repeat=len(kinds)))
    domain = draw(st.lists(st.sampled_from(every), min_size=1, max_size=20, unique=True))
    return axes, domain, [point for point in domain if draw(st.booleans())]


@given(domains())
def test_a_cover_holds_the_wanted_points_and_no_other(
    found: tuple[tuple[Axis, ...], list[tuple[int, ...]], list[tuple[int, ...]]],
) -> None:
    axes, domain, wanted = found
    regions = cover(axes, domain, wanted)
    assert [point for point in domain if any(r.holds(point) for r in regions)] == wanted


# Names that do harm


def test_names_are_identifiers_each_given_out_once() -> None:
    names = Identifiers()
    given_out = [names.fresh(f"up {name}") for name in (*HOSTILE_NAMES, "a-b", "a_b", "a b", "a_b_2", "")]
    assert len(set(given_out)) == len(given_out)
    assert all(re.fullmatch(r"up[A-Za-z0-9_]*", name) for name in given_out)


@given(st.text())
def test_a_comment_is_one_line_and_ends_where_we_end_it(text: str) -> None:
    shown = write_comment(text)
    assert shown.isascii()
    assert "*/" not in f"{shown} "
    assert "/*" not in shown
    assert len(shown.splitlines()) <= 1
    assert "\\" not in shown


# What is too much for one file, and lives that are not ours


def many(services: int, pipeline: str) -> Deployment:
    names = [f"s{n}" for n in range(services)]
    hops = "".join(f"    - {a} calls {b}: x\n" for a, b in zip(["client", *names], names, strict=False))
    return loads(
        "components:\n"
        + "".join(f"  {name}: {{kind: service}}\n" for name in names)
        + f"requests:\n  chain:\n{hops}"
        + f"pipeline: [Roll: [{pipeline}]]\nchanges:\n"
        + "".join(f"  {name}/x: {{breaks: both}}\n" for name in names)
    )


def test_more_movers_than_spin_has_processes_share_one() -> None:
    names = " ".join(f"s{n}" for n in range(MOST_OWNERS + 1))
    text = to_promela(every_request(many(MOST_OWNERS + 1, f"deploy {names}"))).text
    assert text.count("proctype") == 3


def test_either_of_two_regions_binds_as_one_beside_and() -> None:
    """`at && (a) || (b)` would let the second region happen anywhere."""
    text = to_promela(
        every_request(
            loads(
                """
                versions: [V1, V2, V3]
                components: {s: {kind: service}, c: {kind: cache}}
                requests: {get: [client calls s: x, s reads c: y, s writes c: y]}
                pipeline: [Roll: [deploy s], Sync: [sync c to V3]]
                changes: {c/y: {breaks: both}}
                """
            )
        )
    ).text
    synced = [line for line in text.splitlines() if "stands_at == " in line and "||" in line]
    assert synced
    for line in synced:
        condition = line.partition("{ ")[2].partition(" ->")[0]
        outside, depth = "", 0
        for char in condition:
            depth += (char == "(") - (char == ")")
            outside += char if depth == 0 else ""
        assert not ("&&" in outside and "||" in outside), line
