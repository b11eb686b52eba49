"""What a report is made of: the data, the page around it, and the stories read off the traces."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

import support.output_samples as samples
from skewproof.diagrams.report import compose
from skewproof.diagrams.report.blame import SourceLines
from skewproof.diagrams.report.cast import MOST_DRAWN
from skewproof.diagrams.report.content import build_content
from skewproof.diagrams.report.headline import tell_ending, tell_when
from skewproof.diagrams.report.page import EXPLORER, SCRIPTS, as_data
from skewproof.model.language import load, loads
from skewproof.model.names import Place
from skewproof.properties.checker import check
from skewproof.properties.lookups.lookup import HazardKind
from support.hostile_samples import hostile
from support.picture_samples import star
from support.report_samples import HARMFUL_NAMES, many_services

SCCOS = Path(__file__).parents[2] / "examples" / "sccos"
FRONT = Path(__file__).parents[2] / "diagrams" / "report" / "front"
STEPS = ("(before)", "a", "b", "c", "(after)")


@pytest.fixture(scope="module")
def realistic() -> dict[str, Any]:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / "realistic.yaml")
    return build_content(deployment, check(deployment))


def parts(page: str) -> dict[str, str]:
    """The contents of the page's style, script and data."""
    return {
        "style": page.split("<style>")[1].split("</style>")[0],
        "script": page.split("<script>")[1].split("</script>")[0],
        "data": page.split('id="content">')[1].split("</script>")[0],
        "policy": page.split('Content-Security-Policy" content="')[1].split('"')[0],
    }


# --- the page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*HARMFUL_NAMES, "\u2028\u2029", "]]>", "&lt;"])
def test_data_is_the_same_json_and_no_markup(text: str) -> None:
    written = as_data({text: [text]})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {text: [text]}


