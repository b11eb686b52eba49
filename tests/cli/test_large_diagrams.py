"""`skewproof diagram` of what is too large to be listed, as a whole or but for the deployment alone."""

from __future__ import annotations

from pathlib import Path

from skewproof.diagrams.architecture import MOST_ARROWS
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import explore
from skewproof.model.language import loads
from support.command import invoke
from support.large_shop import large_shop


def test_diagrams_of_an_unfinished_search_do_not_look_like_no_hazard(tmp_path: Path) -> None:
    """The deployment alone fits under this limit; with a request it does not, nor can it be cut."""
    text = (
        "components: {web: {kind: service, drain: abrupt}, api: {kind: service, replicas: 3}}\n"
        "requests: {buy: [client calls web: page, web calls api: part]}\n"
        "pipeline: [Roll: [deploy web api]]\n"
        "changes: {api/part: {breaks: both}}\n"
    )
    file, to = tmp_path / "abrupt.yaml", tmp_path / "drawn"
    file.write_text(text)
    states = str(len(explore(compile_deployment(loads(text))).graph))
    done = invoke("diagram", str(file), "-o", str(to), "--format", "dot", "--max-states", states)
    assert done.returncode == 3
    assert f"unknown: more than {states} states" in done.stderr
    assert {path.name.split("-")[0] for path in to.iterdir()} == {"step", "index.html"}


def test_what_is_told_of_200_services_is_drawn(tmp_path: Path) -> None:
    """No state of the whole is listed for it."""
    file, to = tmp_path / "shop.yaml", tmp_path / "drawn"
    file.write_text(large_shop(200))
    kinds = ["--kind", "timeline", "--kind", "story", "--format", "dot"]
    done = invoke("diagram", str(file), "-o", str(to), *kinds)
    assert (done.returncode, done.stderr) == (0, "")
    drawn = {path.name.split("-")[0]: path.read_text() for path in to.iterdir()}
    assert set(drawn) == {"story", "timeline.dot", "index.html"}
    assert "60 of 80 rows" in drawn["timeline.dot"]


def test_the_steps_of_200_services_are_drawn(tmp_path: Path) -> None:
    """Nobody lists the states of the whole, and each picture has what can be followed."""
    file, to = tmp_path / "shop.yaml", tmp_path / "drawn"
    file.write_text(large_shop(200))
    done = invoke("diagram", str(file), "-o", str(to), "--kind", "architecture", "--format", "dot")
    assert (done.returncode, done.stderr) == (0, "")
    drawn = [path.read_text() for path in to.glob("*.dot")]
    assert len(drawn) == len(loads(large_shop(200)).pipeline) + 2
    assert all(text.count(" -> ") <= MOST_ARROWS and " more<" in text for text in drawn)


def test_of_a_space_that_is_too_large_a_part_is_drawn_with_its_border(tmp_path: Path) -> None:
    """Its picture says so; all else needs no list of states."""
    file, to = tmp_path / "shop.yaml", tmp_path / "drawn"
    file.write_text(large_shop(50))
    kinds = ["--kind", "space", "--kind", "machines", "--kind", "proof"]
    done = invoke("diagram", str(file), "-o", str(to), *kinds, "--format", "dot", "--max-states", "5000")
    assert (done.returncode, done.stderr) == (0, "")
    drawn = {path.name.split("-")[0] for path in to.iterdir()}
    assert drawn == {"proof.dot", "machine", "space", "index.html"}
    spaces = [path.read_text() for path in to.glob("space-*.dot")]
    assert spaces
    assert all("a part of the space, which has more than 5,000 states" in text for text in spaces)
    assert "the space has more than 5,000 states" in (to / "index.html").read_text()


def test_a_space_that_can_be_listed_but_not_in_seconds_is_drawn_in_part(tmp_path: Path) -> None:
    """Nobody gave a limit. Where one is given as many states are listed as it says."""
    names = [f"s{number}" for number in range(7)]
    file = tmp_path / "parallel.yaml"
    file.write_text(
        f"components: {{{', '.join(f'{name}: {{kind: service, replicas: 2}}' for name in names)}}}\n"
        "requests: {ask: [client calls s0: x, s0 calls s1: x]}\n"
        f"pipeline: [Roll: [deploy {' '.join(names)}]]\n"
        "changes: {s1/x: {breaks: both}}\n"
    )
    to = tmp_path / "drawn"
    done = invoke("diagram", str(file), "-o", str(to), "--kind", "space", "--format", "dot")
    assert (done.returncode, done.stderr) == (0, "")
    for drawn in to.glob("space-*.dot"):
        assert "a part of the space, which has more than 20,000 states" in drawn.read_text()
