"""The comments of a model: what it is, how to run it, and what each part stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...model.compiler.compile import Compiled
from ...model.deployment import Hop
from ...model.names import PIPELINE, REQUEST, SPAN, WATCHED, VariableKey, pipeline_of, token_of
from ..lookups.lookup import HazardKind
from .claims import HazardClaim
from .names import write_comment
from .watch import find_request_name

MOST_TOLD = 2
"""So many events that one command stands for are told; more are counted."""

PLAIN_VECTOR = 1024
"""Bytes of a state that Spin takes without being told more."""


def write_head(
    requests: Sequence[Compiled], is_selected: bool, count: int, state_bytes: int
) -> Iterator[str]:
    """The head of the file: what it is and how to run it."""
    deployment = requests[0].vocabulary.deployment
    release = f", release {deployment.release}" if deployment.release else ""
    watched = ", ".join(map(find_request_name, requests))
    yield f"/* {write_comment(deployment.system + release)}"
    yield " *"
    yield " * A process for the pipeline, one for each component, contract and flag that moves, one for the"
    yield " * traffic of others, and one for the request under watch, chosen at the start among:"
    yield f" *   {write_comment(watched)}"
    yield " * An event is one indivisible step; the comment above it says what it stands for."
    if deployment.changes is None:
        yield " * No changes were given, so only calls that find nobody up are claimed."
    yield " *"
    yield from (f" * {line}" for line in _how_to_run(is_selected, count, state_bytes))
    yield " */"


def _how_to_run(is_selected: bool, count: int, state_bytes: int) -> Iterator[str]:
    if not count:
        yield "No pair breaks: there is nothing to claim."
        return
    vector = f" -DVECTORSZ={state_bytes}" if state_bytes > PLAIN_VECTOR else ""
    chosen, claim = (" -DHAZARD=1", "") if is_selected else ("", " -N hazard_1")
    yield f"Of {count} claims judge one: it is violated where its hazard can be met."
    yield f"  spin -a{chosen} FILE && gcc -O2 -DSAFETY{vector} -o pan pan.c"
    yield f"  ./pan -m1000000{claim}      (errors: 1 it can be met, errors: 0 it cannot)"
    yield f"  ./pan -r{claim}             (tells how, by the lines of this file)"
    yield "With -DBFS given to gcc the story is a shortest one."


def write_notes(requests: Sequence[Compiled]) -> dict[VariableKey, str]:
    """What the variables of the deployment and of the watched request stand for."""
    said = {PIPELINE: "the position of the pipeline", REQUEST: "how many hops the request has run"}
    said |= {SPAN: "the steps that began while the request was in flight", WATCHED: "the request under watch"}
    pipelines = requests[0].vocabulary.deployment.pipelines if requests else ()
    said |= {pipeline_of(name): f"the position of {name}" for name in pipelines}
    for compiled in requests:
        assert compiled.walker is not None, "there is no request under watch"
        for frame in compiled.walker.stack.frames:
            since = f"since hop {frame.born}" if frame.born else "from the start"
            said[frame.variable] = f"the version of {frame.component} that the request holds {since}"
        for contract in compiled.walker.tokens:
            said[token_of(contract)] = f"the form in which the request obtained {contract}"
    return said


def tell_command(texts: tuple[str, ...]) -> str:
    """What the events of one command say, in one line: the first whole, the others counted."""
    told, more = " | ".join(texts[:MOST_TOLD]), len(texts) - MOST_TOLD
    return f"{told}, and {more} like these" if more > 0 else told


def tell_claim(claim: HazardClaim, hops: tuple[Hop, ...]) -> str:
    """What the hazard is: request, hop, versions, contract."""
    lookup = claim.lookups[0]
    hop = hops[lookup.hop - 1]
    place = f"{claim.name}: {claim.request}, hop {lookup.hop}, {hop}"
    if lookup.kind is HazardKind.INCOMPATIBLE:
        consumer = lookup.consumer_version or "who forwards"
        return f"{place}: {lookup.aspect} {consumer} -> {lookup.provider_version}"
    caller = f" (caller {lookup.consumer_version})" if lookup.consumer_version else ""
    return f"{place}: {lookup.kind}{caller}"
