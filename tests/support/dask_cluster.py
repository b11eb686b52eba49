"""A small Dask cluster in a process of its own: prints its address, and a line for each job that comes, and
lasts until stdin is closed. It has as many workers as its argument says, or two."""

import sys
from typing import Any

from distributed import LocalCluster
from distributed.diagnostics.plugin import SchedulerPlugin


class Heard(SchedulerPlugin):
    """Says each job that comes, once."""

    def __init__(self) -> None:
        self._known: set[Any] = set()

    def transition(self, key: Any, start: str, finish: str, *_: Any, **more: Any) -> None:
        if key not in self._known:
            self._known.add(key)
            sys.stdout.write("a job\n")
            sys.stdout.flush()


if __name__ == "__main__":
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=int(sys.argv[1]) if sys.argv[1:] else 2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
        ) as cluster
    ):
        cluster.scheduler.add_plugin(Heard())
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.read()
