"""Pairs of versions that do not understand each other, aspect by aspect."""

from __future__ import annotations

from ...model.deployment import Aspect, Kind
from .explanation import Explanation, OneWay, UsualRemedy

_FLAG = UsualRemedy(
    "a feature flag",
    "ship the new form switched off (`flags:`), and `enable` it in a step behind the last rollout",
    "a flag to keep and to take out again, and one more step; code that reads both forms until then",
)
_EXPAND = UsualRemedy(
    "expand/contract",
    "a release that understands both forms first, then one that uses the new form, then one without the old",
    "two more releases, and both forms in the code between them; it helps whatever the order of the steps",
)
_BACK = UsualRemedy(
    "roll back in the reverse order",
    "what was rolled out last goes back first (`rollback:`)",
    "nothing but the order; it helps only where the way there is safe",
    only=OneWay.ON_THE_WAY_BACK,
)

PAIRS = (
    Explanation(
        "incompatible",
        Aspect.CALL,
        "a caller and the instance that answers do not understand each other",
        "A request was on an instance of one version, called another component, and an instance of another "
        "version took the call.",
        "A rollout replaces instances one after the other, and components one after the other: for some time "
        "both versions are up, and the load balancer chooses. The release changes the call, and this "
        "ordered pair of versions is not made for each other.",
        (
            UsualRemedy(
                "provider first",
                "roll out who is called first, in a version that understands old callers; then who calls",
                "nothing but the order; it helps only where old callers are understood",
                only=OneWay.NEW_MEETS_OLD,
            ),
            UsualRemedy(
                "consumer first",
                "roll out who calls first, in a version that old instances understand; then who is called",
                "nothing but the order; it helps only where old instances understand new callers",
                only=OneWay.OLD_MEETS_NEW,
            ),
            _BACK,
            _EXPAND,
            _FLAG,
        ),
        """
        components: {front: {kind: service, replicas: 2}, back: {kind: service, replicas: 2}}
        requests: {ask: [client calls front: page, front calls back: answer]}
        pipeline: [Front: [deploy front], Back: [deploy back]]
        changes: {back/answer: {breaks: {call: [V2 -> V1]}, note: the page wants a field that is new}}
        """,
        """
        components: {front: {kind: service, replicas: 2}, back: {kind: service, replicas: 2}}
        requests: {ask: [client calls front: page, front calls back: answer]}
        pipeline: [Back: [deploy back], Front: [deploy front]]
        changes: {back/answer: {breaks: {call: [V2 -> V1]}, note: the page wants a field that is new}}
        """,
    ),
    Explanation(
        "incompatible",
        Aspect.SCHEMA,
        "code meets a schema, or a configuration, that it is not written for",
        "An instance read or wrote a table, or used a queue, whose structure was already, or still, that of "
        "another version.",
        "A migration, or a new configuration of a broker, changes the structure for everybody at one moment; "
        "the instances follow one by one. "
        "Between the two, code of one version runs on the structure of the other.",
        (
            UsualRemedy(
                "migrate behind the rollout",
                "what drops or renames moves behind the last instance that the new structure breaks",
                "the new structure comes later; where new code needs it at once, take expand/contract",
                only=OneWay.OLD_MEETS_NEW,
                at=Kind.DATABASE,
            ),
            UsualRemedy(
                "reconfigure behind the rollout",
                "what takes a queue away, or renames it, moves behind the last instance that still uses it",
                "the new configuration comes later; where new code needs it at once, take expand/contract",
                only=OneWay.OLD_MEETS_NEW,
                at=Kind.BROKER,
            ),
            UsualRemedy(
                "migrate before the rollout",
                "what adds moves before the first instance that needs it",
                "nothing but the order; old code must bear the new structure",
                only=OneWay.NEW_MEETS_OLD,
                at=Kind.DATABASE,
            ),
            UsualRemedy(
                "reconfigure before the rollout",
                "what adds a queue moves before the first instance that uses it",
                "nothing but the order; old code must bear the new configuration",
                only=OneWay.NEW_MEETS_OLD,
                at=Kind.BROKER,
            ),
            _BACK,
            _EXPAND,
        ),
        """
        components: {app: {kind: service, replicas: 2}, db: {kind: database}}
        requests: {buy: [client calls app: page, app writes db: orders]}
        pipeline: [Migrate: [migrate db], Roll: [deploy app]]
        changes: {db/orders: {breaks: {schema: [V1 -> V2]}, note: a column is dropped}}
        """,
        """
        components: {app: {kind: service, replicas: 2}, db: {kind: database}}
        requests: {buy: [client calls app: page, app writes db: orders]}
        pipeline: [Roll: [deploy app], Migrate: [migrate db]]
        changes: {db/orders: {breaks: {schema: [V1 -> V2]}, note: a column is dropped}}
        """,
    ),
    Explanation(
        "incompatible",
        Aspect.CONTENT,
        "a reader finds data that another version has written",
        "A request read an entry of a cache, a row or a message, and it was in a form that the "
        "reader does not "
        "know.",
        "Data outlives who wrote it. While both versions write, and after, each can find what the "
        "other left: "
        "in a queue until it is used up, in a cache until it expires, in rows until somebody rewrites them.",
        (
            UsualRemedy(
                "readers first",
                "roll out what reads, in a version that knows both forms, before anything writes the new one",
                "nothing but the order; the reader keeps the old form for as long as old data can lie there",
                only=OneWay.OLD_MEETS_NEW,
            ),
            UsualRemedy(
                "drain the queue in between",
                "whoever sends one form stops, the queue is used up (`drain`), and only then the other comes",
                "a wait, in which nothing new is sent",
                at=Kind.BROKER,
            ),
            UsualRemedy(
                "empty the cache in between",
                "`purge` it, or let it `expire`, once nobody writes the one form, before anybody reads the "
                "other",
                "a wait, or load on what stands behind the cache",
                at=Kind.CACHE,
            ),
            UsualRemedy(
                "rewrite the rows in between",
                "`backfill` them once nobody writes the one form, before anybody reads the other",
                "a job over all rows, which takes as long as there are many",
                at=Kind.DATABASE,
            ),
            _EXPAND,
        ),
        """
        components: {web: {kind: service}, job: {kind: worker}, queue: {kind: broker}}
        requests:
          order: [client calls web: page, web publishes queue: mail]
          send: [job consumes queue: mail]
        pipeline: [Web: [deploy web], Job: [deploy job]]
        changes: {queue/mail: {breaks: {content: [V1 -> V2]}, note: an argument is new}}
        """,
        """
        components: {web: {kind: service}, job: {kind: worker}, queue: {kind: broker}}
        requests:
          order: [client calls web: page, web publishes queue: mail]
          send: [job consumes queue: mail]
        pipeline: [Job: [deploy job], Web: [deploy web]]
        changes: {queue/mail: {breaks: {content: [V1 -> V2]}, note: an argument is new}}
        """,
    ),
    Explanation(
        "incompatible",
        Aspect.TOKEN,
        "what a request carries was obtained from another version",
        "A request obtained something early (an id, a token, the address of a file), and used it later where "
        "another version is.",
        "Every hop by itself is right. But what is carried keeps the form of who gave it, while the rollout "
        "goes on, or the next hop is routed to another version.",
        (
            UsualRemedy(
                "accept the new form before anybody gives it",
                "who accepts goes first (is rolled out or migrated), and takes both; then who gives it",
                "nothing but the order; the old form is accepted for as long as it can still be "
                "carried about",
                only=OneWay.NEW_MEETS_OLD,
            ),
            UsualRemedy(
                "let the old form expire",
                "wait (`expire`) until nobody carries the old form, before it is accepted no more",
                "a wait as long as a token lives",
            ),
            UsualRemedy(
                "stay with the version",
                "route a request to instances of the version that it began at (`route`)",
                "sticky sessions; old instances stay up until the last session ends",
            ),
        ),
        """
        components: {issuer: {kind: service}, api: {kind: service, replicas: 2}}
        requests:
          order: [client calls issuer: login, client calls api: orders using issuer/login]
        pipeline: [Issuer: [deploy issuer], Api: [deploy api]]
        changes:
          issuer/login: {breaks: none}
          api/orders: {breaks: {token: [V2 -> V1]}, note: old instances lack the key}
        """,
        """
        components: {issuer: {kind: service}, api: {kind: service, replicas: 2}}
        requests:
          order: [client calls issuer: login, client calls api: orders using issuer/login]
        pipeline: [Api: [deploy api], Issuer: [deploy issuer]]
        changes:
          issuer/login: {breaks: none}
          api/orders: {breaks: {token: [V2 -> V1]}, note: old instances lack the key}
        """,
    ),
)
