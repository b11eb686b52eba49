"""Drawings: what they show, that names cannot act in them, and that they need no system `dot`."""

from __future__ import annotations

import os
import re
import stat
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

import support.output_samples as samples
from skewproof.diagrams import (
    DiagramError,
    draw_architecture,
    draw_machines,
    draw_story,
    draw_timeline,
    file_stem,
    render,
)
from skewproof.diagrams.architecture import MOST_ARROWS, MOST_COMPONENTS
from skewproof.diagrams.graphviz import build_digraph, escape
from skewproof.diagrams.story import MOST_ROWS
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.stepview import ComponentView, StepView, Suspension
from skewproof.model.deployment import Action, Component, Instruction, Kind, Step
from skewproof.model.language import load, loads
from skewproof.model.names import PIPELINE, Contract, Target, content_of, instances_of
from skewproof.properties import check
from support.hostile_samples import HOSTILE_NAMES, hostile

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _no_system_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def texts(svg: Path) -> list[str]:
    """What is written in the drawing."""
    root = ET.fromstring(svg.read_text(encoding="utf-8"))
    return ["".join(element.itertext()).replace("\xa0", " ").strip() for element in root.iter(f"{SVG}text")]


def test_architecture_renders_without_a_system_dot(tmp_path: Path) -> None:
    graph = draw_architecture(samples.sccos(), samples.step_view())
    png = render(graph, tmp_path, "step", "png")
    assert png == tmp_path / "step.png"
    assert png.read_bytes().startswith(b"\x89PNG\r\n")
    shown = texts(render(graph, tmp_path, "step", "svg"))
    assert {"glue", "client", "scheduler", "V1", "V2", "*", "may be suspended", "step 9 of 12"} <= {
        text.removeprefix(", ") for text in shown
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step.png", "step.svg"]


def test_dot_needs_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    graph = draw_architecture(samples.sccos(), samples.step_view())
    assert render(graph, tmp_path, "step", "dot").read_text(encoding="utf-8") == graph.source


def test_versions_are_told_by_colour_and_text() -> None:
    source = draw_architecture(samples.sccos(), samples.step_view()).source
    glue = next(line for line in source.splitlines() if ">glue<" in line)
    assert re.findall(r'BGCOLOR="(#\w+)".*? (V\d) .*?BGCOLOR="(#\w+)".*? (V\d) .*<B>\*</B>', glue) == [
        ("#0072B2", "V1", "#00805A", "V2")
    ]
    database = next(line for line in source.splitlines() if ">database</FONT>" in line)
    assert "*" not in database


@pytest.mark.parametrize(
    ("suspended", "text"),
    [(Suspension.MAYBE, "<I>may be suspended</I>"), (Suspension.ALWAYS, "<I>suspended</I>")],
)
def test_suspended_worker_is_dashed_and_says_so(suspended: Suspension, text: str) -> None:
    view = StepView("s", 1, 1, {"scheduler": ComponentView(("V1",), suspended)})
    source = draw_architecture(samples.sccos(), view).source
    (worker,) = [line for line in source.splitlines() if "octagon" in line]
    assert text in worker
    assert "dashed" in worker


def test_hops_of_one_pair_and_verb_are_one_arrow() -> None:
    source = draw_architecture(samples.sccos(), samples.step_view()).source
    arrows = [line for line in source.splitlines() if "->" in line]
    assert len(arrows) == 11
    assert sum("calls 2 subjects" in line for line in arrows) == 1


def test_large_deployment_is_capped_and_the_drawing_says_so(tmp_path: Path) -> None:
    components = {f"s{number}": Component(f"s{number}", Kind.SERVICE) for number in range(500)}
    deployment = replace(samples.sccos(), components=components, requests=())
    still = {name: ComponentView(("V1",)) for name in components}
    source = draw_architecture(deployment, StepView("s", 1, 1, still)).source
    assert f"{MOST_COMPONENTS} of 500 components are drawn" in source
    assert source.count("shape=box3d") == MOST_COMPONENTS
    assert f">{500 - MOST_COMPONENTS} more<" in source


def test_of_several_that_are_drawn_as_one_the_asterisk_says_that_one_of_them_has_two_versions() -> None:
    """Not that they differ from each other."""
    components = {(name := f"s{number:03}"): Component(name, Kind.SERVICE) for number in range(60)}
    deployment = replace(samples.sccos(), components=components, requests=())

    def told(**mixed: tuple[str, ...]) -> str:
        views = {name: ComponentView(("V2",) if name[-1] in "02468" else ("V1",)) for name in components}
        views |= {name: ComponentView(versions) for name, versions in mixed.items()}
        source = str(draw_architecture(deployment, StepView("Roll", 1, 2, views)).source)
        return next(line for line in source.splitlines() if " more<" in line)

    assert re.findall(r"> (V\d) <", told()) == ["V1", "V2"]
    assert "<B>*</B>" not in told()
    many = {f"s{number:03}": ("V1", "V2") for number in range(MOST_COMPONENTS + 5)}
    assert "<B>*</B>" in told(**many)


def test_of_a_large_deployment_only_what_is_concerned_is_drawn() -> None:
    components = {f"s{number}": Component(f"s{number}", Kind.SERVICE) for number in range(500)}
    deployment = replace(samples.sccos(), components=components, requests=())
    source = draw_architecture(deployment, StepView("s", 1, 1, {"s499": ComponentView(("V1", "V2"))})).source
    assert ">s499<" in source
    assert source.count("shape=box3d") == 1
    assert ">499 more<" in source


def test_arrows_are_capped_too_and_what_can_break_stays() -> None:
    names = [f"s{number}" for number in range(30)]
    calls = {f"{a} {b}": [f"client calls {a}: x", f"{a} calls {b}: x"] for a in names for b in names if a < b}
    deployment = loads(
        f"""
        components: {{{", ".join(f"{name}: {{kind: service}}" for name in names)}}}
        requests: {calls}
        pipeline: [Roll: [deploy {" ".join(names)}]]
        changes: {{s29/x: {{breaks: [V2 -> V1]}}}}
        """
    )
    hazards = check(deployment).hazards
    view = StepView("Roll", 1, 1, {name: ComponentView(("V1", "V2")) for name in names})
    source = draw_architecture(deployment, view, hazards).source
    arrows = [line for line in source.splitlines() if "->" in line]
    assert 0 < len(arrows) <= MOST_ARROWS
    assert "× V2" in "".join(arrows), arrows[:3]
    assert ">s29<" in source
    assert source.count("shape=box3d") + int(re.findall(r">(\d+) more<", source)[-1]) == 30


def test_story_shows_lanes_failing_hop_and_counts(tmp_path: Path) -> None:
    shown = texts(render(draw_story(samples.sccos(), samples.schema_hazard()), tmp_path, "story", "svg"))
    assert {"client", "glue", "redis", "search", "zed", "database"} <= set(shown)
    assert not {"pipeline", "scheduler"} & set(shown)
    assert "× zed V1 → database V2" in shown
    assert "… 11 events that this hazard does not need" in shown
    assert {"a move of the rollout", "the request", "× fails"} <= set(shown)
    assert "other traffic" not in shown
    assert (
        render(draw_story(samples.sccos(), samples.slow_hazard()), tmp_path, "story", "png").stat().st_size
        > 1000
    )


def test_long_story_shows_its_end_and_says_so() -> None:
    moves = tuple(
        structs.replace(samples.move("s", "zed", f"event {number}"), values=((instances_of("zed"), "1×V1"),))
        for number in range(200)
    )
    hazard = structs.replace(samples.schema_hazard(), trace=(*moves, *samples.schema_hazard().trace[-1:]))
    source = draw_story(samples.sccos(), hazard).source
    assert f"{201 - MOST_ROWS} earlier events not drawn" in source
    assert "event 199<" in source
    assert "event 5<" not in source


@pytest.mark.parametrize("style", ["svg", "png"])
def test_hostile_names_are_inert(tmp_path: Path, style: str) -> None:
    deployment, hazard, view = hostile()
    for number, graph in enumerate((draw_architecture(deployment, view), draw_story(deployment, hazard))):
        path = render(graph, tmp_path, f"h{number}", style)
        if style == "svg":
            assert any('<b>&amp;</b> \\N "q" \\' in text for text in texts(path))
            assert any("[red]x[/red]" in text for text in texts(path))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_escaped_text_shows_as_it_is(tmp_path: Path, name: str) -> None:
    graph = build_digraph("t")
    graph.node("n", label=f"<{escape(name)}>")
    graph.node("m", label=f"<{escape(chr(92) + 'N' + chr(92) + 'G&lt;')}>")
    shown = texts(render(graph, tmp_path, "escape", "svg"))
    assert "\\N\\G&lt;" in shown


def test_drawings_are_deterministic() -> None:
    architectures = [draw_architecture(samples.sccos(), samples.step_view()).source for _ in range(2)]
    stories = [draw_story(samples.sccos(), samples.slow_hazard()).source for _ in range(2)]
    assert architectures[0] == architectures[1]
    assert stories[0] == stories[1]


def test_store_without_changes_is_not_said_to_be_down() -> None:
    view = StepView("s", 1, 1, {"search": ComponentView(()), "zed": ComponentView(())})
    lines = draw_architecture(samples.sccos(), view).source.splitlines()
    assert "<I>unchanged</I>" in next(line for line in lines if ">search<" in line)
    assert "<I>nobody up</I>" in next(line for line in lines if ">zed<" in line)


NAMES = [
    *HOSTILE_NAMES,
    "a",
    "A",
    "a b",
    "a-b",
    "a_b",
    "",
    ".",
    "..",
    "con",
    "nul",
    "é",
    "e",
    "C:\\x",
    "x" * 201,
]


@pytest.mark.parametrize("name", NAMES)
def test_file_stem_is_safe(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?", file_stem(name))
    assert len(file_stem(name)) <= 80
    assert file_stem(name) == file_stem(name)


def test_file_stems_differ() -> None:
    assert len({file_stem(name) for name in NAMES}) == len(NAMES)
    assert file_stem("deploy-zed") == "deploy-zed"


def test_no_name_leaves_the_directory(tmp_path: Path) -> None:
    inside = tmp_path / "deep" / "inside"
    path = render(build_digraph("t"), inside, "../../outside", "dot")
    assert path.parent == inside
    assert [entry for entry in tmp_path.rglob("*") if entry.is_file()] == [path]


def test_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DiagramError, match="formats are svg, png, pdf, dot"):
        render(build_digraph("t"), tmp_path, "t", "../x")


def test_no_program_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with pytest.raises(DiagramError, match="pip install graphviz-pure"):
        render(build_digraph("t"), tmp_path, "t", "svg")
    assert list(tmp_path.iterdir()) == []


def test_directory_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiagramError, match="cannot write"):
        render(build_digraph("t"), tmp_path / "file", "t", "dot")


