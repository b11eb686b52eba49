"""Protocol buffers: what one version writes on the wire, and another reads there."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewproof.cli.requirement_text import Tool, write_settings
from skewproof.model.evidence import protobuf
from skewproof.model.evidence.judgement import Grade
from skewproof.model.evidence.programs import find_tool, run_tool
from skewproof.model.evidence.sides import MemoryTree, Options, Side
from skewproof.model.language import loads
from skewproof.properties.requirement import find_required
from support.contracts import grade_both, judge, write_side

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

SERVICE = "service S { rpc Do(Q) returns (R); } message R {}"


def _write(body: str, rank: int, pointer: str = "", syntax: str = "proto3") -> Side:
    return write_side(f'syntax = "{syntax}";\npackage p;\n{body}\n', rank, pointer, "p.proto")


def _request(fields: str, rank: int) -> Side:
    return _write(
        f"{SERVICE} message Q {{ {fields} }} enum E {{ Z = 0; }} message N {{ int32 v = 1; }}", rank
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("string a = 1;", "string a = 1; string b = 2;", (C, C)),
        ("string a = 1; string b = 2;", "string a = 1;", (M, M)),
        ("string a = 1;", "int32 a = 1;", (B, B)),
        ("int32 a = 1;", "int64 a = 1;", (C, M)),
        ("int32 a = 1;", "uint32 a = 1;", (M, M)),
        ("int32 a = 1;", "sint32 a = 1;", (S, S)),
        ("fixed32 a = 1;", "float a = 1;", (S, S)),
        ("string a = 1;", "bytes a = 1;", (C, M)),
        ("string a = 1;", "N a = 1;", (B, B)),
        ("int32 a = 1;", "E a = 1;", (M, C)),
        ("string a = 1;", "repeated string a = 1;", (C, M)),
        ("int32 a = 1;", "repeated int32 a = 1;", (C, B)),
        ("string a = 1;", "string c = 1;", (M, M)),
        ("string a = 1; string b = 2;", "string b = 1; string a = 2;", (S, S)),
        ("string a = 1;", "string a = 2;", (S, S)),
        ("N a = 1;", "map<string, int32> a = 1;", (B, B)),
        ("string a = 1; string b = 2;", "oneof x { string a = 1; string b = 2; }", (M, C)),
    ],
)
def test_a_field_of_a_request(old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    assert grade_both(protobuf.compare, _request(old, 0), _request(new, 1)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("enum E { Z = 0; A = 1; }", "enum E { Z = 0; A = 1; B = 2; }", (M, C)),
        ("enum E { Z = 0; A = 1; B = 2; }", "enum E { Z = 0; B = 1; A = 2; }", (S, S)),
        ("enum E { Z = 0; A = 1; }", "enum E { Z = 0; E_A = 1; }", (M, M)),
    ],
)
def test_an_enum_by_itself(old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    assert grade_both(protobuf.compare, _write(old, 0), _write(new, 1)) == expected


CALLS = SERVICE + " message Q { F f = 1; } message F { int32 v = 1; }"
HOLDS_ANY = f'import "google/protobuf/any.proto"; {SERVICE} message Q {{ google.protobuf.Any a = 1; }}'
BY_CALLS = Options(is_called=True)


@pytest.mark.parametrize(
    ("services", "old", "new", "expected"),
    [
        (CALLS, "message U { int32 v = 1; }", "", (C, C)),
        (CALLS, "message U { int32 v = 1; }", "message U { string v = 1; }", (C, C)),
        (HOLDS_ANY, "message U { int32 v = 1; }", "", (B, C)),
        (HOLDS_ANY, "message U { int32 v = 1; }", "message U { string v = 1; }", (B, B)),
    ],
)
def test_a_message_that_no_call_sends(
    services: str, old: str, new: str, expected: tuple[Grade, Grade]
) -> None:
    sides = _write(services + old, 0), _write(services + new, 1)
    assert grade_both(protobuf.compare, *sides, BY_CALLS) == expected


def test_a_message_that_no_call_sends_may_lie_in_a_topic() -> None:
    sides = _write(CALLS + "message U { int32 v = 1; }", 0), _write(CALLS, 1)
    assert grade_both(protobuf.compare, *sides) == (B, C)


@pytest.mark.parametrize("pointer", ["", "p.Q"])
def test_a_message_of_a_call_is_sent_or_answered(pointer: str) -> None:
    old, new = (
        _write(f"message Q {{ {label} string a = 1; }}", rank, pointer, "proto2")
        for rank, label in enumerate(("optional", "required"))
    )
    assert grade_both(protobuf.compare, old, new, BY_CALLS) == (B, B)


def test_what_is_required_must_be_written() -> None:
    old, new = (
        _write(f"message Q {{ {label} string a = 1; }}", rank, syntax="proto2")
        for rank, label in enumerate(("optional", "required"))
    )
    assert grade_both(protobuf.compare, old, new) == (C, B)  # the consumer reads, the provider wrote


def test_another_default_is_read_without_a_word() -> None:
    old, new = (
        _write(f"message Q {{ optional int32 a = 1 [default = {rank}]; }}", rank, syntax="proto2")
        for rank in range(2)
    )
    assert grade_both(protobuf.compare, old, new) == (S, S)


def test_recursive_messages_end() -> None:
    text = "message Q { Q next = 1; %s v = 2; }"
    old, new = _write(text % "string", 0), _write(text % "int32", 1)
    assert grade_both(protobuf.compare, old, new) == (B, B)


def test_a_pointer_chooses_a_call_or_a_message() -> None:
    text = "service S { rpc A(Q) returns (Q); rpc B(Q) returns (Q); } message Q {} message T { %s v = 1; }"
    for pointer, expected in (("p.S/A", C), ("p.T", B), ("", B)):
        old, new = (_write(text % kind, rank, pointer) for rank, kind in enumerate(("string", "int32")))
        assert grade_both(protobuf.compare, old, new) == (expected, expected)


def test_a_call_or_stream_that_differs() -> None:
    old = _write("service S { rpc A(Q) returns (Q); rpc B(Q) returns (Q); } message Q {}", 0)
    new = _write("service S { rpc A(Q) returns (stream Q); } message Q {}", 1)
    rules = {one.rule for one in judge(protobuf.compare, old, new)}
    assert rules == {"RPC_SAME_STREAMING", "RPC_NO_DELETE"}
    assert [one.rule for one in judge(protobuf.compare, new, old)] == ["RPC_SAME_STREAMING"]


def test_a_field_is_told_with_its_line() -> None:
    old, new = _write("message Q {\n  string a = 1;\n}", 0), _write("message Q {\n  int32 a = 1;\n}", 1)
    assert [str(one.spot) for one in judge(protobuf.compare, old, new)] == ["p.proto:4"]


def test_an_import_of_the_folder_is_found_and_none_outside() -> None:
    def side(target: str) -> Side:
        files = {
            "api/a.proto": f'syntax = "proto3"; import "{target}"; message A {{ B b = 1; }}'.encode(),
            "api/d/b.proto": b'syntax = "proto3"; message B {}',
            "api/buf.yaml": b"version: v1\ndeps: [buf.build/evil/evil]\n",
        }
        return Side(MemoryTree(files), "api")

    assert judge(protobuf.compare, side("d/b.proto"), side("d/b.proto")) == []
    for target in ("../../etc/passwd", "/etc/passwd", "missing.proto"):
        assert [one.grade for one in judge(protobuf.compare, side(target), side(target))] == [U]


@pytest.mark.parametrize("text", ["", "message {", "\x00", "syntax = 'proto9';"])
def test_what_is_no_proto_is_not_judged(text: str) -> None:
    side = write_side(text, 0, path="p.proto")
    assert [one.grade for one in judge(protobuf.compare, side, side)] in ([U], [])


@pytest.mark.parametrize("steps", ["[A: [deploy a b]]", "[A: [deploy a], B: [deploy b]]", "[A: [deploy b]]"])
def test_buf_takes_the_settings_that_require_writes(steps: str, tmp_path: Path) -> None:
    deployment = loads(f"""
        components: {{a: {{kind: service}}, b: {{kind: service}}}}
        requests: {{r: [client calls a: x, a calls b: y]}}
        pipeline: {steps}
    """)
    (tmp_path / "buf.yaml").write_text(write_settings(Tool.BUF, deployment, find_required(deployment)))
    run_tool([find_tool("buf", "buf-bin"), "config", "ls-breaking-rules", "--configured-only"], tmp_path)


def test_what_no_call_sends_is_judged_by_itself() -> None:
    text = "service S { rpc A(Q) returns (Q); } message Q {} %s"
    old = _write(text % "message Event { string a = 1; message In {} } enum E { Z = 0; X = 1; }", 0)
    new = _write(text % "message Event { int32 a = 1; }", 1)
    found = {(one.rule, one.grade) for one in judge(protobuf.compare, old, new)}
    assert found == {("FIELD_WIRE_COMPATIBLE_TYPE", B), ("MESSAGE_NO_DELETE", M)}


def test_a_name_in_json_is_told() -> None:
    old, new = (
        _request(f'string a = 1 [json_name = "{name}"];', rank) for rank, name in enumerate(("a", "b"))
    )
    assert grade_both(protobuf.compare, old, new) == (M, M)
