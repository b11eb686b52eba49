"""The command line as a user types it: what it prints, what it leaves, and its exit status."""

from __future__ import annotations

import array
import fcntl
import json
import os
import re
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import IO, Any

import jsonschema
import networkx as nx
import pytest

from support.command import ROOT, SKEWPROOF, invoke, skewproof

SCCOS = ROOT / "examples" / "sccos"
DEPLOYMENT = str(SCCOS / "deployment.yaml")
RELEASES = SCCOS / "releases"
STALLED = str(ROOT / "examples" / "stories" / "rabbitmq-flags" / "stopped-node.yaml")


def release(name: str) -> list[str]:
    return [DEPLOYMENT, "--changes", str(RELEASES / f"{name}.yaml")]


def test_a_compatible_release_is_safe() -> None:
    done = skewproof("check", *release("compatible"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("✓ SAFE")
    assert "Traceback" not in done.stderr


def test_the_realistic_release_tells_of_the_product_that_is_gone() -> None:
    done = invoke("check", *release("realistic"))
    assert done.returncode == 1
    assert done.stdout.startswith("✗ UNSAFE")
    assert "redis/product V1 → database V2   cart_item, token" in done.stdout
    assert "\x1b" not in done.stdout, "no colour in a pipe"


def test_colour_is_for_terminals_that_want_it() -> None:
    assert "\x1b[" in invoke("check", *release("realistic"), FORCE_COLOR="1", TERM="xterm-256color").stdout
    assert "\x1b[3" not in invoke("check", *release("realistic"), FORCE_COLOR="1", NO_COLOR="1").stdout


def test_without_changes_there_is_no_verdict() -> None:
    done = invoke("check", DEPLOYMENT)
    assert done.returncode == 3
    assert done.stdout.startswith("? UNKNOWN")
    assert "--pessimistic" in done.stdout


def test_a_limit_that_is_hit_is_no_verdict() -> None:
    done = invoke("check", *release("compatible"), "--max-states", "100")
    assert done.returncode == 3
    assert "100 states" in done.stdout
    assert invoke("space", DEPLOYMENT, "--max-states", "3").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (release("realistic"), 1),
        (release("compatible"), 0),
        ([DEPLOYMENT, "--pessimistic"], 1),
        ([DEPLOYMENT], 3),
        ([str(SCCOS / "enable-early.yaml"), "--changes", str(RELEASES / "flagged.yaml")], 1),
    ],
)
def test_json_is_valid_and_stable(arguments: list[str], status: int) -> None:
    done = invoke("check", *arguments, "--format", "json")
    assert done.returncode == status
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads((ROOT / "docs" / "verdict.schema.json").read_text()))
    assert answer["verdict"] == {0: "safe", 1: "unsafe", 3: "unknown"}[status]
    assert invoke("check", *arguments, "--format", "json").stdout == done.stdout


def test_fail_on_lets_milder_hazards_pass(tmp_path: Path) -> None:
    mild = tmp_path / "mild.yaml"
    mild.write_text("changes: {zed/cart.add: {breaks: both, severity: degraded}}")
    check = ["check", DEPLOYMENT, "--changes", str(mild)]
    assert invoke(*check).returncode == 1
    assert invoke(*check, "--fail-on", "degraded").returncode == 1
    passed = invoke(*check, "--fail-on", "error")
    assert passed.returncode == 0
    assert passed.stdout.startswith("✗ UNSAFE"), "the verdict stays what it is"


def test_wrong_files_give_all_errors_with_places_and_no_traceback(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "components: {zed: {kind: service}, redis: {kind: cache}}\n"
        "requests:\n"
        "  browse:\n"
        "    - client calls zedd: page\n"
        "    - redis reads zed: page\n"
        "pipeline: [Go: [deploy zed, migrate redis]]\n"
    )
    done = invoke("check", str(wrong))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{wrong}:4:20: unknown component `zedd`; did you mean `zed`?" in done.stderr
    assert f"{wrong}:6:29" in done.stderr or f"{wrong}:6:37" in done.stderr
    assert done.stderr.count(f"{wrong}:") >= 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["check", "space", "diagram"])
def test_a_missing_file_is_wrong_input(command: str, tmp_path: Path) -> None:
    more = ["-o", str(tmp_path / "out")] if command == "diagram" else []
    done = invoke(command, str(tmp_path / "none.yaml"), *more)
    assert done.returncode == 2
    assert "none.yaml" in done.stderr
    assert not (tmp_path / "out").exists()


