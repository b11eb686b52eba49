"""What stands at the end, and what did nothing, on deployments of a few components."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.names import VariableKind
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.verdict import Answer, Beside, Safe, write_stand

PARTS = """
components:
  web: {kind: service}
  back: {kind: service, replicas: 4, strategy: {canary: 1}}
  cron: {kind: worker}
  db: {kind: database}
  c: {kind: cache}
  q: {kind: broker}
flags: {f: {guards: [back/y]}}
requests:
  get: [client calls web: get, web calls back: y, web reads db: t]
  job: [cron reads c: p, cron publishes q: m]
  put: [cron writes c: p]
"""
EVERYBODY = "All: [deploy web, deploy back, promote back, deploy cron, migrate db, enable f, disable f]"


def answer(
    pipeline: str, changes: str = "{back/y: {breaks: none}}", extra: str = "", **rest: object
) -> Answer:
    return check(loads(f"{PARTS}pipeline: {pipeline}\nchanges: {changes}\n{extra}"), **rest)  # type: ignore[arg-type]


def ends(told: Answer) -> dict[str, tuple[str, str]]:
    """Of each unit that is told how it can stand, and the reason in short."""
    return {
        unit.name: (" or ".join(write_stand(stand, unit.kind) for stand in unit.stands), unit.short)
        for unit in told.end.units
    }


@pytest.mark.parametrize("engine", ["auto", "reference", "symbolic"])
def test_nothing_is_told_where_all_is_as_expected(engine: str) -> None:
    changes = "{back/y: {breaks: none}, db/t: {breaks: {schema: [V1 -> V2]}}}"
    told = answer(f"[{EVERYBODY}, Last: [sync c]]", changes, engine=engine)
    assert told.end.units == ()
    assert told.end.in_vain == ()


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_what_is_still_on_its_way_past_the_last_step_is_not_the_end(engine: str) -> None:
    told = answer("[A: [start deploy web, start sync c]]", "{back/y: {breaks: none}}", engine=engine)
    assert "web" not in ends(told)


@pytest.mark.parametrize(
    ("pipeline", "changes", "name", "stands", "short"),
    [
        ("[A: [deploy web, deploy back]]", "{back/y: {breaks: none}}", "back", "4×V1 1×V2", "never promoted"),
        ("[A: [deploy back, promote back]]", "{back/y: {breaks: none}}", "web", "1×V1", "no step deploys it"),
        ("[A: [deploy web]]", "{back/y: {breaks: none}}", "back", "4×V1", "no step deploys it"),
        (
            "[A: [deploy web], B: [rollback web]]",
            "{back/y: {breaks: none}}",
            "web",
            "1×V1",
            "after `rollback web`",
        ),
        ("[A: [deploy web]]", "{db/t: {breaks: none}}", "db/t schema", "V1", "nothing migrates it"),
        (
            "[A: [migrate db], B: [revert db]]",
            "{db/t: {breaks: none}}",
            "db/t schema",
            "V1",
            "after `revert db`",
        ),
        (
            "[A: [deploy cron]]",
            "{q/m: {exists: [V1]}}",
            "q/m configuration",
            "V1",
            "nothing reconfigures it",
        ),
        ("[A: [suspend cron, deploy cron]]", "{back/y: {breaks: none}}", "cron", "suspended", ""),
        ("[A: [start suspend cron, start resume cron]]", "{}", "cron", "running or suspended", ""),
        ("[A: [enable f]]", "{back/y: {breaks: none}}", "f", "on", ""),
        ("[A: [deploy cron]]", "{c/p: {breaks: none}}", "c/p", "V1 or V1 + V2", ""),
        (
            "[A: [start deploy web when cron.suspended]]",
            "{back/y: {breaks: none}}",
            "web",
            "1×V1",
            "held",
        ),
    ],
)
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_what_stands_otherwise_is_told(
    engine: str, pipeline: str, changes: str, name: str, stands: str, short: str
) -> None:
    told = ends(answer(pipeline, changes, engine=engine))
    assert told[name] == (stands, short)


def test_each_has_its_place() -> None:
    told = answer(
        "[A: [deploy web, deploy back, suspend cron]]", "{back/y: {breaks: none}, db/t: {breaks: none}}"
    ).end.units
    lines = (PARTS + "pipeline: \nchanges: ").splitlines()
    parts = {unit.name: unit.place for unit in told}
    assert {name: place and lines[place.line - 1].split(":")[0].strip() for name, place in parts.items()} == {
        "back": "pipeline",
        "cron": "pipeline",
        "db/t schema": "changes",
    }
    assert all(unit.why for unit in told)
    assert [unit.kind for unit in told] == [VariableKind.INSTANCES, VariableKind.JOBS, VariableKind.SCHEMA]


def test_a_queue_whose_messages_alone_change_has_no_configuration_to_move() -> None:
    told = ends(answer("[A: [deploy cron]]", "{q/m: {breaks: {content: [V2 -> V1]}}}"))
    assert told == {"q/m": ("nothing or V1 or V1 + V2 or V2", "")}


def test_what_no_change_names_is_not_asked() -> None:
    assert ends(answer("[A: []]", "{}")) == {}


def test_what_is_enabled_after_the_end_is_told_elsewhere() -> None:
    told = answer("[A: [deploy web, deploy back, promote back]]", "{back/y: {breaks: none}}")
    assert told.enabled_after == ("f",)
    assert ends(told) == {}


def test_users_that_stay_are_told_only_where_nothing_is_published() -> None:
    parts = """
