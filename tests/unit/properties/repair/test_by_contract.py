"""Actions on whole stores are written contract by contract, and together again."""

from __future__ import annotations

from dataclasses import replace

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.properties.repair.by_contract import gather, spread

TEXT = """
components: {{web: {{kind: service}}, db: {{kind: database}}, cache: {{kind: cache}}}}
requests:
  save: [client calls web: x, web writes db: a, web writes db: b, web reads cache: c, web reads db: same]
pipeline: [Go: [{actions}]]
changes: {{db/a: {{breaks: none}}, db/b: {{breaks: none}}, cache/c: {{breaks: none}}}}
"""


def load(actions: str) -> Deployment:
    return loads(TEXT.format(actions=actions))


def told(deployment: Deployment) -> list[str]:
    return [str(action) for step in deployment.pipeline for action in step.actions]


def test_only_what_moves_several_contracts_of_a_store_is_spread() -> None:
    spoken = load("migrate db, start sync cache, deploy web, await cache")
    assert told(spread(spoken)) == ["migrate db/a db/b", "start sync cache", "deploy web", "await cache"]
    assert spread(load("migrate db/b")) == load("migrate db/b")


def test_what_was_spread_is_gathered() -> None:
    before = load("migrate db, deploy web")
    assert gather(spread(before), before) == before


def test_a_part_that_has_gone_elsewhere_stays_a_part() -> None:
    before, apart = load("migrate db, deploy web"), load("migrate db/a, deploy web, migrate db/b")
    assert told(gather(replace(before, pipeline=apart.pipeline), before)) == told(apart)


def test_what_the_file_writes_contract_by_contract_stays_so() -> None:
    before = load("migrate db/b db/a")
    assert told(gather(before, before)) == ["migrate db/b db/a"]
