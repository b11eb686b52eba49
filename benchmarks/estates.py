"""Shapes of what teams run in production, for `shapes.py`: how they store, queue and roll out together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from shape import Shape


def _groups(shape: Shape, size: int) -> Iterator[tuple[int, list[str]]]:
    """The services in teams of so many; who is left makes none."""
    names = shape.names
    for number, at in enumerate(range(0, len(names) - size + 1, size)):
        yield number, names[at : at + size]


def sagas(shape: Shape) -> None:
    """Orders, payments and parcels: three queues a team, forwards and, if no parcel can be sent, back."""
    components, requests, changes = (shape.file[key] for key in ("components", "requests", "changes"))
    for number, (order, pay, send, bill, tell) in _groups(shape, 5):
        paid, sent, undone = (f"{queue}-{number}" for queue in ("paid", "sent", "undone"))
        components |= {queue: {"kind": "broker"} for queue in (paid, sent, undone)}
        components |= {f"w-{name}": {"kind": "worker", "image": name} for name in (pay, send, order)}
        requests |= {
            f"order {number}": [{f"client calls {order}": "order"}, {f"{order} publishes {paid}": "m"}],
            f"pay {number}": [
                {f"w-{pay} consumes {paid}": "m"},
                {f"w-{pay} calls {bill}": "bill using m"},
                {f"w-{pay} publishes {sent}": "m"},
            ],
            f"send {number}": [
                {f"w-{send} consumes {sent}": "m"},
                {f"w-{send} calls {tell}": "tell"},
                {f"w-{send} publishes {undone}": "m"},
            ],
            f"undo {number}": [
                {f"w-{order} consumes {undone}": "m"},
                {f"w-{order} calls {bill}": "refund"},
            ],
        }
        changes |= {f"{queue}/m": {"breaks": shape.breaking("V2 -> V1")} for queue in (paid, undone)}
        changes |= {
            f"{sent}/m": {"breaks": []},
            f"{bill}/bill": {"breaks": []},
            f"{bill}/refund": {"breaks": []},
        }
        workers = f"w-{pay} w-{send} w-{order}"
        shape.file["pipeline"] += [{f"Workers {number}": [f"deploy {workers}"]}]


def projection(shape: Shape) -> None:
    """CQRS: commands append events, projectors fill a read model, which the release fills anew."""
    shape.file["components"] |= {
        "log": {"kind": "broker"},
        "view": {"kind": "cache"},
        "db": {"kind": "database"},
    }
    for name in shape.names:
        worker = f"p-{name}"
        shape.file["components"][worker] = {"kind": "worker", "image": name}
        shape.file["requests"] |= {
            f"{name} command": [
                {f"client calls {name}": "command"},
                {f"{name} writes db": f"events-{name}"},
                {f"{name} publishes log": "event"},
            ],
            f"{name} project": [{f"{worker} consumes log": "event"}, {f"{worker} writes view": "row"}],
            f"{name} query": [{f"client calls {name}": "query"}, {f"{name} reads view": "row"}],
        }
        shape.file["changes"][f"db/events-{name}"] = {"breaks": [], "rows": "kept"}
    shape.file["changes"] |= {
        "log/event": {"breaks": shape.breaking("V2 -> V1")},
        "view/row": {"breaks": shape.breaking("V1 -> V2")},
    }
    workers = " ".join(f"p-{name}" for name in shape.names)
    shape.file["pipeline"] = [
        {"Stop": [f"suspend {workers}"]},
        {"Migrate": ["migrate db"]},
        {"Workers": [f"deploy {workers}"]},
        *shape.file["pipeline"],
        {"Rebuild": ["purge view", f"resume {workers}"]},
    ]


def partitions(shape: Shape) -> None:
    """Sharded workers: each has a queue, and a leader that writes the shard's table; a router feeds them."""
    router, *others = shape.names
    shape.file["components"]["db"] = {"kind": "database"}
    for name in others:
        shape.file["components"][name] = {"kind": "worker", "replicas": 3}
        shape.file["components"][f"q-{name}"] = {"kind": "broker"}
        shape.file["requests"] |= {
            f"{name} put": [{f"client calls {router}": "put"}, {f"{router} publishes q-{name}": "m"}],
            f"{name} job": [
                {f"{name} leader consumes q-{name}": "m"},
                {f"{name} leader writes db": f"shard-{name}"},
                {f"{name} reads db": f"shard-{name}"},
            ],
        }
        shape.file["changes"] |= {
            f"q-{name}/m": {"breaks": shape.breaking("V1 -> V2")},
            f"db/shard-{name}": {"breaks": [], "rows": "kept"},
        }
    shape.file["pipeline"] = [{"Migrate": ["migrate db"]}, *shape.file["pipeline"]]


