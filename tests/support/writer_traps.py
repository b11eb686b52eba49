"""Where the choice of those who write, consume, or are called on the way matters."""

WRITERS = {
    "who writes the old form last": """
        components: {a: {kind: service}, b: {kind: service}, s: {kind: service}, c: {kind: cache}}
        requests:
          puts: [client calls a: x, a writes c: k]
          also: [client calls b: x, b writes c: k]
          gets: [client calls s: x, s reads c: k]
        pipeline: [One: [deploy s], Two: [deploy a], Clean: [purge c], Three: [deploy b]]
        changes: {c/k: {breaks: [V2 -> V1]}}
        """,
    "who is the cheapest to write the new form": """
        components:
          a: {kind: service, replicas: 2, strategy: blue-green}
          b: {kind: service}
          s: {kind: service}
          c: {kind: cache}
        requests:
          puts: [client calls a: x, a writes c: k]
          also: [client calls b: x, b writes c: k]
          gets: [client calls s: x, s reads c: k]
        pipeline: [Roll: [deploy a b], Last: [deploy s]]
        changes: {c/k: {breaks: [V1 -> V2]}}
        """,
    "who writes what": """
        components:
          a: {kind: service}
          b: {kind: service}
          s: {kind: service}
          c: {kind: cache}
          d: {kind: database}
        requests:
          puts: [client calls a: x, a writes c: k]
          also: [client calls b: x, b writes d: t]
          gets: [client calls s: x, s reads c: k, s reads d: t using c/k]
        pipeline: [Roll: [deploy a b], Last: [deploy s]]
        changes: {c/k: {breaks: none}, d/t: {breaks: both, rows: kept}}
        """,
    "who reads writes as well": """
        components: {a: {kind: service}, s: {kind: service}, c: {kind: cache}}
        requests:
          gets: [client calls s: x, s reads c: k]
          puts: [client calls s: x, s writes c: k]
          also: [client calls a: x, a writes c: k]
        pipeline: [First: [deploy s], Last: [deploy a]]
        changes: {c/k: {breaks: [V1 -> V2]}}
        """,
    "in whose jobs somebody writes": """
        components:
          v: {kind: worker}
          w: {kind: worker}
          a: {kind: service}
          b: {kind: service}
          s: {kind: service}
          c: {kind: cache}
        requests:
          puts: [w calls a: x, a writes c: k]
          also: [v calls b: x, b writes c: k]
          gets: [client calls s: x, s reads c: k]
        pipeline: [Stop: [suspend w], Roll: [deploy a b], Go: [deploy s], On: [resume w]]
        changes: {c/k: {breaks: [V1 -> V2]}}
        """,
    "who has gone, so that a message comes back": """
        components:
          a: {kind: service}
          q: {kind: broker, redelivers: true}
          w: {kind: worker}
          v: {kind: worker}
          u: {kind: worker}
        requests:
          puts: [client calls a: x, a publishes q: m]
          later: [w consumes q: m]
          first: [v consumes q: m]
          reads: [u consumes q: m]
        pipeline: [One: [deploy a], Empty: [drain q], Two: [deploy v], Three: [deploy u], Last: [deploy w]]
        changes: {q/m: {breaks: {content: [V2 -> V1]}}}
        """,
    "who uses up while others are suspended": """
        components:
          a: {kind: service}
          v: {kind: worker}
          w: {kind: worker}
          q: {kind: broker}
          s: {kind: service}
        requests:
          puts: [client calls a: x, a publishes q: m]
          one: [v consumes q: m]
          other: [w consumes q: m]
          asks: [client calls a: x, a calls s: y]
        pipeline:
          - Stop: [suspend v]
          - Roll: [deploy a]
          - Empty: [drain q]
          - Swap: [resume v, suspend w]
          - Last: [deploy s, drain q to V1]
          - On: [resume w]
        changes: {q/m: {breaks: both}, s/y: {breaks: both}}
        """,
}

DOORS = {
    "a door before what is inevitable": """
        components:
          a: {kind: service, strategy: recreate}
          b: {kind: service, strategy: recreate}
        requests: {r: [client calls a: x, a calls b: y]}
        pipeline: [Roll: [deploy a b]]
        changes: {b/y: {breaks: none}}
        """,
    "a door that cannot be shut when it would help": """
        components:
          a: {kind: service, strategy: recreate}
          b: {kind: service, strategy: recreate}
          c: {kind: service, strategy: recreate}
        requests: {r: [client calls a: x, client calls b: y, client calls c: z]}
        pipeline: [First: [deploy a], Roll: [deploy b c]]
        changes: {c/z: {breaks: none}}
        """,
    "a door that can be shut in another step": """
        components:
          a: {kind: service, strategy: recreate}
          b: {kind: service, strategy: recreate}
        requests: {r: [client calls a: x, client calls b: y]}
        pipeline: [First: [deploy a], Roll: [deploy b]]
        changes: {b/y: {breaks: none}}
        """,
    "a door that stays shut for good": """
        components:
          a: {kind: service}
          b: {kind: service, max_unavailable: 1}
          c: {kind: service}
        requests: {r: [client calls a: x, a calls b: y, client calls c: z]}
        pipeline: [First: [start deploy b], Second: [deploy a], Third: [deploy c]]
        changes: {c/z: {breaks: both}, b/y: {breaks: none}}
        """,
    "a door of a component that is called again": """
        components:
          a: {kind: service, strategy: recreate}
          b: {kind: service}
        requests: {r: [client calls a: x, client calls b: y, client calls a: z]}
        pipeline: [Roll: [deploy a b]]
        changes: {a/z: {breaks: none}}
        """,
}

DOORS["a door that stays shut while the pipeline goes on"] = """
    versions: [V1, V2, V3]
    components:
      a: {kind: service, strategy: recreate}
      b: {kind: service, strategy: recreate}
      s: {kind: service}
      t: {kind: service}
    requests: {r: [client calls b: v, client calls a: u, client calls s: x, s calls t: y]}
    pipeline: [First: [start deploy a], One: [deploy s b], Two: [deploy t b]]
    changes: {t/y: {breaks: [V2 -> V1]}}
    """
