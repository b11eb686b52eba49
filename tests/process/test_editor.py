"""An editor with yaml-language-server knows hops and actions from the JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import invoke
from support.editor import Editor

HEAD = "# yaml-language-server: $schema=./skewproof.schema.json\n"
RIGHT = """\
components: {web: {kind: service}, api: {kind: service}, db: {kind: database}}
requests:
  visit:
    - client calls web: GET /cart/{id}
    - web leader calls api: page using "GET /cart/{id}" since V2
pipeline:
  - One: [irreversible start deploy web api to V2 when api.up, 'scale api to 3']
  - Two: [await web, enable f per instance]
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("editor")
    (folder / "skewproof.schema.json").write_text(invoke("schema").stdout, encoding="utf-8")
    with Editor(folder) as opened:
        yield opened


def test_what_is_right_is_not_flagged(editor: Editor) -> None:
    assert editor.open("right.yaml", HEAD + RIGHT) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("client calls web", "client asks web", 5),
        ('using "GET /cart/{id}"', "using", 6),
        ("since V2", "since", 6),
        ("deploy web api", "dploy web api", 8),
        ("scale api to 3", "scale api", 8),
        ("await web", "start await web", 9),
        ("enable f per instance", "enable f to V2", 9),
        ("kind: database", "kind: databse", 2),
    ],
)
def test_a_slip_in_a_hop_or_an_action_is_flagged_on_its_line(
    editor: Editor, tmp_path: Path, right: str, wrong: str, line: int
) -> None:
    flagged = editor.open(f"{tmp_path.name}.yaml", HEAD + RIGHT.replace(right, wrong, 1))
    assert [where for where, _ in flagged] == [line], flagged
    (said,) = (what for _, what in flagged)
    assert said.startswith(("A hop is written", "An action is written", "Value is not accepted")), said


def test_hops_and_actions_are_offered(editor: Editor) -> None:
    text = HEAD + "components: {}\nrequests:\n  visit:\n    - \npipeline:\n  - One:\n    - \n"
    editor.open("empty.yaml", text)
    assert "${1:A} reads ${2:B}: ${3:subject}" in editor.complete("empty.yaml", 5, 7)
    assert {"deploy ${1:target}", "scale ${1:target} to ${2:1}"} <= set(editor.complete("empty.yaml", 8, 7))