def edge(shape: Shape) -> None:
    """A gateway that routes by path and keeps sessions, a mesh behind it, an identity provider for all."""
    gate, who, *others = shape.names
    shape.file["components"][gate] |= {"route": "session", "strategy": "blue-green"}
    shape.file["components"][who]["readiness"] = "event"
    for number, name in enumerate(others):
        behind = [others[(number + step) % len(others)] for step in (1, 3, 7)]
        shape.file["requests"][f"{name} page"] = [
            {f"client calls {gate}": f"GET /{name}"},
            {f"{gate} calls {who}": "token"},
            {f"{gate} calls {name}": "page using token"},
            *(
                {f"{name} calls {other}": "part using token"}
                for other in dict.fromkeys(behind)
                if other != name
            ),
            {f"client calls {gate}": f"POST /{name}"},
            {f"{gate} calls {name}": "save using token"},
        ]
        shape.file["changes"] |= {
            f"{name}/page": {"breaks": shape.breaking("V1 -> V2")},
            f"{name}/part": {"breaks": []},
            f"{name}/save": {"breaks": []},
        }
    shape.file["changes"][f"{who}/token"] = {"breaks": []}
    shape.file["changes"] |= {f"{gate}/GET /{name}": {"breaks": []} for name in others[:1]}


def two_phases(shape: Shape) -> None:
    """A fleet of jobs over one database, changed in two releases: the new column comes, the old one goes."""
    shape.file["components"]["db"] = {"kind": "database"}
    shape.file |= {"versions": ["V1", "V2", "V3"]}
    for name in shape.names:
        shape.file["components"][name] = {"kind": "worker", "replicas": 2}
        shape.file["components"]["ticks"] = {"kind": "broker"}
        shape.file["requests"][f"{name} job"] = [
            {f"{name} consumes ticks": "tick"},
            {f"{name} reads db": "order"},
            {f"{name} writes db": "order"},
        ]
    shape.file["requests"]["tick"] = [{"client publishes ticks": "tick"}]
    old = ["V1 -> V3", "V3 -> V1", *shape.breaking("V2 -> V3")]
    shape.file["changes"]["db/order"] = {"breaks": {"schema": old, "content": ["V3 -> V1"]}, "rows": "kept"}
    jobs = " ".join(shape.names)
    del shape.file["pipeline"]
    shape.file["releases"] = [
        [{"Expand": ["migrate db"]}, {"Write both": [f"deploy {jobs}"]}, {"Backfill": ["backfill db"]}],
        [{"Read new": [f"deploy {jobs}"]}, {"Contract": ["migrate db"]}],
    ]


