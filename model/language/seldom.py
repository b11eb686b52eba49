"""The sections that few files have: what reads one is imported when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..deployment import Change, Prices, Request
from ..deployment.timing import Timing
from ..names import Contract
from .changes import Changes
from .components import Components
from .contracts import Contracts
from .document import YamlNode
from .reader import Reader

if TYPE_CHECKING:
    from ..deployment import Assumption, ContractSource

Sections = Mapping[str, YamlNode]
"""What stands in a file, by its keys."""


def read_assumed(
    sections: Sections, read: Changes, changes: Mapping[Contract, Change]
) -> tuple[int | None, tuple[Assumption, ...]]:
    """How many steps a request may see begin, and which cells are never met."""
    if "assume" not in sections:
        return None, ()
    from .assumptions import AssumeReader

    assumed = AssumeReader(read, changes).read(sections["assume"])
    return assumed.max_span, assumed.never


def read_timing(
    sections: Sections, reader: Reader, requests: tuple[Request, ...], components: Components
) -> Timing:
    """How long things take, and how many requests come."""
    if "traffic" not in sections and "durations" not in sections:
        return Timing()
    from . import timing

    return timing.read_timing(
        reader, sections.get("traffic"), sections.get("durations"), requests, components
    )


def read_sources(
    sections: Sections, reader: Reader, components: Components, contracts: Contracts
) -> Mapping[Contract, ContractSource]:
    """Where contracts are written."""
    if "sources" not in sections:
        return {}
    from . import sources

    return sources.read_sources(reader, components, contracts, sections["sources"])


def read_prices(sections: Sections, reader: Reader) -> Prices:
    """What remedies cost."""
    if "prices" not in sections:
        return Prices()
    from . import prices

    return prices.read_prices(reader, sections["prices"])
