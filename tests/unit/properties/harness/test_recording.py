"""A request that is not what the file declares: all that it does is told, as the file would have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skewproof.properties.harness import Trial, Wires
from support.harness_samples import DEPLOYMENT, Handler, Sample, ask_back, read_row, tell

SHORT = (
    DEPLOYMENT.replace("    - front calls back: value\n    - back reads db: row\n", "")
    .replace("    - back publishes queue: news\n", "")
    .replace("    - jobs reads cache: note\n", "    - jobs reads cache: note\n    - jobs reads db: row\n")
)


def told(folder: Path, **parts: Any) -> dict[tuple[str, str], list[str]]:
    """By version and request the lines of what a version does not serve alone."""
    with Trial(Sample(folder, text=SHORT, **parts)) as trial:
        return {(one.version, one.request): str(one).splitlines() for one in trial.alone}


def test_all_hops_are_told_of_each_version(tmp_path: Path) -> None:
    found = told(tmp_path)
    for version in ("V1", "V2"):
        first, *hops = found[version, "ask"]
        assert first.endswith("; what it does, as the file would have it:")
        assert hops == [
            "    - client calls front: page",
            "    - front calls back: value",
            "    - back reads db: row",
        ]
        assert found[version, "tell"][1:] == [
            "    - client calls back: told",
            "    - back writes cache: note",
            "    - back publishes queue: news",
        ]


def twice(version: str, wires: Wires) -> Any:
    wires.connect("db").execute("SELECT id FROM rows")
    return read_row(version, wires)


def fails_then(version: str, wires: Wires) -> Any:
    ask_back(version, wires)
    raise ValueError("and no further")


@pytest.mark.parametrize(
    ("parts", "last"),
    [
        ({"back": twice}, "    - back reads db: row"),  # several statements of one hop are that hop
        ({"front": fails_then}, "    # and there it fails: ValueError: and no further"),
    ],
    ids=["twice", "fails"],
)
def test_what_is_done_twice_or_fails(tmp_path: Path, parts: dict[str, Handler], last: str) -> None:
    lines = told(tmp_path, **parts)["V1", "ask"]
    assert lines[-1] == last
    assert len(lines) == (4 if "back" in parts else 5)


def test_a_table_that_no_part_names_is_called_as_it_is(tmp_path: Path) -> None:
    def logs(version: str, wires: Wires) -> Any:
        wires.connect("db").execute("CREATE TABLE IF NOT EXISTS logs (said)")
        wires.connect("db").execute("INSERT INTO logs VALUES (1)")
        return tell(version, wires)

    assert "    - back writes db: logs" in told(tmp_path, told=logs)["V1", "tell"]
