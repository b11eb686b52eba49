"""Rows that keep the form in which they were written, found by real code."""

from __future__ import annotations

from pathlib import Path

from skewproof.properties.harness import Comparison, Trial, Wires, changes_text, learn
from skewproof.properties.harness.tour import find_tour
from support.harness_samples import compared, said
from support.kept_rows import KEPT, NEW_ROWS_BREAK, Kept, read_any, save, stored


def test_old_code_that_finds_new_rows_breaks_and_the_tour_says_so(tmp_path: Path) -> None:
    comparison = compared(Kept(tmp_path))
    assert len(comparison.unpredicted) == 1
    result = comparison.unpredicted[0].result
    assert result.failure is not None
    assert result.failure.evidence == 'ValueError: no name: {"first": "Ada"}'
    assert (result.hops[-1].encounter.caller, result.hops[-1].encounter.found) == ("V1", "V2")


def test_what_the_file_calls_broken_is_predicted_and_seen(tmp_path: Path) -> None:
    comparison = compared(Kept(tmp_path, changes_text=NEW_ROWS_BREAK))
    assert said(comparison) == []
    assert [str(pair) for _, pair in comparison.seen] == ["content V1 -> V2"]


def test_code_that_reads_both_forms_passes(tmp_path: Path) -> None:
    comparison = compared(Kept(tmp_path, back=read_any))
    assert said(comparison) == []
    found = {
        (s.encounter.caller, s.encounter.found)
        for s in find_tour(comparison.courses["ask"]).stops
        if s.encounter.hop == 3
    }
    assert found == {(reader, form) for reader in ("V1", "V2") for form in ("V1", "V2")}


def test_which_rows_break_is_learned(tmp_path: Path) -> None:
    with Trial(Kept(tmp_path)) as trial:
        learned = learn(trial)
        text = changes_text(trial.deployment, learned, "told")
    assert (
        "  db/row:\n    rows: kept\n    breaks:\n      content:\n        - V1 -> V2  # ask, hop 3: " in text
    )
    assert "V2 -> V1" not in text


def test_rows_that_nobody_writes_have_the_form_that_a_backfill_gives_them(tmp_path: Path) -> None:
    text = KEPT.replace("    - back writes db: row\n", "").replace("back front]", "back front, backfill db]")
    script = "UPDATE rows SET id = '{}'"
    filled = Kept(tmp_path, told=lambda *_: None, text=text, backfills={"V2": {"row": script}})
    with Trial(filled) as trial:
        (row,) = [c for c in trial.deployment.contracts if str(c) == "db/row"]
        told = {form: trial.find_image(row, form, "V1") for form in ("V1", "V2")}
    rows = {form: [one.rows for one in image or ()] for form, image in told.items()}
    assert rows == {"V1": [[("Ada",)]], "V2": [[("{}",)]]}


def test_rows_go_along_with_a_migration_and_a_schema_that_cannot_go_back_has_none(tmp_path: Path) -> None:
    added = {"V2": {"row": "ALTER TABLE rows ADD COLUMN more"}}
    text = KEPT.replace("pipeline:\n", "pipeline:\n  - Install: [migrate db]\n")
    with Trial(Kept(tmp_path, text=text, migrations=added, back=read_any)) as trial:
        (row,) = [c for c in trial.deployment.contracts if str(c) == "db/row"]
        assert trial.find_image(row, "V2", "V1") is None
        image = trial.find_image(row, "V1", "V2")
        assert image is not None
        assert (image[0].columns, image[0].rows) == (("id", "more"), [("Ada", None)])
        comparison = Comparison(trial)
        comparison.tour()
    assert said(comparison) == []


def test_a_run_that_would_lose_what_it_wrote_is_left_out(tmp_path: Path) -> None:
    text = KEPT.replace("back writes db: row\n", "back writes db: row\n    - back reads db: row\n")

    def saves_and_reads(version: str, wires: Wires) -> None:
        save(version, wires)
        assert stored(wires) == ("Ada" if version == "V1" else '{"first": "Ada"}')

    with Trial(Kept(tmp_path, text=text, told=saves_and_reads, back=read_any)) as trial:
        comparison = Comparison(trial)
        course = comparison.courses["tell"]
        results = [
            (stop.encounter, comparison.run(stop.run))
            for stop in find_tour(course).stops
            if stop.encounter.hop == 3
        ]
    impossible = {(met.caller, met.found) for met, result in results if result.impossible}
    assert impossible == {("V1", "V2"), ("V2", "V1")}
    assert not any(result.is_bad for _, result in results)


def test_rows_are_put_without_waking_a_trigger(tmp_path: Path) -> None:
    schema = (
        "CREATE TABLE rows (id); CREATE TRIGGER stern BEFORE INSERT ON rows WHEN NEW.id LIKE '{%' "
        "BEGIN SELECT RAISE(ABORT, 'woken'); END"
    )
    comparison = compared(Kept(tmp_path, schema=schema, back=read_any))
    assert said(comparison) == []
