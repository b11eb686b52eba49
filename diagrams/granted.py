"""What a file could say and does not, in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from ..model.deployment import Deployment
from ..properties.verdict import Granted

_NAMES = 3
"""So many components are named; of more the number is told."""


def write_granted(granted: Mapping[Granted, Sequence[str]], deployment: Deployment) -> str:
    """All that is taken for granted: `no instance restarts`."""
    with_instances = sum(component.kind.has_instances for component in deployment.components.values())
    said = (_write(what, names, with_instances) for what, names in granted.items())
    return "; ".join(said)


def _write(what: Granted, names: Sequence[str], of: int) -> str:
    match what:
        case Granted.RESTARTS:
            return f"no instance{_whose(names, of)} restarts"
        case Granted.TERMINATES:
            return f"a retired instance{_whose(names, of)} is gone at once"
        case Granted.REDELIVERS:
            return f"no message comes back to {_name(names, 'brokers')}"
        case Granted.READINESS:
            return f"what restarts in {_name(names, 'components')} takes calls again whatever is there"
        case Granted.STAYS:
            return f"the users of {_name(names, 'clients')} have what is deployed"
        case Granted.ROWS:
            return f"rows of {_name(names, 'tables')} have the form of the schema"
        case Granted.FROM:
            return f"what a sync copies to {_name(names, 'contracts')} is new"
        case Granted.CLIENTS:
            return f"clients without a version fit each version of {_name(names, 'contracts')}"
        case Granted.PER_INSTANCE:
            return f"{_name(names, 'flags')} {_is(names)} switched everywhere at once"
        case Granted.UNDERSTANDS:
            return f"code that knows {_name(names, 'flags')} understands both forms"
        case _:
            assert_never(what)


def _whose(names: Sequence[str], of: int) -> str:
    if len(names) == of:
        return ""
    return f" of {_name(names, 'components')}"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _name(names: Sequence[str], what: str) -> str:
    return ", ".join(names) if len(names) <= _NAMES else f"{len(names)} {what}"
