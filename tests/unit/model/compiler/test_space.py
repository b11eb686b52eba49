"""The space of interleavings: its numbers by hand, its export read back."""

from __future__ import annotations

from io import BytesIO
from math import comb

import networkx as nx
import pytest

from skewproof.model import compile_deployment, explore
from skewproof.model.compiler.space import Space
from skewproof.model.compiler.stepview import Suspension
from skewproof.model.compiler.views import list_step_views
from skewproof.model.language import loads
from skewproof.model.resources.limits import Limits, StateLimitError


def services(count: int, pipeline: str, **component: int) -> str:
    keys = ", ".join(["kind: service", *(f"{key}: {value}" for key, value in component.items())])
    lines = [f"  s{number}: {{{keys}}}" for number in range(count)]
    return "\n".join(["components:", *lines, "requests: {r: [client calls s0: x]}", f"pipeline: {pipeline}"])


def space(text: str) -> Space:
    return explore(compile_deployment(loads(text), traffic=False), Limits(100_000))


def test_two_services_of_two_events_each_interleave_in_six_ways() -> None:
    found = space(services(2, "[Go: [deploy s0 s1]]"))
    assert len(found.graph) == 3 * 3 + 2  # every pair of rollout states in Go; one each before and after
    assert found.interleavings() == comb(4, 2)


def test_services_of_two_actions_do_not_interleave() -> None:
    assert space(services(2, "[Go: [deploy s0, deploy s1]]")).interleavings() == 1


def test_a_background_move_interleaves_with_the_pipeline() -> None:
    """Spawn and retire, in this order, around the one event that is left to the pipeline."""
    assert space(services(1, "[Go: [start deploy s0], Next]")).interleavings() == comb(3, 1)


def test_replicas_multiply_states_not_names() -> None:
    found = space(services(1, "[Go: [deploy s0]]", replicas=3))
    assert len(found.graph) == 2 * 3 + 1 + 2


def test_the_count_is_that_of_all_paths() -> None:
    found = space(services(3, "[A: [deploy s0, start deploy s1], B: [deploy s2], C]"))
    ends = [state for state in found.graph if not list(found.graph.successors(state))]
    paths = sum(1 for end in ends for _ in nx.all_simple_paths(found.graph, found.initial, end))
    assert found.interleavings() == paths > 1


def test_beyond_the_limit_there_is_no_space() -> None:
    compiled = compile_deployment(loads(services(2, "[Go: [deploy s0 s1]]")))
    with pytest.raises(StateLimitError, match="more than 10 states"):
        explore(compiled, Limits(10))
    assert len(explore(compiled, Limits(11)).graph) == 11


def test_graphml_reads_back() -> None:
    found = space(services(2, "[Go: [deploy s0 s1]]"))
    graph = nx.read_graphml(BytesIO(found.graphml()), force_multigraph=True)
    assert (len(graph), graph.number_of_edges()) == (len(found.graph), found.graph.number_of_edges())
    assert {data["up s0"] for _, data in graph.nodes(data=True)} == {"1×V1", "1×V1 1×V2", "1×V2"}
    assert all(data["event"] == data["label"] for *_, data in graph.edges(data=True))
    assert {data["label"] for _, data in graph.nodes(data=True)} == {"(before)", "Go", "(after)"}
    marks = [data["mark"] for _, data in graph.nodes(data=True)]
    assert (marks.count("start"), marks.count("complete")) == (1, len(found.complete))


def test_what_an_onlooker_sees_at_each_step() -> None:
    text = """
components: {zed: {kind: service}, cron: {kind: worker}, db: {kind: database}, redis: {kind: cache}}
requests:
  job: [cron calls zed: x, zed writes db: row, zed writes redis: page]
pipeline: [Stop: [suspend cron], Move: [migrate db, start sync redis], Roll: [deploy zed], Go: [resume cron]]
changes: {db/row: {breaks: both}, redis/page: {breaks: both}}
"""
    views = {
        view.step: view for view in list_step_views(explore(compile_deployment(loads(text)), Limits(10_000)))
    }
    assert list(views) == ["(before)", "Stop", "Move", "Roll", "Go", "(after)"]
    assert [view.number for view in views.values()] == [0, 1, 2, 3, 4, 5]
    assert {view.total for view in views.values()} == {4}, "before and after are no steps"
    assert views["Stop"].components["cron"].suspended is Suspension.MAYBE
    assert views["Roll"].components["cron"].suspended is Suspension.ALWAYS
    assert views["(after)"].components["cron"].suspended is Suspension.NEVER
    assert views["Move"].components["db"].versions == ("V1", "V2")
    assert views["Roll"].components["db"].versions == ("V2",)
    assert views["Roll"].components["zed"].is_mixed
    assert not views["Go"].components["zed"].is_mixed
    assert views["(after)"].components["redis"].versions == ("V1", "V2"), "nothing awaits the sync"
