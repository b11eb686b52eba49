"""The parts of a campaign: what each feeds to skewproof, and what must never come of it.

Each part makes one input from a source of chance, gives it to skewproof, and says in a word what came of it.
Raises `AssertionError`, or whatever skewproof lets through, where that is a find.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property
from itertools import permutations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from msgspec import Struct

from skewproof.model.compiler.compile import Compiled, compile_deployment
from skewproof.model.deployment import Deployment
from skewproof.model.deployment.changes import list_bare_aspects
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import load, loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, Unknown, Unsafe, check
from skewproof.properties.certificate.claims import Claim, list_claims
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.verify import Proof, verify
from skewproof.properties.certificate.write import certify
from skewproof.properties.engines.registry import AUTO

from . import formulas
from .commands import told_by_a_command
from .mutations import in_bytes, mutated
from .seeds import EXAMPLES, ROOT, pick, read_seeds

MOST_STATES = (100, 2_000, 2_000, 2_000)
"""A limit in states ends the same input everywhere at the same place; that of time is for what it misses."""
WITHIN_S = 2.0
ROOM_S = 20.0
"""What a limit of two seconds may take on a machine with other things to do."""

Part = Callable[[Random], str]


def loader(chance: Random) -> str:
    """A mutated file; what loads is judged."""
    text = mutated(read_seeds()[pick(chance)], chance)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "d.yaml"
        file.write_bytes(in_bytes(text, chance))
        return _told(lambda: load(file), chance)


def changes(chance: Random) -> str:
    """A right deployment with mutated changes in a file of their own."""
    file, text = _release(chance) if chance.random() < OF_A_LARGE_ONE else _story(chance)
    with TemporaryDirectory() as folder:
        given = Path(folder) / "c.yaml"
        given.write_bytes(in_bytes(mutated(text, chance), chance))
        if isinstance(file, Path):
            return _told(lambda: load(file, given), chance)
        own = Path(folder) / "d.yaml"
        own.write_text(file)
        return _told(lambda: load(own, given), chance)


OF_A_LARGE_ONE = 0.02
"""It costs as much as fifty stories do."""


def _release(chance: Random) -> tuple[Path, str]:
    """The large example, and one of its releases."""
    releases = sorted((ROOT / "examples" / "sccos" / "releases").glob("*.yaml"))
    return ROOT / EXAMPLES[0], chance.choice(releases).read_text()


def _story(chance: Random) -> tuple[str, str]:
    """A deployment and its changes, apart; at times the changes of another one."""
    text, other = read_seeds()[pick(chance)], read_seeds()[pick(chance)]
    rest, own = _part_changes(text)
    return rest, own if chance.random() < 0.8 else _part_changes(other)[1]


def _part_changes(text: str) -> tuple[str, str]:
    """The text without its key `changes`, and what stands under it, as a file of changes."""
    found = _CHANGES.search(text)
    if found is None:
        return text, ""
    return text[: found.start()] + text[found.end() :], found.group()


_CHANGES = re.compile(r"^changes:.*(?:\n(?:[ #].*)?)*", re.M)


def properties(chance: Random) -> str:
    """Formulas by the grammar; one in ten is mutated."""
    text = formulas.deployment(chance)
    return _told(lambda: loads(text, "d.yaml"), chance)


def _told(read: Callable[[], Deployment], chance: Random) -> str:
    try:
        deployment = read()
    except InvalidDeploymentError as error:
        return _refused(error)
    fails = bool(deployment.rollback) and chance.random() < 0.5
    return judged(replace(deployment, failures=fails), chance.choice(MOST_STATES))


def _refused(error: InvalidDeploymentError) -> str:
    for problem in error.problems:
        assert problem.place is not None, f"without a place: {problem.message}"
        assert problem.place.line >= 1, problem
        assert problem.message, problem
    return "refused"


def judged(deployment: Deployment, most_states: int) -> str:
    begin_s = time.monotonic()
    limits = Limits(max_states=most_states, deadline_s=begin_s + WITHIN_S)
    try:
        answer = check(deployment, limits=limits, engine=AUTO)
    except InvalidDeploymentError as error:  # a machine whose code is not loaded
        return _refused(error)
    took_s = time.monotonic() - begin_s
    assert took_s < WITHIN_S + ROOM_S, f"a limit of {WITHIN_S} s took {took_s:.1f} s"
    match answer.verdict:
        case Safe():
            assert not answer.open_properties, "safe, with a property left open"
            return "safe"
        case Unsafe():
            return "unsafe"
        case Unknown(reason):
            assert reason
            return "unknown"


# --- certificates ---------------------------------------------------------------------------------

_PROVEN = (
    """
components: {a: {kind: service, replicas: 2}, b: {kind: service}, d: {kind: database}}
requests: {ask: [client calls a: x, a calls b: y, b writes d: z]}
pipeline: [One: [deploy b], Two: [deploy a], Three: [migrate d]]
changes: {b/y: {breaks: [V2 -> V1]}, d/z: {breaks: [V1 -> V2]}}
properties: {serves: always a.up >= 2, last: never d.version == V2 and a.up(V1)}
""",
    """
