"""`skewproof fix`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skewproof.model.deployment import RemedyKind
from support.command import invoke

TEXT = """\
# our rollout
components:
  web: {kind: service, replicas: 2}
  db: {kind: database}
requests: {save: [client calls web: form, web writes db: t]}
pipeline:
  - Migrate: [migrate db]   # drops a column
  - Roll: [deploy web]
changes: {db/t: {breaks: {schema: [V1 -> V2]}}}
"""
FIXED = TEXT.replace(
    "  - Migrate: [migrate db]   # drops a column\n  - Roll: [deploy web]\n",
    "  - Roll: [deploy web]\n  - Migrate: [migrate db]   # drops a column\n",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "deploy.yaml"
    path.write_text(TEXT)
    return path


def test_the_cheapest_plan_is_a_diff_of_the_file_and_is_written_when_asked(file: Path) -> None:
    told = invoke("fix", str(file))
    assert told.returncode == 1, "the file is as it was"
    assert "plan 1, price 2: order" in told.stdout
    assert "-  - Roll: [deploy web]" in told.stdout or "+  - Roll: [deploy web]" in told.stdout
    assert file.read_text() == TEXT
    done = invoke("fix", str(file), "--apply", "--certificate", str(file.with_suffix(".json")))
    assert (done.returncode, file.read_text()) == (0, FIXED)
    assert invoke("check", str(file)).returncode == 0
    assert invoke("verify", str(file), str(file.with_suffix(".json"))).returncode == 0


def test_prices_decide(file: Path) -> None:
    file.write_text(TEXT + "prices: {order: never, downtime: 1}\n")
    plans = json.loads(invoke("fix", str(file), "--format", "json").stdout)["plans"]
    assert all("order" not in plan["kinds"] for plan in plans)


def test_what_only_the_file_says_of_code_is_told_to_be_built(file: Path) -> None:
    """An `order` is done by whoever writes the pipeline; a contract does not get tolerant by an edit."""
    assert "build it first" not in invoke("fix", str(file)).stdout.partition("plan 2")[0]
    never = [kind for kind in map(str, RemedyKind) if kind != "tolerance"]
    file.write_text(TEXT + f"prices: {{{', '.join(f'{kind}: never' for kind in never)}}}\n")
    told = invoke("fix", str(file), "--apply")
    assert "  build it first (tolerance): the file then says so of code" in told.stdout
    assert "build it first (tolerance)" in told.stderr
    plan = json.loads(invoke("fix", str(file), "--format", "json").stdout)["plans"]
    assert plan == [], "it is safe by now"


def test_nothing_is_written_where_there_is_no_such_plan(file: Path) -> None:
    done = invoke("fix", str(file), "--apply", "--plan", "9")
    assert (done.returncode, file.read_text()) == (1, TEXT)
    assert "there is no plan 9" in done.stderr


def test_a_safe_file_needs_none_and_an_unknown_one_gets_none(file: Path) -> None:
    file.write_text(FIXED)
    assert invoke("fix", str(file)).stdout == "safe: there is nothing to repair\n"
    file.write_text(TEXT.partition("changes")[0])
    assert invoke("fix", str(file)).returncode == 3


def test_a_budget_that_ends_is_no_proof_that_there_is_no_plan(file: Path) -> None:
    told = invoke("fix", str(file), "--checks", "1")
    assert "no plan found within 1 check" in told.stdout
    assert "no plan with these remedies" not in told.stdout


def test_where_no_remedy_helps_the_hazard_is_named(file: Path) -> None:
    prices = ", ".join(
        f"{kind}: never"
        for kind in (
            *("barrier", "order", "settings", "session", "suspend", "drain", "expire", "purge"),
            *("blue-green", "flag", "release", "downtime", "action", "omission", "tolerance", "force"),
        )
    )
    file.write_text(TEXT + f"prices: {{{prices}}}\n")
    told = invoke("fix", str(file))
    assert told.returncode == 1
    assert "no plan with these remedies" in told.stdout
    assert "is out of the question by `prices`" in told.stdout


def test_what_is_wrong_in_a_file_is_told_as_ever(file: Path) -> None:
    file.write_text("components: {web: {kind: servce}}\n")
    told = invoke("fix", str(file))
    assert (told.returncode, "did you mean `service`?" in told.stderr) == (2, True)
    assert invoke("fix", str(file.with_name("none.yaml"))).returncode == 2


def test_check_tells_what_would_help_where_that_is_asked_for(file: Path) -> None:
    told = invoke("check", str(file), "--advise")
    assert told.returncode == 1
    assert "what would help: `deploy web` goes before `migrate db` (verified safe)" in told.stdout
    assert "usual remedy" not in told.stdout
    (cause,) = json.loads(invoke("check", str(file), "--advise", "--format", "json").stdout)["causes"]
    assert cause["advice"] == {"told": "`deploy web` goes before `migrate db`", "steps": 0, "safe": True}
    assert "what would help" not in invoke("check", str(file)).stdout


def test_a_report_tells_it_unless_it_is_told_not_to(file: Path) -> None:
    page = file.with_name("report.html")
    invoke("report", str(file), "-o", str(page))
    assert "what would help" in page.read_text()
    invoke("report", str(file), "-o", str(page), "--no-advise")
    assert "what would help" not in page.read_text()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "components: {web: {kind: service, replicas: {V1: 4, V2: 1}, min_available: 2}}\n"
            "requests: {visit: [client calls web: page]}\n"
            "pipeline: [Roll: [deploy web]]\nchanges: {web/page: {breaks: none}}\n",
            "web: `replicas: 4`, whatever the version",
        ),
        (
            "components: {web: {kind: service}}\nflags: {ready: {}}\n"
            "requests: {visit: [client calls web: page]}\n"
            "pipeline:\n- Roll: [deploy web]\n- Prepare: [enable ready]\n"
            "properties: {first: ready.on before web.up(V2)}\nchanges: {web/page: {breaks: none}}\n",
            "`deploy web` goes behind `enable ready`",
        ),
    ],
)
def test_violated_properties_are_repaired_too(file: Path, text: str, line: str) -> None:
    file.write_text(text)
    assert line in invoke("fix", str(file), "--apply").stdout
    assert invoke("check", str(file)).returncode == 0


def test_a_split_edits_the_second_file_too(file: Path) -> None:
    text, changes = TEXT.replace("[V1 -> V2]", "both").split("changes:")
    second = file.with_name("release.yaml")
    file.write_text(f"{text}prices: {{order: never, release: 1}}\n")
    second.write_text(f"# ours\nchanges:{changes}")
    done = invoke("fix", str(file), "--changes", str(second), "--apply", "--plans", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "V2-migrate" in second.read_text()
    assert second.read_text().startswith("# ours\n")
    assert "releases:" in file.read_text()
    assert invoke("check", str(file), "--changes", str(second)).returncode == 0


def test_without_a_plan_the_nearest_is_told_with_what_it_leaves(file: Path) -> None:
    file.write_text("""\
