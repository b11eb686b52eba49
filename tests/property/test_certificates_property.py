"""Certificates of random deployments."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings

from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import check
from skewproof.properties.certificate.verify import CertificateRefusedError, verify
from skewproof.properties.certificate.write import NotCertifiedError, certify
from skewproof.properties.engines.registry import engine
from skewproof.properties.task import Task
from support.chains import chains
from support.deployments import deployments


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(chains() | deployments())
def test_what_is_safe_is_certified_and_nothing_else(data: dict[str, Any]) -> None:
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    assume(engine("slice").refuses(Task(deployment)) is None)  # a flag that nobody enables, for one
    answer = check(deployment, engine="slice")
    hazards = [hazard for hazard in answer.at_hops if hazard.hop is not None]
    if not hazards:
        assert verify(deployment, json.loads(json.dumps(certify(deployment, Limits())))).hops >= 0
        return
    with pytest.raises((NotCertifiedError, CertificateRefusedError)):
        certify(deployment, Limits())
