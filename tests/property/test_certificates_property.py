"""Certificates of random deployments."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings

from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, check
from skewproof.properties.certificate.verify import verify
from skewproof.properties.certificate.write import certify
from support.chains import chains
from support.deployments import deployments


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(chains() | deployments())
def test_what_is_safe_is_certified_and_nothing_else(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    answer = check(deployment)
    made = certify(deployment, Limits())
    assert made.proof == verify(deployment, json.loads(json.dumps(made.content)))
    assert made.proof.is_whole == isinstance(answer.verdict, Safe)
    broken = {f"hop {h.hop} of `{h.request}`" for h in answer.at_hops if h.hop is not None}
    assert broken == {text.partition(":")[0] for text in made.proof.left_open if text.startswith("hop ")}
