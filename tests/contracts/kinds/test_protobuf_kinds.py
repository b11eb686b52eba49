"""Kinds of changes of protocol buffers: a consumer of one version and a provider of the other."""

from __future__ import annotations

from typing import Any

import pytest

from skewproof.model.evidence import protobuf
from skewproof.model.evidence.judgement import Grade, Mismatch, find_worst
from skewproof.model.evidence.sides import MemoryTree, Options, Side
from support.contracts import judge
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


HEAD = 'syntax = "proto3";\npackage p;\n'


def pair(
    name: str,
    old: str,
    new: str,
    forward: Grade,
    backward: Grade,
    why: str = "",
    head: str = HEAD,
    head2: str | None = None,
) -> None:
    """What stands in two files, each behind its head."""
    KINDS.append(Kind(name, head + old, (head2 or head) + new, forward, backward, why))


def msg(name: str, old: str, new: str, *told: Any, **heads: Any) -> None:
    """A message by itself, as a topic holds it."""
    pair(f"msg {name}", f"message M {{ {old} }}", f"message M {{ {new} }}", *told, **heads)


def req(name: str, old: str, new: str, *told: Any) -> None:
    """The request of a call."""
    parts = [f"message Req {{ {fields} }} message Res {{}} {SERVICE}" for fields in (old, new)]
    pair(f"req {name}", parts[0], parts[1], *told)


def res(name: str, old: str, new: str, *told: Any) -> None:
    """The answer of a call."""
    parts = [f"message Req {{}} message Res {{ {fields} }} {SERVICE}" for fields in (old, new)]
    pair(f"res {name}", parts[0], parts[1], *told)


SERVICE = "service S { rpc Call(Req) returns (Res); }"