def replicated(shape: Shape) -> None:
    """Regions of five services with a pipeline, a store and a cache each, synced by the region's release."""
    del shape.file["pipeline"]
    pipelines = {}
    regions = list(_groups(shape, 5))
    for number, row in regions:
        db, cache = f"db-{number}", f"cache-{number}"
        shape.file["components"] |= {db: {"kind": "database"}, cache: {"kind": "cache"}}
        for name in row:
            shape.file["requests"][f"{name} asks"] = [
                {f"client calls {name}": "ask"},
                {f"{name} reads {cache}": "row"},
                {f"{name} reads {db}": "row"},
                {f"{name} writes {cache}": "row"},
            ]
        after = regions[(number + 1) % len(regions)][1][0]
        shape.file["requests"][f"region {number} replicates"] = [
            {f"client calls {row[0]}": "sync"},
            {f"{row[0]} calls {after}": "replica"},
            {f"{after} writes db-{(number + 1) % len(regions)}": "row"},
        ]
        shape.file["changes"] |= {
            f"{db}/row": {"breaks": {"schema": shape.breaking("V1 -> V2")}, "rows": "kept"},
            f"{cache}/row": {"breaks": shape.breaking("V1 -> V2")},
            f"{row[0]}/replica": {"breaks": []},
        }
        pipelines[f"region-{number}"] = [
            {"Migrate": [f"migrate {db}"]},
            {"Roll": ["deploy " + " ".join(row)]},
            {"Sync": [f"sync {cache}", f"backfill {db}"]},
        ]
    if len(pipelines) > 1:
        shape.file["pipelines"] = pipelines
    else:
        shape.file["pipeline"] = pipelines["region-0"]


