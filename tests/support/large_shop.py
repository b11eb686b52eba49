"""A deployment as a large shop has them: hundreds of services in three tiers, stores, a pipeline in waves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

DATABASES, CACHES = 10, 4
WAVE = 20


def large_shop(services: int) -> str:
    """The deployment file: a fifth of so many services take calls from outside, two fifths stand behind them
    and two fifths behind those, with a request for each. The deep ones are rolled out first, in waves, after
    the databases are migrated.

    Of the changes some are safe in this order and some are not: a call that new callees refuse to old
    callers, a column dropped too early, a cache whose new form nobody awaits.
    """
    names = [f"service-{number:03}" for number in range(services)]
    tier = services // 5
    edge, middle, deep = names[:tier], names[tier : 3 * tier], names[3 * tier :]
    return "\n".join(
        [
            f"system: a shop of {services} services",
            "components:",
            *_components(names),
            "requests:",
            *_requests(edge, middle, deep),
            "pipeline:",
            *_pipeline([*deep, *middle, *edge]),
            "changes:",
            *_changes(middle, deep),
            "",
        ]
    )


def _components(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        yield f"  {name}: {{kind: service, replicas: {1 + number % 3}}}"
    for number in range(DATABASES):
        yield f"  database-{number}: {{kind: database}}"
    for number in range(CACHES):
        yield f"  cache-{number}: {{kind: cache}}"
    yield "  events: {kind: broker}"


def _requests(edge: Sequence[str], middle: Sequence[str], deep: Sequence[str]) -> Iterator[str]:
    for number in range(len(deep)):
        front, between = edge[number % len(edge)], middle[number * 7 % len(middle)]
        back = deep[number * 11 % len(deep)]
        yield f"  {_NAMES[number % len(_NAMES)]} {number:02}:"
        yield f"    - client calls {front}: page"
        if number % 4 == 0:
            yield f"    - {front} reads cache-{number // 4 % CACHES}: page"
        yield f"    - {front} calls {between}: part"
        yield f"    - {between} calls {back}: record"
        yield f"    - {back} {'writes' if number % 3 else 'reads'} database-{number % DATABASES}: rows"
        if number % 10 == 9:
            yield f"    - {back} publishes events: changed"


_NAMES = ("browse", "add to cart", "check out", "search", "sign in", "track", "return", "review")


def _pipeline(names: Sequence[str]) -> Iterator[str]:
    """The names in the order in which they are rolled out."""
    yield "  - Approve"
    yield f"  - Migrate: [migrate {' '.join(f'database-{number}' for number in range(0, DATABASES, 2))}]"
    for wave, start in enumerate(range(0, len(names), WAVE), start=1):
        yield f"  - Wave {wave}: [deploy {' '.join(names[start : start + WAVE])}]"
    yield f"  - Warm the caches: [start sync {' '.join(f'cache-{number}' for number in range(CACHES))}]"
    yield "  - Smoke tests"
    yield f"  - Clean up: [migrate {' '.join(f'database-{number}' for number in range(1, DATABASES, 2))}]"


def _changes(middle: Sequence[str], deep: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(deep[::4]):
        breaks = ("[V2 -> V1]", "[V2 -> V1]", "[V1 -> V2]")[number % 3]
        yield f"  {name}/record: {{breaks: {breaks}, note: the record has a new field}}"
    for number, name in enumerate(middle[::8]):
        yield f"  {name}/part: {{breaks: {'[V1 -> V2]' if number % 2 else 'none'}}}"
    for number in range(DATABASES):
        yield f"  database-{number}/rows: {{breaks: {{schema: [V1 -> V2]}}, note: a column is dropped}}"
    yield "  cache-0/page: {breaks: {content: [V2 -> V1]}, note: the page has a new block}"
