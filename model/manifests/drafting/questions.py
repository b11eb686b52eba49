"""What does not fit together in a draft, and what is to be asked."""

from __future__ import annotations

from collections.abc import Iterator

from ...deployment import Kind, Verb
from ...errors import Problem
from ...language.keys import ANONYMOUS as CLIENT
from ..drafted import write_place
from ..seen import Basis
from .known import KnownParts

_WEAK = {
    Basis.POLICY: "allowed by a policy, and nothing else tells of it",
    Basis.DEPENDENCY: "only the order of start tells of it; is it called?",
}
MAX_SHOWN = 10
"""Links in one remark."""


def list_remarks(known: KnownParts) -> Iterator[Problem]:
    """What does not fit together."""
    yield from _list_disallowed(known)
    for basis, told in _WEAK.items():
        weak = [edge for edge in known.edges.values() if edge.rests_on(basis)]
        if weak:
            shown = ", ".join(f"{edge.consumer} -> {edge.provider}" for edge in weak[:MAX_SHOWN])
            more = f" and {len(weak) - MAX_SHOWN} more" if len(weak) > MAX_SHOWN else ""
            yield Problem("bad-manifest", f"{told}: {shown}{more}", weak[0].links[0].origin.place)
    for host, (unit, variable, place) in known.seen.unknown.items():
        message = f"{variable} of {unit} names `{host}`, which is in no manifest that was read"
        yield Problem("bad-manifest", message, place)


def _list_disallowed(known: KnownParts) -> Iterator[Problem]:
    """Calls that a policy does not allow."""
    for edge in known.edges.values():
        allowed = known.seen.limited.get(edge.provider)
        bases = {link.basis for link in edge.links}
        if allowed is None or edge.consumer == CLIENT or Basis.POLICY in bases or Basis.ADDRESS not in bases:
            continue
        named = next(link.origin for link in edge.links if link.basis is Basis.ADDRESS)
        message = (
            f"{edge.consumer} is told to use {edge.provider} ({named.words}), "
            f"which {allowed.words} ({write_place(allowed.place)}) does not allow"
        )
        yield Problem("bad-manifest", message, named.place)


def list_questions(known: KnownParts) -> Iterator[str]:
    """What no manifest tells."""
    yield from _ask_of_links(known)
    yield from _ask_of_peers(known)
    yield from _ask_of_brokers(known)
    yield from _ask_of_migrations(known)


def _ask_of_links(known: KnownParts) -> Iterator[str]:
    used = {edge.provider for edge in known.edges.values() if edge.consumer != CLIENT}
    callers = {edge.consumer for edge in known.edges.values()}
    stores = [name for name, kind in known.kinds.items() if not kind.has_instances and name not in used]
    silent = [name for name, kind in known.kinds.items() if kind.has_instances and name not in callers]
    for name in stores:
        verb = "publishes" if known.kinds[name] is Kind.BROKER else "writes"
        yield f"Nothing tells who uses {name}. Write: SERVICE {verb} {name}: SUBJECT"
    if silent and len(known.kinds) > 1 and (stores or not used):
        yield f"Nothing tells whom these use: {', '.join(silent)}. Write: ONE calls OTHER: SUBJECT"


def _ask_of_peers(known: KnownParts) -> Iterator[str]:
    for name, origin in known.seen.peers.items():
        if name in known.kinds and known.kinds[name].has_instances:
            told = f"Instances of {name} know each other ({origin.words}), so two versions meet there."
            yield f"{told} Write, in a request that calls {name}: {name} calls {name}: SUBJECT"


def _ask_of_brokers(known: KnownParts) -> Iterator[str]:
    for name in (name for name, kind in known.kinds.items() if kind is Kind.BROKER):
        verbs = {verb for edge in known.edges.values() if edge.provider == name for verb in known.verbs(edge)}
        if verbs and len(verbs) == 1:
            other = "consumes" if Verb.PUBLISHES in verbs else "publishes"
            yield f"Nothing tells who {other} at {name}. Write: ONE {other} {name}: SUBJECT"


def _ask_of_migrations(known: KnownParts) -> Iterator[str]:
    """Of databases that neither a step nor an instance that starts brings to another version."""
    told = {
        word
        for step in known.list_steps()
        for action in (*step.actions, *step.then)
        if "migrate " in action
        for word in action.split()
    }
    settings = (setting for unit in known.seen.units.values() for setting in unit.settings)
    told |= {name for key, text in settings if key == "migrates" for name in text.strip("[]").split(", ")}
    left = [name for name, kind in known.kinds.items() if kind is Kind.DATABASE and name not in told]
    if left:
        name = left[0] if len(left) == 1 else "NAME"
        question = f"Nothing tells what migrates {', '.join(left)}."
        yield f"{question} Write, in the step that does: migrate {name}"