components: {app: {kind: client, stays: true}, api: {kind: service}}
requests: {get: [app calls api: a]}
changes: {api/a: {breaks: none}}
"""
    published = check(loads(parts + "pipeline: [A: [deploy api app]]"))
    kept = check(loads(parts + "pipeline: [A: [deploy api]]"))
    assert (ends(published), ends(kept)) == ({}, {"app": ("V1", "no step deploys it")})


# --- in vain ---


def in_vain(told: Answer) -> list[tuple[str, str]]:
    return [(one.action, one.why) for one in told.end.in_vain]


@pytest.mark.parametrize(
    ("pipeline", "found"),
    [
        ("[A: [deploy web], B: [await web]]", ["waits for nothing"]),
        ("[A: [deploy web], B: [await web when web.gone(V1)]]", []),
        ("[A: [start deploy web], B: [await web]]", []),
        ("[A: [start deploy web], B: [await web cron]]", ["waits for nothing"]),
        ("[A: [start migrate db/t], B: [await db]]", []),
        ("[A: [resume cron]]", ["cron is running"]),
        ("[A: [suspend cron], B: [resume cron], C: [resume cron]]", ["cron is running"]),
        ("[A: [suspend cron], B: [suspend cron]]", ["cron is suspended"]),
        ("[A: [start suspend cron], B: [resume cron]]", []),
        ("[A: [start resume cron]]", ["cron is running"]),
        ("[A: [disable f], B: [enable f], C: [enable f]]", ["f is off", "f is on"]),
        ("[A: [start deploy web when cron.suspended]]", ["held for ever in every run"]),
        (
            "[A: [start deploy web when cron.suspended, start suspend cron, start resume cron]]",
            ["held for ever in some run"],
        ),
    ],
)
@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_what_did_nothing_is_told(engine: str, pipeline: str, found: list[str]) -> None:
    changes = "{back/y: {breaks: none}, db/t: {breaks: none}}"
    told = in_vain(answer(pipeline, changes, engine=engine))
    assert len(told) == len(found)
    assert all(words in why for words, (_, why) in zip(found, told, strict=True))


def test_a_rollback_is_no_part_of_the_end() -> None:
    """What it finds depends on what failed, and where it ends nobody expects the last version."""
    back = "rollback: [Back: [await web, resume cron, rollback web]]"
    told = answer(f"[{EVERYBODY}]", "{back/y: {breaks: none}}", back, failures=True)
    assert (told.end.units, told.end.in_vain) == ((), ())


COPIES = """
components: {web: {kind: service}, db: {kind: database}, c: {kind: cache}}
requests:
  r: [client calls web: x, web reads db: t]
  s: [client calls web: x, web writes c: t]
