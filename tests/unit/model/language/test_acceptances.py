"""The section `accept`, and the files that it names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from skewproof.model.deployment import Acceptance
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import load, loads
from skewproof.model.names import Contract

TEXT = """
components: {s: {kind: service}, z: {kind: service}, db: {kind: database}}
requests: {ask: [client calls s: x, s calls z: y, s reads db: r]}
pipeline: [A: [deploy z], B: [deploy s]]
rollback: [Back: [rollback z]]
properties: {never none: always z.up}
changes: {z/y: {breaks: {call: [V1 -> V2]}}}
"""


def read(entry: str) -> Acceptance:
    (found,) = loads(f"{TEXT}accept:\n- {entry}\n").accept
    return found


def wrong(accept: str) -> list[tuple[str, int, int, str]]:
    """What is wrong: the code, where (from the line of `accept`), and what to write instead."""
    with pytest.raises(InvalidDeploymentError) as refused:
        loads(f"{TEXT}accept: {accept}\n")
    first = TEXT.count("\n")
    problems = [(one, one.place) for one in refused.value.problems]
    return [(p.code, at.line - first, at.column, p.fix or "") for p, at in problems if at is not None]


def test_each_key_is_read() -> None:
    entry = read(
        "{kind: incompatible, contract: z/y, request: ask, aspect: call, versions: V1 -> V2, component: z,"
        " in: [A, (after)], reason: fine, until: 2026-12-31, hazard: 0123456789ab}"
    )
    assert entry.contracts == {Contract("z", "y")}
    assert (entry.versions, entry.within, entry.until) == (("V1", "V2"), ("A", "(after)"), date(2026, 12, 31))
    assert list(entry.spell()) == [
        *("hazard", "kind", "component", "contract", "request", "aspect", "versions", "in"),
        *("reason", "until"),
    ]


def test_one_step_needs_no_list_and_steps_of_the_rollback_are_steps() -> None:
    assert read("{kind: property, in: Back, reason: fine}").within == ("Back",)


def test_properties_and_the_number_that_must_serve_have_names() -> None:
    assert read("{property: never none, reason: fine}").property == "never none"
    assert read("{property: min_available of z, reason: fine}").property == "min_available of z"


def test_a_reason_may_be_folded() -> None:
    assert read("{kind: property, reason: 'in\n\n  two lines'}").reason == "in two lines"


@pytest.mark.parametrize(
    ("accept", "expected"),
    {
        "{}": ("wrong-type", 1, 9, "write `- {kind"),
        "[x]": ("wrong-type", 1, 10, ""),
        "[{reason: fine}]": ("missing-key", 1, 10, "give one of hazard, kind"),
        "[{kind: property}]": ("missing-key", 1, 10, ""),
        "[{kind: property, reason: ''}]": ("bad-text", 1, 35, "say why"),
        "[{kind: downtime, reason: fine}]": ("unknown-kind", 1, 17, "write `incompatible`"),
        "[{kind: property, reason: fine, untill: 2026-01-01}]": (
            "unknown-key",
            1,
            41,
            "did you mean `until`?",
        ),
        "[{component: y, reason: fine}]": ("unknown-component", 1, 22, ""),
        "[{contract: z/x, reason: fine}]": ("unknown-contract", 1, 21, ""),
        "[{contract: z, reason: fine}]": ("bad-contract", 1, 21, "did you mean `z/*`?"),
        "[{request: asks, reason: fine}]": ("unknown-request", 1, 20, "did you mean `ask`?"),
        "[{property: none, reason: fine}]": ("unknown-property", 1, 21, "`hazard: ID`"),
        "[{aspect: calls, reason: fine}]": ("unknown-aspect", 1, 19, "did you mean `call`?"),
        "[{versions: V1, reason: fine}]": ("bad-pair", 1, 21, "write `V1 -> V2`"),
        "[{versions: V1 -> V3, reason: fine}]": (
            "unknown-version",
            1,
            27,
            "the versions are V1 and V2; `versions:` names them",
        ),
        "[{hazard: 12, reason: fine}]": ("bad-text", 1, 19, "--format json"),
        "[{kind: property, in: [C], reason: fine}]": ("unknown-step", 1, 32, ""),
        "[{kind: property, in: [], reason: fine}]": ("empty", 1, 31, "leave it out"),
        "[{kind: property, reason: fine, until: 31.12.2026}]": ("bad-date", 1, 48, "as 2026-12-31"),
        "[{kind: property, reason: fine, until: 2026-02-30}]": ("bad-date", 1, 48, "as 2026-12-31"),
        "[{kind: property, request: ask, reason: fine}]": ("does-not-fit", 1, 36, "leave out `request`"),
        "[{property: never none, aspect: call, reason: fine}]": ("does-not-fit", 1, 41, "leave out"),
        "[{kind: unavailable, versions: V1 -> V2, reason: fine}]": ("does-not-fit", 1, 40, "leave out"),
    }.items(),
    ids=str,
)
def test_what_is_wrong_is_told_with_its_place(accept: str, expected: tuple[str, int, int, str]) -> None:
    ((code, line, column, fix),) = wrong(accept)
    assert (code, line, column) == expected[:3]
    assert expected[3] in fix


def test_entries_can_stand_in_a_file_beside_the_deployment(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(f"{TEXT}accept: known.yaml\n")
    (tmp_path / "known.yaml").write_text("accept:\n- {kind: property, reason: known}\n")
    (tmp_path / "more.yaml").write_text("accept:\n- {component: z, reason: more}\n")
    deployment = load(tmp_path / "deploy.yaml", accept=[tmp_path / "more.yaml"])
    assert [entry.reason for entry in deployment.accept] == ["known", "more"]
    place = deployment.accept[0].place
    assert place is not None
    assert (Path(place.file).name, place.line) == ("known.yaml", 2)


def test_what_is_wrong_in_that_file_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml").write_text(f"{TEXT}accept: known.yaml\n")
    with pytest.raises(InvalidDeploymentError, match=r"deploy\.yaml:\d+:9: .*known\.yaml: no such file"):
        load(tmp_path / "deploy.yaml")
    (tmp_path / "known.yaml").write_text("accepted:\n- {kind: property, reason: known}\n")
    with pytest.raises(InvalidDeploymentError, match=r"known\.yaml:1:1.*unknown key `accepted`"):
        load(tmp_path / "deploy.yaml")


def test_a_release_can_say_what_it_lives_with() -> None:
    changes = "changes: {z/y: {breaks: both}}\naccept: [{contract: z/y, reason: this once}]\n"
    assert [entry.reason for entry in loads(TEXT, changes=changes).accept] == ["this once"]
