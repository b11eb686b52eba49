"""What a proof costs, and what it costs to check: `python benchmarks/certificates.py [--shape SHAPE] [N…]`.

For each shape and each N (10, 50, 200) the seconds of the processor and the peak memory of `check`, of
`check --certificate` and of `verify`, whole processes; the size of the certificate; and how many claims it
leaves open. Shapes, 10 replicas each, in which what breaks is kept apart by the order of the steps:

    chain     N services that call each other, a step each from the end: new callers break
    together  the same in one step, nothing breaks, with `min_available` and three formulas (roll.py)
    queue     N services publish to one queue; its worker is deployed first, for it reads the new form
    database  N services read one table that is migrated after the last of them
    failures  the same, every action may fail (`--failures`), with a rollback
    teams     the same without failures, in two halves that each have a table and a pipeline of their own
    failing teams  the same with failures, and a rollback each

and those of `systems.py`, with 3 replicas, in an order in which they are safe (in `two tiers` nothing breaks,
for no order makes it safe).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import roll
import yaml
from measure import Run, run
from shape import File, Shape
from systems import SYSTEMS

SKEWPROOF = [sys.executable, "-c", "from skewproof.cli import main; main()"]
LIMIT_S = 180
REPLICAS = 10
SYSTEM_REPLICAS = 3

Text = Iterator[str]


def _services(count: int) -> list[str]:
    return [f"s{number}" for number in range(1, count + 1)]


def _instances(names: list[str]) -> Text:
    yield "components:"
    yield from (f"  {name}: {{kind: service, replicas: {REPLICAS}}}" for name in names)


def _walk(names: list[str]) -> Text:
    yield from ("requests:", "  walk:")
    callers = ["client", *names]
    yield from (f"    - {a} calls {b}: x" for a, b in zip(callers, names, strict=False))


def chain(count: int) -> Text:
    names = _services(count)
    yield from (*_instances(names), *_walk(names), "pipeline:")
    yield from (f"  - Deploy_{name}: [deploy {name}]" for name in reversed(names))
    yield "changes:"
    yield from (f"  {name}/x: {{breaks: [V2 -> V1]}}" for name in names[1:])


def together(count: int) -> Text:
    yield roll.deployment(count, REPLICAS, properties=True)


def queue(count: int) -> Text:
    names = _services(count)
    yield from _instances(names)
    yield from ("  w: {kind: worker}", "  q: {kind: broker}", "requests:")
    yield from (f"  put_{name}: [client calls {name}: x, {name} publishes q: m]" for name in names)
    yield from ("  job: [w consumes q: m]", "pipeline:", "  - Reader: [deploy w]")
    yield f"  - Writers: [deploy {' '.join(names)}]"
    yield "changes: {q/m: {breaks: {content: [V1 -> V2]}}}"


def database(count: int) -> Text:
    names = _services(count)
    yield from _instances(names)
    yield from ("  db: {kind: database}", "requests:")
    yield from (f"  get_{name}: [client calls {name}: x, {name} reads db: r]" for name in names)
    yield from ("pipeline:", f"  - Roll: [deploy {' '.join(names)}]", "  - Move: [migrate db]")
    yield "changes: {db/r: {breaks: [V1 -> V2]}}"


def failures(count: int) -> Text:
    yield from database(count)
    yield f"rollback: [Back: [revert db], Old: [rollback {' '.join(_services(count))}]]"


def teams(count: int) -> Text:
    names = _services(count)
    halves = {"front": names[: count // 2], "back": names[count // 2 :]}
    yield from _instances(names)
    yield from (f"  db-{team}: {{kind: database}}" for team in halves)
    yield "requests:"
    for team, own in halves.items():
        yield from (f"  get_{name}: [client calls {name}: x, {name} reads db-{team}: r]" for name in own)
    yield "pipelines:"
    for team, own in halves.items():
        yield f"  {team}: [Roll: [deploy {' '.join(own)}], Move: [migrate db-{team}]]"
    yield f"changes: {{{', '.join(f'db-{team}/r: {{breaks: [V1 -> V2]}}' for team in halves)}}}"


def failing_teams(count: int) -> Text:
    names = _services(count)
    halves = {"front": names[: count // 2], "back": names[count // 2 :]}
    yield from (*teams(count), "rollback:")
    for team, own in halves.items():
        yield f"  {team}: [Back: [revert db-{team}], Old: [rollback {' '.join(own)}]]"


# --- systems ----------------------------------------------------------------------------------


def _in_turn(names: Iterable[str]) -> list[File]:
    return [{f"Deploy {name}": [f"deploy {name}"]} for name in names]


def _callers_last(file: File, names: list[str]) -> None:
    file["pipeline"] = _in_turn(reversed(names))


def _migrate_last(file: File, _: list[str]) -> None:
    migrate, roll_out, backfill = file["pipeline"]
    file["pipeline"] = [roll_out, migrate, backfill]
    for change in file["changes"].values():
        change["breaks"] = {"schema": ["V1 -> V2"]}


def _empty_before_readers(file: File, names: list[str]) -> None:
    first, *others = names
    file["pipeline"] = [*_in_turn([first]), {"Drain": ["drain q"]}, *_in_turn(others)]


def _readers_first(file: File, names: list[str]) -> None:
    _callers_last(file, names)
    file["changes"]["q/x"]["breaks"] = ["V1 -> V2"]


def _empty_each_before_its_reader(file: File, names: list[str]) -> None:
    steps = ({f"Deploy {name}": [f"drain q-{at}", f"deploy {name}"]} for at, name in enumerate(names[1:], 1))
    file["pipeline"] = [*_in_turn(names[:1]), *steps]


def _promote_in_turn(file: File, names: list[str]) -> None:
    steps = ({f"Deploy {name}": [f"deploy {name}", f"promote {name}"]} for name in reversed(names))
    file["pipeline"] = list(steps)


def _as_it_is(_: File, __: list[str]) -> None:
    """It is safe as it is."""


ORDERS: dict[str, Callable[[File, list[str]], None]] = {
    "star": _migrate_last,
    "fan out": _empty_before_readers,
    "redelivery": _readers_first,
    "diamond": _callers_last,
    "two tiers": _as_it_is,
    "shards": _callers_last,
    "jobs": _as_it_is,
    "saga": _empty_each_before_its_reader,
    "many flags": _as_it_is,
    "canaries": _promote_in_turn,
    "long ends": _callers_last,
}
"""What is done to each shape of `systems.py`, so that what breaks in it is never met."""


def system(name: str) -> Callable[[int], Text]:
    def write(count: int) -> Text:
        shape = Shape(count, SYSTEM_REPLICAS, breaks=name != "two tiers")
        names = list(shape.names)
        SYSTEMS[name](shape)
        ORDERS[name](shape.file, names)
        yield yaml.dump(shape.file, Dumper=yaml.CSafeDumper, sort_keys=False)

    return write


SHAPES: dict[str, Callable[[int], Text]] = {
    "chain": chain,
    "together": together,
    "queue": queue,
    "database": database,
    "failures": failures,
    "teams": teams,
    "failing teams": failing_teams,
    **{name: system(name) for name in SYSTEMS},
}
SWITCHES = {"failures": ["--failures"], "failing teams": ["--failures"]}


def measured(*arguments: str | Path) -> Run:
    return run([*SKEWPROOF, *map(str, arguments)], LIMIT_S)


def told(one: Run) -> str:
    return f"{one.seconds:8.2f} {one.peak_mib:6.0f} " if one.status in (0, 3) else f"{'–':>8} {'–':>6} "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("count", type=int, nargs="*", default=[10, 50, 200])
    parser.add_argument("--shape", choices=SHAPES, action="append")
    asked = parser.parse_args()
    print("shape             N  check s    MiB  certify s  MiB verify s    MiB      KiB  left open")
    with tempfile.TemporaryDirectory() as folder:
        file, proof = Path(folder) / "shape.yaml", Path(folder) / "proof.json"
        for shape in asked.shape or SHAPES:
            for count in asked.count:
                file.write_text("\n".join(SHAPES[shape](count)) + "\n")
                proof.unlink(missing_ok=True)
                more = SWITCHES.get(shape, [])
                alone = measured("check", file, *more)
                written = measured("check", file, *more, "--certificate", proof)
                if alone.status != 0 or not proof.exists():
                    print(
                        f"{shape:13} {count:5} {told(alone)} {told(written)} {written.output[-300:]}",
                        flush=True,
                    )
                    continue
                verified = measured("verify", file, proof, *more)
                size, left = proof.stat().st_size / 1024, verified.output.count("not proven")
                row = told(alone) + told(written) + told(verified)
                print(f"{shape:13} {count:5} {row} {size:8.0f} {left:6}", flush=True)


if __name__ == "__main__":
    main()
