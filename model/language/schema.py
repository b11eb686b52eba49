"""The JSON Schema of deployment files, for editors; made from the tables that the reader reads by.

It says less than the reader: names that must be declared, and who can call whom, are beyond it. Two keywords
are those of editors (yaml-language-server): `defaultSnippets` offers what can stand somewhere, and
`patternErrorMessage` says in words what a pattern asks for; other readers of JSON Schema pass over them.
"""

from __future__ import annotations

from typing import Any

from ..deployment import Aspect, Instruction, Severity, Strategy
from .keys import (
    ACCEPT_KEYS,
    ASSUME_KEYS,
    CHANGE_KEYS,
    COMPONENT_KEYS,
    DEPLOYMENT_KEYS,
    FLAG_KEYS,
    KINDS,
    MAX_INSTANCES,
    MAX_NAME,
    MAX_TEXT,
    PRICE_KEYS,
    REASON_KEYS,
    SKEW_KEYS,
    SOURCE_KEYS,
    UNKNOWN,
    Schema,
    Table,
    refer_to,
)
from .patterns import VERBS, match_action, match_hop_head, match_hop_rest

# A plain scalar stays text in the language; a YAML editor may take `1.0` or `true` for more.
_TEXT_TYPES = ["string", "number", "boolean"]
_COUNTED = frozenset({Instruction.SCALE})


