"""Why there is no picture of a kind that somebody asked for."""

from __future__ import annotations

from typing import assert_never

from ..properties.verdict import Answer, Unknown
from .draw import Picture


def tell_why_undrawn(kind: Picture, answer: Answer | None) -> str:
    """A line for who asked for the kind and got none of it; no answer: hazards were not looked for."""
    return f"no {kind}: {_tell_why(kind, answer)}"


def _tell_why(kind: Picture, answer: Answer | None) -> str:
    match kind:
        case Picture.STORY | Picture.MOMENT:
            return f"it is drawn for each cause of hazards, and {_tell_no_cause(answer)}"
        case Picture.SPACE:
            if answer is not None and answer.causes:
                return "it is drawn for hazards at hops, and those found here are of properties"
            return (
                f"it is drawn for each cause of hazards at a hop, and {_tell_no_cause(answer)}; "
                "`skewproof space` counts the states, and writes them as a graph"
            )
        case Picture.MAP:
            return (
                "no hop at which a pair breaks, those behind a flag apart, has two ends that both go from "
                "version to version"
            )
        case Picture.EXPOSURE:
            return "the file has no `traffic`, which says how often requests come"
        case Picture.LANES | Picture.PROOF | Picture.FILM | Picture.ARCHITECTURE | Picture.TIMELINE:
            return "the file has nothing of what it shows"
        case Picture.MACHINES:
            return "nothing in the file goes from version to version"
        case _:
            assert_never(kind)


def _tell_no_cause(answer: Answer | None) -> str:
    if answer is None or isinstance(answer.verdict, Unknown):
        return "there is no verdict here (`skewproof check` says why)"
    if answer.accepted:
        return "all that were found are accepted"
    return "there is none: the deployment is safe (`--kind proof` shows why)"
