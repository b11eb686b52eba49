"""Checks a certificate against a deployment, and trusts nobody who made it.

A certificate holds, for each claim about the deployment (`claims`), a diagram: a set of states with labels;
for the parts of the deployment, diagrams that show that its pipeline cannot stall; and runs, which show that
what the release declares could have been met. `rules` and `progress` say what each must satisfy; this
module tells what of all that `check` judges is proven and what is not. docs/certificates.md has the format,
and what is trusted, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from ...model.compiler.compile import Compiled, compile_deployment
from ...model.compiler.errors import TooManyCasesError
from ...model.deployment import Deployment
from ..coverage.judge import cover
from ..verdict.assumptions import Assumptions, find_assumptions, is_nothing_judged
from .claims import Name, list_claims
from .progress import ProgressProof
from .reading import SHAPE, DiagramReader, read_list, read_mapping, read_number, read_plain, read_values
from .rules import CertificateRefusedError, check_obligation
from .witnesses import replay

FORMAT = "skewproof certificate"
VERSION = 5
KEYS = {"format", "version", "system", "assumed", "values", "claims", "progress", "runs"}
MOST_SHOWN = 200
NO_STALL = "that the pipeline cannot stall"
NOTHING_GIVEN = "anything: nothing was given to judge (`changes:` in the file, or --changes FILE)"
NOTHING_JUDGED = "anything: what is taken to break is met by clients without a version alone"


class Proof(Struct, frozen=True):
    """Of all that `check` judges of a deployment: what a certificate proves, and what it leaves open; in
    words. `assumed` is what all of this rests on."""

    proven: tuple[str, ...]
    left_open: tuple[str, ...]
    assumed: Assumptions

    @property
    def is_whole(self) -> bool:
        return not self.left_open


def verify(deployment: Deployment, certificate: object, today: date | None = None) -> Proof:
    """What the certificate proves of the deployment, with its changes and, if it says so, its failures, and
    with what it accepts on that day (None: today, in UTC). Raises `CertificateRefusedError` for a certificate
    of which any part is wrong."""
    deployment = deployment.on(today)
    head = certificate if isinstance(certificate, dict) else {}
    for key, expected in (("format", FORMAT), ("version", VERSION), ("system", deployment.system)):
        if type(head.get(key)) is not type(expected) or head[key] != expected:
            raise CertificateRefusedError(f"`{key}` is not {expected!r}")
    given = read_mapping(certificate, "the certificate", KEYS)
    assumed = find_assumptions(deployment)
    _compare(given["assumed"], assumed.spell())
    if deployment.changes is None:
        return Proof((), (NOTHING_GIVEN,), assumed)
    verifier = _Verifier(compile_deployment(deployment), DiagramReader(read_values(given["values"])))
    told = list(verifier.judge(given))
    told += [(NOTHING_JUDGED, False)] if is_nothing_judged(deployment) else []
    proven = tuple(text for text, is_proven in told if is_proven)
    return Proof(proven, tuple(text for text, is_proven in told if not is_proven), assumed)


def list_left_open(deployment: Deployment) -> tuple[str, ...]:
    """All that `check` judges of the deployment: what is left open where a certificate is refused."""
    head = {"format": FORMAT, "version": VERSION, "system": deployment.system}
    empty = {"assumed": find_assumptions(deployment.on()).spell(), "values": {}}
    return verify(deployment, {**head, **empty, "claims": [], "progress": [], "runs": []}).left_open


def _compare(given: object, assumed: Mapping[str, Any]) -> None:
    """What the certificate takes for granted is what the deployment says."""
    told = read_mapping(given, "`assumed`", set(assumed))
    for key, here in assumed.items():
        if told[key] != here or type(told[key]) is not type(here):
            raise CertificateRefusedError(
                f"it was made with `{key}` {_shown(told[key])}, and here it is {_shown(here)}"
            )


def _shown(value: object) -> str:
    """A value, cut where it is long: a certificate may hold anything."""
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


class _Verifier:
    def __init__(self, alone: Compiled, reader: DiagramReader) -> None:
        self._alone, self._reader = alone, reader

    def judge(self, given: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
        """All that is judged, in words, and whether it is proven."""
        progress = self._progress(read_list(given["progress"], "`progress`"))
        yield from self._claims(given["claims"], progress)
        yield NO_STALL, progress is not None
        yield from self._coverage(given["runs"])

    def _progress(self, given: list[Any]) -> ProgressProof | None:
        if not given:
            return None
        system = self._alone.system
        parts = [
            self._reader.diagram(read_mapping(one, where, SHAPE), system, where)
            for one, where in ((one, f"part {number} of progress") for number, one in enumerate(given, 1))
        ]
        try:
            progress = ProgressProof(self._alone, parts)
            progress.check()
        except TooManyCasesError as error:
            raise CertificateRefusedError(f"progress: {error}") from error
        return progress

    def _claims(self, given: object, progress: ProgressProof | None) -> Iterator[tuple[str, bool]]:
        """Each claim in words, and whether it is proven."""
        claims: dict[Name, Mapping[str, Any]] = {}
        for one in read_list(given, "`claims`"):
            parts = read_mapping(one, "a claim", {"of", *SHAPE})
            name = tuple(
                read_plain(word, "what a claim is of")
                for word in read_list(parts["of"], "what a claim is of")
            )
            if name in claims:
                raise CertificateRefusedError(f"claimed twice: {_shown(list(name))}")
            claims[name] = parts
        for claim in list_claims(self._alone):
            found = claims.pop(claim.name, None)
            if found is not None and claim.obligation is not None:
                system = claim.compiled.system
                labelled = self._reader.diagram(found, system, claim.text)
                comes = progress.comes if progress else lambda _, __: False
                check_obligation(system, labelled, claim.obligation, comes)
            yield claim.text, found is not None and claim.obligation is not None
        if claims:
            raise CertificateRefusedError(
                f"a claim of what is not judged: {_shown(list(next(iter(claims))))}"
            )

    def _coverage(self, given: object) -> Iterator[tuple[str, bool]]:
        """Each declaration of the release, and whether it is not idle: that something could have met it."""
        told = (read_list(run, "a run") for run in read_list(given, "`runs`"))
        runs = [[read_number(event, "a run") for event in run] for run in told]
        for one in cover(replay(self._alone, runs), ()).declarations:
            yield f"that something could meet `{one.says}` of {one.entry}", not one.is_idle
