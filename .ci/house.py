"""Counts the house: rooms, floors, arrows and circles, and what more than one room does.

    python .ci/house.py [FOLDER]

FOLDER is a checkout (this one by default), so that two commits can be held against each other. A room is a
module or package right below `model` or `properties`, an arrow an import from one room by another, a floor a
step of the longest chain of arrows, a circle a set of rooms that import each other. What is counted by a
pattern is counted by what the pattern finds: open the files before you believe or dismiss a figure.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

ROOMS = ("model", "properties", "diagrams", "cli", "pytest_plugin")
KINDS = "up|jobs|flag|schema|content|unacknowledged|departed|leader|token|session|frame"
NAMES = re.compile(
    rf"""f["'](?:{KINDS}) \{{(?!quote\(|flag\}} on)"""
    rf"""|startswith\(\(?["'](?:{KINDS}) |removeprefix\(["'](?:{KINDS}) |\.partition\(" "\)"""
)
WALKS = re.compile(r"heappop|popleft\(|grows while it is walked|while (?:frontier|waiting|todo|growing)\b")
HAZARDS = re.compile(r"\b(?:Hop|Property)?Hazard\(\n?\s*\w+=|\b(?:Hop|Property)Hazard\(")
GUARDS = re.compile(
    r"\bhazard\.(?:hop|request|consumer|provider|contract|aspect|property|explanation|loop|span|consumer_\w+|"
    r"provider_\w+) is (?:not )?None|assert hazard\.\w+ is not None"
)
OPEN_ENDS = re.compile(r"case _:[^\n]*\n\s*(?!assert_never|raise AssertionError)\S")
CLOSED = re.compile(r"assert_never\(")


def modules(root: Path, room: str) -> list[Path]:
    return sorted(path for path in (root / room).rglob("*.py"))


def imports(root: Path, path: Path) -> Iterator[str]:
    """What the module imports of its own project, as dotted names from the root."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            target = (*base, *(node.module.split(".") if node.module else ()))
            yield ".".join(target)
            yield from (".".join((*target, alias.name)) for alias in node.names)


def arrows(root: Path, folder: str) -> dict[str, set[str]]:
    """The rooms of a folder, each with those that it imports."""
    found: dict[str, set[str]] = {}
    rooms = {p.stem for p in (root / folder).iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    rooms -= {"__init__", "__pycache__"}
    for path in modules(root, folder):
        room = path.relative_to(root / folder).with_suffix("").parts[0]
        if room == "__init__":
            continue
        own = found.setdefault(room, set())
        for name in imports(root, path):
            parts = name.split(".")
            if len(parts) > 1 and parts[0] == folder and parts[1] in rooms - {room}:
                own.add(parts[1])
    return found


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of rooms that reach each other."""
    reach = {room: reached(graph, room) for room in graph}
    sets = {frozenset({room, *(o for o in reach[room] if room in reach.get(o, ()))}) for room in graph}
    return [set(found) for found in sets if len(found) > 1]


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    found, waiting = set(graph[start]), list(graph[start])
    while waiting:
        fresh = graph.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def floors(graph: dict[str, set[str]]) -> int:
    """How many rooms the longest chain of imports has; circles count as one room."""
    home = {room: min(found) for found in circles(graph) for room in found}
    flat: dict[str, set[str]] = {}
    for room, onward in graph.items():
        own = home.get(room, room)
        flat.setdefault(own, set()).update({home.get(o, o) for o in onward} - {own})
    height: dict[str, int] = {}

    def rise(room: str) -> int:
        if room not in height:
            height[room] = 1 + max((rise(below) for below in flat.get(room, ())), default=0)
        return height[room]

    return max(map(rise, flat))


def lengths(root: Path) -> list[int]:
    """The lines of each function, docstring and all."""
    return [
        node.end_lineno - node.lineno + 1
        for room in ROOMS
        for path in modules(root, room)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]


def found(root: Path, pattern: re.Pattern[str]) -> dict[str, int]:
    """How often each file has the pattern."""
    texts = {p.relative_to(root).as_posix(): p.read_text() for room in ROOMS for p in modules(root, room)}
    counts = {name: len(pattern.findall(text)) for name, text in texts.items()}
    return {name: count for name, count in counts.items() if count}


def table(root: Path) -> Iterator[tuple[str, str]]:
    for folder in ("properties", "model"):
        graph = arrows(root, folder)
        loose = sum(1 for p in (root / folder).glob("*.py") if p.stem != "__init__")
        yield f"{folder}: rooms", str(len(graph))
        yield f"{folder}: loose files", str(loose)
        yield f"{folder}: arrows", str(sum(map(len, graph.values())))
        yield f"{folder}: floors", str(floors(graph))
        yield f"{folder}: circles", str(len(circles(graph)))
    for title, pattern in (
        ("files that spell or take apart a variable's name", NAMES),
        ("files with a graph walk of their own", WALKS),
        ("places that build a hazard", HAZARDS),
        ("None-guards on a hazard", GUARDS),
        ("open ends (`case _:`)", OPEN_ENDS),
        ("closed ends (`assert_never`)", CLOSED),
    ):
        counts = found(root, pattern)
        is_files = title.startswith("files")
        where = f"  {', '.join(sorted(counts))}" if "--where" in sys.argv else ""
        yield title, f"{len(counts) if is_files else sum(counts.values())}{where}"
    lines = sorted(lengths(root))
    yield "functions", f"{len(lines)}"
    yield "lines of a function: median, 95th of 100", f"{median(lines):.0f}, {quantiles(lines, n=20)[-1]:.0f}"
    yield "functions over 30 lines", str(sum(1 for count in lines if count > 30))


def main() -> None:
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    root = Path(folders[0] if folders else Path(__file__).resolve().parents[1])
    for title, figure in table(root):
        print(f"{title:50} {figure}")


if __name__ == "__main__":
    main()
