"""Hypothesis strategy: requests that stand on many instances at once while these are replaced in waves, some
of them in ways that let the pipeline go on, and take no calls any more."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Data = dict[str, Any]

HOLDING: tuple[Data, ...] = (
    {"strategy": "blue-green"},
    {"strategy": "blue-green"},
    {"strategy": "blue-green", "readiness": "event"},
    {"strategy": "recreate"},
    {"max_unavailable": 1},
    {"strategy": {"canary": 1}, "replicas": 2},
    {},
)
"""Ways to roll out in which a request holds up the pipeline."""
LETTING_GO: tuple[Data, ...] = ({"terminates": "later"}, {"strategy": "blue-green", "terminates": "later"})
"""Ways in which the pipeline goes on while the request is still on an instance that takes no calls."""
DOORS: tuple[Data, ...] = ({"replicas": {"V1": 0, "V2": 1}}, {"replicas": {"V1": 1, "V2": 0}})
"""Who can be called for a part of the time, so that others must have been called at some moment."""
BREAKS: tuple[Any, ...] = ("none", ["V1 -> V2"], ["V1 -> V2"], ["V2 -> V1"], "both")


@st.composite
def standing(draw: DrawFn) -> Data:
    """A random deployment of four or five services with at most a database."""
    names = [f"s{number}" for number in range(draw(st.sampled_from((4, 4, 5))))]
    components: dict[str, Data] = {}
    first = draw(st.integers(1, len(names) - 1))
    for rank, name in enumerate(names):
        ways = HOLDING if rank < first else draw(st.sampled_from((LETTING_GO, HOLDING)))
        components[name] = {"kind": "service"} | draw(st.sampled_from(ways))
    if draw(st.sampled_from((True, False, False, False))):
        held, other = draw(st.permutations(names))[:2]
        components[held] = {"kind": "service", "readiness": {"V2": f"{other}.up(V2)"}}
    has_store = draw(st.booleans())
    if has_store:
        components["d"] = {"kind": "database"}
    has_door = draw(st.booleans())
    if has_door:
        components["k"] = {"kind": "service"} | draw(st.sampled_from(DOORS))
    hops = draw(_walk(names, has_store=has_store, has_door=has_door))
    met = list(dict.fromkeys(next(iter(hop)).split()[2] for hop in hops))
    data: Data = {"versions": ["V1", "V2"], "components": components, "requests": {"walk": hops}}
    data["pipeline"] = draw(_pipeline(names, has_store="d" in met, has_door=has_door))
    data["changes"] = {f"{name}/x": {"breaks": draw(st.sampled_from(BREAKS))} for name in met}
    if draw(st.booleans()):
        back = draw(st.permutations(names))[: draw(st.integers(1, len(names)))]
        together = draw(st.booleans())
        data["rollback"] = [
            {"Back": [f"rollback {some}" for some in ([" ".join(back)] if together else back)]}
        ]
    return data


@st.composite
def _walk(draw: DrawFn, names: list[str], *, has_store: bool, has_door: bool) -> list[Data]:
    """Mostly one call deeper, sometimes from further up; one may use what another said."""
    stack, hops = ["client"], []
    door = draw(st.integers(1, len(names) - 1)) if has_door else None
    for rank, name in enumerate(names):
        if rank == door:
            hops.append({f"{stack[-1]} calls k": "x"})
        for _ in range(draw(st.sampled_from((0, 0, 0, 0, 1, 2)))):
            if len(stack) > 1:
                stack.pop()
        called = [next(iter(hop)).split()[2] for hop in hops if " calls s" in next(iter(hop))]
        is_using = called and draw(st.sampled_from((True, False, False, False, False, False)))
        using = f" using {draw(st.sampled_from(called))}/x" if is_using else ""
        has_version = stack != ["client"]
        by = draw(st.sampled_from(("", "", "", "", "", "", " since V2", " until V1"))) if has_version else ""
        hops.append({f"{stack[-1]} calls {name}": f"x{using}{by}"})
        stack.append(name)
        if has_store and draw(st.sampled_from((True, False, False))):
            hops.append({f"{name} {draw(st.sampled_from(('reads', 'writes')))} d": "x"})
    return hops


@st.composite
def _pipeline(draw: DrawFn, names: list[str], *, has_store: bool, has_door: bool) -> list[Data]:
    """The services in waves, some of which are not waited for; often who is called last goes first."""
    order = names[::-1] if draw(st.booleans()) else draw(st.permutations(names))
    each = st.just({*range(1, len(order))})
    cuts = sorted(draw(st.one_of(each, st.sets(st.integers(1, len(order)), min_size=1))))
    waves = filter(None, (order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)))
    how = st.sampled_from(("", "", "start "))
    actions = [f"{draw(how)}deploy {' '.join(wave)}" for wave in waves]
    if has_store:
        actions.insert(draw(st.integers(0, len(actions))), "migrate d")
    if has_door:
        first = draw(st.integers(0, len(actions)))
        actions.insert(first, "deploy k")
        if draw(st.booleans()):
            actions.insert(draw(st.integers(first + 1, len(actions))), "rollback k")
    if draw(st.sampled_from((True, False, False, False))):
        actions.append(f"rollback {order[0]}")
    return [{f"Step {number}": [action]} for number, action in enumerate(actions, start=1)]
