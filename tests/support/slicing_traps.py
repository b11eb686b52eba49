"""What a slice must not cut: each trap by a deployment that tells the slip from the truth."""

TRAPS = {
    "a component that was cut pins a join": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, db: {kind: database}}
        requests: {r: [client calls a: x, a calls b: y, b reads db: t, b calls c: z using db/t]}
        pipeline: [One: [migrate db], Two: [deploy a], Three: [deploy c], Four: [deploy b]]
        changes: {db/t: {breaks: none}, c/z: {breaks: {token: [V1 -> V2]}}}
        """,
    "the request stands on a component until a hop that was cut": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, db: {kind: database}}
        requests: {r: [client calls a: x, a calls b: y, a reads db: n, client calls c: z using x]}
        pipeline: [One: [deploy a], Two: [deploy b c]]
        changes: {a/x: {breaks: none}, c/z: {breaks: both}}
        """,
    "a component that is visited twice": """
        components: {a: {kind: service, replicas: 2}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, b calls a: z, a calls b: w]}
        pipeline: [Roll: [deploy a b]]
        changes: {a/z: {breaks: [V1 -> V2]}, b/w: {breaks: [V2 -> V1]}}
        """,
    "a component that is visited twice, one after the other": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, client calls a: x, a calls c: z using b/y]}
        pipeline: [One: [deploy b], Two: [deploy a c]]
        changes: {b/y: {breaks: none}, c/z: {breaks: both}}
        """,
    "a service that can be down": """
        components:
          a: {kind: service, max_surge: 0, max_unavailable: 1}
          b: {kind: service}
          c: {kind: service}
        requests: {r: [client calls b: x, b calls a: y, b calls c: z]}
        pipeline: [One: [deploy a c], Two: [deploy b]]
        changes: {c/z: {breaks: [V1 -> V2, V2 -> V1]}}
        """,
    "a writer outside of the request": """
        components: {a: {kind: service}, b: {kind: service}, cache: {kind: cache}}
        requests:
          r: [client calls a: x, a reads cache: c]
          w: [client calls b: y, b writes cache: c]
        pipeline: [One: [deploy b], Two: [sync cache], Three: [deploy a]]
        changes: {cache/c: {breaks: [V1 -> V2, V2 -> V1]}}
        """,
    "a writer that only writes while a worker runs": """
        components: {a: {kind: service}, w: {kind: worker}, cache: {kind: cache}}
        requests:
          r: [client calls a: x, a reads cache: c]
          w: [w writes cache: c]
        pipeline: [Zero: [suspend w], One: [deploy w], Two: [sync cache], Three: [deploy a]]
        changes: {cache/c: {breaks: [V1 -> V2, V2 -> V1]}}
        """,
    "an empty queue": """
        components: {a: {kind: service}, w: {kind: worker}, q: {kind: broker}, db: {kind: database}}
        requests:
          put: [client calls a: x, a publishes q: m]
          take: [w consumes q: m, w writes db: r]
        pipeline: [One: [reconfigure q], Two: [purge q], Three: [migrate db], Four: [deploy a w]]
        changes: {q/m: {breaks: none}, db/r: {breaks: both}}
        """,
    "the request itself does a part of a sync": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}, cache: {kind: cache}}
        requests: {r: [client calls a: x, a writes cache: c, client calls b: y, b calls c: z]}
        pipeline: [One: [deploy a], Two: [sync cache], Three: [deploy b]]
        changes: {cache/c: {breaks: none}, c/z: {breaks: [V2 -> V1]}}
        """,
    "a worker's job holds up its suspension": """
        components: {w: {kind: worker}, a: {kind: service}, db: {kind: database}}
        requests: {job: [w calls a: x, a writes db: r, w writes db: r]}
        pipeline: [Stop: [suspend w], Move: [migrate db], Roll: [deploy w a]]
        changes: {db/r: {breaks: both}}
        """,
    "a pipeline that never gets past a join": """
        components: {a: {kind: service}, b: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [One: [start enable f, start disable f], Two: [await f], Three: [deploy a], 4: [deploy b]]
        flags: {f: {guards: [a/x]}}
        changes: {b/y: {breaks: both}}
        """,
    "races that shut each other's way out": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, b calls c: z], q: [client calls c: v, c calls a: w]}
        pipeline: [Roll: [deploy a b c]]
        changes: {b/y: {breaks: [V1 -> V2]}, c/z: {breaks: [V1 -> V2]}, a/w: {breaks: [V1 -> V2]}}
        """,
    "the call of the consumer gave what the hop uses": """
        components: {a: {kind: service}}
        requests: {r: [client calls a: x, a calls a: x using x]}
        pipeline: [One: [deploy a], Two: [enable f]]
        flags: {f: {guards: [a/x]}}
        changes: {a/x: {breaks: both}}
        """,
    "an instance that answers on when it takes no calls any more": """
        components: {a: {kind: service, strategy: blue-green}}
        requests: {r: [client calls a: x, a calls a: y]}
        pipeline: [One: [deploy a]]
        changes: {a/y: {breaks: [V1 -> V2]}}
        """,
    "a queue of which two slices keep the messages and not the configuration": """
        components: {a: {kind: service}, q: {kind: broker}}
        versions: [V1, V2, V3]
        requests:
          r: [client calls a: x, a consumes q: m using x, a calls a: x using a/x, a calls a: x using a/x]
        pipeline: [One: [deploy a], Two: [reconfigure q], Three: [deploy a]]
        changes: {a/x: {breaks: both}, q/m: {breaks: [V1 -> V2]}}
        """,
    "what is irreversible, and taken back": """
        components: {a: {kind: service}, b: {kind: service}, db: {kind: database}}
        requests: {r: [client calls a: x, a calls b: y, b reads db: t]}
        pipeline: [One: [irreversible migrate db], Two: [deploy a b], Three: [rollback a]]
        changes: {b/y: {breaks: [V1 -> V2]}, db/t: {breaks: [V1 -> V2]}}
        """,
    "steps at which nothing happens, with a request in flight": """
        components: {a: {kind: service}, b: {kind: service}, db: {kind: database}, other: {kind: service}}
        requests:
          r: [client calls a: x, a reads db: t, client calls b: y using db/t]
          q: [client calls other: o]
        pipeline:
          - One: []
          - Two: []
          - Three: [migrate db, deploy other]
          - Four: []
          - Five: [deploy other, deploy other]
          - Six: []
          - Seven: [deploy b]
          - Eight: []
          - Nine: []
          - Ten: []
        changes: {db/t: {breaks: none}, b/y: {breaks: {token: both}}}
        """,
    "what is begun and never awaited": """
        components: {a: {kind: service}, b: {kind: service}, c: {kind: service}}
        requests: {r: [client calls a: x, a calls b: y, b calls c: z]}
        pipeline: [One: [start deploy a], Two: [deploy b], Three: [await a], Four: [start deploy c]]
        changes: {b/y: {breaks: both}, c/z: {breaks: both}}
        """,
    "a queue that only a running worker empties": """
        components: {web: {kind: service}, jobs: {kind: worker}, q: {kind: broker}}
        requests: {order: [client calls web: x, web publishes q: m], ship: [jobs consumes q: m]}
        pipeline: [Stop: [suspend jobs], Roll: [deploy jobs], Start: [resume jobs], Web: [deploy web]]
        changes: {q/m: {breaks: {content: both}}}
        """,
    "a queue that nobody empties while the worker is suspended": """
        components:
          web: {kind: service}
          jobs: {kind: worker}
          q: {kind: broker}
          a: {kind: service}
          b: {kind: service}
        requests:
          order: [client calls web: x, web publishes q: m]
          ship: [jobs consumes q: m]
          ask: [client calls b: y, b calls a: z]
        pipeline:
          - Stop: [suspend jobs]
          - Web: [deploy web]
          - Drain: [drain q]
          - A: [deploy a]
          - Start: [resume jobs]
        changes: {q/m: {breaks: {content: both}}, a/z: {breaks: both}}
        """,
    "a queue that somebody always empties": """
        components: {web: {kind: service}, jobs: {kind: worker}, q: {kind: broker}, a: {kind: service}}
        requests:
          order: [client calls web: x, web publishes q: m]
          ship: [jobs consumes q: m]
          ask: [client calls web: y, web calls a: z]
        pipeline: [Web: [deploy web], Drain: [drain q], A: [deploy a], Jobs: [deploy jobs]]
        changes: {q/m: {breaks: {content: both}}, a/z: {breaks: both}}
        """,
    "a job that is pulled before its worker is ready": """
        components:
          web: {kind: service}
          w: {kind: worker, readiness: event, replicas: 2}
          q: {kind: broker}
          db: {kind: database}
        requests:
          put: [client calls web: x, web publishes q: m]
          job: [w consumes q: m, w reads db: t, w writes db: u, w calls web: y]
          other: [w consumes q: n, w reads db: u]
        pipeline: [Roll: [deploy w], Move: [migrate db], Back: [rollback w], Web: [deploy web]]
        changes:
          db/t: {breaks: both}
          db/u: {breaks: {content: both}, rows: kept}
          web/y: {breaks: both}
        """,
    "blue and green both pull": """
        components: {w: {kind: worker, strategy: blue-green}, q: {kind: broker}, db: {kind: database}}
        requests:
          job: [w consumes q: m, w reads db: t]
          called: [client calls w: x, w writes db: t]
        pipeline: [Empty: [drain q], Roll: [deploy w], Fill: [backfill db]]
        changes: {q/m: {breaks: both}, db/t: {breaks: {content: both}, rows: kept}}
        """,
    "what lies there at the start": """
        components: {a: {kind: service}, redis: {kind: cache}, q: {kind: broker}}
        requests:
          r: [client calls a: x, a reads redis: p, a publishes q: m]
          s: [client calls a: y, a consumes q: m]
        pipeline: [Clean: [purge redis to V1], Roll: [deploy a], Drain: [drain q to V2]]
        changes: {redis/p: {breaks: both, starts: [V1, V2]}, q/m: {breaks: both, starts: empty}}
        """,
}
