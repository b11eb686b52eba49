"""Kinds of changes of a GraphQL schema: operations of one version at a server of the other."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import graphql
from skewproof.model.evidence.judgement import Grade
from support.kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN

KINDS: list[Kind] = []


def add(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
    KINDS.append(Kind(name, old, new, forward, backward, why))


def q(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
    """Fields of the query type."""
    add(name, f"type Query {{ {old} }}", f"type Query {{ {new} }}", forward, backward, why)


q("field added", "a: Int", "a: Int b: Int", C, B)
q("field removed", "a: Int b: Int", "a: Int", B, C)
q("type changed", "a: Int", "a: String", B, B)
q("output nullable->nonnull", "a: Int", "a: Int!", C, B)
q("output nonnull->nullable", "a: Int!", "a: Int", B, C)
q("list inner nonnull", "a: [Int]", "a: [Int!]", C, B)
q("to list", "a: Int", "a: [Int]", B, B)
q("Int->Float", "a: Int", "a: Float", B, B, "generated clients parse Int")
q("ID->String", "a: ID", "a: String", B, B)
q("arg added optional", "a: Int", "a(x: Int): Int", C, B)
q("arg added required", "a: Int", "a(x: Int!): Int", B, B)
q("arg added required default", "a: Int", "a(x: Int! = 1): Int", C, B)
q("arg removed", "a(x: Int): Int", "a: Int", B, C)
q("arg nullable->nonnull", "a(x: Int): Int", "a(x: Int!): Int", B, C)
q("arg nonnull->nullable", "a(x: Int!): Int", "a(x: Int): Int", C, B)
q("arg nonnull->nonnull default", "a(x: Int!): Int", "a(x: Int! = 1): Int", C, B, "new may leave it out")
q("arg default changed", "a(x: Int = 1): Int", "a(x: Int = 2): Int", S, S)
q("arg default added", "a(x: Int): Int", "a(x: Int = 2): Int", S, S)
q("arg default removed", "a(x: Int = 1): Int", "a(x: Int): Int", S, S)
q("arg type", "a(x: Int): Int", "a(x: String): Int", B, B)
q("arg Int->Float", "a(x: Int): Int", "a(x: Float): Int", B, B, "literals ok but $x: Int variables refused")
q(
    "arg single->list",
    "a(x: Int): Int",
    "a(x: [Int]): Int",
    B,
    B,
    "variables of Int at [Int] refused by validation",
)
q("deprecated", "a: Int", "a: Int @deprecated", C, C)
q("deprecation removed", "a: Int @deprecated", "a: Int", C, C)
q("description", "a: Int", '"x" a: Int', C, C)


def t(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "", f: str = "a: T") -> None:
    """Types, and how the query type uses them."""
    add(name, f"type Query {{ {f} }} {old}", f"type Query {{ {f} }} {new}", forward, backward, why)


t(
    "enum value added out",
    "enum T {A}",
    "enum T {A B}",
    M,
    C,
    "no operation can name a value that is only answered",
)
t(
    "enum value removed",
    "enum T {A B}",
    "enum T {A}",
    C,
    M,
    "no operation can name a value that is only answered",
)
t(
    "union member added",
    "type X {x:Int} type Y {y:Int} union T = X",
    "type X {x:Int} type Y {y:Int} union T = X | Y",
    M,
    B,
)
t(
    "union member removed",
    "type X {x:Int} type Y {y:Int} union T = X | Y",
    "type X {x:Int} type Y {y:Int} union T = X",
    B,
    M,
)
t(
    "interface impl added",
    "interface T {x:Int} type X implements T {x:Int}",
    "interface T {x:Int} type X implements T {x:Int} type Y implements T {x:Int}",
    M,
    B,
)
t(
    "interface removed",
    "interface I {x:Int} type T implements I {x:Int}",
    "interface I {x:Int} type T {x:Int}",
    B,
    C,
    "no field of the newer schema leads to it, so no newer operation names it",
)
t(
    "interface field added",
    "interface I {x:Int} type T implements I {x:Int}",
    "interface I {x:Int y:Int} type T implements I {x:Int y:Int}",
    C,
    B,
)
t("scalar custom->other", "scalar T", "type T {x:Int}", B, B)
t("kind object->interface", "type T {x:Int}", "interface T {x:Int} type Z implements T {x:Int}", B, B, "")
t("input field optional added", "input T {a:Int}", "input T {a:Int b:Int}", C, B, f="a(t:T):Int")
t("input field required added", "input T {a:Int}", "input T {a:Int b:Int!}", B, B, f="a(t:T):Int")
t("input field required default added", "input T {a:Int}", "input T {a:Int b:Int!=1}", C, B, f="a(t:T):Int")
t("input field removed", "input T {a:Int b:Int}", "input T {a:Int}", B, C, f="a(t:T):Int")
t("input field removed required", "input T {a:Int b:Int!}", "input T {a:Int}", B, B, f="a(t:T):Int")
t("input field nonnull", "input T {a:Int}", "input T {a:Int!}", B, C, f="a(t:T):Int")
t("input field nullable", "input T {a:Int!}", "input T {a:Int}", C, B, f="a(t:T):Int")
t("input default changed", "input T {a:Int=1}", "input T {a:Int=2}", S, S, f="a(t:T):Int")
t("input default added", "input T {a:Int}", "input T {a:Int=2}", S, S, f="a(t:T):Int")
t("oneOf added", "input T {a:Int b:Int}", "input T @oneOf {a:Int b:Int}", B, C, f="a(t:T):Int")
t("enum input removed", "enum T {A B}", "enum T {A}", B, C, f="a(t:T):Int")
t("enum input added", "enum T {A}", "enum T {A B}", C, B, f="a(t:T):Int")
t("type that nothing leads to", "type T {x:Int}", "type T {x:Int} type U {x:Int}", C, C, f="a: T")
t("type of a new field", "type T {x:Int}", "type T {x:Int u:U} type U {x:Int}", C, B, f="a: T")
t("type that nothing leads to gone", "type T {x:Int} type U {y:Int}", "type T {x:Int}", C, C, f="a: T")
t(
    "input that no operation takes",
    "type T {x:Int} input I {y:Int}",
    "type T {x:Int} input I {y:Int z:Int!}",
    C,
    C,
    f="a: T",
)
t(
    "enum of a directive of the type system",
    "type T {x:Int} enum S {A} directive @d(s:S) on FIELD_DEFINITION",
    "type T {x:Int}",
    C,
    C,
    f="a: T",
)
t(
    "place of a directive in the type system gone",
    "type T {x:Int} directive @d on FIELD|FIELD_DEFINITION",
    "type T {x:Int} directive @d on FIELD",
    C,
    C,
    f="a: T",
)
t(
    "place of a directive in operations gone",
    "type T {x:Int} directive @d on FIELD|QUERY",
    "type T {x:Int} directive @d on FIELD",
    B,
    C,
    f="a: T",
)
t(
    "type behind an interface gone",
    "interface I {x:Int} type T implements I {x:Int} type U implements I {x:Int y:Int}",
    "interface I {x:Int} type T implements I {x:Int}",
    B,
    M,
    "a fragment can name it; and it may be answered to who does not know it",
    f="a: I",
)
t(
    "interface behind an interface gone",
    "interface I {x:Int} interface J {x:Int} type T implements I & J {x:Int}",
    "interface I {x:Int} type T implements I {x:Int}",
    B,
    C,
    "`... on J` is possible where an I is answered",
    f="a: I",
)
t(
    "entity of a federation gone",
    'directive @key(fields: String) on OBJECT type T {x:Int} type U @key(fields:"y") {y:Int}',
    "directive @key(fields: String) on OBJECT type T {x:Int}",
    B,
    C,
    "other schemas refer to it",
    f="a: T",
)
add("schema without a root", "type T {x:Int y:Int}", "type T {x:Int}", B, C, "the root stands elsewhere")
add(
    "type of field renamed",
    "type Query{a:T} type T {x:Int}",
    "type Query{a:U} type U {x:Int}",
    B,
    B,
    "fragments, __typename",
)
add("mutation removed", "type Query{a:Int} type Mutation{m:Int}", "type Query{a:Int}", B, C)
add("subscription added", "type Query{a:Int}", "type Query{a:Int} type Subscription{m:Int}", C, B)
add("directive removed", "directive @d on FIELD type Query{a:Int}", "type Query{a:Int}", B, C)
add(
    "directive location removed",
    "directive @d on FIELD|QUERY type Query{a:Int}",
    "directive @d on FIELD type Query{a:Int}",
    B,
    C,
)
add(
    "directive schema-only removed",
    "directive @d on FIELD_DEFINITION type Query{a:Int}",
    "type Query{a:Int}",
    C,
    C,
    "clients cannot use directives of type systems",
)
add("extend type", "type Query{a:Int} extend type Query{b:Int}", "type Query{a:Int b:Int}", C, C)
add(
    "schema query root renamed",
    "type Query{a:Int}",
    "schema{query:Q} type Q{a:Int}",
    B,
    B,
    "fragments and `__typename` name it",
)
add(
    "specifiedBy",
    'scalar T @specifiedBy(url:"a") type Query{a:T}',
    'scalar T @specifiedBy(url:"b") type Query{a:T}',
    M,
    M,
    "another format, perhaps",
)


LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])\n'
ENTITY = 'type P @key(fields: "id") { id: ID! n: Int }'


def part(name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
    """A subgraph of a federation."""
    add(f"subgraph {name}", LINK + old, LINK + new, forward, backward, why)


part("field removed", "extend type Query{a:Int b:Int}", "extend type Query{a:Int}", B, C)
part("argument looser", "extend type Mutation{a(i:Int!):Int}", "extend type Mutation{a(i:Int):Int}", C, B)
part("extended twice", "extend type Query{a:Int} extend type Query{b:Int}", "extend type Query{a:Int}", B, C)
part("field of an entity removed", ENTITY, 'type P @key(fields: "id") { id: ID! }', B, C)
part(
    "field of a foreign entity removed",
    f"extend {ENTITY}",
    'extend type P @key(fields: "id") { id: ID! }',
    B,
    C,
)
part(
    "key exchanged", ENTITY, ENTITY.replace('"id"', '"n"'), B, B, "a router looks up by the key that it knows"
)
part("key added", ENTITY, ENTITY.replace("@key", '@key(fields: "n") @key', 1), C, B)
part("key only referred to", ENTITY, ENTITY.replace('"id"', '"id", resolvable: false'), B, C)
part("hidden", "type Query{a:Int b:Int}", "type Query{a:Int b:Int @inaccessible}", B, C)
part("shared", "type Query{a:Int}", "type Query{a:Int @shareable}", C, C)
part("taken over", "type Query{a:Int}", 'type Query{a:Int @override(from: "x")}', C, C)
part(
    "needs a field of others",
    ENTITY,
    ENTITY.replace("n: Int", 'n: Int @requires(fields: "w") w: Int @external'),
    U,
    B,
    "an old router does not send it",
)
part("wants to know who asks", "type Query{a:Int}", "type Query{a:Int @authenticated}", B, C)
part("a directive that nobody explains", "type Query{a:Int}", "type Query{a:Int @mine}", U, U)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_of_change_in_both_directions(kind: Kind) -> None:
    assert kind.judge(graphql.compare, "a.graphql") == kind.grades
