"""What an onlooker may see at one step of the pipeline: the versions of every component."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Suspension(StrEnum):
    """Whether a worker is kept from starting jobs while the pipeline stands at a step."""

    NEVER = "never"
    MAYBE = "maybe"
    ALWAYS = "always"


class ComponentView(Struct, frozen=True):
    """The versions that can be met at one component, in their order.

    For a service, worker or client: of its instances; for a store or broker: of its schema and of
    its content. More than one means that a request may meet either; none that no instance is up,
    or that the release changes nothing at this store.
    """

    versions: tuple[str, ...]
    suspended: Suspension = Suspension.NEVER

    @property
    def is_mixed(self) -> bool:
        return len(self.versions) > 1


class StepView(Struct, frozen=True):
    """The components while the pipeline stands at one step.

    `number` counts the `total` steps from 1; `(before)` is number 0 and `(after)` number total + 1. Of
    several pipelines each is counted by itself, and `pipeline` is its name.
    """

    step: str
    number: int
    total: int
    components: Mapping[str, ComponentView]
    pipeline: str | None = None
