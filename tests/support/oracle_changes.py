"""The oracle's own reading of what a release changes, and of the flags that guard it.

Numbers in brackets are paragraphs of docs/semantics.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from support.oracle_actions import Action, actions_of
from support.oracle_parse import ASPECTS, SEVERITIES, Breaks, Change, Flag, Request, has_pairs, provider_of


def read_changes(
    data: Mapping[str, Any], requests: Sequence[Request], kinds: Mapping[str, str], *, pessimistic: bool
) -> dict[str, Change]:
    """The changed contracts: those that the file names, under their own name or by `provider/*`, and
    the sources of `using` that their hops carry (73)."""
    given = {name.replace('"', ""): spec for name, spec in (data.get("changes") or {}).items()}
    hops = [hop for request in requests for hop in request.hops]
    specs = {
        contract: named(given, contract) for contract in dict.fromkeys([*(h.contract for h in hops), *given])
    }
    if pessimistic:
        open_ones = {name for name, spec in specs.items() if not {"breaks", "skew"} & (spec or {}).keys()}
        specs = {
            name: {**(spec or {}), "breaks": "both"} if name in open_ones else spec
            for name, spec in specs.items()
        }
    taken = {name for name, spec in specs.items() if spec is not None}
    while more := {s for hop in hops if hop.contract in taken for s in hop.sources} - taken:
        taken |= more
    actions = actions_of(data)
    return {
        contract: _change(contract, spec, kinds[provider_of(contract)], data["versions"], actions)
        for contract, spec in specs.items()
        if contract in taken and not contract.endswith("/*")
    }


def named(by_name: Mapping[str, Any], contract: str) -> Any:
    """What a mapping says of a contract: under its own name, else under `provider/*`."""
    return by_name.get(contract, by_name.get(provider_of(contract) + "/*"))


def _change(
    contract: str, given: Mapping[str, Any] | None, kind: str, versions: list[str], actions: Sequence[Action]
) -> Change:
    spec = given or {}
    severity, worst = _severity(spec.get("severity", "error"))
    source, starts = spec.get("from"), spec.get("starts")
    written, by_verb = _parted(spec.get("breaks", "none"))
    spec = {**spec, "breaks": written}
    bare = bare_aspects(contract, kind, actions)
    return Change(
        contract,
        _skewed(spec["skew"], len(versions), bare) if "skew" in spec else _breaks(spec, versions, bare),
        severity,
        worst,
        schema=kind in ("database", "broker"),
        content=kind in ("cache", "broker") or (kind == "database" and spec.get("rows") == "kept"),
        exists=frozenset(map(versions.index, spec.get("exists", versions))),
        expires=spec.get("expires", False),
        source=None if source is None else source.replace('"', ""),
        starts=None
        if starts is None
        else frozenset(map(versions.index, [] if starts == "empty" else starts)),
        named=given is not None,
        graded=_graded(spec, versions, bare) | _graded_by_verb(by_verb, versions),
        verbs={
            aspect: {verb: _pairs(pairs, versions) for verb, pairs in verbs.items()}
            for aspect, verbs in by_verb.items()
        },
    )


def _graded(
    change: Mapping[str, Any], versions: list[str], bare: tuple[str, ...]
) -> dict[tuple[str, str | None, int, int], str]:
    """What is written behind single pairs: a severity, or that nobody knows (95)."""
    spec = change.get("breaks", "none")
    if not isinstance(spec, Mapping):
        return {}
    pairs = has_pairs(spec)
    by_aspect = dict.fromkeys(bare, spec) if pairs else {a: s for a, s in spec.items() if has_pairs(s)}
    return {
        (aspect, None, *next(iter(written_pairs(pair, versions)))): grade
        for aspect, graded in by_aspect.items()
        for pair, grade in graded.items()
    }


def _graded_by_verb(
    by_verb: Mapping[str, Mapping[str, Any]], versions: list[str]
) -> dict[tuple[str, str | None, int, int], str]:
    """The same, below single verbs (87)."""
    return {
        (aspect, verb, *next(iter(written_pairs(pair, versions)))): grade
        for aspect, verbs in by_verb.items()
        for verb, graded in verbs.items()
        if has_pairs(graded)
        for pair, grade in graded.items()
    }


def _parted(breaks: Any) -> tuple[Any, Mapping[str, Mapping[str, Any]]]:
    """What is written of every verb, and (by aspect) of single ones (87)."""
    if not isinstance(breaks, Mapping) or has_pairs(breaks):
        return breaks, {}
    by_verb = {
        aspect: pairs
        for aspect, pairs in breaks.items()
        if isinstance(pairs, Mapping) and not has_pairs(pairs)
    }
    return {aspect: pairs for aspect, pairs in breaks.items() if aspect not in by_verb}, by_verb


def bare_aspects(contract: str, kind: str, actions: Sequence[Action]) -> tuple[str, ...]:
    """The aspects of a pair without one; at a broker of its configuration only if something moves it (76)."""
    moved = any(
        action.verb in ("reconfigure", "revert") and {contract, provider_of(contract)} & set(action.targets)
        for action in actions
    )
    return ASPECTS if kind != "broker" or moved else ("content",)


def _severity(spec: str | Mapping[str, str]) -> tuple[Mapping[str, str], str]:
    """By aspect, and the worst of those that are written (57)."""
    if isinstance(spec, str):
        return dict.fromkeys(ASPECTS, spec), spec
    worst = min(spec.values(), key=SEVERITIES.index, default="error")
    return {aspect: spec.get(aspect, "error") for aspect in ASPECTS}, worst


def _skewed(spec: Mapping[str, Any], versions: int, bare: tuple[str, ...]) -> Breaks:
    """Too old or too new a consumer, in every aspect or in those that are named (39)."""
    by_aspect = spec if spec.keys() & set(ASPECTS) else dict.fromkeys(bare, spec)
    return {
        aspect: too_far(by_aspect[aspect], versions) if aspect in by_aspect else frozenset()
        for aspect in ASPECTS
    }


def too_far(spec: Mapping[str, int], versions: int) -> frozenset[tuple[int, int]]:
    """The (consumer, provider) pairs that these sides of `skew` forbid (39)."""
    older, newer = spec.get("older", versions), spec.get("newer", versions)
    pairs = [(consumer, provider) for consumer in range(versions) for provider in range(versions)]
    return frozenset((c, p) for c, p in pairs if p - c > older or c - p > newer)


def _breaks(change: Mapping[str, Any], versions: list[str], bare: tuple[str, ...]) -> Breaks:
    spec = change.get("breaks", "none")
    if not isinstance(spec, Mapping) or any("->" in key for key in spec):
        spec = dict.fromkeys(bare, spec)
    return {aspect: _pairs(spec.get(aspect, "none"), versions) for aspect in ASPECTS}


def _pairs(spec: str | list[str] | Mapping[str, str], versions: list[str]) -> frozenset[tuple[int, int]]:
    """The broken (consumer, provider) pairs: those that are written, and what follows from them (39)."""
    everything = range(len(versions))
    written = written_pairs(spec, versions)
    up = {(c, p) for c in everything for p in everything if any((k, k + 1) in written for k in range(c, p))}
    down = {(c, p) for c in everything for p in everything if any((k + 1, k) in written for k in range(p, c))}
    return frozenset(written | up | down)


def written_pairs(
    spec: str | list[str] | Mapping[str, str], versions: Sequence[str]
) -> frozenset[tuple[int, int]]:
    """The pairs of `both`, `none`, one `V1 -> V2`, a list of those, or each with a grade (95)."""
    everything = range(len(versions))
    spec = list(spec) if isinstance(spec, Mapping) else spec
    if spec == "both":
        return frozenset((c, p) for c in everything for p in everything if c != p)
    if spec == "none":
        return frozenset()
    sides = [pair.split("->") for pair in ([spec] if isinstance(spec, str) else spec)]
    return frozenset((versions.index(old.strip()), versions.index(new.strip())) for old, new in sides)


def read_guards(flags: Mapping[str, Any], met: Iterable[str], versions: list[str]) -> dict[str, Flag]:
    """Contract -> the flag that guards it."""
    guards = {}
    for name, spec in flags.items():
        since = versions.index(spec["since"]) if "since" in spec else None
        flag = Flag(name, since, spec.get("understands") != "own")
        by_name = {guarded.replace('"', ""): flag for guarded in spec.get("guards", ())}
        guards.update({contract: guard for contract in met if (guard := named(by_name, contract))})
    return guards