def json_schema() -> Schema:
    """The schema (draft 2020-12) of what is accepted."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A deployment, as skewproof reads it",
        **_record(DEPLOYMENT_KEYS),
        "$defs": _definitions(),
    }


def _definitions() -> dict[str, Schema]:
    return {
        "text": {"type": _TEXT_TYPES, "minLength": 1},
        "title": {"type": _TEXT_TYPES, "minLength": 1, "maxLength": MAX_NAME},
        "name": {"type": _TEXT_TYPES, "pattern": r'^[^\s/*"]+$', "maxLength": MAX_NAME},
        "amount": _any_of(
            {"type": "integer", "minimum": 0, "maximum": MAX_INSTANCES},
            {"type": "string", "pattern": "^(0|[1-9][0-9]?|100)%$"},
        ),
        "component": _component(),
        "hop": _hop(),
        "step": _step(),
        "action": _action(),
        "releases": _releases(),
        "strategy": _strategy(),
        "readiness": _any_of(
            refer_to("text"),
            {"type": "object", "propertyNames": refer_to("name"), "additionalProperties": refer_to("text")},
        ),
        "contract": {"type": "string", "pattern": r"^[^\s/*]+/[^*]+$"},
        "severity": _severity(),
        "skew": _any_of(_record(SKEW_KEYS), _by_aspect(_record(SKEW_KEYS))),
        "change": _record(CHANGE_KEYS),
        "reason": _record(REASON_KEYS),
        "source": _record(SOURCE_KEYS),
        "breaks": _breaks(),
        "pairs": _pairs(),
        "cell": {"type": "string", "pattern": r"^\s*[^\s/]+/.+\s+\S+\s*->\s*\S+\s*$"},
        "pair": {"type": "string", "pattern": r"^\s*\S+\s*->\s*\S+\s*$"},
        "flag": _record(FLAG_KEYS),
        "formulas": _any_of(
            refer_to("formula"), {"type": "array", "items": refer_to("formula"), "minItems": 1}
        ),
        "formula": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
        "assumptions": _record(ASSUME_KEYS),
        "prices": _record(PRICE_KEYS),
        "acceptance": _record(ACCEPT_KEYS),
    }


def _record(table: Table) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {name: {"description": key.about, **key.schema} for name, key in table.items()},
        "additionalProperties": False,
    }
    required = [name for name, key in table.items() if key.required]
    return schema | ({"required": required} if required else {})


def _component() -> Schema:
    """Keys that fit some kinds only are forbidden to the others."""
    rules = []
    for kind in KINDS:
        unfit = [name for name, key in COMPONENT_KEYS.items() if key.kinds and kind not in key.kinds]
        condition = {"properties": {"kind": {"const": str(kind)}}, "required": ["kind"]}
        if unfit:
            rules.append({"if": condition, "then": {"properties": dict.fromkeys(unfit, False)}})
    return _record(COMPONENT_KEYS) | {"allOf": rules}


def _hop() -> Schema:
    form = "CONSUMER [leader] VERB PROVIDER [leader]: SUBJECT [using SOURCE…] [since V] [until V]"
    head, rest = match_hop_head(), match_hop_rest()
    wrong = {"patternErrorMessage": f"A hop is written {form}; verbs are {', '.join(VERBS)}"}
    subject = {"type": _TEXT_TYPES, "pattern": f"^{rest}$", **wrong}
    as_mapping = {
        "type": "object",
        "propertyNames": {"pattern": f"^{head}$", **wrong},
        "additionalProperties": subject,
        "minProperties": 1,
        "maxProperties": 1,
    }
    as_text = {"type": "string", "pattern": rf"^{head}:\s{rest}$", **wrong}
    return {
        "description": form,
        **_any_of(as_mapping, as_text),
        "defaultSnippets": [
            {"label": f"A {verb} B: SUBJECT", "body": {f"${{1:A}} {verb} ${{2:B}}": "${3:subject}"}}
            for verb in VERBS
        ],
    }


def _action() -> Schema:
    form = "[irreversible] [start] INSTRUCTION TARGET… [to V] [per instance] [when PREDICATE]"
    told = f"An action is written {form}, with what its instruction takes of it: `deploy web to V2`"
    return {
        "description": form,
        "type": "string",
        "pattern": match_action(),
        "patternErrorMessage": told,
        "defaultSnippets": [
            {
                "label": f"{instruction} …",
                "body": f"{instruction} ${{1:target}}" + (" to ${2:1}" if instruction in _COUNTED else ""),
            }
            for instruction in Instruction
        ],
    }


def _step() -> Schema:
    actions = {"anyOf": [{"type": "null"}, {"type": "array", "items": refer_to("action")}]}
    with_actions = {
        "type": "object",
        "propertyNames": refer_to("title"),
        "additionalProperties": actions,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return _any_of(refer_to("title"), with_actions)


def _releases() -> Schema:
    steps = {"type": "array", "items": refer_to("step")}
    named = {
        "type": "object",
        "propertyNames": refer_to("title"),
        "additionalProperties": steps,
        "minProperties": 1,
        "maxProperties": 1,
    }
    by_name = {name: value for name, value in named.items() if name != "maxProperties"}
    return _any_of({"type": "array", "items": _any_of(steps, named), "minItems": 1}, by_name)


def _strategy() -> Schema:
    canary = {
        "type": "object",
        "properties": {str(Strategy.CANARY): {"type": "integer", "minimum": 1, "maximum": MAX_INSTANCES}},
        "required": [str(Strategy.CANARY)],
        "additionalProperties": False,
    }
    return _any_of({"enum": [str(strategy) for strategy in Strategy]}, canary)


def _severity() -> Schema:
    one = {"enum": [str(severity) for severity in Severity]}
    return _any_of(one, _by_aspect(one))


def _by_aspect(schema: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {str(aspect): schema for aspect in Aspect},
        "additionalProperties": False,
    }


def _breaks() -> Schema:
    by_verb = {
        "type": "object",
        "properties": {str(verb): refer_to("pairs") for verb in VERBS},
        "additionalProperties": False,
    }
    return _any_of(refer_to("pairs"), _by_aspect(_any_of(refer_to("pairs"), by_verb)))


def _pairs() -> Schema:
    graded = {
        "type": "object",
        "propertyNames": refer_to("pair"),
        "additionalProperties": {"enum": [*map(str, Severity), UNKNOWN]},
        "minProperties": 1,
    }
    several = {"type": "array", "items": refer_to("pair")}
    return _any_of({"enum": ["both", "none"]}, refer_to("pair"), several, graded)


def _any_of(*schemas: Any) -> Schema:
    return {"anyOf": list(schemas)}
