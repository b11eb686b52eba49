"""Whatever remedy is proposed for whatever file: its text can be written, and says what is meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from random import Random

import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from skewproof.model.deployment import Deployment
from skewproof.model.language import loads
from skewproof.model.language.rewriting import rewrite
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.repair.arranging import arrange
from skewproof.properties.repair.by_contract import gather, spread
from skewproof.properties.repair.proposing import propose
from skewproof.properties.strategies.deployments import Data, deployment_data

REMEDIES = 8
"""So many remedies of a deployment are written, alone and by twos."""


def write_block(data: Data) -> str:
    """As people write it, in lines; with a comment, which is to stay."""
    apart = json.loads(json.dumps(data))  # what is shared would be written once, behind an anchor
    return f"# mine\n{yaml.safe_dump(apart, sort_keys=False)}"


def write_flow(data: Data) -> str:
    return json.dumps(data)  # JSON is YAML


def spell(deployment: Deployment) -> dict[str, object]:
    return {one.name: getattr(deployment, one.name) for one in fields(deployment) if one.compare}


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # a check is too dear to shrink by
)
@given(deployment_data(), st.sampled_from((write_block, write_flow)), st.randoms(use_true_random=False))
def test_every_remedy_can_be_written(data: Data, write: Callable[[Data], str], random: Random) -> None:
    text = write(data)
    before = loads(text)
    answer = check(before, limits=Limits(max_states=20_000))
    remedies = list(propose(before, answer))
    assume(remedies)
    random.shuffle(remedies)
    for one, other in pairwise(remedies[:REMEDIES]):
        for chosen in ((one,), (one, other)):
            made = arrange(spread(before), [edit for remedy in chosen for edit in remedy.edits])
            if made is None:
                continue
            meant = gather(made, before)
            edited = rewrite(text, before, meant, loads)
            expected = {**spell(meant), "flags": sorted(meant.flags, key=lambda flag: flag.name)}
            after = loads(edited)
            assert {**spell(after), "flags": sorted(after.flags, key=lambda flag: flag.name)} == expected
            assert ("# mine\n" in edited) == ("# mine\n" in text)
