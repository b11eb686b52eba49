"""OpenAPI documents with one operation, and kinds of changes of them."""

from __future__ import annotations

import json
from typing import Any

from skewproof.model.evidence.judgement import Grade

from .kinds import Kind

B, S, M, C, U = Grade.BREAKS, Grade.SILENT, Grade.MAY_BREAK, Grade.COMPATIBLE, Grade.UNKNOWN
Json = Any
JSON = "application/json"
s, i, n = ({"type": name} for name in ("string", "integer", "number"))


def doc(
    params: Json = None,
    req: Json = None,
    resp: Json = None,
    required: bool = False,
    version: str = "3.0.3",
    responses: Json = None,
    security: Json = None,
    headers: Json = None,
    components: Json = None,
    path: str = "/t",
    raw: Json = None,
    path_params: Json = None,
    op_extra: Json = None,
    body: Json = None,
    media: str = JSON,
) -> str:
    """A document with one operation."""
    answer: Json = {"description": "ok"}
    if headers:
        answer["headers"] = headers
    if resp is not None:
        answer["content"] = {media: {"schema": resp}}
    operation: Json = {"operationId": "t", "responses": responses or {"200": answer}, **(op_extra or {})}
    if req is not None:
        body = {"required": required, "content": {media: {"schema": req}}}
    told = {"parameters": params, "requestBody": body, "security": security}
    operation |= {key: value for key, value in told.items() if value is not None}
    item = {"post": operation, **({"parameters": path_params} if path_params else {})}
    info = {"title": "x", "version": "1"}
    document = {"openapi": version, "info": info, "paths": {path: item}, **(raw or {})}
    return json.dumps(document | ({"components": components} if components else {}))


def q(name: str, schema: Json, where: str = "query", **more: object) -> Json:
    """A parameter."""
    return {"name": name, "in": where, "schema": schema, **more}


def obj(req: tuple[str, ...] = (), add: bool | None = None, **properties: Json) -> Json:
    """A schema of objects."""
    schema: Json = {"type": "object", "properties": properties}
    if req:
        schema["required"] = list(req)
    if add is not None:
        schema["additionalProperties"] = add
    return schema


def pets(mapping: Json = None, kinds: tuple[str, ...] = ("Cat", "Dog"), disc: str = "kind") -> Json:
    """Alternatives that a discriminator tells apart, and their schemas."""
    properties: Json = {kind: {disc: s, kind.lower(): s} for kind in ("Cat", "Dog", "Fox")}
    named = {kind: obj((disc,), None, **properties[kind]) for kind in ("Cat", "Dog", "Fox")}
    told = {"propertyName": disc, **({"mapping": mapping} if mapping else {})}
    alternatives = [{"$ref": f"#/components/schemas/{kind}"} for kind in kinds]
    return {"oneOf": alternatives, "discriminator": told}, {"schemas": named}


def heirs(*kinds: str, meow: Json = s) -> Json:
    """A schema with a discriminator, and others that extend it by `allOf`, as many generators write them."""
    base = {**obj(req=("kind",), kind=s), "discriminator": {"propertyName": "kind"}}
    named = {kind: {"allOf": [{"$ref": "#/components/schemas/Pet"}, obj(meow=meow)]} for kind in kinds}
    return {"$ref": "#/components/schemas/Pet"}, {"schemas": {"Pet": base, **named}}


def answered(**answers: Json) -> str:
    """An operation whose answers have schemas, by status behind `_`."""
    told = {key.strip("_"): {"content": {JSON: {"schema": one}}} for key, one in answers.items()}
    return doc(responses={"200": {"description": "ok"}, **told})


class Kinds(list[Kind]):
    """Kinds of changes, in the order in which they were added."""

    def add(self, name: str, old: str, new: str, forward: Grade, backward: Grade, why: str = "") -> None:
        """Two whole documents."""
        self.append(Kind(name, old, new, forward, backward, why))

    def reqp(self, name: str, old: Json, new: Json, *told: Any, **more: Json) -> None:
        """A property of a request."""
        self.add(f"req-prop {name}", doc(req=obj(a=old), **more), doc(req=obj(a=new), **more), *told)

    def resp(self, name: str, old: Json, new: Json, *told: Any, **more: Json) -> None:
        """A property that every answer has."""
        parts = [doc(resp=obj(req=("a",), a=schema), **more) for schema in (old, new)]
        self.add(f"resp-prop {name}", parts[0], parts[1], *told)

    def par(self, name: str, old: Json, new: Json, *told: Any) -> None:
        """A parameter."""
        self.add(f"param {name}", doc(params=[old]), doc(params=[new]), *told)

    def two(self, name: str, old: Json, new: Json, *told: Grade, **more: Json) -> None:
        """A schema with its components, as a request and as an answer."""
        sent, answered = (
            [doc(**{word: schema}, components=parts, **more) for schema, parts in (old, new)]
            for word in ("req", "resp")
        )
        self.add(f"req {name}", sent[0], sent[1], told[0], told[1])
        self.add(f"resp {name}", answered[0], answered[1], told[2], told[3])