components: {app: {kind: client, stays: true}, web: {kind: service}, api: {kind: service}}
requests: {ask: [app calls api: x], see: [client calls web: page, web calls api: y]}
pipeline: [Web: [deploy web], Api: [deploy api]]
changes: {api/x: {breaks: {call: [V1 -> V2]}}, api/y: {breaks: {call: [V2 -> V1]}}}
prices: {tolerance: never, force: never, blue-green: never}
""")
    told = invoke("fix", str(file))
    assert told.returncode == 1
    assert "no plan with these remedies\n" in told.stdout
    assert "nearest, and no plan:\n    `deploy api` goes before `deploy web` (2)\n" in told.stdout


def test_the_diff_names_the_file_as_git_apply_takes_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    for name in (str(file), "deploy.yaml", "./deploy.yaml"):
        assert "\n--- a/deploy.yaml\n+++ b/deploy.yaml\n" in invoke("fix", name).stdout
    monkeypatch.chdir(file.parent.parent)
    assert f"\n--- a/{file.parent.name}/deploy.yaml\n" in invoke("fix", str(file)).stdout


BOTH_WAYS = """
versions: [V1, V2, V3]
components: {web: {kind: service, replicas: 2}, api: {kind: service, replicas: 2}}
requests: {order: [client calls web: order, web calls api: charge]}
pipeline: [Roll: [deploy web api to V2]]
changes: {api/charge: {breaks: [V1 -> V2, V2 -> V1]}}
"""


def test_where_no_plan_is_found_it_is_told_which_contracts_no_order_helps(file: Path) -> None:
    never = ", ".join(f"{kind}: never" for kind in map(str, RemedyKind) if kind != "order")
    file.write_text(f"{BOTH_WAYS}prices: {{{never}}}\n")
    told = invoke("fix", str(file)).stdout
    assert "api/charge (call) breaks both ways between V1 and V2" in told
    assert "no release was split: that is done for two versions, and these are 3" in told
    assert "plan 1" not in told


def test_where_there_is_a_plan_nothing_of_that_is_told(file: Path) -> None:
    assert "both ways" not in invoke("fix", str(file)).stdout


def test_tolerance_is_written_where_the_change_stands(file: Path) -> None:
    text, changes = TEXT.split("changes:")
    second = file.with_name("release.yaml")
    file.write_text(
        f"{text}changes: {{web/form: {{breaks: none}}}}\nprices: {{order: never, release: never}}\n"
    )
    second.write_text(f"# ours\nchanges:{changes}")
    before = file.read_text()
    done = invoke("fix", str(file), "--changes", str(second), "--apply", "--plans", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert second.read_text() == "# ours\nchanges: {db/t: {breaks: none}}\n"
    assert file.read_text() == before
    assert invoke("check", str(file), "--changes", str(second)).returncode == 0


def test_grades_of_pairs_and_verbs_are_kept_by_tolerance(file: Path) -> None:
    breaks = "{schema: {reads: [V2 -> V1], writes: {V1 -> V2: degraded, V2 -> V1: error}}}"
    text = TEXT.replace("{schema: [V1 -> V2]}", breaks).replace("web writes", "web reads db: t, web writes")
    file.write_text(f"{text}prices: {{release: never, flag: never}}\n")
    done = invoke("fix", str(file), "--apply", "--plans", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "breaks: {schema: {reads: [V2 -> V1], writes: {V2 -> V1: error}}}" in file.read_text()


def test_a_split_with_more_remedies_is_told_before_what_is_dearer(tmp_path: Path) -> None:
    """Rows that keep their form: two releases, and the old rows are rewritten before the old form goes."""
    file = tmp_path / "rename.yaml"
    file.write_text("""\
components: {app: {kind: service}, db: {kind: database}}
requests: {view: [client calls app: v, app reads db: t], edit: [client calls app: e, app writes db: t]}
pipeline: [Migrate: [migrate db], Roll: [deploy app]]
changes: {db/t: {breaks: {schema: both, content: [V2 -> V1]}, rows: kept}}
prices: {expire: never}
""")
    told = json.loads(invoke("fix", str(file), "--format", "json").stdout)
    first, second, *_ = told["plans"]
    assert (first["price"], first["kinds"]) == (25, ["release", "purge"])
    assert second["price"] == 32
    assert told["warrant"] == "none"
