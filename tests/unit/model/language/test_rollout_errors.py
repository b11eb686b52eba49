"""Wrong strategies, releases, flags, clients and data with a life, and the exact words that they get."""

from __future__ import annotations

import pytest

from support.wrong_files import BASE, told

# What is written in BASE, what stands there instead, and what is said.
EDITS = [
    ("replicas: 2", "strategy: recreat", ["4:34 unknown strategy `recreat`; did you mean `recreate`?"]),
    (
        "replicas: 2",
        "strategy: {canary: 0}",
        ["4:43 `canary` must be a whole number from 1 to 10000, not `0`"],
    ),
    ("replicas: 2", "strategy: {rolling: 2}", ["4:34 a strategy with a number is written `{canary: 1}`"]),
    ("replicas: 2", "drain: abrpt", ["4:31 unknown drain `abrpt`; did you mean `abrupt`?"]),
    (
        "replicas: 2",
        "route: path",
        [
            "4:31 `route: path` is now `route: carried`, which counts all that a call carries; "
            "write `route: carried`"
        ],
    ),
    ("replicas: 2", "route: sticky", ["4:31 unknown route `sticky`; write `none`, `session` or `carried`"]),
    (
        "replicas: 2",
        "machine: os.system",
        ["4:33 `machine` must be a name `package.module:object`, not `os.system`"],
    ),
    (
        "replicas: 2",
        "replicas: 2, machine: cluster:leader",
        [
            "4:34 the machine of `zed` says itself what `replicas` would say; leave out `replicas`, or `machine`"
        ],
    ),
    (
        "replicas: 2",
        "restarts: often",
        ["4:34 `restarts`, if it is no number, must be `true` or `false`, not `often`"],
    ),
    ("replicas: 2", "restarts: 0", ["4:34 `restarts` must be a whole number from 1 to 10000, not `0`"]),
    (
        "replicas: 2",
        "terminates: soon",
        ["4:36 `terminates` must be `later`, not `soon`; write `later`, or leave it out"],
    ),
    (
        "replicas: 2",
        "machine: x:y, terminates: later",
        [
            "4:50 the machine of `zed` says itself what `terminates` would say; leave out `terminates`,"
            " or `machine`"
        ],
    ),
    (
        "glue: {kind: service}",
        "glue: {kind: client, stays: true, restarts: true}",
        [
            "3:47 the users of `glue` stay or update as they like; `restarts` says nothing; leave out `restarts`, or `stays`"
        ],
    ),
    ("replicas: 2", "stays: true", ["4:24 `zed` is a service; `stays` fits clients"]),
    ("replicas: 2", "readiness: db.version = V2", ["4:46 `=` is no operator; write `==`"]),
    (
        "replicas: 2",
        "readiness: {V3: event}",
        ["4:36 unknown version `V3`; the versions are V1 and V2; `versions:` names them"],
    ),
    (
        "replicas: 2",
        "readiness: done",
        ["4:35 `readiness` cannot wait for `done`: what it holds up is part of that"],
    ),
    ("replicas: 2", "readiness: [event]", ["4:35 `readiness` must be `event` or a predicate, not a list"]),
    (
        "glue: {kind: service}",
        "glue: {kind: client, stays: yes}",
        ["3:31 `stays` must be `true` or `false`, not `yes`"],
    ),
    (
        "glue: {kind: service}",
        "glue: {kind: client, stays: true, replicas: 2}",
        [
            "3:47 the users of `glue` stay or update as they like; `replicas` says nothing; leave out `replicas`, or `stays`"
        ],
    ),
    (
        "glue: {kind: service}",
        "client: {kind: service}",
        [
            "3:3 `client` is the client that starts requests; no service can be named so",
            "11:7 a request starts at a client or at a worker; `client` is a service; say who calls it: `client calls client: SUBJECT`",
            "11:20 unknown component `glue`",
            "12:7 unknown component `glue`; declare `glue: {kind: service}`; only `client` may stay undeclared",
            "13:7 unknown component `glue`; declare `glue: {kind: service}`; only `client` may stay undeclared",
            "19:17 unknown component `glue`",
        ],
    ),
    (
        "using product",
        "using product since V3",
        ["14:47 unknown version `V3`; the versions are V1 and V2; `versions:` names them"],
    ),
    (
        "using product",
        "using product since",
        [
            "14:41 a hop is written `CONSUMER VERB PROVIDER: SUBJECT`, then perhaps `since VERSION` and `until VERSION`"
        ],
    ),
    ("using product", "using product since V2 until V1", ["14:22 no version is since `V2` and until `V1`"]),
    (
        "glue: cart",
        "glue: cart since V2",
        ["11:31 `client` is anonymous and has no version; `since` fits hops of a component"],
    ),
    (
        "zed publishes mq: m",
        "zed forwards redis: product",
        [
            "15:11 `redis` is a cache; `forwards` fits services, workers and brokers; for a cache write `reads` or `writes`"
        ],
    ),
    (
        "[deploy glue zed]",
        "[deploy glue zed to V3]",
        ["19:29 unknown version `V3`; the versions are V1 and V2; `versions:` names them"],
    ),
    ("[deploy glue zed]", "[suspend cron to V2]", ["19:23 `suspend` goes to no version"]),
    ("[deploy glue zed]", "[deploy glue per instance]", ["19:22 `per instance` fits `enable` and `disable`"]),
    ("[deploy glue zed]", "[deploy glue when]", ["19:26 a predicate is missing at the end"]),
    (
        "[deploy glue zed]",
        "[deploy glue when zedd.up(V2)]",
        ["19:27 unknown component `zedd`; did you mean `zed`?"],
    ),
    (
        "[deploy glue zed]",
        "[deploy glue when done]",
        ["19:26 `when` cannot wait for `done`: what it holds up is part of that"],
    ),
    (
        "[deploy glue zed]",
        "[irreversible suspend cron]",
        [
            "19:10 `suspend` cannot be irreversible; `deploy`, `migrate`, `reconfigure`, `purge` and `enable` can"
        ],
    ),
    (
        "[deploy glue zed]",
        "[start irreversible start deploy glue]",
        ["19:29 `start` stands here twice"],
    ),
    (
        "[deploy glue zed]",
        "[promote glue]",
        ["19:18 `promote` ends a canary, and `glue` has none; write `strategy: {canary: 1}` at `glue`"],
    ),
    (
        "[deploy glue zed]",
        "[rollback db]",
        [
            "19:19 `db` is a database; `rollback` fits services, workers and clients; for a database write `migrate db`"
        ],
    ),
    (
        "[deploy glue zed]",
        "[revert redis]",
        ["19:17 `redis` is a cache; `revert` fits databases and brokers; for a cache write `sync redis`"],
    ),
    ("[deploy glue zed]", "[expire glue/nothing]", ["19:17 no request meets `glue/nothing`"]),
]