req("field added", "int32 a=1;", "int32 a=1; int32 b=2;", C, C)
req(
    "field removed",
    "int32 a=1; int32 b=2;",
    "int32 a=1;",
    M,
    M,
    "proto3 has no required fields: the old provider reads a default",
)
req(
    "field removed reserved",
    "int32 a=1; int32 b=2;",
    'int32 a=1; reserved 2; reserved "b";',
    M,
    M,
    "proto3 has no required fields: the old provider reads a default",
)
res("field added", "int32 a=1;", "int32 a=1; int32 b=2;", C, C)
res("field removed", "int32 a=1; int32 b=2;", "int32 a=1; reserved 2;", M, C)
res("reuse of number other name same type", "string a=1;", "string b=1;", M, M)
res("renumbered", "int32 a=1;", "int32 a=2;", S, S)
res("swapped", "int32 a=1; int32 b=2;", "int32 b=1; int32 a=2;", S, S)
res("int32->int64", "int32 a=1;", "int64 a=1;", M, C)
res("int64->int32", "int64 a=1;", "int32 a=1;", C, M)
res("int32->uint32", "int32 a=1;", "uint32 a=1;", M, M)
res("int32->sint32", "int32 a=1;", "sint32 a=1;", S, S)
res("int32->fixed32", "int32 a=1;", "fixed32 a=1;", B, B)
res("int32->string", "int32 a=1;", "string a=1;", B, B)
res("string->bytes", "string a=1;", "bytes a=1;", M, C)
res("float->double", "float a=1;", "double a=1;", B, B)
res("float->fixed32", "float a=1;", "fixed32 a=1;", S, S)
res("bool->int32", "bool a=1;", "int32 a=1;", M, C)
res("enum->int32", "E a=1;} enum E {Z=0;", "int32 a=1;} enum E {Z=0;", M, C, "ints no value")
res(
    "repeated int->single",
    "repeated int32 a=1;",
    "int32 a=1;",
    C,
    B,
    "old reader: a list of packed reads unpacked too",
)
res("single->repeated string", "string a=1;", "repeated string a=1;", M, C)
res("single->repeated int", "int32 a=1;", "repeated int32 a=1;", B, C)
res("optional added", "int32 a=1;", "optional int32 a=1;", C, C, "same wire; presence only")
res(
    "field moved into new oneof",
    "int32 a=1;",
    "oneof o { int32 a=1; }",
    C,
    C,
    "one field into a new oneof is safe",
)
res(
    "fields moved into a new oneof",
    "int32 a=1; int32 b=2;",
    "oneof o { int32 a=1; int32 b=2; }",
    C,
    M,
    "old writes both",
)
res(
    "field moved out of oneof", "oneof o { int32 a=1; int32 b=2; }", "oneof o { int32 a=1; } int32 b=2;", M, C
)
res(
    "field added to existing oneof",
    "oneof o { int32 a=1; }",
    "oneof o { int32 a=1; int32 b=2; }",
    M,
    C,
    "old reader sees the oneof unset",
)
req(
    "field removed from oneof",
    "oneof o { int32 a=1; int32 b=2; }",
    "oneof o { int32 a=1; }",
    M,
    M,
    "proto3 has no required fields: the old provider reads a default",
)
res(
    "map->repeated entry",
    "map<string,int32> a=1;",
    "repeated E a=1;} message E { string key=1; int32 value=2;",
    M,
    M,
    "wire compatible; JSON not",
)
res("map value type", "map<string,int32> a=1;", "map<string,string> a=1;", B, B)
res("json_name", "string a_b=1;", 'string a_b=1 [json_name="x"];', M, M)
res("packed off", "repeated int32 a=1;", "repeated int32 a=1 [packed=false];", C, C, "parsers take both")
res(
    "message type renamed",
    "Sub a=1;} message Sub {int32 x=1;",
    "Sub2 a=1;} message Sub2 {int32 x=1;",
    M,
    M,
    "the name is not on the wire, but in an `Any` and in reflection",
)
res("message other type", "Sub a=1;} message Sub {int32 x=1;", "Sub2 a=1;} message Sub2 {string x=1;", B, B)
res(
    "message->Any",
    "Sub a=1;} message Sub {int32 x=1;",
    "bytes a=1;} message Sub {int32 x=1;",
    B,
    B,
    "only bytes that hold an encoded message could be read as one",
)
res("enum value added", "E a=1;} enum E {Z=0;", "E a=1;} enum E {Z=0; A=1;", M, C)
res(
    "enum value removed",
    "E a=1;} enum E {Z=0; A=1;",
    "E a=1;} enum E {Z=0;",
    C,
    M,
    "new consumer of old provider: removed value may come",
)
req("enum value removed", "E a=1;} enum E {Z=0; A=1;", "E a=1;} enum E {Z=0; reserved 1;", M, C)
res(
    "enum renamed value",
    "E a=1;} enum E {Z=0; A=1;",
    "E a=1;} enum E {Z=0; B=1;",
    S,
    S,
    "may be a rename or other meaning",
)
res("enum zero value changed", "E a=1;} enum E {Z=0; A=1;", "E a=1;} enum E {A=0; Z=1;", S, S)
res(
    "enum alias added",
    "E a=1;} enum E {Z=0; A=1;",
    "E a=1;} enum E {option allow_alias=true; Z=0; A=1; B=1;",
    C,
    C,
)
res("deprecated", "int32 a=1;", "int32 a=1 [deprecated=true];", C, C)
res("jstype", "int64 a=1;", "int64 a=1 [jstype=JS_STRING];", C, C, "generated code only: M?")
pair(
    "rpc added",
    "message R{} service S { rpc A(R) returns (R);}",
    "message R{} service S { rpc A(R) returns (R); rpc B(R) returns (R);}",
    C,
    B,
)
pair(
    "rpc removed",
    "message R{} service S { rpc A(R) returns (R); rpc B(R) returns (R);}",
    "message R{} service S { rpc A(R) returns (R);}",
    B,
    C,
)
pair(
    "rpc renamed",
    "message R{} service S { rpc A(R) returns (R);}",
    "message R{} service S { rpc B(R) returns (R);}",
    B,
    B,
)
pair(
    "service renamed",
    "message R{} service S { rpc A(R) returns (R);}",
    "message R{} service T { rpc A(R) returns (R);}",
    B,
    B,
)
pair(
    "streaming",
    "message R{} service S { rpc A(R) returns (R);}",
    "message R{} service S { rpc A(R) returns (stream R);}",
    B,
    B,
    "unary->server stream: old reads one, several → error",
)
pair(
    "client streaming",
    "message R{} service S { rpc A(R) returns (R);}",
    "message R{} service S { rpc A(stream R) returns (R);}",
    B,
    B,
    "unary client to stream server works, reverse fails; conservative",
)
pair(
    "rpc request type changed empty",
    "message R{} message Q{int32 a=1;} service S { rpc A(R) returns (R);}",
    "message R{} message Q{int32 a=1;} service S { rpc A(Q) returns (R);}",
    M,
    M,
    "the wire has no names",
)
pair(
    "idempotency",
    "message R{} service S { rpc A(R) returns (R);}",
    "message R{} service S { rpc A(R) returns (R) { option idempotency_level = NO_SIDE_EFFECTS; } }",
    C,
    C,
    "the call is the same",
)
pair(
    "package changed",
    "message R{} service S { rpc A(R) returns (R);}",
    "message R{} service S { rpc A(R) returns (R);}",
    B,
    B,
    head2='syntax = "proto3";\npackage p2;\n',
)
pair(
    "go_package",
    "message R{}",
    "message R{}",
    C,
    C,
    head2='syntax = "proto3";\npackage p;\noption go_package="x/y";\n',
)
pair(
    "message renamed",
    "message M{int32 a=1;}",
    "message N{int32 a=1;}",
    B,
    B,
    "the contract is found by its name",
)
P2 = 'syntax = "proto2";\npackage p;\n'
msg(
    "p2 required added",
    "optional int32 a=1;",
    "optional int32 a=1; required int32 b=2;",
    C,
    B,
    "new reader of old data",
    head=P2,
)
msg("p2 required->optional", "required int32 a=1;", "optional int32 a=1;", B, C, head=P2)
msg("p2 optional->required", "optional int32 a=1;", "required int32 a=1;", C, B, head=P2)
msg("p2 required removed", "required int32 a=1;", "", B, C, head=P2)
msg("p2 default", "optional int32 a=1 [default=1];", "optional int32 a=1 [default=2];", S, S, head=P2)
msg("p2 default added", "optional int32 a=1;", "optional int32 a=1 [default=2];", S, S, head=P2)
msg(
    "p2->p3",
    "optional int32 a=1;",
    "int32 a=1;",
    M,
    C,
    "a zero is not written any more",
    head=P2,
    head2='syntax = "proto3";\npackage p;\n',
)
msg("p3->p2 enum closed", "E a=1;} enum E {Z=0;", "optional E a=1;} enum E {Z=0;", C, M, "", head2=P2)
msg(
    "p2 group->message",
    "optional group G=1 { optional int32 x=1; }",
    "optional G g=1; message G { optional int32 x=1;}",
    B,
    B,
    head=P2,
)
msg(
    "p2 extension range removed",
    "optional int32 a=1; extensions 100 to 199;",
    "optional int32 a=1;",
    C,
    C,
    "M? buf EXTENSION_NO_DELETE",
    head=P2,
)
msg(
    "p2 utf8 string to p3",
    "optional string a=1;",
    "string a=1;",
    M,
    C,
    "both want UTF-8; an empty text is not written any more",
    head=P2,
    head2='syntax = "proto3";\npackage p;\n',
)
E = 'edition = "2023";\npackage p;\n'
msg("p3->edition same", "optional int32 a=1;", "int32 a=1;", C, C, head2=E)
msg("edition required", "int32 a=1;", "int32 a=1 [features.field_presence=LEGACY_REQUIRED];", C, B, head=E)
msg(
    "edition delimited",
    "N a=1;} message N {int32 x=1;",
    "N a=1 [features.message_encoding=DELIMITED];} message N {int32 x=1;",
    B,
    B,
    head=E,
)
msg(
    "edition file delimited",
    "N a=1;} message N {int32 x=1;",
    "N a=1;} message N {int32 x=1;",
    B,
    B,
    head=E,
    head2=E + "option features.message_encoding=DELIMITED;\n",
)
msg(
    "edition closed enum",
    "E a=1;} enum E {Z=0;",
    "E a=1;} enum E {option features.enum_type=CLOSED; Z=0;",
    C,
    M,
    head=E,
)
msg(
    "edition file closed enum",
    "E a=1;} enum E {Z=0;",
    "E a=1;} enum E {Z=0;",
    C,
    M,
    head=E,
    head2=E + "option features.enum_type=CLOSED;\n",
)
msg(
    "edition packed",
    "repeated int32 a=1;",
    "repeated int32 a=1 [features.repeated_field_encoding=EXPANDED];",
    C,
    C,
    head=E,
)
msg(
    "p2 enum first value",
    "optional E a = 1; } enum E { A = 1; B = 2;",
    "optional E a = 1; } enum E { B = 2; A = 1;",
    S,
    S,
    "left out it is the first of them",
    head=P2,
)
msg(
    "p3 enum order",
    "E a = 1; } enum E { A = 0; B = 2; C = 1;",
    "E a = 1; } enum E { A = 0; C = 1; B = 2;",
    C,
    C,
)
msg(
    "p2 message set",
    "option message_set_wire_format = true; extensions 4 to max;",
    "extensions 4 to max;",
    B,
    B,
    head=P2,
)
pair(
    "enum nobody refers to removed",
    "message M { int32 a = 1; } enum E { Z = 0; }",
    "message M { int32 a = 1; }",
    C,
    C,
    "no field is of it, so nobody writes or reads it",
)
pair(
    "enum of a field removed with it",
    "message M { E a = 1; int32 b = 2; } enum E { Z = 0; }",
    "message M { int32 b = 2; }",
    M,
    C,
    "the field is what is missed",
)
pair(
    "enum moved into its message",
    "message M { E a = 1; } enum E { Z = 0; }",
    "message M { E a = 1; enum E { Y = 0; } }",
    S,
    S,
    "its values have other names: told at the field",
)


