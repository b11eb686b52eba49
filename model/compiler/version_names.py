"""What people are told of versions: a component's own names, in the causes of events and in states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import assert_never

from msgspec.structs import replace

from ..deployment import Deployment
from ..names import VariableKey, VariableKind
from .causes import (
    Cause,
    DeliveryCause,
    ElectionCause,
    EnableCause,
    HopCause,
    LossCause,
    MoveCause,
    PassCause,
    PipelineCause,
    RelayCause,
    WriteCause,
)


def name_versions(cause: Cause, deployment: Deployment) -> Cause:
    """The cause as it is told: each version of a component by the name that the component gives it.

    Forms of data keep the names of the file: more than one component writes and reads them.
    """
    if not deployment.version_names:
        return cause
    match cause:
        case MoveCause(variable, _, trigger, source, target):
            said = (call_versions(deployment, variable, text) for text in (trigger, source, target))
            return replace(cause, **dict(zip(("trigger", "source", "target"), said, strict=True)))
        case WriteCause(_, component, version):
            return replace(cause, version=deployment.name_version(component, version))
        case ElectionCause(component, version) if version is not None:
            return replace(cause, version=deployment.name_version(component, version))
        case HopCause(_, _, hop, consumer, provider):
            called = _name(deployment, hop.provider, provider) if hop.verb.is_call else provider
            return replace(cause, consumer=_name(deployment, hop.consumer, consumer), provider=called)
        case PassCause(_, _, hop, consumer):
            return replace(cause, consumer=_name(deployment, hop.consumer, consumer))
        case RelayCause() | LossCause() | DeliveryCause() | EnableCause() | ElectionCause() | PipelineCause():
            return cause
        case _:
            assert_never(cause)


def call_versions(deployment: Deployment, key: VariableKey, text: str) -> str:
    """A state or transition of the variable's machine, with the names of its component for its versions."""
    owner = _owner_of(key)
    return replace_versions(deployment.version_names.get(owner, {}) if owner is not None else {}, text)


def replace_versions(names: Mapping[str, str], text: str) -> str:
    """The text with these names for versions, wherever one stands as a word of its own."""
    return _pattern(tuple(names)).sub(lambda found: names[found.group()], text) if names else text


@lru_cache
def _pattern(versions: tuple[str, ...]) -> re.Pattern[str]:
    """A version as a whole word; a count can stand before it (`2×V1`)."""
    longest_first = sorted(map(re.escape, versions), key=len, reverse=True)
    return re.compile(rf"(?<![^\s×(])(?:{'|'.join(longest_first)})(?![^\s),;])")


def _owner_of(key: VariableKey) -> str | None:
    """The component whose versions the values of the variable name; None where they are forms of data."""
    match key.kind:
        case VariableKind.INSTANCES | VariableKind.LEADER:
            return key.owner
        case VariableKind.SCHEMA:
            return key.contract.provider
        case _:
            return None


def _name(deployment: Deployment, component: str, version: str | None) -> str | None:
    return None if version is None else deployment.name_version(component, version)