# What stands after BASE, and what is said.
ENDS = [
    (
        "releases: [[Go: [deploy glue]]]\n",
        [
            "20:11 `releases` are pipelines that run one after the other, in place of `pipeline`; leave out one of them"
        ],
    ),
    (
        "rollback: {Go: [rollback glue]}\n",
        ["20:11 `rollback` must be a list, not a mapping; write one step a line, each behind `- `"],
    ),
    (
        "rollback: [Go: [rollback gleu], Go]\n",
        [
            "20:26 unknown component `gleu`; did you mean `glue`?",
            "20:33 a second step is named `Go`; first in line 20",
        ],
    ),
    (
        "flags: {f: {guards: [zed/add], since: V1}}\n",
        ["20:39 a flag that `V1` knows has no older form to behave in; write `V2` or a newer one"],
    ),
    (
        "flags: {f: {guards: [zed/add], since: V9}}\n",
        ["20:39 unknown version `V9`; the versions are V1 and V2; `versions:` names them"],
    ),
    (
        "flags: {f: {guards: [zed/add], understands: none}}\n",
        ["20:45 unknown understanding `none`; write `both` or `own`"],
    ),
    (
        "changes: {zed/add: {skew: {oldr: 1}}}\n",
        ["20:28 unknown key `oldr` in `skew`; did you mean `older`?"],
    ),
    (
        "changes: {zed/add: {skew: {older: -1}}}\n",
        ["20:35 `older` must be a whole number from 0 to 10000, not `-1`"],
    ),
    (
        "changes: {zed/add: {skew: {older: 1}, breaks: both}}\n",
        ["20:27 `skew` says which pairs break, and so does `breaks`; leave out one of them"],
    ),
    (
        "changes: {zed/add: {expires: true}}\n",
        ["20:30 `zed` is a service; `expires` fits caches, brokers and rows that are kept"],
    ),
    (
        "changes: {redis/product: {expires: maybe}}\n",
        ["20:36 `expires` must be `true` or `false`, not `maybe`"],
    ),
    (
        "changes: {db/item: {from: redis/product}}\n",
        [
            "20:27 `db` is a database; `from` fits caches, brokers and rows that are kept; write `rows: kept` too"
        ],
    ),
    ("changes: {redis/product: {from: redis/product}}\n", ["20:33 `redis/product` is derived from itself"]),
    (
        "changes: {redis/product: {from: zed/add}}\n",
        ["20:33 `zed` is a service; `from` names a contract of a store"],
    ),
    (
        "changes: {redis/product: {from: db/itm}}\n",
        ["20:33 no request meets `db/itm`; did you mean `db/item`?"],
    ),
    (
        "changes: {glue/cart: {exists: [V2]}}\n",
        ["20:31 `glue` is a service; `exists` fits databases, caches and brokers"],
    ),
    ("changes: {mq/m: {exists: []}}\n", ["20:26 `exists` must name at least one version"]),
    (
        "changes: {mq/m: {exists: [V3]}}\n",
        ["20:27 unknown version `V3`; the versions are V1 and V2; `versions:` names them"],
    ),
    (
        "changes: {zed/add: {breaks: both, severity: {call: awful, shape: error}}}\n",
        [
            "20:52 unknown severity `awful`; write `corruption`, `error` or `degraded`",
            "20:59 unknown aspect `shape`; the aspects are call, schema, content and token",
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), EDITS)
def test_an_edit_that_makes_the_file_wrong(old: str, new: str, said: list[str]) -> None:
    assert BASE.count(old) == 1
    assert told(BASE.replace(old, new)) == said


@pytest.mark.parametrize(("end", "said"), ENDS)
def test_an_end_that_makes_the_file_wrong(end: str, said: list[str]) -> None:
    assert told(BASE + end) == said


RELEASES = BASE[: BASE.index("pipeline:")] + "versions: [V1, V2, V3]\n"

RELEASE_FILES = [
    ("releases: []\n", ["19:11 `releases` must not be empty"]),
    (
        "releases: [Go]\n",
        ["19:12 a release must be a list, not `Go`; a release is a list of steps, or `NAME: [STEP, …]`"],
    ),
    (
        "releases: [{a: [Go], b: [Go]}]\n",
        ["19:12 a release must be a list, not a mapping; a release is a list of steps, or `NAME: [STEP, …]`"],
    ),
    (
        "releases: [{a: [Go: [deploy glue]]}, {a: [Go: [deploy glue]]}]\n",
        ["19:39 a second release is named `a`"],
    ),
    ("releases: [[Go, Go]]\n", ["19:17 a second step is named `Go`; first in line 19"]),
    ("releases: [[Go: [deploy gleu]]]\n", ["19:25 unknown component `gleu`; did you mean `glue`?"]),
]


@pytest.mark.parametrize(("text", "said"), RELEASE_FILES)
def test_releases_that_are_wrong(text: str, said: list[str]) -> None:
    assert told(RELEASES + text) == said