msg("presence lost", "optional int32 a=1;", "int32 a=1;", M, C, "an older reader takes a zero for left out")
msg(
    "presence lost in an edition", "int32 a=1;", "int32 a=1 [features.field_presence=IMPLICIT];", M, C, head=E
)
msg(
    "presence gained",
    "int32 a=1;",
    "optional int32 a=1;",
    C,
    C,
    "who is newer knows what older ones leave out",
)
req("presence lost", "optional int32 a=1;", "int32 a=1;", C, M)


@pytest.fixture(scope="module")
def graded() -> dict[str, tuple[Grade, Grade]]:
    """All kinds at once, each a file and a package of its own: buf takes its time, once for each side."""
    texts = [{f"k{index}.proto": one[version] for index, one in enumerate(KINDS)} for version in (1, 2)]
    trees = [
        MemoryTree({path: _rename(text, path).encode() for path, text in files.items()}, name)
        for files, name in zip(texts, ("old", "new"), strict=True)
    ]
    old, new = (Side(tree, "", "", rank) for rank, tree in enumerate(trees))
    found = [judge(protobuf.compare, old, new), judge(protobuf.compare, new, old)]
    return {
        kind.name: (_grade(found[0], f"k{index}.proto"), _grade(found[1], f"k{index}.proto"))
        for index, kind in enumerate(KINDS)
    }


