"""The exported Promela model under Spin: the same hazards, the same number of states."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.model import own_rollout
from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.deployment import Deployment
from skewproof.model.kernel.search import search
from skewproof.model.language import loads
from skewproof.model.machines.machine import Transition, build
from skewproof.properties import check
from skewproof.properties.promela import HazardClaim, Model, to_promela
from support.spin import Pan, count_states, violated


def every_request(deployment: Deployment) -> list[Compiled]:
    return [compile_deployment(deployment, request) for request in deployment.requests]


HOSTILE = """
system: '*/ #include "/etc/passwd" /*'
versions: [do, od]
components:
  init: {kind: service, replicas: 2}
  a-b: {kind: service}
  a_b: {kind: service}
  active: {kind: worker}
  "assert(0)": {kind: cache}
  linux: {kind: database}
requests:
  "*/ proctype x() { assert(0) } /*":
    - client calls init: "never"
    - init calls a-b: d_step
    - a-b calls a_b: "-1"
    - a_b writes assert(0): "goto"
  "NONE":
    - active reads assert(0): "goto"
    - active reads linux: unix
pipeline:
  - "fi; od": [deploy init a-b]
  - "#define do": [suspend active, deploy a_b active, sync assert(0), resume active]
  - "über → ∞": [migrate linux]
changes:
  a-b/d_step: {breaks: [do -> od]}
  a_b/-1: {breaks: both}
  assert(0)/goto: {breaks: both}
  linux/unix: {breaks: both}
"""


def test_a_file_full_of_code_runs_under_spin_as_the_same_deployment(tmp_path: Path) -> None:
    deployment = loads(HOSTILE)
    model = to_promela(every_request(deployment))
    found = violated(model.text, [claim.name for claim in model.claims], tmp_path)
    assert 0 < len(found) == len(check(deployment).at_hops)


def many(services: int, pipeline: str) -> Deployment:
    names = [f"s{n}" for n in range(services)]
    hops = "".join(f"    - {a} calls {b}: x\n" for a, b in zip(["client", *names], names, strict=False))
    return loads(
        "components:\n"
        + "".join(f"  {name}: {{kind: service}}\n" for name in names)
        + f"requests:\n  chain:\n{hops}"
        + f"pipeline: [Roll: [{pipeline}]]\nchanges:\n"
        + "".join(f"  {name}/x: {{breaks: both}}\n" for name in names)
    )


def test_a_claim_of_many_is_selected(tmp_path: Path) -> None:
    deployment = many(3, "deploy s0, deploy s1 s2")
    assert not to_promela(every_request(deployment)).is_selected
    model = to_promela(every_request(deployment), most_claims=2)
    assert model.is_selected
    assert "spin -a -DHAZARD=1 FILE && gcc" in model.text
    second = {n: claim for n, claim in enumerate(model.claims, start=1) if claim.lookups[0].hop == 2}
    told = {(h.consumer_version, h.provider_version) for h in check(deployment).at_hops if h.hop == 2}
    met = {_versions(claim) for n, claim in second.items() if _selected(model, n, tmp_path)}
    assert met == told
    assert 0 < len(met) < len(second)


def _versions(claim: HazardClaim) -> tuple[str | None, str | None]:
    return claim.lookups[0].consumer_version, claim.lookups[0].provider_version


def _selected(model: Model, number: int, folder: Path) -> bool:
    return Pan(f"#define HAZARD {number}\n{model.text}", folder).is_violated(f"hazard_{number}")


def test_a_life_of_its_own_is_a_choice_of_its_states(tmp_path: Path) -> None:
    """States that serve the same versions are told apart all the same."""
    deployment = many(2, "deploy s0")
    arrows = [Transition("deploy", "cold", "warm"), Transition("deploy", "warm", "hot")]
    machine = build(["cold", "warm", "hot"], "cold", arrows)
    life = own_rollout(machine, {"cold": ["V1"], "warm": ["V1"], "hot": ["V2"]})
    compiled = compile_deployment(deployment, deployment.requests[0], rollouts={"s0": life})
    model = to_promela([compiled])
    assert "#define UP_S0_WARM" in model.text
    assert count_states(model.text, tmp_path) == len(search(compiled.system).states)


@pytest.mark.parametrize("replicas", [1, 2, 5])
def test_every_state_of_a_rollout_is_there(replicas: int, tmp_path: Path) -> None:
    deployment = loads(
        f"components: {{s: {{kind: service, replicas: {replicas}, max_surge: 2, max_unavailable: 1}}}}\n"
        "requests: {ask: [client calls s: x]}\npipeline: [Roll: [deploy s]]\nchanges: {}\n"
    )
    compiled = compile_deployment(deployment, deployment.requests[0])
    assert count_states(to_promela([compiled]).text, tmp_path) == len(search(compiled.system).states)