def test_the_policy_allows_exactly_the_style_and_script_that_are_there() -> None:
    found = parts(compose(samples.sccos(), samples.unsafe_answer()))
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(found[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in found["policy"]


def test_the_script_holds_every_module_and_no_loose_end() -> None:
    assert {*SCRIPTS, *EXPLORER} == {path.name for path in FRONT.glob("*.js")}
    script = parts(compose(samples.sccos(), samples.unsafe_answer()))["script"]
    assert re.findall(r"^\s*(?:import|export)\b.*", script, flags=re.MULTILINE) == []
    for path in FRONT.glob("*.js"):
        exported = re.findall(r"^export", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        links = re.findall(
            r"^export (?:const|function|class) \w+", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert len(exported) == len(links), f"{path.name} exports in a way that is not linked"


def test_the_script_never_parses_markup_or_text() -> None:
    script = parts(compose(samples.sccos(), samples.unsafe_answer()))["script"]
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert word not in script
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|fetch\(|XMLHttpRequest|import\(", script)


def test_the_same_input_gives_the_same_page() -> None:
    answers = [samples.unsafe_answer(), samples.unsafe_answer()]
    assert len({compose(samples.sccos(), answer) for answer in answers}) == 1


def test_names_that_do_harm_are_written_so_that_they_do_none() -> None:
    deployment, hazard, _ = hostile()
    page = compose(deployment, structs.replace(samples.unsafe_answer(hazard), system=deployment.system))
    page.encode()  # a lone surrogate would not let it be written
    data = parts(page)["data"]
    assert "\x1b" not in data
    assert "\u202e" not in data
    assert json.loads(data)["system"] == "[red]x[/red]a\\x1b[31m\\x07\\r\\nb"


# --- verdicts -----------------------------------------------------------------------------------


def test_headlines() -> None:
    def said(answer: Any) -> str:
        text = build_content(samples.sccos(), answer)["headline"]
        assert isinstance(text, str)
        return text

    assert said(samples.unsafe_answer()) == (
        "“add to cart” breaks while release realistic is being deployed, first in Run_install."
    )
    early = structs.replace(samples.schema_hazard(), window=("(before)",))
    assert said(samples.unsafe_answer(early)).endswith("while release realistic is being deployed.")
    assert said(samples.unsafe_answer(*samples.many_hazards())).startswith("All 4 requests break while")
    assert said(samples.safe_answer()).startswith("No request can meet a pair of versions that breaks")
    assert said(samples.unknown_answer()).startswith("No verdict on release realistic: Nothing was given")


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ("b", "during b"),
        ("a b c", "from a to c"),
        ("a c", "during a and during c"),
        ("(before) a", "until a"),
        ("(before)", "before the first step"),
        ("b c (after)", "from b on, until the last background move is over"),
        ("(after)", "after the last step, until the last background move is over"),
        ("(before) a b c (after)", "at any time"),
    ],
)
def test_when(window: str, text: str) -> None:
    hazard = structs.replace(samples.schema_hazard(), window=tuple(window.split()))
    assert tell_when(hazard, STEPS) == text


def test_the_worst_hazards_come_first() -> None:
    told = build_content(samples.sccos(), samples.unsafe_answer())["hazards"]
    assert [(hazard["inevitable"], hazard["severity"]) for hazard in told] == [
        (False, "corruption"),
        (True, "error"),
        (False, "degraded"),
    ]


def test_hazards_of_one_cause_are_told_to_be() -> None:
    told = build_content(loads(star(3)), check(loads(star(3))))["hazards"]
    assert [hazard["cause"] for hazard in told] == [0, 0, 0]
    assert all(hazard["help"].startswith("usual remedy, unchecked: ") for hazard in told)
    many = build_content(samples.sccos(), samples.unsafe_answer())["hazards"]
    assert [hazard["cause"] for hazard in many] == list(range(len(many)))


def test_a_hazard_that_is_no_pair_is_told_without_a_matrix() -> None:
    hazard = structs.replace(
        samples.schema_hazard(), kind=HazardKind.UNAVAILABLE, aspect=None, provider_version=None
    )
    (told,) = build_content(samples.sccos(), samples.unsafe_answer(hazard))["hazards"]
    assert told["matrix"] is None
    assert told["note"] is None, "no instance is up, whatever the release changes"
    assert [quote["what"] for quote in told["quotes"]] == ["the request relies on it"]
    assert told["sentence"] == "No instance of database is up when zed V1 writes cart_item to database."


# --- stories ------------------------------------------------------------------------------------


def test_scenes_leave_out_what_does_not_matter_but_count_it(realistic: dict[str, Any]) -> None:
    schema = realistic["hazards"][0]
    assert [scene.get("passed") for scene in schema["scenes"]] == [None, 11, 0, 0, 0, 0, 0]
    assert [scene["what"] for scene in schema["scenes"][1:3]] == [
        "schema V1 → V2",
        "client calls glue V1: cart.items",
    ]
    assert schema["events"] == 17
    assert schema["scenes"][-1]["fails"]


def test_what_is_left_out_still_takes_effect_on_the_stage(realistic: dict[str, Any]) -> None:
    stage = realistic["stages"][realistic["hazards"][0]["stage"]]
    names = [node["name"] for node in stage["nodes"]]
    start, moved = realistic["hazards"][0]["scenes"][:2]
    scheduler, database = str(names.index("scheduler")), str(names.index("database"))
    assert start["nodes"][scheduler] == {"badges": [["V1", 1]], "word": "", "notes": ["1×V1"]}
    assert moved["nodes"][scheduler] == {"badges": [["V2", 1]], "word": "suspended", "notes": ["1×V2"]}
    assert moved["nodes"][database]["notes"] == ["cart_item: schema V2"]


@pytest.mark.parametrize("release", ["realistic", "pessimistic", "column-dropped"])
def test_every_hop_of_every_story_has_its_arrow_and_its_versions(release: str) -> None:
    deployment = load(SCCOS / "deployment.yaml", SCCOS / "releases" / f"{release}.yaml")
    told = build_content(deployment, check(deployment))
    scenes = [(hazard, scene) for hazard in told["hazards"] for scene in hazard["scenes"]]
    hops = [(hazard, scene) for hazard, scene in scenes if scene["kind"] == "hop"]
    assert len(hops) > 3
    for hazard, scene in hops:
        stage = told["stages"][hazard["stage"]]
        consumer, provider = (stage["nodes"][number]["name"] for number in stage["arrows"][scene["arrow"]])
        who = consumer if scene["consumer"] is None else f"{consumer} {scene['consumer']}"
        assert scene["what"].startswith(f"{who} ")
        assert provider in scene["what"]
        if " calls " in scene["what"]:
            assert f"calls {provider} {scene['provider']}:" in scene["what"]
        if scene["fails"]:
            assert scene["provider"] == hazard["matrix"]["met"][1]


def test_the_matrix_holds_every_pair(realistic: dict[str, Any]) -> None:
    call = next(hazard for hazard in realistic["hazards"] if hazard["what"] == "cart.add, call")
    assert call["matrix"]["broken"] == [[False, True], [True, False]]
    assert call["matrix"]["met"] == ["V1", "V2"]
    assert realistic["hazards"][0]["matrix"]["broken"] == [[False, True], [False, False]]


PROPERTIES = """
versions: [V1, V2]
components: {glue: {kind: service, replicas: 2, max_unavailable: 1, min_available: 2}, cron: {kind: worker}}
requests: {buy: [client calls glue: cart]}
pipeline: [Stop: [suspend cron], Roll: [deploy glue]]
changes: {}
properties:
  jobs go on: cron.suspended leads to not cron.suspended
"""


def test_violated_properties_have_rows_stories_and_words_of_their_own() -> None:
    deployment = loads(PROPERTIES)
    told = build_content(deployment, check(deployment))
    assert (
        told["headline"] == "2 properties are violated while this release is being deployed, first in Roll."
    )
    assert [row["name"] for row in told["timeline"]["rows"]] == ["buy", "jobs go on", "min_available of glue"]
    jobs, available = told["hazards"]
    assert (jobs["request"], jobs["ending"]) == (
        "jobs go on",
        "And so it stays: nothing is left that must happen.",
    )
    assert (available["request"], available["ending"]) == ("min_available of glue", "")
    glue = [node["name"] for node in told["stages"][available["stage"]]["nodes"]].index("glue")
    last = available["scenes"][-1]
    assert (last["at"], last["fails"]) == (glue, True)
    assert last["nodes"][str(glue)]["badges"] == [["V1", 1]]


def test_a_story_that_repeats_says_from_where() -> None:
    hazard = samples.property_hazard()
    assert tell_ending(structs.replace(hazard, loop=3)) == "From event 4 on it repeats for ever."
    assert tell_ending(structs.replace(hazard, loop=len(hazard.trace))).startswith("And so it stays")
    assert tell_ending(structs.replace(hazard, loop=None)) == tell_ending(samples.schema_hazard()) == ""


ABRUPT = """
versions: [V1, V2, V3]
components:
  web: {kind: service, drain: abrupt, strategy: recreate}
  db: {kind: database}
requests: {buy: [client calls web: page, web writes db: rows]}
pipeline: [Roll: [deploy web]]
rollback: [Back: [rollback web]]
changes: {web/page: {breaks: none}}
"""


def test_a_request_that_is_cut_off_is_marked_at_its_component() -> None:
    deployment = loads(ABRUPT)
    told = build_content(deployment, check(deployment))
    cut = next(hazard for hazard in told["hazards"] if hazard["kind"] == "interrupted")
    web = [node["name"] for node in told["stages"][cut["stage"]]["nodes"]].index("web")
    last = cut["scenes"][-1]
    assert (last["at"], last["fails"], last.get("arrow")) == (web, True, None)
    assert last["nodes"][str(web)] == {"badges": [], "word": "down", "notes": ["nobody up"]}
    assert cut["matrix"] is None


def test_a_rollback_has_steps_and_stories_of_its_own() -> None:
    deployment = replace(loads(ABRUPT), failures=True)
    told = build_content(deployment, check(deployment, failures=True))
    names = [column["name"] for column in told["timeline"]["columns"]]
    assert names == ["(before)", "Roll", "Back", "(after)"]
    assert told["timeline"]["columns"][1]["actions"] == ["deploy web"]
    struck = {names[cell["column"]] for row in told["timeline"]["rows"] for cell in row["cells"]}
    assert struck >= {"Roll", "Back"}


def test_three_versions_make_a_matrix_of_nine() -> None:
    change = "{web/page: {breaks: none}}"
    deployment = loads(ABRUPT.replace(change, "{db/rows: {breaks: [V1 -> V2]}}"))
    deployment = replace(deployment, pipeline=loads(ABRUPT.replace("deploy web", "migrate db")).pipeline)
    (told,) = build_content(deployment, check(deployment))["hazards"]
    assert told["matrix"]["broken"] == [[False, True, True], [False, False, False], [False, False, False]]


# --- the timeline -------------------------------------------------------------------------------


def test_cells_are_the_windows(realistic: dict[str, Any]) -> None:
    names = [column["name"] for column in realistic["timeline"]["columns"]]
    rows = {row["name"]: row["cells"] for row in realistic["timeline"]["rows"]}
    assert [name for name, cells in rows.items() if cells] == ["add to cart"]
    told = {names[cell["column"]]: (cell["status"], len(cell["hazards"])) for cell in rows["add to cart"]}
    assert told["Run_install"] == ("inevitable", 2)
    assert told["Deploy_Spryker_services"] == ("inevitable", 4)
    assert told["(after)"] == ("inevitable", 1)
    assert "Deploy_Scheduler" not in told


def test_a_bar_ends_where_it_is_awaited() -> None:
    deployment = load(SCCOS / "await-sync.yaml", SCCOS / "releases" / "pessimistic.yaml")
    times = build_content(deployment, check(deployment))["timeline"]
    names = [column["name"] for column in times["columns"]]
    assert [(bar["label"], names[bar["from"]], names[bar["to"]]) for bar in times["bars"]] == [
        ("sync redis", "Run_install", "Run_install"),
        ("sync search", "Run_install", "Run_install"),
    ]


# --- the lines to blame -------------------------------------------------------------------------


def test_a_quote_is_the_line_and_what_is_indented_below_it(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("a:\n  - b: 1\n    c: 2\n\n  - d\n", encoding="utf-8")
    assert SourceLines().quote("w", Place(str(file), 2, 5), "") == {
        "what": "w",
        "where": f"{file}:2",
        "first": 2,
        "lines": ["- b: 1", "  c: 2"],
    }


def test_a_file_that_is_gone_is_named_all_the_same(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.yaml")
    assert SourceLines().quote("w", Place(gone, 3, 1), "")["lines"] == []
    assert SourceLines().quote("w", None, "hop") == {
        "what": "w",
        "where": None,
        "first": None,
        "lines": ["hop"],
    }


# --- large deployments --------------------------------------------------------------------------


def test_of_a_large_deployment_the_request_is_drawn_and_the_others_are_counted() -> None:
    deployment = loads(many_services(MOST_DRAWN + 6))
    told = build_content(deployment, check(deployment))
    drawn = {len(stage["nodes"]) + stage["left_out"] for stage in told["stages"]}
    assert drawn == {MOST_DRAWN + 6 + 2}  # the store and the client
    hazard = told["hazards"][0]
    stage = told["stages"][hazard["stage"]]
    assert len(stage["nodes"]) == 6
    assert all(int(number) < 6 for scene in hazard["scenes"] for number in scene["nodes"])


def test_a_property_is_told_with_the_line_that_states_it(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    file.write_text(
        "components: {glue: {kind: service}, cron: {kind: worker}}\n"
        "requests: {buy: [client calls glue: cart]}\n"
        "pipeline: [Stop: [suspend cron], Roll: [deploy glue]]\n"
        "changes: {}\n"
        "properties:\n"
        "  jobs go on: cron.suspended leads to not cron.suspended\n"
    )
    deployment = load(file)
    (told,) = build_content(deployment, check(deployment))["hazards"]
    assert told["sentence"] == "`cron.suspended` has held, and `not cron.suspended` never comes."
    assert told["what"] == "jobs go on"
    assert told["quotes"][0]["lines"] == ["jobs go on: cron.suspended leads to not cron.suspended"]
    assert not any(scene.get("fails") for scene in told["scenes"]), "a lasso has no event that fails"
