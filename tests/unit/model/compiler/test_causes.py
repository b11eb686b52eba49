"""Hazards by their cause, with the places and the codes that they are told with."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from skewproof.model.deployment import Severity
from skewproof.model.language import load
from skewproof.properties import check
from skewproof.properties.lookups.lookup import HazardKind
from skewproof.properties.verdict import Answer, PropertyKind, Role, group_by_cause
from support import output_samples as samples

FILE = """\
system: shop
versions: [V1, V2]
components: {web: {kind: service}, api: {kind: service}, db: {kind: database}}
requests:
  buy: [client calls web: x, web calls api: item, api writes db: row]
  look: [client calls web: x, web calls api: item]
pipeline:
  - First: [migrate db]
  - Then: [deploy api, deploy web]
changes:
  api/item: {breaks: [V1 -> V2]}
  db/row: {breaks: [V1 -> V2], severity: corruption}
properties:
  late: never in Then and db.version == V2
"""


def judged(folder: Path) -> Answer:
    (folder / "shop.yaml").write_text(FILE)
    return check(load(folder / "shop.yaml"))


def test_hazards_of_one_pair_have_one_cause_and_the_worst_comes_first(tmp_path: Path) -> None:
    answer = judged(tmp_path)
    schema, *others = answer.causes
    assert [str(cause.contract) for cause in (schema, *others)] == ["db/row", "api/item", "None"]
    assert (schema.pair, schema.code, len(schema.hazards)) == (("V1", "V2"), schema.hazards[0].code, 1)
    call = others[0]
    assert [hazard.subject for hazard in call.hazards] == ["buy", "look"]
    assert sum(len(cause.hazards) for cause in answer.causes) == len(answer.hazards)


def test_a_hazard_says_where_it_comes_from(tmp_path: Path) -> None:
    answer = judged(tmp_path)
    name = str(tmp_path / "shop.yaml")
    by_subject = {(hazard.subject, str(hazard.code)): hazard for hazard in answer.hazards}
    call = next(hazard for hazard in answer.at_hops if hazard.request == "look")
    told = {cited.role: (cited.place.file, cited.place.line) for cited in call.places}
    assert told == {
        Role.CHANGE: (name, 11),
        Role.HOP: (name, 6),
        Role.ACTION: (name, 9),
        Role.STEP: (name, 9),
    }
    late = by_subject["late", "SKW104"]
    assert [(cited.role, cited.place.line) for cited in late.places] == [
        (Role.PROPERTY, 14),
        (Role.ACTION, 9),
        (Role.STEP, 9),
    ]
    shared = [cited.role for cause in answer.causes if len(cause.hazards) > 1 for cited in cause.places]
    assert shared == [Role.CHANGE, Role.ACTION, Role.STEP], "each request has a hop of its own"


def test_of_causes_that_are_as_severe_what_no_timing_avoids_is_worse() -> None:
    race = samples.schema_hazard()
    race = replace(race, severity=Severity.ERROR, inevitable=False, for_ever=False, window=("A", "B"))
    narrow = replace(race, consumer_version="V0", window=("A",))
    stays = replace(race, consumer_version="V3", for_ever=True, window=("A",))
    sure = replace(race, consumer_version="V4", inevitable=True, window=("A",))
    corrupt = replace(race, consumer_version="V5", severity=Severity.CORRUPTION, window=("A",))
    causes = group_by_cause([narrow, race, stays, sure, corrupt])
    assert [cause.pair[0] for cause in causes] == ["V5", "V4", "V3", "V1", "V0"]


def test_each_property_is_a_cause_of_its_own() -> None:
    one = samples.property_hazard()
    assert len(group_by_cause([one, replace(one, id="other")])) == 2


def test_every_kind_of_hazard_has_a_code_of_its_own() -> None:
    codes = [str(replace(samples.schema_hazard(), kind=kind).code) for kind in HazardKind]
    codes += [str(replace(samples.property_hazard(), kind=kind).code) for kind in PropertyKind]
    assert codes == ["SKW101", "SKW102", "SKW103", "SKW104", "SKW105", "SKW106"]