@pytest.fixture
def own_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `dot` on PATH; the test writes what it does."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "dot"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{Path(sys.executable).parent}")
    return program


def write_program(path: Path, body: str) -> None:
    path.write_text(f"#!{sys.executable}\nimport sys\nsys.stdin.buffer.read()\n{body}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(os.name == "nt", reason="the fake programs are scripts")
def test_the_same_program_draws_on_every_machine(tmp_path: Path, own_dot: Path) -> None:
    write_program(own_dot, "sys.stdout.write('from the system')")
    assert "<svg" in render(build_digraph("t"), tmp_path, "t", "svg").read_text()
    assert render(build_digraph("t"), tmp_path, "t", "png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(os.name == "nt", reason="the fake programs are scripts")
def test_the_system_dot_draws_where_no_other_does(
    tmp_path: Path, own_dot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(own_dot, "sys.stdout.write('from the system')")
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    assert render(build_digraph("t"), tmp_path, "t", "svg").read_text() == "from the system"


@pytest.mark.skipif(os.name == "nt", reason="the fake programs are scripts")
def test_the_system_dot_draws_pixels_of_letters_that_the_other_lacks(tmp_path: Path, own_dot: Path) -> None:
    graph = build_digraph("世界")
    write_program(own_dot, "sys.stdout.write('from the system')")
    assert render(graph, tmp_path, "t", "png").read_text() == "from the system"
    write_program(own_dot, "sys.exit('broken')")
    assert render(graph, tmp_path, "t", "png").read_bytes().startswith(b"\x89PNG")


def test_what_can_break_at_the_step_is_red_with_its_pair() -> None:
    hazard = samples.schema_hazard()
    at, elsewhere = hazard.window[0], "(before)"
    view = StepView(at, 9, 12, samples.step_view().components)
    red = [
        line
        for line in _arrows(draw_architecture(samples.sccos(), view, (hazard,)).source)
        if "B3261E" in line
    ]
    assert len(red) == 1
    assert "× cart_item: V1 → V2" in red[0]
    calm = draw_architecture(samples.sccos(), structs.replace(view, step=elsewhere), (hazard,)).source
    assert "B3261E" not in calm
    assert "no hop can break at this step" in calm
    assert "no hop can break" not in draw_architecture(samples.sccos(), view).source  # nothing was judged


def _arrows(source: str) -> list[str]:
    return [line for line in source.splitlines() if "->" in line]


def test_a_component_of_which_nobody_is_up_is_dotted() -> None:
    view = StepView("s", 1, 1, {"zed": ComponentView(())})
    (line,) = [
        line for line in draw_architecture(samples.sccos(), view).source.splitlines() if ">zed<" in line
    ]
    assert "dotted" in line


def test_cells_without_a_verdict_are_not_called_safe() -> None:
    vocabulary = compile_deployment(samples.sccos()).vocabulary
    unknown = draw_timeline(vocabulary, samples.unknown_answer()).source
    assert ">safe<" not in unknown
    assert ">?<" in unknown
    unsafe = draw_timeline(
        vocabulary, samples.unsafe_answer(structs.replace(samples.schema_hazard(), inevitable=False))
    )
    assert "<B>~ can break</B>" in unsafe.source
    assert "<B>× can break</B>" not in unsafe.source


def test_large_rollout_is_drawn_by_what_a_request_sees() -> None:
    zed = replace(samples.sccos().components["zed"], replicas=30)
    deployment = replace(
        samples.sccos(),
        components={**samples.sccos().components, "zed": zed},
        pipeline=(Step("s", (Action(Instruction.DEPLOY, (Target("zed"),)),)),),
    )
    drawn = dict(draw_machines(compile_deployment(deployment).vocabulary))
    assert "3 kinds of its 61 states" in drawn[instances_of("zed")].source


MANY_FORMS = """
versions: [V1, V2, V3, V4]
components: {web: {kind: service}, job: {kind: worker}, store: {kind: cache}}
requests: {show: [client calls web: page, web reads store: item], fill: [job writes store: item]}
pipeline: [Two: [deploy web job to V2], Three: [deploy web job to V3], Four: [deploy web job to V4]]
changes: {store/item: {breaks: {content: [V1 -> V2]}}}
"""


def test_a_machine_of_many_arrows_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").write_text(MANY_FORMS)
    vocabulary = compile_deployment(load(tmp_path / "d.yaml")).vocabulary
    drawn = dict(draw_machines(vocabulary))
    table = drawn[content_of(Contract("store", "item"))].source
    assert "->" not in table
    shown = texts(render(drawn[content_of(Contract("store", "item"))], tmp_path, "m", "svg"))
    states = vocabulary.lives[content_of(Contract("store", "item"))].life.states
    assert all(shown.count(state) >= 2 for state in states if len(state) < 12)  # a row and a column
    assert {"the start", "write V2"} <= set(shown)
    assert "->" in drawn[PIPELINE].source


def test_no_text_is_smaller_than_nine_points(tmp_path: Path) -> None:
    deployment, hazard, view = hostile()
    vocabulary = compile_deployment(deployment).vocabulary
    graphs = [draw_architecture(deployment, view, (hazard,)), draw_story(deployment, hazard)]
    graphs += [
        draw_timeline(vocabulary, samples.unsafe_answer(hazard)),
        *dict(draw_machines(vocabulary)).values(),
    ]
    for number, graph in enumerate(graphs):
        svg = render(graph, tmp_path, f"n{number}", "svg").read_text(encoding="utf-8")
        assert min(map(float, re.findall(r'font-size="([\d.]+)"', svg))) >= 9


def test_pdf_needs_a_system_dot_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(DiagramError, match="PDF is drawn by Graphviz's own `dot` alone: no `dot` on PATH"):
        render(build_digraph("t"), tmp_path, "t", "pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the fake programs are scripts")
def test_pdf_is_drawn_by_the_system_dot(tmp_path: Path, own_dot: Path) -> None:
    write_program(own_dot, "sys.stdout.write(sys.argv[2])")
    assert render(build_digraph("t"), tmp_path, "t", "pdf").read_text() == "-Tpdf"
