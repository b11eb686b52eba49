"""At what actions aim, and which rollbacks are one (paragraphs 35, 42, 58, 62 and 78)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skewproof.model.compiler.course import build_course
from skewproof.model.compiler.moves import Course
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads

TEXT = """
versions: [V1, V2, V3]
components:
  glue: {{kind: service, replicas: 2, strategy: {{canary: 1}}}}
  zed: {{kind: service}}
  db: {{kind: database}}
requests: {{browse: [client calls glue: page, glue calls zed: cart, zed writes db: cart]}}
flags: {{f: {{guards: [zed/cart]}}}}
releases: {releases}
rollback: {rollback}
changes: {{zed/cart: {{}}, db/cart: {{}}}}
properties: {properties}
"""


def read(releases: str, rollback: str = "[R: [rollback glue]]", properties: str = "{}") -> Course:
    text = TEXT.format(releases=releases, rollback=rollback, properties=properties)
    return build_course(replace(loads(text), failures=True))


def goes_back(found: Course, step: str) -> dict[str, str | None]:
    """By subject the goal in the rollback after the first failure in the step; "-": nothing goes back."""
    stop = next(p for p in found.positions if p.is_stopped and p.step == step)
    (here,) = found.onward[stop.index]
    goals: dict[str, str | None] = {}
    while not found.positions[here].is_end:
        goals |= {str(subject): "-" for subject in found.positions[here].unmoved}
        goals |= {str(move.subject): move.goal for move in found.moves if move.position == here}
        (here,) = found.onward[here]
    return goals


ONE = "[A: [deploy glue]]"


@pytest.mark.parametrize(
    ("releases", "rollback", "step", "goals"),
    [
        (f"[{ONE}]", "rollback glue", "A", {"glue": "V1"}),
        (f"[{ONE}, [B: [deploy zed]]]", "rollback glue zed", "B", {"glue": "-", "zed": "V1"}),
        (f"[{ONE}, [B: [deploy glue]]]", "rollback glue", "B", {"glue": "V2"}),
        (f"[{ONE}, [B: [deploy zed], C: [deploy glue]]]", "rollback glue", "B", {"glue": "-"}),
        ("[[A: [deploy glue], B: [deploy glue]]]", "rollback glue", "B", {"glue": "V2"}),
        (f"[{ONE}, [B: [rollback glue]]]", "rollback glue", "B", {"glue": "V2"}),
        (
            f"[{ONE}, [B: [deploy glue], C: [rollback glue], D: [await zed]]]",
            "rollback glue",
            "D",
            {"glue": "V2"},
        ),
        (f"[{ONE}, [B: [deploy glue]]]", "rollback glue to V3", "B", {"glue": "V3"}),
        (f"[{ONE}]", "deploy zed to V1", "A", {"zed": "V1"}),
        ("[[A: [migrate db]], [B: [deploy glue]]]", "revert db", "B", {"db/cart": "-"}),
        ("[[A: [migrate db], B: [deploy glue]]]", "revert db", "B", {"db/cart": "V1"}),
        ("[[A: [enable f]], [B: [deploy zed]]]", "disable f", "B", {"f": "-"}),
        ("[[A: [enable f]]]", "disable f", "A", {"f": None}),
        ("[[A: [enable f], B: [disable f]], [C: [enable f]]]", "disable f", "C", {"f": None}),
    ],
)
def test_a_rollback_goes_back_to_where_its_release_found_things(
    releases: str, rollback: str, step: str, goals: dict[str, str | None]
) -> None:
    assert goes_back(read(releases, f"[R: [{rollback}]]"), step) == goals


@pytest.mark.parametrize("failures", [False, True])
def test_a_rollback_beyond_that_is_refused(failures: bool) -> None:
    text = TEXT.format(
        releases=f"[{ONE}, [B: [deploy glue]]]",
        rollback="[R: [rollback zed], S: [rollback glue to V1]]",
        properties="{}",
    )
    with pytest.raises(InvalidDeploymentError, match=r"10:35.*goes back beyond V2") as refused:
        build_course(replace(loads(text), failures=failures))
    assert refused.value.problems[0].code == "rolls-back-too-far"
    assert goes_back(read(f"[{ONE}]", "[R: [rollback glue to V1]]"), "A") == {"glue": "V1"}


def test_a_promotion_goes_where_the_deploy_went() -> None:
    steps = ("deploy glue to V3", "rollback glue", "promote glue", "rollback glue", "deploy glue")
    found = read(f"[[{', '.join(f'S{n}: [{text}]' for n, text in enumerate(steps))}]]", "[]")
    assert [move.goal for move in found.moves] == ["V3", "V2", "V3", "V2", "V3"]


def test_a_promotion_goes_no_further_than_the_deploy() -> None:
    assert [move.goal for move in read("[[A: [deploy glue, promote glue]]]", "[]").moves] == ["V2", "V2"]
    assert [move.goal for move in read("[[A: [promote glue]]]", "[]").moves] == ["V1"]


def test_in_the_pipeline_itself_a_rollback_to_what_is_there_is_a_move() -> None:
    assert [move.goal for move in read("[[A: [rollback glue, revert db]]]", "[]").moves] == ["V1", "V1"]


@pytest.mark.parametrize(
    ("asks", "rollbacks"),
    [
        ("{}", 1),
        ("{p: never in R and before B}", 2),
        ("{p: never in R and after A}", 1),  # each failure that leads there is behind A
        ("{p: never in B}", 1),
    ],
)
def test_rollbacks_are_one_unless_a_predicate_tells_them_apart(asks: str, rollbacks: int) -> None:
    found = read("[[A: [enable f], B: [await zed], C: [await db]]]", "[R: [disable f]]", asks)
    assert sum(position.step == "R" for position in found.positions) == rollbacks
