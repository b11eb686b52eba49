"""Lines that are judged together: each part of how a line looks, and each condition that must hold on all."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import VariableKey, instances_of
from skewproof.model.resources.limits import Limits
from skewproof.properties.engines.slicing import joint
from skewproof.properties.engines.slicing.joint import CourseSlices, JointPlaced, JointProfiles
from skewproof.properties.engines.slicing.keep import Keep, SliceNames
from skewproof.properties.engines.slicing.line_looks import LineLooks
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.presence import Presence
from skewproof.properties.engines.slicing.profile import Profile
from support.compare import agree, differs

THREE = """
    components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
    requests: {r: [client calls a: x, a calls b: y, b calls c: z]}
    pipeline: [A: [deploy a], B: [deploy b], C: [deploy c]]
    rollback: [Back: [rollback a]]
    changes: {b/y: {breaks: [V2 -> V1]}}
    """
RELEASES = """
    versions: [V1, V2, V3]
    components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
    requests: {r: [client calls a: x, a calls b: y, b calls c: z]}
    releases: [[B: [deploy b], A: [deploy a]], [C: [deploy c]]]
    rollback: [Back: [rollback b]]
    changes: {b/y: {breaks: [V2 -> V1]}}
    """


def read(text: str) -> Deployment:
    return replace(loads(text), failures=True)


def build_alone(course: CourseSlices, unit: VariableKey, number: int) -> Hashable:
    """The slice of one unit alone on a line, but for where its positions are in the whole."""
    keep = Keep()
    keep.add(unit)
    return course.line(number).restriction.build(keep, SliceNames()).key


@pytest.mark.parametrize(
    ("text", "name", "count"), [(THREE, "a", 3), (THREE, "b", 4), (THREE, "c", 3), (RELEASES, "b", 4)]
)
def test_lines_look_the_same_where_slices_are_equal(text: str, name: str, count: int) -> None:
    course = CourseSlices(SlicePlan(read(text), {}), Limits())
    unit = instances_of(name)
    groups = course.alike.group(course.alike.close([unit]))
    assert len(groups) == count, "of the main line and three failures"
    for group in groups:
        assert {build_alone(course, unit, number) for number in group.lines} == {
            build_alone(course, unit, group.first)
        }


PARTS = {
    "how many positions come before the stop": (THREE, 0),
    "whether the last of them is the action that fails": (THREE, 1),
    "what comes behind the stop": (RELEASES, 2),
}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_a_look_tells_lines_apart(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, place = PARTS[part]
    whole = LineLooks.look

    def look(self: LineLooks, units: Any, number: int) -> Any:
        found = whole(self, units, number)
        return found if isinstance(found, int) else (*found[:place], *found[place + 1 :])  # type: ignore

    monkeypatch.setattr(LineLooks, "look", look)
    course = CourseSlices(SlicePlan(read(text), {}), Limits())
    unit = instances_of("b")
    groups = course.alike.group(course.alike.close([unit]))
    assert any(len({build_alone(course, unit, number) for number in group.lines}) > 1 for group in groups)


ON_ALL = {
    "who finishes does so on each line": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x], s: [client calls c: x, c calls b: y]}
        pipeline: [Zero: [start deploy b], One: [deploy a when a.up(V2) >= 1], Two: [start deploy c]]
        rollback: [Back: [rollback a when a.up(V2) >= 1]]
        changes: {b/y: {breaks: none}}
        """,
    "who may be down may be so on some line": """
        components: {a: {kind: service}, b: {kind: service, strategy: recreate}, c: {kind: service}}
        requests: {r: [client calls b: x, client calls a: y, a calls c: z]}
        pipeline: [A: [deploy c], B: [deploy b], C: [deploy a]]
        rollback: [Back: [rollback b], More: [rollback c]]
        changes: {c/z: {breaks: both}}
        """,
    "who takes calls for long does so on each line": """
        components: {a: {kind: service, strategy: blue-green}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [Z: [deploy c], A: [start deploy a], B: [deploy b when a.up(V1) == 0]]
        rollback: [Back: [rollback c]]
        changes: {b/y: {breaks: [V1 -> V2]}}
        """,
    "what holds something up may do so on some line": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, db: {kind: database}}
        requests: {r: [client calls a: x, a calls b: y, b reads db: t, b calls c: z using db/t]}
        pipeline: [One: [migrate db], Two: [deploy a], Three: [deploy c], Four: [deploy b]]
        rollback: [Back: [rollback c, rollback a]]
        changes: {db/t: {breaks: none}, c/z: {breaks: {token: [V1 -> V2]}}}
        """,
    "who covers another does so on each line": """
        components:
          a: {kind: service}
          b: {kind: service}
          c: {kind: service}
          e: {kind: service}
          db: {kind: database}
        requests: {r: [client calls a: x, a calls b: y, b calls e: v, e reads db: t, e calls c: z using db/t]}
        pipeline: [A: [deploy a], B: [deploy b], M: [migrate db], E: [deploy e], C: [deploy c]]
        rollback: [W: [rollback e], X: [rollback c], V: [revert db], Y: [rollback b], Z: [rollback a]]
        changes: {db/t: {breaks: none}, c/z: {breaks: {token: both}}}
        """,
    "who stands for another is as good on each line": """
        components:
          a: {kind: service}
          b: {kind: service}
          c: {kind: service}
          e: {kind: service}
          g: {kind: service}
          d: {kind: cache}
        requests:
          r: [client calls a: x, a reads d: k]
          u: [client calls g: x, g writes d: k]
          w: [client calls b: x, b writes d: k]
          v: [client calls c: x, c writes d: k]
        pipeline: [G: [deploy g], B: [deploy b], C: [deploy c], S: [sync d], A: [deploy a], E: [deploy e]]
        rollback: [Back: [rollback b]]
        changes: {d/k: {breaks: both}}
        """,
}


def join_wrongly(**wrong: Callable[[Iterable[Any]], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Facts of a unit on all lines, joined in another way than they must be."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        join = JointProfiles._join

        def joined(self: JointProfiles, unit: VariableKey) -> Profile:
            found = [profile for _, profile in self._course.profiled(unit)]
            own = {name: how(getattr(one, name) for one in found) for name, how in wrong.items()}
            return structs.replace(join(self, unit), **own)

        monkeypatch.setattr(JointProfiles, "_join", joined)

    return patch


def hold_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds nothing up on some line holds nothing up."""
    join = JointProfiles._join

    def joined(self: JointProfiles, unit: VariableKey) -> Profile:
        found = join(self, unit)
        is_free = any(profile.reach is None for _, profile in self._course.profiled(unit))
        return structs.replace(found, reach=None) if is_free else found

    monkeypatch.setattr(JointProfiles, "_join", joined)


def cover_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody covers everybody."""
    monkeypatch.setattr(joint, "_is_no_further", lambda *units, **when: True)


def ask_the_main_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is as good as another on the main line is as good."""

    def is_as_good(self: JointPlaced, other: JointPlaced, presence: Presence) -> bool:
        return self.on(0).is_as_good(other.on(0), presence)

    monkeypatch.setattr(JointPlaced, "is_as_good", is_as_good)


WRONG = {
    "who finishes does so on each line": join_wrongly(finishes=any),
    "who may be down may be so on some line": join_wrongly(may_be_down=all),
    "who takes calls for long does so on each line": join_wrongly(keeps_serving=any),
    "what holds something up may do so on some line": hold_nothing_up,
    "who covers another does so on each line": cover_all,
    "who stands for another is as good on each line": ask_the_main_line,
}


@pytest.mark.parametrize("condition", ON_ALL)
def test_each_condition_must_hold_on_all_lines(condition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = read(ON_ALL[condition])
    agree(deployment)
    WRONG[condition](monkeypatch)
    assert differs(deployment)
