"""What every complete run of a deployment passes, by sets of states."""

from __future__ import annotations

from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits
from skewproof.properties.engines.symbolic.alone import DeploymentStates
from skewproof.properties.engines.symbolic.encoding import Manager
from skewproof.properties.engines.symbolic.limits import Watch
from skewproof.properties.engines.symbolic.order import order_variables

DEPLOYMENT = loads(
    "{components: {s: {kind: service}, t: {kind: service}}, "
    "requests: {r: [client calls s: y, s calls t: z]}, pipeline: [A: [deploy s t]]}"
)


def alone() -> DeploymentStates:
    compiled = compile_deployment(DEPLOYMENT)
    return DeploymentStates(compiled, Manager(order_variables([compiled.system])), Watch(Limits()))


def test_the_ends_of_a_run_and_what_lies_between_count() -> None:
    judge = alone()
    encoding = judge.encoding
    assert judge.is_passable(encoding.false)
    assert not judge.is_passable(encoding.state(judge.compiled.system.initial))
    assert not judge.is_passable(judge.complete)
    between = judge.compiled.vocabulary.positions[1]
    assert not judge.is_passable(encoding.states(judge.compiled.vocabulary.at([between])))


def test_a_state_that_timing_avoids_is_avoided() -> None:
    judge = alone()
    vocabulary, encoding = judge.compiled.vocabulary, judge.encoding
    s_ahead = encoding.states({**vocabulary.only_up("s", "V2"), **vocabulary.only_up("t", "V1")})
    assert judge.is_passable(s_ahead)
    t_ahead = encoding.states({**vocabulary.only_up("s", "V1"), **vocabulary.only_up("t", "V2")})
    assert judge.is_passable(t_ahead)
    both = encoding.states({**vocabulary.up("s", "V2"), **vocabulary.up("t", "V1")})
    assert not judge.is_passable(
        both | encoding.states({**vocabulary.up("s", "V1"), **vocabulary.up("t", "V2")})
    )