pipeline: [A: [start backfill db when false], B: [deploy web]]
changes: {db/t: {rows: kept, from: c/t}, c/t: {breaks: {content: [V2 -> V1]}}}
"""
COMES_BACK = """
components: {web: {kind: worker}, q: {kind: broker, redelivers: true}}
requests: {r: [web consumes q: t]}
pipeline: [A: [start expire q when false], B: [deploy web]]
changes: {q/t: {breaks: {content: [V1 -> V2]}}}
"""


@pytest.mark.parametrize("text", [COPIES, COMES_BACK])
def test_what_is_held_may_hang_on_more_than_it_moves(text: str) -> None:
    """On what it is copied from, on what was taken and not acknowledged."""
    assert [one.action.split()[1] for one in check(loads(text)).end.in_vain] in (["backfill"], ["expire"])


def test_what_a_rollback_leaves_starting_is_there() -> None:
    """A service's, too, though nobody can call it before it is ready."""
    text = """
components: {a: {kind: service, readiness: {V2: "false"}}}
requests: {r: [client calls a: x]}
pipeline: [A: [deploy a]]
rollback: [Back]
changes: {a/x: {breaks: {call: [V2 -> V1]}}}
"""
    (unit,) = check(loads(text), failures=True).end.after_rollback
    assert [[(part.word, part.number) for part in stand] for stand in unit.stands] == [
        [("V1", 1)],
        [("V1", 1), ("V2", 1)],
    ]


# --- where it cannot be known ---


def test_where_the_pipeline_stalls_nothing_is_guessed() -> None:
    """No complete state is reached, so nothing stands anywhere at the end."""
    told = answer("[A: [suspend cron, deploy web when cron.up == 0]]", "{back/y: {breaks: none}}")
    assert told.of_properties
    assert told.end.units == ()


MANY = """
components: {c: {kind: cache}, %s}
requests: {%s}
pipeline: [A: [%s]]
changes: {c/p: {breaks: none}}
"""


def many_writers(count: int, beside: str = "") -> Deployment:
    names = [f"s{number}" for number in range(count)]
    return loads(
        (MANY + beside)
        % (
            ", ".join(f"{name}: {{kind: service, replicas: 4}}" for name in names),
            ", ".join(f"r{name}: [client calls {name}: x, {name} writes c: p]" for name in names),
            ", ".join(f"start deploy {name}" for name in names),
        )
    )


def test_how_many_write_does_not_matter_to_what_lies_there_at_the_end() -> None:
    assert ends(check(many_writers(8))) == ends(check(many_writers(2)))
    assert "c/p" in ends(check(many_writers(8)))
    assert ends(check(many_writers(8), failures=True)) == ends(check(many_writers(2), failures=True))


def test_what_is_too_much_is_left_open_by_name_and_costs_no_verdict() -> None:
    told = check(many_writers(8, "flags: {f: {guards: [c/p]}}"))  # then nobody stands for others
    assert isinstance(told.verdict, Safe)
    (left,) = told.left_open
    everybody = *(f"s{number}" for number in range(8)), "c/p"
    assert (left.what, left.names, left.limit) == (Beside.END, everybody, "--max-states")
    assert "c/p" not in ends(told)


def test_no_time_for_the_end_costs_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    import skewproof.properties.telling.remarks as remarks
    from skewproof.model.resources.limits import TimeLimitError

    def spent(*_: object) -> None:
        raise TimeLimitError

    monkeypatch.setattr(remarks, "find_end", spent)
    told = answer(f"[{EVERYBODY}]", limits=Limits())
    assert isinstance(told.verdict, Safe)
    assert [(one.what, one.limit) for one in told.left_open] == [(Beside.END, "--timeout")]


@pytest.mark.parametrize(
    ("front", "back", "vain"),
    [
        ("await b", "start deploy b", []),
        ("await b", "deploy b", ["await b"]),
        ("await a", "start deploy b", ["await a"]),
    ],
)
def test_an_await_looks_at_what_other_pipelines_begin(front: str, back: str, vain: list[str]) -> None:
    deployment = loads(f"""
components: {{a: {{kind: service}}, b: {{kind: service}}}}
requests: {{ask: [client calls a: x, a calls b: y]}}
pipelines: {{front: [A: [{front}]], back: [B: [{back}]]}}
changes: {{b/y: {{breaks: both}}}}
""")
    assert [one.action for one in check(deployment).end.in_vain] == vain
