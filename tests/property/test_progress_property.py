"""What is said of stalls, held against graph search on whole deployments, some of them damaged."""

from __future__ import annotations

import networkx as nx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.compiler.space import explore
from skewproof.model.compiler.system import System, search
from skewproof.model.deployment import Deployment
from skewproof.model.resources.limits import Limits
from skewproof.properties.strategies import deployments
from skewproof.properties.temporal.stall import cannot_stall, find_stalled

FEW = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


@st.composite
def damaged(draw: st.DrawFn) -> Compiled:
    """A deployment without some events, and with conditions on others that speak of other components."""
    whole = compile_deployment(draw(deployments()))
    names = [variable.key for variable in whole.system.variables]
    events = []
    for event in whole.system.events:
        fate = draw(st.sampled_from(("as it is",) * 12 + ("gone", "tied")))
        if fate == "tied":
            other = draw(st.sampled_from([name for name in names if name not in event.guard] or names))
            domain = whole.system.variables[names.index(other)].domain
            allowed = frozenset(draw(st.lists(st.sampled_from(domain), min_size=1)))
            event = replace(event, guard={other: allowed, **event.guard})
        if fate != "gone":
            events.append(event)
    return replace(whole, system=System(whole.system.variables, tuple(events)))


@FEW
@given(damaged())
def test_stalls_are_what_graph_search_says(compiled: Compiled) -> None:
    reached, space = search(compiled.system), explore(compiled)
    complete = [compiled.system.satisfies(state, compiled.complete()) for state in reached.states]
    saved = set(space.complete)
    for end in space.complete:
        saved |= nx.ancestors(space.graph, end)
    found = find_stalled(reached, complete)
    assert {reached.states[index] for index in found} == set(space.graph) - saved
    if found:
        assert not cannot_stall(compiled, Limits())
        depth = nx.single_source_shortest_path_length(space.graph, space.initial)
        assert len(reached.story(found[0])) == min(depth[state] for state in set(space.graph) - saved)


@FEW
@given(deployments())
def test_whole_deployments_are_seen_not_to_stall_in_parts(deployment: Deployment) -> None:
    """The quick proof is worth having: it is enough for what people write."""
    assert cannot_stall(compile_deployment(deployment), Limits())
