"""OpenAPI: each rule by a pair, an old consumer at a new provider and the other way round."""

from __future__ import annotations

import pytest

from skewproof.model.evidence import openapi
from skewproof.model.evidence.judgement import Grade
from support.contracts import grade_both, judge, write_side

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN


def _document(operation: str, more: str = "") -> str:
    return f"openapi: 3.1.0\npaths: {{'/a/{{id}}': {{post: {operation}}}}}\n{more}\n"


def _request(schema: str) -> str:
    return _document(f"{{requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}}}")


def _response(schema: str) -> str:
    return _document(f"{{responses: {{'200': {{content: {{application/json: {{schema: {schema}}}}}}}}}}}")


def _parameter(schema: str, more: str = "") -> str:
    return _document(f"{{parameters: [{{in: query, name: q, {more} schema: {schema}}}]}}")


def _grades(old: str, new: str) -> tuple[Grade, Grade]:
    return grade_both(openapi.compare, write_side(old, 0), write_side(new, 1))


@pytest.mark.parametrize(
    ("old", "new", "request_", "response"),
    [
        ("{type: string}", "{type: integer}", (B, B), (B, B)),
        ("{type: integer}", "{type: number}", (C, B), (B, C)),
        ("{type: string}", "{type: [string, 'null']}", (C, B), (B, C)),
        ("{enum: [a, b]}", "{enum: [a, b, c]}", (C, B), (M, C)),
        ("{enum: [a]}", "{enum: [b]}", (B, B), (B, B)),
        ("{type: string}", "{type: string, maxLength: 5}", (M, C), (C, B)),
        ("{type: string, maxLength: 9}", "{type: string, maxLength: 5}", (B, C), (C, B)),
        ("{type: string, pattern: a}", "{type: string, pattern: b}", (M, M), (M, M)),
        ("{type: string}", "{type: string, format: uuid}", (B, C), (C, B)),
        ("{type: integer, format: int32}", "{type: integer, format: int64}", (C, B), (B, C)),
        ("{type: object, properties: {a: {}}}", "{type: object, properties: {a: {}, b: {}}}", (C, C), (C, C)),
        ("{type: object, properties: {a: {}, b: {}}}", "{type: object, properties: {a: {}}}", (M, C), (M, C)),
        ("{type: object, properties: {a: {}}}", "{type: object, properties: {a: {}}, required: [a]}", (B, C), (C, B)),
        ("{type: object, properties: {a: {}}}", "{type: object, additionalProperties: false}", (B, C), (M, B)),
        ("{type: object, properties: {a: {default: 1}}}", "{type: object, properties: {a: {default: 2}}}", (S, S), (C, C)),
        ("{type: array, items: {type: string}}", "{type: array, items: {type: integer}}", (B, B), (B, B)),
        ("{type: array}", "{type: array, uniqueItems: true}", (B, C), (C, M)),
        ("{type: string}", "{anyOf: [{type: string}, {type: integer}]}", (C, B), (B, C)),
        ("{type: string}", "{oneOf: [{type: string}, {minLength: 0}]}", (B, B), (B, B)),
        ("{not: {type: string}}", "{not: {type: integer}}", (U, U), (U, U)),
        ("{type: integer, maximum: 5, exclusiveMaximum: 5}", "{type: integer, maximum: 4}", (C, C), (C, C)),
    ],
)  # fmt: skip
def test_a_schema_in_a_body_and_in_an_answer(
    old: str, new: str, request_: tuple[Grade, Grade], response: tuple[Grade, Grade]
) -> None:
    assert (_grades(_request(old), _request(new)), _grades(_response(old), _response(new))) == (
        request_,
        response,
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (_document("{}"), _parameter("{}"), (C, C)),
        (_document("{}"), _parameter("{}", "required: true,"), (B, C)),
        (_parameter("{}"), _document("{}"), (M, C)),
        (_parameter("{type: integer}"), _parameter("{type: string}"), (C, B)),
        (_parameter("{default: 1}"), _parameter("{default: 2}"), (S, S)),
        (_parameter("{}"), _parameter("{}", "style: pipeDelimited,"), (B, B)),
        (_document("{}"), "openapi: 3.1.0\npaths: {'/a/{other}': {post: {}}}", (C, C)),
        (_document("{}"), "openapi: 3.1.0\npaths: {'/a/{id}': {put: {}}}", (B, B)),
        (_document("{responses: {'200': {}}}"), _document("{responses: {'201': {}}}"), (B, B)),
        (_document("{responses: {'200': {}}}"), _document("{responses: {2XX: {}}}"), (M, C)),
        (_document("{responses: {'200': {}, '404': {}}}"), _document("{responses: {'200': {}}}"), (C, C)),
        (_document("{requestBody: {content: {}}}"), _document("{requestBody: {required: true, content: {}}}"), (B, C)),
        (_document("{}", "security: [{a: [x]}]"), _document("{}", "security: [{a: [x, y]}]"), (B, C)),
        (_document("{}", "security: [{a: []}]"), _document("{}", "security: [{a: []}, {b: []}]"), (C, B)),
        (_document("{}"), _document("{callbacks: {x: {}}}"), (M, C)),
        (
            _document("{responses: {'200': {headers: {X-A: {required: true}}}}}"),
            _document("{responses: {'200': {headers: {x-a: {}}}}}"),
            (B, C),
        ),
    ],
)  # fmt: skip
def test_what_stands_around_schemas(old: str, new: str, expected: tuple[Grade, Grade]) -> None:
    assert _grades(old, new) == expected