def _rename(text: str, path: str) -> str:
    return text.replace("package p", f"package {path.removesuffix('.proto')}p", 1)


def _grade(found: list[Mismatch], path: str) -> Grade:
    return find_worst(one for one in found if one.spot.file == path)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind, graded: dict[str, tuple[Grade, Grade]]) -> None:
    assert graded[kind.name] == kind.grades


CALLS = HEAD + "message Req {} message Res {} message E { int32 a = 1; } " + SERVICE


@pytest.mark.parametrize(
    ("name", "new", "expected"),
    [
        ("OrderError", "message OrderError { string a = 1; }", (M, M)),
        ("OrderError", "message OrderError { int32 a = 1; int32 b = 2; }", (C, C)),
        ("QuotaFailureDetails", "", (M, C)),
        ("Order", "message Order { string a = 1; }", (C, C)),
    ],
    ids=["type", "field added", "removed", "no error"],
)
def test_what_is_called_like_an_error_may_be_sent_with_one(
    name: str, new: str, expected: tuple[Grade, Grade]
) -> None:
    """gRPC sends details of errors of which no call says anything."""
    old = CALLS + f"message {name} {{ int32 a = 1; }}"
    kind = Kind(name, old, CALLS + new, *expected)
    assert kind.judge(protobuf.compare, "a.proto", Options(is_called=True)) == expected
