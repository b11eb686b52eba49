"""Schemas of which one stands for all those alike: each condition of that, taken away."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from skewproof.model.compiler.task import Task
from skewproof.model.language import loads
from skewproof.model.names import VariableKey, schema_of
from skewproof.properties.engines.registry import engine
from skewproof.properties.engines.slicing import keep
from skewproof.properties.engines.slicing.plan import SlicePlan
from skewproof.properties.engines.slicing.ties import Cluster
from support.compare import agree, differs

NEW_PODS = """
        components: {a: {kind: service, migrates: [d]}, b: {kind: service}, d: {kind: database}}
        requests:
          r: [client calls b: x, b calls a: y]
          w: [client calls a: y, a writes d: t0, a writes d: t1, a writes d: t2]
        pipeline: [Roll: [deploy a], Then: [deploy b]]
        changes: {a/y: {breaks: [V1 -> V2]}, d/t0: {breaks: none}, d/t1: {breaks: none}, d/t2: {breaks: none}}
        """
TRAPS = {
    "a new pod is ready when three tables are migrated": NEW_PODS,
    "the pods that were cut migrate three tables": """
        components:
          a: {kind: service, migrates: [d]}
          b: {kind: service}
          c: {kind: service}
          d: {kind: database}
        requests:
          p: [client calls b: x, b calls c: y]
          w: [client calls a: y, a writes d: t0, a writes d: t1, a writes d: t2]
        pipeline: [Roll: [deploy a], Two: [deploy b], Three: [deploy c]]
        changes: {c/y: {breaks: [V2 -> V1]}, d/t0: {breaks: none}, d/t1: {breaks: none}, d/t2: {breaks: none}}
        """,
    "pods of another service migrate another table": """
        components:
          a: {kind: service, migrates: [d]}
          b: {kind: service, migrates: [e]}
          d: {kind: database}
          e: {kind: database}
        requests: {r: [client calls a: x, a writes d: t0], q: [client calls b: x, b writes e: t1]}
        pipeline: [One: [deploy b], Two: [deploy a]]
        changes: {d/t0: {breaks: {schema: [V1 -> V2]}}, e/t1: {breaks: {schema: [V1 -> V2]}}}
        """,
    "somebody waits for one of the tables": """
        components: {a: {kind: service, migrates: [d]}, c: {kind: service}, d: {kind: database}}
        requests:
          w: [client calls a: x, a writes d: t0, a writes d: t1, a writes d: t2]
          p: [client calls c: y, c writes d: t0]
        pipeline: [Roll: [start deploy a, deploy c when d/t2.version >= V2]]
        changes: {d/t0: {breaks: {schema: [V2 -> V1]}}, d/t1: {breaks: none}, d/t2: {breaks: none}}
        """,
    "the pipeline migrates one of the tables": NEW_PODS.replace("Roll: [", "First: [migrate d/t2], Roll: ["),
    "one of the tables goes": """
        components: {a: {kind: service, migrates: [d]}, d: {kind: database}}
        requests:
          r: [client calls a: x, a reads d: t0]
          q: [client calls a: x, a writes d: t1, a reads d: t1]
        pipeline: [Roll: [deploy a]]
        changes: {d/t0: {breaks: none}, d/t1: {breaks: {schema: [V1 -> V2]}, rows: kept, exists: [V1]}}
        """,
}
COUNTED = "a new pod is ready when three tables are migrated"


@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_slices_agree_with_the_whole(text: str) -> None:
    agree(loads(text))


def test_slices_do_not_grow_with_the_tables_that_pods_migrate() -> None:
    def count(tables: int) -> int:
        names = [f"t{number}" for number in range(tables)]
        writes = ", ".join(f"a writes d: {name}" for name in names)
        breaks = ", ".join(f"d/{name}: {{breaks: none}}" for name in names)
        text = f"""
            components: {{a: {{kind: service, migrates: [d]}}, d: {{kind: database}}}}
            requests: {{w: [client calls a: y, {writes}]}}
            pipeline: [Roll: [deploy a]]
            changes: {{{breaks}}}
            """
        return engine("slice").judge(Task(loads(text))).states

    assert count(12) == count(3)


# --- each condition, taken away ---


def _every_schema(self: SlicePlan) -> dict[VariableKey, Cluster]:
    group = tuple(map(schema_of, self.deployment.migrators))
    return dict.fromkeys(group, group)


@pytest.mark.parametrize("trap", [name for name in TRAPS if name != COUNTED and "cut" not in name])
def test_no_condition_can_be_left_out(trap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = loads(TRAPS[trap])
    assert not differs(deployment)
    monkeypatch.setattr(SlicePlan, "alike", property(_every_schema))
    assert differs(deployment)


def test_one_that_stands_for_others_costs_as_much_as_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = loads(TRAPS[COUNTED])
    represent = keep.Keep.represent

    def represent_nobody(self: keep.Keep, plan: SlicePlan) -> dict[VariableKey, Iterable[VariableKey]]:
        return {unit: units[:1] for unit, units in represent(self, plan).items()}

    monkeypatch.setattr(keep.Keep, "represent", represent_nobody)
    assert differs(deployment)
