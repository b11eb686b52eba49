"""What right files mean: defaults, rounding, wildcards, stacks, and a second file of changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model.deployment import Aspect, Deployment, Instruction, Severity, Source
from skewproof.model.errors import InvalidDeploymentError, Problem, render_problems
from skewproof.model.language import load, loads
from skewproof.model.names import Contract, Target

BASE = """\
components:
  web: {kind: service}
  api: {kind: service}
  job: {kind: worker}
  db: {kind: database}
  cache: {kind: cache}
requests:
  visit:
    - client calls web: page
    - web reads cache: item
    - web calls api: item
    - api writes db: row using cache/item page
    - web reads cache: price
  tidy: [job writes cache: item]
pipeline:
  - Prepare
  - Wait:
  - Deploy: [start sync cache/item cache, deploy web api, await cache]
"""
FORTH, BACK = ("V1", "V2"), ("V2", "V1")
PAGE, PRICE, ITEM = Contract("web", "page"), Contract("cache", "price"), Contract("cache", "item")


def codes(text: str, changes: str | None = None) -> list[str]:
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(text, changes=changes)
    return [problem.code for problem in caught.value.problems]


def with_web(keys: str) -> Deployment:
    return loads(BASE.replace("web: {kind: service}", f"web: {{kind: service, {keys}}}"))


def breaks(text: str) -> dict[Aspect, frozenset[tuple[str, str]]]:
    changes = loads(BASE, changes=f"web/page: {{breaks: {text}}}").changes
    assert changes is not None
    return dict(changes[PAGE].breaks)


def test_what_is_left_out_has_a_default() -> None:
    deployment = loads(BASE, "shop.prod.yaml")
    assert (deployment.system, deployment.versions) == ("shop.prod", ("V1", "V2"))
    assert deployment.changes is None
    assert (deployment.max_span, deployment.release, deployment.flags) == (None, None, ())
    assert deployment.file == "shop.prod.yaml"


def test_no_changes_given_is_not_the_same_as_an_empty_mapping() -> None:
    assert loads(BASE).changes is None
    assert loads(BASE + "changes: {}\n").changes == {}
    assert loads(BASE, changes="{}").changes == {}


@pytest.mark.parametrize(
    ("keys", "surge", "unavailable"),
    [
        ("replicas: 3", 1, 0),
        ("replicas: 3, max_surge: 10%", 1, 0),
        ("replicas: 3, max_surge: 34%", 2, 0),
        ("replicas: 3, max_surge: 100%", 3, 0),
        ("replicas: 3, max_surge: '100%'", 3, 0),
        ("replicas: 3, max_unavailable: 66%", 1, 1),
        ("replicas: 3, max_surge: 0, max_unavailable: 2", 0, 2),
        ("replicas: 3, max_surge: 0, max_unavailable: 10%", 0, 1),  # only rounding made both zero
        ("replicas: 3, max_surge: 0%, max_unavailable: 0%", 0, 1),
        ("replicas: 3, max_surge: 0%", 0, 1),
        ("replicas: 3, max_surge: 0, max_unavailable: 0%", 0, 1),
    ],
)
def test_percentages_are_rounded_as_kubernetes_rounds_them(keys: str, surge: int, unavailable: int) -> None:
    web = with_web(keys).components["web"]
    assert (web.replicas, web.max_surge, web.max_unavailable) == (3, surge, unavailable)


def test_a_hop_keeps_its_words_and_its_place() -> None:
    hop = loads(BASE, "d.yaml").requests[0].hops[3]
    assert str(hop) == "api writes db: row using cache/item page"
    assert hop.using == (Source("item", "cache"), Source("page"))
    assert str(hop.place) == "d.yaml:12:7"


def test_a_caller_further_up_means_that_the_deeper_ones_have_answered() -> None:
    later = "    - web reads cache: price\n"
    assert codes(BASE.replace(later, later + "    - api reads cache: price\n")) == ["not-on-stack"]


def test_each_hop_with_an_unknown_component_is_told() -> None:
    wrong = BASE.replace("    - web ", "    - wep ")
    assert codes(wrong) == ["unknown-component"] * 3


def test_a_component_of_a_bad_kind_is_one_error_however_many_hops_it_has() -> None:
    assert codes(BASE.replace("web: {kind: service}", "web: {kind: servise}")) == ["unknown-kind"]


def test_a_section_that_is_wrong_as_a_whole_is_one_error() -> None:
    start, end = BASE.index("components:"), BASE.index("requests:")
    for section in ("components:\n", "components: {}\n", "components: [web]\n"):
        assert len(codes(BASE[:start] + section + BASE[end:])) == 1
    start, end = BASE.index("requests:"), BASE.index("pipeline:")
    for section in ("requests:\n", "requests: {}\n", "requests: [visit]\n"):
        assert len(codes(BASE[:start] + section + BASE[end:] + "changes: {web/page: {}}\n")) == 1


def test_a_hop_that_cannot_be_read_makes_no_second_error() -> None:
    changes = "changes: {api/item: {}, cache/item: {}}\n"
    assert codes(BASE.replace("web calls api: item", "web calls apis: item") + changes) == [
        "unknown-component"
    ]
    assert codes(BASE.replace("web calls api: item", "web calls: item") + changes) == ["bad-hop"]
    assert codes(BASE.replace("web reads cache: item", "web reads cache: a*b")) == ["bad-name"]


def test_actions_keep_their_targets() -> None:
    prepare, wait, deploy = loads(BASE).pipeline
    assert prepare.actions == wait.actions == ()
    assert [action.instruction for action in deploy.actions] == [
        Instruction.SYNC,
        Instruction.DEPLOY,
        Instruction.AWAIT,
    ]
    assert [action.background for action in deploy.actions] == [True, False, False]
    assert deploy.actions[0].targets == (Target("cache", "item"), Target("cache"))


@pytest.mark.parametrize("text", ["both", "[V1 -> V2, V2 -> V1]", "[V1->V2, V2  ->  V1]"])
def test_breaks_without_an_aspect_mean_every_aspect(text: str) -> None:
    assert breaks(text) == dict.fromkeys(Aspect, frozenset({FORTH, BACK}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", {}),
        ("[]", {}),
        ("{}", {}),
        ("{call: none}", {}),
        ("{call: V1 -> V2}", {Aspect.CALL: frozenset({FORTH})}),
        ("{call: [V2 -> V1], token: both}", {Aspect.CALL: {BACK}, Aspect.TOKEN: {FORTH, BACK}}),
    ],
)
def test_breaks_may_be_limited_to_aspects(text: str, expected: dict[Aspect, object]) -> None:
    assert breaks(text) == expected


@pytest.mark.parametrize("flip", [False, True])
def test_a_contract_in_full_wins_over_a_wildcard_whatever_the_order(flip: bool) -> None:
    entries = ["cache/*: {breaks: both, severity: degraded}", "cache/price: {breaks: none, note: same}"]
    text = "".join(f"  {entry}\n" for entry in (reversed(entries) if flip else entries))
    changes = loads(BASE + "changes:\n" + text).changes
    assert changes is not None
    assert set(changes) == {ITEM, PRICE}
    assert (changes[ITEM].severity, changes[ITEM].note) == (Severity.DEGRADED, None)
    assert (dict(changes[PRICE].breaks), changes[PRICE].note) == ({}, "same")


def test_a_second_file_adds_contract_by_contract_and_the_later_one_wins() -> None:
    first = BASE + "changes: {web/page: {note: old}, cache/price: {note: stays}}\n"
    deployment = loads(first, "d.yaml", "changes: {web/*: {note: new}, cache/item: {}}", "release-7.yaml")
    assert deployment.release == "release-7"
    assert deployment.changes is not None
    notes = {contract: change.note for contract, change in deployment.changes.items()}
    assert notes == {PAGE: "new", PRICE: "stays", ITEM: None}
    places = {contract: str(change.place) for contract, change in deployment.changes.items()}
    assert places[PAGE] == "release-7.yaml:1:11"
    assert places[PRICE].startswith("d.yaml:")


def test_a_second_file_may_name_its_release_and_bring_flags() -> None:
    first = BASE + "flags: {a: {guards: [web/page]}, b: {guards: [db/row]}}\n"
    second = "release: Spring sale\nflags: {a: {guards: [cache/*]}, c: {guards: [web/page]}}\nchanges: {}\n"
    deployment = loads(first, changes=second)
    assert deployment.release == "Spring sale"
    guards = {contract: flag.name for contract, flag in deployment.flag_of.items()}
    assert guards == {ITEM: "a", PRICE: "a", Contract("db", "row"): "b", PAGE: "c"}


def test_the_errors_of_both_files_are_told_together() -> None:
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(BASE + "asume: {}\n", "a.yaml", "web/pag: {}\ncache/itm: {}\n", "b.yaml")
    files = [problem.place.file for problem in caught.value.problems if problem.place]
    assert files == ["a.yaml", "b.yaml", "b.yaml"]
    assert codes("a: [", changes="b: [") == ["not-yaml", "not-yaml"]


def test_a_second_file_needs_changes_or_contracts() -> None:
    assert codes(BASE, changes="release: x") == ["missing-key"]
    assert codes(BASE, changes="changes:") == ["wrong-type"]
    assert codes(BASE, changes="") == ["empty-file"]


def test_files_are_loaded_by_path(tmp_path: Path) -> None:
    main, release = tmp_path / "shop.yaml", tmp_path / "r1.yaml"
    main.write_text(BASE)
    release.write_text("web/page: {breaks: both}\n")
    deployment = load(main, release)
    assert (deployment.system, deployment.release) == ("shop", "r1")
    assert deployment == loads(BASE, str(main), release.read_text(), str(release))


def test_plain_words_stay_words() -> None:
    text = BASE.replace("web", "yes").replace("api", "1.0").replace("visit", "2024-01-01")
    deployment = loads("versions: [on, off]\n" + text)
    assert deployment.versions == ("on", "off")
    assert list(deployment.components)[:2] == ["yes", "1.0"]
    assert deployment.requests[0].name == "2024-01-01"


def test_an_error_read_twice_through_an_alias_is_told_once() -> None:
    text = BASE.replace("web: {kind: service}", "web: &it {kind: servise}").replace(
        "api: {kind: service}", "api: *it"
    )
    assert codes(text) == ["unknown-kind"]


def test_a_problem_without_a_place_and_a_long_line_are_shown() -> None:
    assert render_problems((Problem("x", "no file"),)) == "no file"
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(BASE + "changes: {" + "web/page: {}, " * 30 + "web/pag: {}}\n", "d.yaml")
    last = str(caught.value).splitlines()[-2:]
    assert all(len(line) < 200 for line in last)
    column = last[1].index("^")
    assert last[0][column:].startswith("web/pag: ")


def test_what_does_not_exist_adds_nothing_to_the_pairs_that_break() -> None:
    deployment = loads("""
    versions: [V1, V2, V3]
    components: {a: {kind: service}, q: {kind: broker}}
    requests: {r: [client calls a: x, a publishes q: m]}
    pipeline: [{Roll: [deploy a]}]
    changes: {q/m: {breaks: {content: [V1 -> V2]}, exists: [V1]}}
    """)
    (change,) = deployment.changed.values()
    assert set(change.breaks) == {Aspect.CONTENT}
    assert [one.says for one in change.declared] == ["breaks content", "exists"]
