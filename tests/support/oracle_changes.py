"""The oracle's own reading of what a release changes, and of the flags that guard it.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from support.oracle_parse import ASPECTS, SEVERITIES, Breaks, Change, Flag, provider_of


def read_changes(
    data: Mapping[str, Any], met: Iterable[str], kinds: Mapping[str, str], *, pessimistic: bool
) -> dict[str, Change]:
    """The changed contracts: those that the file names, under their own name or by `provider/*`."""
    given = data.get("changes") or {}
    specs = {contract: _named(given, contract) for contract in dict.fromkeys([*met, *given])}
    changes = {}
    for contract, spec in specs.items():
        if spec is None and pessimistic:
            spec = {"breaks": "both"}
        if spec is not None and not contract.endswith("/*"):
            changes[contract] = _change(contract, spec, kinds[provider_of(contract)], data["versions"])
    return changes


def _named(by_name: Mapping[str, Any], contract: str) -> Any:
    """What a mapping says of a contract: under its own name, else under `provider/*`."""
    return by_name.get(contract, by_name.get(provider_of(contract) + "/*"))


def _change(contract: str, spec: Mapping[str, Any], kind: str, versions: list[str]) -> Change:
    severity, worst = _severity(spec.get("severity", "error"))
    return Change(
        contract,
        _skewed(spec["skew"], len(versions)) if "skew" in spec else _breaks(spec, versions),
        severity,
        worst,
        schema=kind in ("database", "broker"),
        content=kind in ("cache", "broker") or (kind == "database" and spec.get("rows") == "kept"),
        exists=frozenset(map(versions.index, spec.get("exists", versions))),
        expires=spec.get("expires", False),
        source=spec.get("from"),
    )


def _severity(spec: str | Mapping[str, str]) -> tuple[Mapping[str, str], str]:
    """By aspect, and the worst of those that are written (57)."""
    if isinstance(spec, str):
        return dict.fromkeys(ASPECTS, spec), spec
    worst = min(spec.values(), key=SEVERITIES.index, default="error")
    return {aspect: spec.get(aspect, "error") for aspect in ASPECTS}, worst


def _skewed(spec: Mapping[str, int], versions: int) -> Breaks:
    """Too old or too new a consumer, in every aspect (39)."""
    older, newer = spec.get("older", versions), spec.get("newer", versions)
    pairs = [(consumer, provider) for consumer in range(versions) for provider in range(versions)]
    return dict.fromkeys(ASPECTS, frozenset((c, p) for c, p in pairs if p - c > older or c - p > newer))


def _breaks(change: Mapping[str, Any], versions: list[str]) -> Breaks:
    spec = change.get("breaks", "none")
    if isinstance(spec, Mapping):
        return {aspect: _pairs(spec.get(aspect, "none"), versions) for aspect in ASPECTS}
    return dict.fromkeys(ASPECTS, _pairs(spec, versions))


def _pairs(spec: str | list[str], versions: list[str]) -> frozenset[tuple[int, int]]:
    """The broken (consumer, provider) pairs: `both`, `none`, one `V1 -> V2`, or a list of those (39)."""
    everything = range(len(versions))
    if spec == "both":
        return frozenset((c, p) for c in everything for p in everything if c != p)
    if spec == "none":
        return frozenset()
    sides = [pair.split("->") for pair in ([spec] if isinstance(spec, str) else spec)]
    written = {(versions.index(old.strip()), versions.index(new.strip())) for old, new in sides}
    up = {(c, p) for c in everything for p in everything if any((k, k + 1) in written for k in range(c, p))}
    down = {(c, p) for c in everything for p in everything if any((k + 1, k) in written for k in range(p, c))}
    return frozenset(written | up | down)


def read_guards(flags: Mapping[str, Any], met: Iterable[str], versions: list[str]) -> dict[str, Flag]:
    """Contract -> the flag that guards it."""
    guards = {}
    for name, spec in flags.items():
        since = versions.index(spec["since"]) if "since" in spec else None
        named = dict.fromkeys(spec["guards"], Flag(name, since, spec.get("understands") != "own"))
        guards.update({contract: named_flag for contract in met if (named_flag := _named(named, contract))})
    return guards
