"""A small Dask cluster in a process of its own: prints its address, and lasts until stdin is closed. It has
as many workers as its argument says, or two."""

import sys

from distributed import LocalCluster

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
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.read()
