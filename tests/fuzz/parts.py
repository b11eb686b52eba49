"""The parts of a campaign: what each feeds to skewproof, and what must never come of it.

Each part makes one input from a source of chance, gives it to skewproof, and says in a word what came of it.
Raises `AssertionError`, or whatever skewproof lets through, where that is a find.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from skewproof.model.deployment import Deployment
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import load, loads
from skewproof.model.resources.limits import Limits
from skewproof.properties import Safe, Unknown, Unsafe, check
from skewproof.properties.certificate.rules import CertificateRefusedError
from skewproof.properties.certificate.verify import verify
from skewproof.properties.certificate.write import certify
from skewproof.properties.engines.registry import AUTO

from . import formulas
from .commands import told_by_a_command
from .mutations import in_bytes, mutated

ROOT = Path(__file__).parents[2]
EXAMPLES = (
    "examples/sccos/deployment.yaml",
    "examples/failover/skewproof.yaml",
    "examples/shop/skewproof.yaml",
)
WITHIN_S = 1.0
ROOM_S = 10.0
"""What a limit of a second may take on a machine with other things to do."""

Part = Callable[[Random], str]


@cache
def files() -> tuple[str, ...]:
    """Deployments that people wrote, and one with most of the language."""
    stories = sorted((ROOT / "examples" / "stories").glob("*/*.yaml"))
    return (*((ROOT / name).read_text() for name in EXAMPLES), *(s.read_text() for s in stories))


def loader(chance: Random) -> str:
    """A mutated file; what loads is judged for a second."""
    text = mutated(chance.choice((*files(), formulas.DEPLOYMENT + "  p: always true\n")), chance)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "d.yaml"
        file.write_bytes(in_bytes(text, chance))
        return _told(lambda: load(file))


def changes(chance: Random) -> str:
    """A right deployment with mutated changes in a file of their own."""
    texts = sorted((ROOT / "examples" / "sccos" / "releases").glob("*.yaml"))
    text = mutated(chance.choice(texts).read_text(), chance)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "c.yaml"
        file.write_bytes(in_bytes(text, chance))
        return _told(lambda: load(ROOT / EXAMPLES[0], file))


def properties(chance: Random) -> str:
    """Formulas by the grammar; one in ten is mutated."""
    text = formulas.deployment(chance)
    if chance.random() < 0.1:
        text = formulas.DEPLOYMENT + mutated(text.removeprefix(formulas.DEPLOYMENT), chance, 2)
    return _told(lambda: loads(text, "d.yaml"))


def _told(read: Callable[[], Deployment]) -> str:
    try:
        deployment = read()
    except InvalidDeploymentError as error:
        return _refused(error)
    return judged(deployment)


def _refused(error: InvalidDeploymentError) -> str:
    for problem in error.problems:
        assert problem.place is not None, f"without a place: {problem.message}"
        assert problem.place.line >= 1, problem
        assert problem.message, problem
    return "refused"


def judged(deployment: Deployment) -> str:
    begin_s = time.monotonic()
    limits = Limits(max_states=20_000, deadline_s=begin_s + WITHIN_S)
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


@cache
def _certificates() -> tuple[tuple[Deployment, Deployment, str], ...]:
    """Each with the deployment that it proves, and one that it must not: with one more broken pair."""
    found = []
    for text in _PROVEN:
        deployment = loads(text)
        unsafe = loads(text.replace("[V2 -> V1]", "both").replace("none", "both"))
        assert isinstance(check(deployment).verdict, Safe)
        assert isinstance(check(unsafe).verdict, Unsafe)
        found.append((deployment, unsafe, json.dumps(certify(deployment, Limits()).content)))
    return tuple(found)


def certificates(chance: Random) -> str:
    """A mutated certificate: never a proof of what is unsafe."""
    deployment, unsafe, text = chance.choice(_certificates())
    given: object = json.loads(text)
    if chance.random() < 0.2:
        with suppress(ValueError, RecursionError):
            given = json.loads(mutated(text, chance, 2))
    else:
        for _ in range(chance.randint(0, 3)):
            given = _altered(given, chance)
    assert not _accepts(unsafe, given), "a certificate proves safe what is not"
    return "accepted" if _accepts(deployment, given) else "refused"


def _accepts(deployment: Deployment, given: object) -> bool:
    try:
        return verify(deployment, given).is_whole
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
    return told_by_a_command(chance, files())


PARTS: Mapping[str, Part] = {
    "loader": loader,
    "changes": changes,
    "formulas": properties,
    "certificates": certificates,
    "commands": commands,
}
