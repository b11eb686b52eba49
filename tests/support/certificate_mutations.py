"""Certificates bent on purpose: in ways that somebody would try who wants a proof of what is not so."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

Data = dict[str, Any]


def mutate(certificate: Data, chance: Random) -> Data:
    """The certificate changed in one to three places."""
    bent = copy.deepcopy(certificate)
    for _ in range(chance.choice((1, 1, 2, 3))):
        chance.choice(_WAYS)(bent, chance)
    return bent


def _diagrams(bent: Data) -> list[Data]:
    return [*bent["claims"], *bent["progress"]]


def _any_diagram(bent: Data, chance: Random) -> Data | None:
    found = _diagrams(bent)
    return chance.choice(found) if found else None


def _drop(bent: Data, chance: Random) -> None:
    """A claim, a part or a run is left out."""
    row = chance.choice((bent["claims"], bent["progress"], bent["runs"]))
    if row:
        del row[chance.randrange(len(row))]


def _retarget(bent: Data, chance: Random) -> None:
    """The proof of one claim is taken for another's."""
    if len(bent["claims"]) > 1:
        one, other = chance.sample(bent["claims"], 2)
        one["of"], other["of"] = other["of"], one["of"]


def _relabel(bent: Data, chance: Random) -> None:
    """States are called something else."""
    diagram = _any_diagram(bent, chance)
    if diagram is None or not diagram["labels"]:
        return
    number = chance.randrange(len(diagram["labels"]))
    old = diagram["labels"][number]
    rank = [*old[1:], 0, 0][:2]
    diagram["labels"][number] = chance.choice(
        [
            ["held"],
            ["idle"],
            ["goal", chance.randrange(3)],
            ["rank", chance.randrange(4), rank[1]],
            ["rank", rank[0], chance.randrange(30)],
            chance.choice(diagram["labels"]),
        ]
    )


def _redirect(bent: Data, chance: Random) -> None:
    """An edge leads elsewhere, or is gone."""
    found = _any_edge(bent, chance)
    if found is None:
        return
    node, number, below = found
    if chance.random() < 0.4:
        del node[number]
    else:
        node[number][1] = chance.randrange(max(1, below))


def _widen(bent: Data, chance: Random) -> None:
    """An edge is taken by other values."""
    found = _any_edge(bent, chance)
    if found is None:
        return
    node, number, _ = found
    values = node[number][0]
    if values and chance.random() < 0.5:
        del values[chance.randrange(len(values))]
    else:
        values.append(chance.randrange(6))


def _shrink_start(bent: Data, chance: Random) -> None:
    """The set is that of the initial state alone, as far as one variable tells: the first value."""
    diagram = _any_diagram(bent, chance)
    if diagram is not None and diagram["levels"]:
        level = chance.choice(diagram["levels"])
        for node in level:
            del node[1:]


def _forget(bent: Data, chance: Random) -> None:
    """A variable is not told apart any more."""
    diagram = _any_diagram(bent, chance)
    if diagram is not None and len(diagram["variables"]) > 1:
        at = chance.randrange(len(diagram["variables"]))
        if all(len(node) == 1 for node in diagram["levels"][at]) or chance.random() < 0.2:
            del diagram["variables"][at], diagram["levels"][at]


def _rerun(bent: Data, chance: Random) -> None:
    """A run has one event more, or less, or another."""
    if not bent["runs"]:
        return
    run = chance.choice(bent["runs"])
    at = chance.randrange(len(run) + 1)
    if chance.random() < 0.5:
        run.insert(at, chance.randrange(40))
    else:
        del run[at : at + 1]


def _make_up(bent: Data, chance: Random) -> None:
    """A proof by nobody who knows the deployment: one variable, or two, and a label or two as they come."""
    diagram, names = _any_diagram(bent, chance), sorted(bent["values"])
    if diagram is None or not names:
        return
    known = chance.sample(names, min(len(names), chance.choice((1, 1, 2))))
    labels = [
        chance.choice([["held"], ["idle"], ["goal", chance.randrange(2)], ["rank", 0, chance.randrange(30)]])
        for _ in range(chance.choice((1, 1, 2)))
    ]
    every = [[value for value, _ in enumerate(bent["values"][name])] for name in known]
    last = [[[[value], chance.randrange(len(labels))] for value in every[-1]]]
    levels = [*([[[values, 0]]] for values in every[:-1]), last]
    diagram.update({"variables": known, "levels": levels, "labels": labels})


def _swap_variables(bent: Data, chance: Random) -> None:
    diagram = _any_diagram(bent, chance)
    if diagram is not None and len(diagram["variables"]) > 1:
        one, other = chance.sample(range(len(diagram["variables"])), 2)
        names = diagram["variables"]
        names[one], names[other] = names[other], names[one]


def _swap_values(bent: Data, chance: Random) -> None:
    """In the table of values."""
    rows = [row for row in bent["values"].values() if len(row) > 1]
    if rows:
        row = chance.choice(rows)
        one, other = chance.sample(range(len(row)), 2)
        row[one], row[other] = row[other], row[one]


def _any_edge(bent: Data, chance: Random) -> tuple[list[Any], int, int] | None:
    """A node, the number of one of its edges, and how many nodes or labels there are below."""
    diagram = _any_diagram(bent, chance)
    if diagram is None or not diagram["levels"]:
        return None
    at = chance.randrange(len(diagram["levels"]))
    node = chance.choice(diagram["levels"][at])
    below = diagram["levels"][at + 1] if at + 1 < len(diagram["levels"]) else diagram["labels"]
    return (node, chance.randrange(len(node)), len(below)) if node else None


_WAYS = (
    _drop,
    _retarget,
    _relabel,
    _relabel,
    _redirect,
    _redirect,
    _widen,
    _widen,
    _shrink_start,
    _forget,
    _make_up,
    _make_up,
    _rerun,
    _swap_variables,
    _swap_values,
)
