"""Shapes of how teams operate, for `shapes.py`: copies, leases, standbys, switches, imports, tenants."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shape import Shape


def features(shape: Shape) -> None:
    """One table of features: each service keeps a copy of it near, and a flag for what is new."""
    shape.file["components"] |= {"db": {"kind": "database"}, "near": {"kind": "cache"}}
    shape.file["flags"] = {}
    for name in shape.names:
        shape.file["requests"] |= {
            f"{name} shows": [{f"client calls {name}": "show"}, {f"{name} reads near": name}],
            f"{name} sets": [{f"client calls {name}": "set"}, {f"{name} writes db": "feature"}],
        }
        shape.file["changes"] |= {
            f"near/{name}": {"breaks": shape.breaking("V1 -> V2"), "from": "db/feature"},
            f"{name}/show": {"breaks": []},
        }
        shape.file["flags"][f"new-{name}"] = {"guards": [f"{name}/show"]}
    shape.file["changes"]["db/feature"] = {"breaks": [], "rows": "kept"}
    shape.file["pipeline"] = [
        {"Migrate": ["migrate db"]},
        *shape.file["pipeline"],
        {"Backfill": ["backfill db"]},
        {"Copy": ["sync near"]},
        {"Enable": [f"enable {flag}" for flag in shape.file["flags"]]},
    ]


def leases(shape: Shape) -> None:
    """Each service leases out jobs: who does not finish loses them to another, and old ones expire."""
    for name in shape.names:
        queue, worker = f"q-{name}", f"w-{name}"
        shape.file["components"] |= {
            queue: {"kind": "broker", "redelivers": True},
            worker: {"kind": "worker", "replicas": 2, "image": name},
        }
        shape.file["requests"] |= {
            f"{name} asks": [{f"client calls {name}": "ask"}, {f"{name} publishes {queue}": "job"}],
            f"{name} works": [
                {f"{worker} consumes {queue}": "job"},
                {f"{worker} calls {name}": "done using job"},
            ],
        }
        shape.file["changes"] |= {
            f"{queue}/job": {"breaks": {"content": shape.breaking("V2 -> V1")}},
            f"{name}/done": {"breaks": []},
        }
    queues = " ".join(f"q-{name}" for name in shape.names)
    workers = " ".join(f"w-{name}" for name in shape.names)
    shape.file["pipeline"] += [{"Expire": [f"expire {queues}"]}, {"Workers": [f"deploy {workers}"]}]


def standby(shape: Shape) -> None:
    """Two sites with a pipeline each, the one behind the other; both write one cache."""
    half = len(shape.names) // 2
    sites = {"active": shape.names[:half], "standby": shape.names[half:]}
    shape.file["components"]["hot"] = {"kind": "cache"}
    for name in shape.names:
        uses = [{f"{name} reads hot": "row"}, {f"{name} writes hot": "row"}]
        shape.file["requests"][f"{name} uses"] = [{f"client calls {name}": "use"}, *uses]
    shape.file["changes"]["hot/row"] = {"breaks": shape.breaking("V1 -> V2")}
    del shape.file["pipeline"]
    shape.file["pipelines"] = {
        site: [{"Roll": ["deploy " + " ".join(row)]}, *([{"Sync": ["sync hot"]}] if site == "active" else [])]
        for site, row in sites.items()
    }


def tenants(shape: Shape) -> None:
    """A service and a database for each tenant, rolled one after the other; one directory for all."""
    directory, *others = shape.names
    steps = [{"Directory": [f"deploy {directory}"]}]
    for name in others:
        db = f"db-{name}"
        shape.file["components"][db] = {"kind": "database"}
        shape.file["requests"][f"{name} works"] = [
            {f"client calls {name}": "work"},
            {f"{name} calls {directory}": "who"},
            {f"{name} reads {db}": "row"},
            {f"{name} writes {db}": "row"},
        ]
        shape.file["changes"] |= {
            f"{db}/row": {"breaks": {"schema": shape.breaking("V1 -> V2")}, "rows": "kept"},
        }
        steps.append({f"Tenant {name}": [f"migrate {db}", f"deploy {name}", f"backfill {db}"]})
    shape.file["changes"][f"{directory}/who"] = {"breaks": []}
    shape.file["pipeline"] = steps


def kill_switches(shape: Shape) -> None:
    """Each feature has a switch, thrown instance by instance in the background, once its service is new."""
    shape.chain()
    names = shape.names[1:]
    shape.file["flags"] = {f"kill-{name}": {"guards": [f"{name}/a"], "since": "V2"} for name in names}
    shape.file["pipeline"] += [
        {"Launch": [f"start enable kill-{name} per instance when all {name} at V2" for name in names]},
        {"Watch": ["await " + " ".join(f"kill-{name}" for name in names)]},
    ]


def sessions(shape: Shape) -> None:
    """Services that switch from blue to green, and keep who is logged in in one store, until it expires."""
    shape.file["components"]["login"] = {"kind": "cache"}
    for name in shape.names:
        shape.file["components"][name] |= {"strategy": "blue-green", "terminates": "later"}
        shape.file["requests"][f"{name} page"] = [
            {f"client calls {name}": "page"},
            {f"{name} reads login": "who"},
            {f"{name} writes login": "who"},
        ]
    shape.file["changes"]["login/who"] = {"breaks": shape.breaking("V1 -> V2"), "expires": True}
    shape.file["pipeline"].append({"Log out": ["expire login"]})


def three_releases(shape: Shape) -> None:
    """A column is added, moved to, and dropped, in three releases of all that use the table."""
    shape.file |= {"versions": ["V1", "V2", "V3", "V4"]}
    shape.file["components"]["db"] = {"kind": "database"}
    for name in shape.names:
        uses = [{f"{name} reads db": "order"}, {f"{name} writes db": "order"}]
        shape.file["requests"][f"{name} orders"] = [{f"client calls {name}": "order"}, *uses]
    shape.file["changes"]["db/order"] = {
        "breaks": {"schema": ["V1 -> V4", "V4 -> V1", *shape.breaking("V3 -> V4")], "content": ["V4 -> V1"]},
        "rows": "kept",
    }
    roll = "deploy " + " ".join(shape.names)
    del shape.file["pipeline"]
    shape.file["releases"] = [
        {"expand": [{"Add": ["migrate db"]}, {"Write both": [roll]}]},
        {"move": [{"Move": ["migrate db"]}, {"Fill": ["backfill db"]}, {"Read new": [roll]}]},
        {"contract": [{"Write new": [roll]}, {"Drop": ["migrate db"]}]},
    ]


def imports(shape: Shape) -> None:
    """Nightly imports: each source has a job that fills a staging table, and one loader for all of them."""
    shape.file["components"] |= {
        "staging": {"kind": "database"},
        "marts": {"kind": "database"},
        "loader": {"kind": "worker", "replicas": 1, "strategy": "recreate"},
    }
    for name in shape.names:
        job = f"import-{name}"
        shape.file["components"][job] = {"kind": "worker", "image": name}
        shape.file["requests"] |= {
            f"{name} imports": [{f"{job} calls {name}": "export"}, {f"{job} writes staging": name}],
            f"{name} loads": [
                {"loader reads staging": name},
                {"loader writes marts": f"{name} using staging/{name}"},
            ],
            f"{name} reports": [{f"client calls {name}": "report"}, {f"{name} reads marts": name}],
        }
        shape.file["changes"] |= {
            f"staging/{name}": {"breaks": {"content": shape.breaking("V1 -> V2")}, "rows": "kept"},
            f"marts/{name}": {"breaks": [], "rows": "kept"},
        }
    jobs = " ".join(f"import-{name}" for name in shape.names)
    shape.file["pipeline"] = [
        {"Hold": [f"suspend {jobs} loader"]},
        {"Migrate": ["migrate staging marts"]},
        *shape.file["pipeline"],
        {"Jobs": [f"deploy {jobs} loader"]},
        {"Fill": ["backfill staging marts"]},
        {"Release": [f"resume {jobs} loader"]},
    ]


def followers(shape: Shape) -> None:
    """Each service elects who writes; the others are asked first, and instances restart as they like."""
    shape.file["components"]["feed"] = {"kind": "broker", "redelivers": True}
    for name in shape.names:
        worker = f"f-{name}"
        shape.file["components"][name] |= {"restarts": 1}
        shape.file["components"][worker] = {"kind": "worker", "replicas": 2, "image": name}
        shape.file["requests"] |= {
            f"{name} writes": [
                {f"client calls {name}": "ask"},
                {f"{name} calls {name} leader": "write"},
                {f"{name} publishes feed": f"change-{name}"},
            ],
            f"{name} follows": [{f"{worker} consumes feed": f"change-{name}"}],
        }
        shape.file["changes"] |= {
            f"{name}/write": {"breaks": []},
            f"feed/change-{name}": {"breaks": shape.breaking("V2 -> V1")},
        }
    workers = " ".join(f"f-{name}" for name in shape.names)
    shape.file["pipeline"] = [{"Followers": [f"deploy {workers}"]}, *shape.file["pipeline"]]


def rebuilds(shape: Shape) -> None:
    """Views of one log of events: a worker fills each, which is thrown away for the new version."""
    writer, *others = shape.names
    shape.file["components"] |= {"log": {"kind": "database"}, "views": {"kind": "cache"}}
    shape.file["requests"]["append"] = [
        {f"client calls {writer}": "append"},
        {f"{writer} writes log": "event"},
    ]
    shape.file["changes"]["log/event"] = {"breaks": {"content": shape.breaking("V1 -> V2")}, "rows": "kept"}
    for name in others:
        worker = f"p-{name}"
        shape.file["components"][worker] = {"kind": "worker", "image": name}
        shape.file["requests"] |= {
            f"{name} projects": [
                {f"{worker} reads log": "event"},
                {f"{worker} writes views": f"{name} using log/event"},
            ],
            f"{name} shows": [{f"client calls {name}": "show"}, {f"{name} reads views": name}],
        }
        shape.file["changes"][f"views/{name}"] = {"breaks": []}
    workers = " ".join(f"p-{name}" for name in others)
    shape.file["pipeline"] = [
        {"Projectors": [f"deploy {workers}"]},
        *shape.file["pipeline"],
        {"Rebuild": ["purge views", "sync views"]},
    ]


OPERATIONS: Mapping[str, Callable[[Shape], None]] = {
    "features": features,
    "leases": leases,
    "standby": standby,
    "tenants": tenants,
    "kill switches": kill_switches,
    "sessions": sessions,
    "three releases": three_releases,
    "imports": imports,
    "followers": followers,
    "rebuilds": rebuilds,
}
