"""Jobs that run to their end, as actions of a step."""

from __future__ import annotations


def describe_job(name: str, databases: list[str], migrates: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The actions of a job that runs to its end, and what is to be asked about it."""
    if migrates and len(databases) == 1:
        return (f"migrate {databases[0]}",), ()
    if migrates and databases:
        return (), (f"which of {', '.join(databases)} does {name} migrate? then: migrate NAME",)
    return (), (f"what does {name} do to a store? then: migrate, backfill, sync or reconfigure NAME",)