def test_wrong_usage_is_wrong_input() -> None:
    done = invoke("chekc", DEPLOYMENT)
    assert done.returncode == 2
    assert "Did you mean 'check'?" in done.stderr


def test_a_closed_pipe_is_no_fault() -> None:
    command = f'"{SKEWPROOF}" check "{DEPLOYMENT}" --pessimistic --all | head -1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("✗ UNSAFE")
    assert done.stderr == ""


def test_a_reader_that_takes_its_time_gets_all_of_it(tmp_path: Path) -> None:
    """Docker files ask Python not to buffer; then it drops what a pipe did not take before a signal came."""
    names = [f"s{number}" for number in range(16)]
    hops = [f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False)]
    services = {name: {"kind": "service", "replicas": 2} for name in names}
    breaks = {f"{name}/x": {"breaks": "both"} for name in names[1:]}
    long = {
        "components": services,
        "requests": {"r": hops},
        "pipeline": [{"Go": ["deploy " + " ".join(names)]}],
    }
    (tmp_path / "long.yaml").write_text(json.dumps({**long, "changes": breaks}))
    assert SKEWPROOF
    with subprocess.Popen(
        [SKEWPROOF, "check", "long.yaml", "--format", "json"],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        _wait_until_full(running.stdout)
        told = running.stdout.read()
    assert len(told) > 2 * PIPE_BYTES
    assert len(json.loads(told)["hazards"]) == 30


PIPE_BYTES = 1 << 16


def _wait_until_full(pipe: IO[bytes]) -> None:
    """Until the pipe holds all that it can, and some rings of the alarm more."""
    waiting = array.array("i", [0])
    while waiting[0] < PIPE_BYTES:
        time.sleep(0.05)
        fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    time.sleep(0.2)


def test_who_names_no_file_is_told_which_it_could_be(tmp_path: Path) -> None:
    assert "`skewproof init` writes a first one" in invoke("check", cwd=tmp_path).stderr
    invoke("init", cwd=tmp_path)
    told = invoke("report", "-o", "x.html", cwd=tmp_path)
    assert (told.returncode, "FILE is a deployment file: skewproof.yaml?" in told.stderr) == (2, True)


def test_a_part_of_the_space_is_written_with_its_border(tmp_path: Path) -> None:
    graphml, dot = tmp_path / "space.graphml", tmp_path / "space.dot"
    asked = ["space", *release("realistic"), "--graphml", str(graphml), "--dot", str(dot)]
    done = invoke(*asked, "--part", "40")
    assert done.returncode == 0
    border = graphml.read_text(encoding="utf-8").count(">border</data>")
    assert done.stdout.startswith(f"part           40 states, {border} of them at its border\n")
    assert 0 < border < 40
    assert dot.read_text(encoding="utf-8").count("style=dashed") == border
    whole = invoke(*asked, "--part", "100000")
    assert ", 0 of them at its border" in whole.stdout, "nothing is left out of the whole"
    assert "--part is of what" in invoke("space", DEPLOYMENT, "--part", "3").stderr


def test_space_counts_and_exports(tmp_path: Path) -> None:
    graphml, dot = tmp_path / "space.graphml", tmp_path / "space.dot"
    done = invoke("space", *release("realistic"), "--graphml", str(graphml), "--dot", str(dot))
    assert done.returncode == 0, done.stderr
    numbers = {line.split()[0]: int(line.split()[1].replace(",", "")) for line in done.stdout.splitlines()}
    graph = nx.read_graphml(graphml, force_multigraph=True)
    assert numbers["states"] == len(graph)
    assert numbers["transitions"] == graph.number_of_edges() == dot.read_text().count(" -> ")
    assert numbers["interleavings"] == 7_711_200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["space.dot", "space.graphml"]


def test_a_file_that_cannot_be_written_is_said_and_not_left(tmp_path: Path) -> None:
    done = invoke("space", DEPLOYMENT, "--graphml", str(tmp_path / "no" / "such.graphml"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("style", ["svg", "png", "dot"])
def test_diagrams_are_drawn_without_a_system_graphviz(style: str, tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), "/nonexistent"])
    done = invoke("diagram", *release("realistic"), "-o", str(tmp_path), "--format", style, PATH=path)
    assert done.returncode == 0, done.stderr
    files = sorted(file.name for file in tmp_path.iterdir())
    assert len([name for name in files if name.startswith("step-")]) == 14
    assert len([name for name in files if name.startswith("story-")]) == 4
    assert done.stdout.split() == [str(tmp_path / line.split("/")[-1]) for line in done.stdout.split()]
    start = {"svg": b"<?xml", "png": b"\x89PNG", "dot": b"digraph"}[style]
    files.remove("index.html")
    assert all((tmp_path / name).read_bytes().startswith(start) for name in files)


def test_every_kind_of_diagram_is_drawn_on_demand(tmp_path: Path) -> None:
    def names(*kinds: str) -> set[str]:
        to = tmp_path / "-".join(kinds)
        wanted = [word for kind in kinds for word in ("--kind", kind)]
        done = invoke("diagram", *release("realistic"), "-o", str(to), "--format", "dot", *wanted)
        assert done.returncode == 0, done.stderr
        return {re.split("[-.]", file.name)[0] for file in to.iterdir()}

    assert names("timeline") == {"timeline", "index"}
    assert names("machines", "story") == {"machine", "story", "index"}
    assert names("all") == {
        "lanes",
        "map",
        "proof",
        "moment",
        "film",
        "timeline",
        "machine",
        "story",
        "step",
        "space",
        "index",
    }


@pytest.mark.parametrize(
    ("file", "kind", "why"),
    [
        (release("compatible"), "space", "the deployment is safe (`--kind proof` shows why)"),
        (release("compatible"), "moment", "the deployment is safe (`--kind proof` shows why)"),
        (release("compatible"), "story", "the deployment is safe (`--kind proof` shows why)"),
        (release("compatible"), "map", "no hop at which a pair breaks"),
        (release("realistic"), "exposure", "the file has no `traffic`"),
        ([DEPLOYMENT], "space", "there is no verdict here (`skewproof check` says why)"),
        ([STALLED], "space", "those found here are of properties"),
    ],
)
def test_a_kind_that_was_asked_for_and_is_not_there_is_told_with_its_reason(
    file: list[str], kind: str, why: str, tmp_path: Path
) -> None:
    wanted = ["--kind", kind, "--kind", "proof"]
    done = invoke("diagram", *file, "-o", str(tmp_path), "--format", "dot", *wanted)
    assert done.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} <= {"proof.dot", "index.html"}
    assert done.stderr.startswith(f"no {kind}: ")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_of_what_nobody_named_nothing_is_told(tmp_path: Path) -> None:
    done = invoke("diagram", *release("compatible"), "-o", str(tmp_path), "--format", "dot", "--kind", "all")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stall_is_told_on_the_line_of_the_action_that_it_waits_for() -> None:
    line = next(
        number
        for number, text in enumerate(Path(STALLED).read_text().splitlines(), start=1)
        if "rollback node-b" in text
    )
    told = invoke("check", Path(STALLED).name, cwd=Path(STALLED).parent).stdout
    assert f"    the pipeline stands in {Path(STALLED).name}:{line}\n" in told
    annotated = invoke("check", STALLED, "--format", "github").stdout
    assert f",line={line},col=" in annotated
    (result,) = json.loads(invoke("check", STALLED, "--format", "sarif").stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == line


def test_pictures_have_plain_names_an_index_that_names_each_and_none_is_there_twice(tmp_path: Path) -> None:
    done = invoke("diagram", *release("pessimistic"), "-o", str(tmp_path), "--kind", "all", "--format", "dot")
    assert done.returncode == 0, done.stderr
    files = [path for path in tmp_path.iterdir() if path.suffix == ".dot"]
    assert not any(re.search(r"--[0-9a-f]{8}", file.name) for file in files)
    assert len({file.read_bytes() for file in files}) == len(files)
    page = (tmp_path / "index.html").read_text()
    assert set(re.findall(r'href="([^"]*)"', page)) == {file.name for file in files}
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_pdf_without_a_system_graphviz_is_refused_at_once(tmp_path: Path) -> None:
    to = tmp_path / "out"
    done = invoke("diagram", *release("realistic"), "-o", str(to), "--format", "pdf", PATH="/nonexistent")
    assert done.returncode == 2
    assert "PDF is drawn by Graphviz's own `dot` alone" in done.stderr
    assert not to.exists()


def test_the_schema_accepts_the_examples() -> None:
    import yaml

    done = invoke("schema")
    assert done.returncode == 0
    schema = json.loads(done.stdout)
    for file in sorted(SCCOS.glob("*.yaml")):
        jsonschema.validate(yaml.safe_load(file.read_text()), schema)


def test_help_imports_nothing_heavy() -> None:
    probe = (
        "import sys; sys.argv = ['skewproof', '--help']\n"
        "import atexit; atexit.register(lambda: print(sorted(sys.modules), file=sys.stderr))\n"
        "from skewproof.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for package in ("networkx", "transitions", "yaml", "rich", "graphviz", "hypothesis"):
        assert f"'{package}'" not in done.stderr


def test_export_writes_a_model_for_spin_and_graphs(tmp_path: Path) -> None:
    model = tmp_path / "model.pml"
    done = invoke("export", *release("realistic"), "--to", "promela", "-o", str(model))
    assert (done.returncode, done.stdout) == (0, "")
    assert model.read_text().count("\nnever hazard_") == 4
    assert invoke("export", *release("realistic"), "--to", "promela").stdout == model.read_text()
    graph = invoke("export", *release("realistic"), "--to", "graphml", "--request", "browse product")
    counted = invoke("export", *release("realistic"), "--to", "dot", "--request", "browse product")
    edges = nx.parse_graphml(graph.stdout, force_multigraph=True).number_of_edges()
    assert edges == counted.stdout.count(" -> ") > 0
    assert invoke("export", *release("realistic"), "--to", "dot", "--max-states", "9").returncode == 3


def test_export_names_the_requests_that_there_are() -> None:
    done = invoke("export", DEPLOYMENT, "--to", "promela", "--request", "browse produkt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `browse product`?" in done.stderr


PROPERTIES = """\
components:
  glue: {kind: service, replicas: 2, max_unavailable: 1, min_available: 2}
  cron: {kind: worker}
  db: {kind: database}
requests:
  buy: [client calls glue: cart, glue reads db: item]
  job: [cron reads db: item]
pipeline: [Stop: [suspend cron], Install: [start migrate db], Roll: [deploy glue]]
changes: {db/item: {breaks: none}}
properties:
  schema first: db.version == V2 before glue.up(V2)
  jobs go on: cron.suspended leads to not cron.suspended
"""


def test_properties_are_told_with_their_stories(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    file.write_text(PROPERTIES)
    done = invoke("check", str(file))
    assert done.returncode == 1, done.stderr
    assert "3 properties violated" in done.stdout
    assert "schema first    db.version == V2 before glue.up(V2)" in done.stdout
    assert "`glue.up(V2)` holds, and `db.version == V2` has never held." in done.stdout
    assert "stated in" in done.stdout
    assert "and so it stays: nothing is left that must happen" in done.stdout
    assert "min_available of glue    always glue.up >= 2" in done.stdout
    assert "3 hops of 2 requests" in done.stdout


def test_properties_in_json_follow_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    file.write_text(PROPERTIES)
    answer = json.loads(invoke("check", str(file), "--format", "json").stdout)
    schema = json.loads((ROOT / "docs" / "verdict.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(answer, schema)
    told = {hazard["property"]: hazard for hazard in answer["hazards"]}
    assert set(told) == {"schema first", "jobs go on", "min_available of glue"}
    lasso = told["jobs go on"]
    assert lasso["loop"] == len(lasso["trace"])
    assert (lasso["request"], lasso["kind"], lasso["inevitable"]) == (None, "property", True)


def test_a_property_that_holds_is_counted_in_the_proof(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    holds = PROPERTIES.replace("start migrate", "migrate").replace("min_available: 2", "min_available: 1")
    file.write_text(holds.replace("cron.suspended leads to not cron.suspended", "eventually done"))
    done = invoke("check", str(file))
    assert done.returncode == 0, done.stdout
    assert "3 hops of 2 requests and 3 properties" in done.stdout


def test_the_story_of_a_property_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    file.write_text(PROPERTIES)
    done = invoke("diagram", str(file), "--output", str(tmp_path / "out"), "--format", "dot")
    assert done.returncode == 0, done.stderr
    (drawn,) = (tmp_path / "out").glob("*jobs*go*on*")
    assert "and so it stays: nothing is left that must happen" in drawn.read_text(encoding="utf-8")


def test_a_property_that_asks_in_vain_says_so(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    file.write_text(PROPERTIES.replace("changes: {db/item: {breaks: none}}", "changes: {}"))
    told = " ".join(invoke("check", str(file)).stdout.split())
    assert "BEWARE schema first asks `db.version == V2`, and the release changes nothing there" in told
    file.write_text(PROPERTIES)
    assert "changes nothing there" not in invoke("check", str(file)).stdout
