"""What can be seen of a rollout that stands somewhere."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct

from ..names import Contract

Counts = tuple[tuple[str, int], ...]
"""How many of each version, in the order of their names; versions of which there are none are missing."""


def count_by_version(counts: dict[str, int]) -> Counts:
    """The counts in the form in which they can be compared."""
    return tuple(sorted((version, count) for version, count in counts.items() if count))


class InstancesSeen(Struct, frozen=True):
    """The instances of a component that are ready: one of `counts`. `is_exact` is false where only the
    versions count and not how many there are of each."""

    component: str
    counts: frozenset[Counts]
    source: str
    is_exact: bool = True


class LiveSeen(Struct, frozen=True):
    """The version of a component that has all the traffic."""

    component: str
    version: str
    source: str


class VersionCountSeen(Struct, frozen=True):
    """How many instances of one version there are, ready or not."""

    component: str
    version: str
    count: int
    source: str


class BegunSeen(Struct, frozen=True):
    """The pipeline has come to an action that brings a component to a version."""

    component: str
    version: str
    source: str


class StepSeen(Struct, frozen=True):
    """The pipeline stands in a step, at the action if one is named; `is_stopped`: the action has failed."""

    step: str
    source: str
    action: str | None = None
    is_stopped: bool = False


class FlagSeen(Struct, frozen=True):
    """A flag, and how it stands: `off`, `partly on`, `on`."""

    flag: str
    state: str
    source: str


class SchemaSeen(Struct, frozen=True):
    """The version of a schema, or of a broker's configuration; of all changed contracts of a provider where
    the contract has no subject (`""`)."""

    contract: Contract
    version: str
    source: str


class ContentSeen(Struct, frozen=True):
    """The forms that lie at a contract, and no others."""

    contract: Contract
    forms: frozenset[str]
    source: str


class JobsSeen(Struct, frozen=True):
    """Whether a worker is suspended."""

    worker: str
    is_suspended: bool
    source: str


class LeaderSeen(Struct, frozen=True):
    """The version of the leader; None: there is none."""

    component: str
    version: str | None
    source: str


Sighting = (
    InstancesSeen
    | LiveSeen
    | VersionCountSeen
    | BegunSeen
    | StepSeen
    | FlagSeen
    | SchemaSeen
    | ContentSeen
    | JobsSeen
    | LeaderSeen
)


class LeftOut(Struct, frozen=True):
    """Something that was seen and says nothing of the deployment, and why."""

    what: str
    why: str


class Observation(Struct, frozen=True):
    """All that was seen at one moment. What nobody saw can be as it likes."""

    sightings: tuple[Sighting, ...]
    left_out: tuple[LeftOut, ...] = ()


def tell_sighting(seen: Sighting) -> str:
    """What was seen, in words."""
    match seen:
        case InstancesSeen(component, counts, _, is_exact):
            told = " or ".join(sorted(_tell_counts(one, is_exact) for one in counts))
            return f"{component}: {told or 'cannot be as the parts of it say'}"
        case LiveSeen(component, version):
            return f"{component}: the traffic is on {version}"
        case VersionCountSeen(component, version, count):
            return f"{component}: {count} of {version}"
        case BegunSeen(component, version):
            return f"{component}: it is being brought to {version}"
        case StepSeen(step, _, action, is_stopped):
            at = f"{step}, at `{action}`" if action else step
            return f"the pipeline {'has failed' if is_stopped else 'stands'} in {at}"
        case FlagSeen(flag, state):
            return f"flag {flag} {state}"
        case SchemaSeen(contract, version):
            return f"{contract if contract.subject else contract.provider}: schema {version}"
        case ContentSeen(contract, forms):
            return f"{contract}: {', '.join(sorted(forms)) or 'empty'}"
        case JobsSeen(worker, is_suspended):
            return f"{worker} is {'suspended' if is_suspended else 'running'}"
        case LeaderSeen(component, version):
            return f"{component}: {f'its leader is of {version}' if version else 'no leader'}"
        case _:
            assert_never(seen)


def _tell_counts(counts: Counts, is_exact: bool) -> str:
    told = (f"{count}×{version}" if is_exact else version for version, count in counts)
    return " + ".join(told) or "nobody up"