def test_a_property_that_is_read_only_is_no_part_of_a_request() -> None:
    old = "{type: object, properties: {a: {}}}"
    new = "{type: object, properties: {a: {}, b: {readOnly: true}}, required: [a, b]}"
    wanted = "{type: object, properties: {a: {}, b: {writeOnly: true}}, required: [b]}"
    assert _grades(_request(old), _request(new))[0] is B  # for `a` alone
    assert _grades(_response(old), _response(wanted)) == (C, C)


def test_recursive_schemas_are_compared_to_their_end() -> None:
    tree = (
        "components: {schemas: {T: {type: object, properties: {next: {$ref: '#/components/schemas/T'}, %s}}}}"
    )
    body = "{requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/T'}}}}}"
    old, same = (_document(body, tree % "v: {type: string}") for _ in range(2))
    new = _document(body, tree % "v: {type: integer}")
    assert _grades(old, same) == (C, C)
    assert _grades(old, new) == (B, B)


def test_a_fault_below_a_recursion_is_found_in_each_alternative() -> None:
    """What was assumed of an open pair is not kept for another one."""
    text = """
        openapi: 3.1.0
        paths: {/a: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}}
        components:
          schemas:
            A: {type: object, properties: {b: {$ref: '#/components/schemas/B'}, v: {type: %s}}}
            B: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}
    """
    found = judge(openapi.compare, write_side(text % "string", 0), write_side(text % "integer", 1))
    assert {one.grade for one in found} == {B}


@pytest.mark.parametrize(("last", "expected"), [("string", C), ("integer", B)])
def test_a_long_way_of_references_is_gone_to_its_end(last: str, expected: Grade) -> None:
    """Deeper than Python could recurse."""

    def document(kind: str) -> str:
        links = [
            f"S{n}: {{type: object, properties: {{next: {{$ref: '#/components/schemas/S{n + 1}'}}}}}}"
            for n in range(300)
        ]
        schemas = ", ".join(
            [
                *links,
                f"S300: {{type: object, properties: {{v: {{type: {kind}}}, back: {{$ref: '#/components/schemas/S0'}}}}}}",
            ]
        )
        body = "{requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}"
        return _document(body, f"components: {{schemas: {{{schemas}}}}}")

    assert _grades(document("string"), document(last)) == (expected, expected)


def test_only_the_operations_below_a_pointer_are_judged() -> None:
    text = "openapi: 3.0.0\npaths: {/a: {get: {}}, /ab: {%s: {}}}"
    old, new = (write_side(text % method, rank, "/paths/~1a") for rank, method in enumerate(("get", "put")))
    assert grade_both(openapi.compare, old, new) == (C, C)


@pytest.mark.parametrize("text", ["swagger: '2.0'\n", "openapi: 2.0\n", "openapi: [", "a: 1\n"])
def test_what_is_no_openapi_is_not_judged(text: str) -> None:
    assert _grades(text, _document("{}"))[0] is U


def test_a_bomb_of_alternatives_is_not_judged() -> None:
    several = "{allOf: [" + ", ".join(["{anyOf: [{minLength: 1}, {maxLength: 9}]}"] * 12) + "]}"
    found = judge(openapi.compare, write_side(_request(several), 0), write_side(_request(several), 1))
    assert [(one.grade, "alternatives" in one.message) for one in found] == [(U, True)]


@pytest.mark.parametrize(
    "schema",
    ["5", "[1]", "{type: 7}", "{type: [[1]]}", "{properties: 3}", "{required: {a: 1}}", "{enum: 3}", "{allOf: 1}",
     "{anyOf: {a: {}}}", "{minLength: x}", "{discriminator: [], oneOf: [{}]}", "{multipleOf: 0}", "{items: [1]}"],
)  # fmt: skip
def test_what_makes_no_sense_ends_in_a_grade(schema: str) -> None:
    for old, new in ((schema, "{type: string}"), ("{type: object}", schema), (schema, schema)):
        assert set(_grades(_request(old), _request(new))) <= set(Grade)