components: {a: {kind: service}, b: {kind: service}, q: {kind: broker}, w: {kind: worker}}
requests: {ask: [client calls a: x, a calls b: y, b publishes q: m], job: [w consumes q: m]}
pipeline: [One: [suspend w], Two: [deploy a b w], Three: [resume w]]
changes: {b/y: {breaks: none}, q/m: {breaks: none}}
""",
)


class _Kept(Struct, frozen=True, dict=True):
    """A deployment with what the verifier compiles of it: thousands of certificates are held against one."""

    deployment: Deployment

    @cached_property
    def _alone(self) -> Compiled:
        return compile_deployment(self.deployment)

    @cached_property
    def _claims(self) -> tuple[Claim, ...]:
        return tuple(list_claims(self._alone))

    def verify(self, given: object) -> Proof:
        with (
            patch(f"{verify.__module__}.compile_deployment", lambda _: self._alone),
            patch(f"{verify.__module__}.list_claims", lambda _: self._claims),
        ):
            return verify(self.deployment, given)


@cache
def _pair(text: str) -> tuple[_Kept, _Kept, str] | None:
    """A safe deployment, the unsafe one in which all that changes breaks in all ways, and a certificate of
    the first; None if they are not safe and unsafe."""
    safe = loads(text).on()
    if safe.changes is None or any(one.machine for one in safe.components.values()):
        return None
    unsafe, limits = _worst(safe), Limits(max_states=MOST_STATES[-1])
    if not isinstance(check(safe, limits=limits).verdict, Safe):
        return None
    if not isinstance(check(unsafe, limits=limits).verdict, Unsafe):
        return None
    return _Kept(safe), _Kept(unsafe), json.dumps(certify(safe, Limits()).content)


def _worst(deployment: Deployment) -> Deployment:
    both = frozenset(permutations(deployment.versions, 2))
    changed = {}
    for contract, change in deployment.changed.items():
        kind = deployment.components[contract.provider].kind
        aspects = change.breaks or list_bare_aspects(contract, kind, deployment.actions)
        changed[contract] = replace(change, breaks=dict.fromkeys(aspects, both), verbs={}, pair_severities={})
    return replace(deployment, changes=changed)


def _certificate(chance: Random) -> tuple[_Kept, _Kept, str]:
    while True:
        text = chance.choice(_PROVEN) if chance.random() < OF_OUR_OWN else read_seeds()[pick(chance)]
        found = _pair(text)
        if found is not None:
            return found


OF_OUR_OWN = 0.5


def certificates(chance: Random) -> str:
    """A mutated certificate: never a proof of what is unsafe."""
    safe, unsafe, text = _certificate(chance)
    given: object = json.loads(text)
    if chance.random() < 0.2:
        with suppress(ValueError, RecursionError):
            given = json.loads(mutated(text, chance, 2))
    else:
        for _ in range(chance.randint(0, 3)):
            given = _altered(given, chance)
    assert not _accepts(unsafe, given), "a certificate proves safe what is not"
    return "accepted" if _accepts(safe, given) else "refused"


def _accepts(kept: _Kept, given: object) -> bool:
    try:
        return kept.verify(given).is_whole
    except CertificateRefusedError as refused:
        if str(refused):
            return False
        raise


_STRANGE: tuple[Any, ...] = (None, True, 0, -1, 10**30, 1.5, "", "V1", [], {}, [[]], {"": None}, "x" * 1000)


def _altered(value: Any, chance: Random) -> Any:
    """One place of the value changed: taken away, doubled, or something else."""
    inner = isinstance(value, dict | list) and value and chance.random() < 0.85
    if not inner:
        return chance.choice(_STRANGE)
    if isinstance(value, dict):
        return _altered_mapping(value, chance)
    at = chance.randrange(len(value))
    match chance.randrange(4):
        case 0:
            return [*value[:at], *value[at + 1 :]]
        case 1:
            return [*value, value[at]]
        case _:
            return [*value[:at], _altered(value[at], chance), *value[at + 1 :]]


def _altered_mapping(value: dict[str, Any], chance: Random) -> dict[str, Any]:
    key = chance.choice(sorted(value))
    rest = {name: of for name, of in value.items() if name != key}
    match chance.randrange(5):
        case 0:
            return rest
        case 1:
            return {**value, chance.choice(["x", "", "of", "levels"]): chance.choice(_STRANGE)}
        case _:
            return {**value, key: _altered(value[key], chance)}


def commands(chance: Random) -> str:
    """A command line."""
    return told_by_a_command(chance, read_seeds()[pick(chance)])


PARTS: Mapping[str, Part] = {
    "loader": loader,
    "changes": changes,
    "formulas": properties,
    "certificates": certificates,
    "commands": commands,
}
