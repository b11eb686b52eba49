"""The shop in process, and the shop as processes over real servers: the same findings."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from shop_harness import Shop
from shop_services import ShopAsProcesses

from skewproof.properties.harness import Finding, MixedVersions, Trial, learn
from skewproof.properties.harness.arrangement import Trait


def find_all(harness: MixedVersions) -> dict[Trait, Finding]:
    with Trial(harness) as trial:
        assert trial.alone == ()
        return {lesson.trait: lesson.finding for lesson in learn(trial)}


def test_the_shop_as_processes_has_the_same_findings(
    servers: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ShopAsProcesses, "servers", servers)
    as_processes, in_process = find_all(ShopAsProcesses()), find_all(Shop())
    assert as_processes == in_process
    assert set(in_process.values()) == {Finding.WORKS, Finding.BREAKS, Finding.CORRUPTS}
