"""Facts: flags that guard nothing, and that nobody takes up instance by instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..deployment import Action, Flag
from ..names import Place
from .reader import Reader, Word, quote


def check_facts(reader: Reader, flags: Mapping[str, Flag], actions: Iterable[Action]) -> None:
    """Reports what is said of a fact and fits other flags alone."""
    for action in actions:
        for target in action.targets if action.per_instance else ():
            flag = flags.get(target.name)
            if flag is not None and not flag.guards:
                text = str(action)
                at = Word(text, action.place or Place("", 1, 1), len(text), False)
                message = f"{quote(flag.name)} guards nothing: it is a fact, which no instance takes up"
                reader.report("bad-action", message, at, "leave out `per instance`")
