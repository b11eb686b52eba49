"""What was measured, for reading: a table of every series, and a plot."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path

Row = dict[str, str]

SIZES: dict[str, Callable[[Row], str]] = {
    "services": lambda row: f"{row['services']},{row['replicas']}",
    "one pair breaks": lambda row: f"{row['services']},{row['replicas']}",
    "replicas": lambda row: f"{row['services']},{row['replicas']}",
    "requests": lambda row: row["requests"],
    "steps": lambda row: row["steps"],
    "large": lambda row: f"{row['services']},{row['replicas']}",
}
HEADS = {"requests": "requests", "steps": "more steps"}
TITLES = {
    "services": "More services, every pair compatible: all states must be covered",
    "one pair breaks": "More services, one incompatible pair in the middle: the shortest story is found",
    "replicas": "More replicas",
    "requests": "More requests, ROLL(4,3)",
    "steps": "More steps of the pipeline, ROLL(4,3)",
    "large": "Large",
}


def write_tables(measured: Path, tables: Path, limit_s: float, bare_s: float) -> None:
    """Writes `tables`, and draws beside it."""
    with measured.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    told = (
        f"Seconds of the processor / peak MiB; `–`: no answer within {limit_s:.0f} s and 8 GiB; empty: not "
        f"asked. Skewproof and minicheck as whole processes, Spin without generating and compiling. "
        f"2 noisy cores; a bare interpreter takes {bare_s * 1000:.0f} ms. Compare figures of one run only.\n"
    )
    whole = [line for series in SIZES for line in _table(rows, series)]
    tables.write_text("\n".join(["# ROLL(N,R), measured", "", told, "![](roll.svg)", *whole]) + "\n")
    if importlib.util.find_spec("matplotlib"):
        _draw(rows, tables.with_suffix(".svg"))


def _table(rows: list[Row], series: str) -> Iterator[str]:
    """One series: a line a size, a column a contender that was asked."""
    found = [row for row in rows if row["series"] == series]
    names = list(dict.fromkeys(row["contender"] for row in found))
    sizes = list(dict.fromkeys(map(SIZES[series], found)))
    if not names:
        return
    yield from ("", f"**{TITLES[series]}**", "")
    yield "| " + " | ".join([HEADS.get(series, "N,R"), *names]) + " |"
    yield "| --- " * (len(names) + 1) + "|"
    for size in sizes:
        cells = {row["contender"]: _cell(row) for row in found if SIZES[series](row) == size}
        yield "| " + " | ".join([size, *(cells.get(name, "") for name in names)]) + " |"


def _cell(row: Row) -> str:
    if not row["is_safe"]:
        return "–"
    seconds = float(row["seconds"])
    return f"{seconds:.{2 if seconds < 10 else 0}f} / {float(row['peak_mib']):.0f}"


def _draw(rows: list[Row], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "skewproof", "font.size": 9})
    axes = (("services", "services"), ("replicas", "replicas"), ("requests", "requests"), ("steps", "steps"))
    figure, panels = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
    names = list(dict.fromkeys(row["contender"] for row in rows))
    styles = {name: ("-" if "skewproof" in name else "--", f"C{number}") for number, name in enumerate(names)}
    for panel, (series, column) in zip(panels.flat, axes, strict=True):
        for name in names:
            found = [r for r in rows if (r["series"], r["contender"]) == (series, name) and r["is_safe"]]
            if found:
                line, colour = styles[name]
                x, y = [int(r[column]) for r in found], [float(r["seconds"]) for r in found]
                panel.plot(x, y, line, color=colour, marker=".", label=name)
        panel.set(title=TITLES[series].split(",")[0], xlabel=column, ylabel="seconds", yscale="log")
        if series in ("services", "replicas"):
            panel.set(xscale="log")
        panel.grid(visible=True, alpha=0.3)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(file, metadata={"Date": None})
    # Trailing spaces in a generated file are noise in every difference.
    file.write_text(re.sub(r"[ \t]+$", "", file.read_text(), flags=re.MULTILINE))