def frontends(shape: Shape) -> None:
    """A backend for each kind of client, over services that all share; users of apps stay where they are."""
    apps = [f"app-{number}" for number in range(max(2, len(shape.names) // 10))]
    shared = shape.names
    for number, app in enumerate(apps):
        back = f"bff-{number}"
        shape.file["components"] |= {
            app: {"kind": "client", "stays": True},
            back: {"kind": "service", "replicas": 3, "strategy": {"canary": 1}},
        }
        behind = shared[number :: len(apps)]
        shape.file["requests"][f"{app} home"] = [
            {f"{app} calls {back}": "home"},
            *({f"{back} calls {name}": "read"} for name in behind),
            {f"{app} calls {back}": "save using home"},
        ]
        shape.file["changes"] |= {
            f"{back}/home": {"breaks": []},
            f"{back}/save": {"breaks": shape.breaking("V1 -> V2")},
        }
    shape.file["changes"] |= {f"{name}/read": {"breaks": []} for name in shared}
    backs = " ".join(f"bff-{number}" for number in range(len(apps)))
    shape.file["pipeline"] += [
        {"Canary": [f"deploy {backs}"]},
        {"Promote": [f"promote {backs}"]},
        {"Store": ["deploy " + " ".join(apps)]},
    ]


def write_behind(shape: Shape) -> None:
    """A cache before a database that is written later: through a queue, by one worker for all."""
    shape.file["components"] |= {
        "hot": {"kind": "cache"},
        "cold": {"kind": "database"},
        "writes": {"kind": "broker"},
        "writer": {"kind": "worker", "replicas": 2},
    }
    for name in shape.names:
        shape.file["requests"][f"{name} saves"] = [
            {f"client calls {name}": "save"},
            {f"{name} reads hot": "row"},
            {f"{name} writes hot": "row"},
            {f"{name} publishes writes": "row"},
        ]
        shape.file["requests"][f"{name} shows"] = [
            {f"client calls {name}": "show"},
            {f"{name} reads hot": "row"},
            {f"{name} reads cold": "row"},
            {f"{name} writes hot": "row using cold/row"},
        ]
    shape.file["requests"]["flush"] = [
        {"writer consumes writes": "row"},
        {"writer writes cold": "row using row"},
    ]
    shape.file["changes"] |= {
        "hot/row": {"breaks": shape.breaking("V1 -> V2")},
        "writes/row": {"breaks": shape.breaking("V2 -> V1")},
        "cold/row": {"breaks": [], "rows": "kept"},
    }
    shape.file["pipeline"] = [
        {"Stop": ["suspend writer"]},
        {"Migrate": ["migrate cold"]},
        *shape.file["pipeline"],
        {"Writer": ["deploy writer", "resume writer"]},
        {"Drain": ["drain writes", "sync hot", "backfill cold"]},
    ]


def cluster(shape: Shape) -> None:
    """Pods as a cluster has them: they go down at any time, terminate later, are ready late, and migrate."""
    shape.chain(restarts=1, terminates="later", readiness="event", max_surge="25%", max_unavailable="25%")
    for number, (first, *_) in _groups(shape, 5):
        shape.own_database(first, f"db-{number}", "row")


def search_index(shape: Shape) -> None:
    """Each service has a table, and an index that is made of it anew when the release has come to it."""
    shape.file["components"] |= {"db": {"kind": "database"}, "index": {"kind": "cache"}}
    for name in shape.names:
        shape.file["requests"] |= {
            f"{name} saves": [
                {f"client calls {name}": "save"},
                {f"{name} writes db": name},
                {f"{name} writes index": name},
            ],
            f"{name} finds": [{f"client calls {name}": "find"}, {f"{name} reads index": name}],
        }
        shape.file["changes"] |= {
            f"db/{name}": {"breaks": [], "rows": "kept"},
            f"index/{name}": {"breaks": shape.breaking("V1 -> V2"), "from": f"db/{name}"},
        }
    shape.file["pipeline"] = [
        {"Migrate": ["migrate db"]},
        *shape.file["pipeline"],
        {"Backfill": ["backfill db"]},
        {"Index": ["sync index"]},
    ]


def reporting(shape: Shape) -> None:
    """All publish to one topic; one worker gathers it into a table that a dashboard reads."""
    shape.file["components"] |= {
        "topic": {"kind": "broker"},
        "facts": {"kind": "database"},
        "gather": {"kind": "worker", "replicas": 3},
        "board": {"kind": "service", "strategy": "recreate"},
    }
    for name in shape.names:
        shape.file["requests"][f"{name} acts"] = [
            {f"client calls {name}": "act"},
            {f"{name} publishes topic": "fact"},
        ]
    shape.file["requests"] |= {
        "gather": [{"gather consumes topic": "fact"}, {"gather writes facts": "row using fact"}],
        "look": [{"client calls board": "look"}, {"board reads facts": "row"}],
    }
    shape.file["changes"] |= {
        "topic/fact": {"breaks": shape.breaking("V2 -> V1")},
        "facts/row": {"breaks": shape.breaking("V1 -> V2"), "rows": "kept"},
    }
    shape.file["pipeline"] = [
        {"Migrate": ["migrate facts"]},
        {"Gather": ["start deploy gather"]},
        *shape.file["pipeline"],
        {"Board": ["await gather", "deploy board", "drain topic"]},
    ]


def waves(shape: Shape) -> None:
    """Waves of ten, each begun once the wave before serves the new version; a switch at the end of all."""
    shape.chain()
    wave = [shape.names[at : at + 10] for at in range(0, len(shape.names), 10)]
    steps = [{"Wave 0": ["deploy " + " ".join(wave[0])]}]
    for number, (before, row) in enumerate(pairwise(wave), start=1):
        steps.append({f"Wave {number}": [f"deploy {' '.join(row)} when all {before[-1]} at V2"]})
    last = shape.names[-1]
    shape.file["flags"] = {"new": {"guards": [f"{last}/a"]}}
    steps.append({"Switch": [f"enable new when all {last} at V2"]})
    shape.file["pipeline"] = steps


def replies(shape: Shape) -> None:
    """Requests and replies by queues of each service's own; whoever asks waits for its answer there."""
    server, *others = shape.names
    shape.file["components"] |= {
        "asked": {"kind": "broker"},
        "serve": {"kind": "worker", "replicas": 3, "image": server},
    }
    for name in others:
        queue, worker = f"answers-{name}", f"hears-{name}"
        shape.file["components"] |= {queue: {"kind": "broker"}, worker: {"kind": "worker", "image": name}}
        shape.file["requests"] |= {
            f"{name} asks": [{f"client calls {name}": "ask"}, {f"{name} publishes asked": "question"}],
            f"{name} is served": [
                {"serve consumes asked": "question"},
                {f"serve publishes {queue}": "answer using question"},
            ],
            f"{name} hears": [{f"{worker} consumes {queue}": "answer"}, {f"{worker} calls {name}": "done"}],
        }
        shape.file["changes"] |= {
            f"{queue}/answer": {"breaks": shape.breaking("V2 -> V1")},
            f"{name}/done": {"breaks": []},
        }
    shape.file["changes"]["asked/question"] = {"breaks": []}
    workers = " ".join(["serve", *(f"hears-{name}" for name in others)])
    shape.file["pipeline"].append({"Workers": [f"deploy {workers}"]})


def asleep(shape: Shape) -> None:
    """Workers that are scaled to nothing for the migration of the database that they all write."""
    shape.file["components"]["db"] = {"kind": "database"}
    shape.file["components"]["work"] = {"kind": "broker"}
    for name in shape.names:
        worker = f"w-{name}"
        shape.file["components"][worker] = {"kind": "worker", "replicas": 2, "image": name}
        shape.file["requests"] |= {
            f"{name} puts": [{f"client calls {name}": "put"}, {f"{name} publishes work": f"job-{name}"}],
            f"{name} job": [{f"{worker} consumes work": f"job-{name}"}, {f"{worker} writes db": "x"}],
        }
        shape.file["changes"][f"work/job-{name}"] = {"breaks": shape.breaking("V1 -> V2")}
    shape.file["changes"]["db/x"] = {"breaks": {"schema": ["V1 -> V2", "V2 -> V1"]}}
    every = [f"w-{name}" for name in shape.names]
    shape.file["pipeline"] = [
        {"Sleep": [f"scale {worker} to 0" for worker in every]},
        {"Migrate": ["migrate db"]},
        *shape.file["pipeline"],
        {"Wake": [action for worker in every for action in (f"deploy {worker}", f"scale {worker} to 2")]},
    ]


def strangler(shape: Shape) -> None:
    """A monolith whose parts become services, one flag for each; the facade asks the one or the other."""
    facade, mono, *others = shape.names
    shape.file["components"]["db"] = {"kind": "database"}
    for name in others:
        shape.file["requests"][f"{name} page"] = [
            {f"client calls {facade}": name},
            {f"{facade} calls {mono}": f"{name} until V1"},
            {f"{facade} calls {name}": "page since V2"},
            {f"{name} reads db": "shared"},
            {f"{name} writes db": name},
        ]
        shape.file["changes"] |= {
            f"{name}/page": {"breaks": shape.breaking("V2 -> V1")},
            f"db/{name}": {"breaks": {"schema": ["V2 -> V1"]}},
        }
    shape.file["changes"] |= {f"{facade}/{name}": {"breaks": []} for name in others}
    shape.file["changes"]["db/shared"] = {"breaks": []}
    shape.file["pipeline"] = [
        {"Migrate": ["migrate db"]},
        {"New": ["deploy " + " ".join(others)]},
        {"Old": [f"deploy {mono}"]},
        {"Facade": [f"deploy {facade}"]},
    ]


ESTATES: Mapping[str, Callable[[Shape], None]] = {
    "sagas": sagas,
    "projection": projection,
    "partitions": partitions,
    "edge": edge,
    "two phases": two_phases,
    "replicated": replicated,
    "frontends": frontends,
    "write behind": write_behind,
    "cluster": cluster,
    "search index": search_index,
    "reporting": reporting,
    "waves": waves,
    "replies": replies,
    "asleep": asleep,
    "strangler": strangler,
}
