"""Every key of the language, section by section: the reader and the JSON Schema are made of these.

A new key is one entry here and one line in the function that reads its section.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ..deployment import (
    DEFAULT_PRICES,
    Aspect,
    ContractFormat,
    Drain,
    HazardWord,
    Kind,
    RegistryLevel,
    ResultTool,
    Route,
)
from ..deployment.timing import WORDS

Schema = dict[str, Any]

ANONYMOUS = "client"
"""The client that nobody declares: it starts requests and has no version."""

_TEXT_OR_NUMBER = ["string", "number"]
"""What twelve digits are to a reader of YAML."""

MAX_INSTANCES = 10_000
MAX_SPAN = 10_000
MAX_PRICE = 1_000_000
NEVER = "never"
UNKNOWN = "unknown"
"""In place of a severity: nobody knows whether the pair breaks."""
MAX_NAME = 200
MAX_LINE = 100_000_000
MAX_TEXT = 2_000
"""Characters of one predicate or formula."""

KINDS = tuple(Kind)
CONTRACT = r"^[^\s/*]+/([^*]+|\*)$"
"""A contract, or all of a provider's."""
START, IRREVERSIBLE, TO, WHEN = "start", "irreversible", "to", "when"
PER_INSTANCE = ("per", "instance")
MACHINE = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"
"""How a machine of one's own is named."""
UNDERSTANDS = ("both", "own")
EMPTY = "empty"
PULLS_WHEN_READY = "ready"
TERMINATES_LATER = "later"
USING, SINCE, UNTIL = "using", "since", "until"
OUTSIDE = ("(before)", "(after)")
"""What the report calls the time outside of the pipeline; no step can be named so."""

_INSTANCES = frozenset(kind for kind in KINDS if kind.has_instances)


class KeyRule(Struct, frozen=True):
    """What a key means and takes; `kinds` are the components that it fits, None for all."""

    about: str
    schema: Schema
    required: bool = False
    kinds: frozenset[Kind] | None = None


Table = Mapping[str, KeyRule]


def refer_to(name: str) -> Schema:
    """A reference to one of the definitions of the schema."""
    return {"$ref": f"#/$defs/{name}"}


def _list(item: Schema, **limits: Any) -> Schema:
    return {"type": "array", "items": item, **limits}


def _named(names: Schema, values: Schema, **limits: Any) -> Schema:
    return {"type": "object", "propertyNames": names, "additionalProperties": values, **limits}


_FLAGS = KeyRule("Feature flags, off at the start.", _named(refer_to("name"), refer_to("flag")))
_CHANGES = KeyRule(
    "What the release does to contracts: provider/subject, or provider/* for all subjects.",
    _named({"pattern": CONTRACT}, refer_to("change")),
)
_PROPERTIES = KeyRule(
    "What must hold besides compatibility: always P, never P, eventually P, A leads to B, A before B,"
    " A until B.",
    _named(refer_to("title"), refer_to("formulas")),
)
_ACCEPT = KeyRule(
    "Hazards that are told and fail nothing; or the file in which they are listed.",
    {"anyOf": [_list(refer_to("acceptance")), refer_to("text")]},
)

RATE = r"(?P<number>[0-9]{1,9}(\.[0-9]{1,6})?)/(?P<unit>s|min|h)"
"""So many a second, minute or hour."""
DURATION = r"(?P<number>[0-9]{1,9}(\.[0-9]{1,6})?)(?P<unit>ms|s|m|h)"
_TIME = {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?(ms|s|m|h)$"}

DEPLOYMENT_KEYS: Table = {
    "system": KeyRule("What the application is called; by default as its file.", refer_to("title")),
    "versions": KeyRule(
        "The versions of the application, old to new; V1 and V2 by default.",
        _list(refer_to("name"), minItems=2, uniqueItems=True),
    ),
    "components": KeyRule(
        "The parts of the application.",
        _named(refer_to("name"), refer_to("component"), minProperties=1),
        required=True,
    ),
    "requests": KeyRule(
        "The paths of hops that requests take.",
        _named(refer_to("title"), _list(refer_to("hop"), minItems=1), minProperties=1),
        required=True,
    ),
    "pipeline": KeyRule(
        "The steps of the deployment, in order; or give `releases`.", _list(refer_to("step"))
    ),
    "releases": KeyRule(
        "Pipelines that run one after the other: lists of steps, each behind a name if it likes.",
        refer_to("releases"),
    ),
    "pipelines": KeyRule(
        "In place of `pipeline`: several that run at once, by their names, each with a position of its own.",
        _named(refer_to("name"), _list(refer_to("step"), minItems=1), minProperties=2),
    ),
    "rollback": KeyRule(
        "The steps that run after a failure, with --failures; of several pipelines each by its name.",
        {
            "anyOf": [
                _list(refer_to("step")),
                _named(refer_to("name"), _list(refer_to("step"))),
            ]
        },
    ),
    "changes": _CHANGES,
    "flags": _FLAGS,
    "sources": KeyRule(
        "Where contracts are written, for `skewproof derive`: provider/subject, or provider/* for all.",
        _named({"pattern": CONTRACT}, refer_to("source")),
    ),
    "assume": KeyRule("What is taken for granted; printed with every verdict.", refer_to("assumptions")),
    "accept": _ACCEPT,
    "prices": KeyRule("What remedies cost, for `skewproof fix`.", refer_to("prices")),
    "properties": _PROPERTIES,
    "traffic": KeyRule(
        "How often requests come, for `skewproof exposure`: 50/s, 3/min, 100/h.",
        _named(refer_to("title"), {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?/(s|min|h)$"}),
    ),
    "durations": KeyRule(
        "How long events take on average (20s, 5m), or those of one component; for `skewproof exposure`.",
        _named(
            refer_to("name"),
            {"anyOf": [_TIME, _named({"enum": list(WORDS)}, _TIME)]},
        ),
    ),
}

RELEASE_KEYS: Table = {
    "release": KeyRule("What the release is called; by default as its file.", refer_to("title")),
    "changes": KeyRule(_CHANGES.about, _CHANGES.schema, required=True),
    "flags": _FLAGS,
    "accept": _ACCEPT,
    "properties": _PROPERTIES,
}

BASELINE_KEYS: Table = {"accept": KeyRule(_ACCEPT.about, _list(refer_to("acceptance")), required=True)}
"""Of a file that lists accepted hazards alone."""

COMPONENT_KEYS: Table = {
    "kind": KeyRule("What the component is.", {"enum": [str(kind) for kind in KINDS]}, required=True),
    "replicas": KeyRule(
        "How many instances run, or how many of each version a `deploy` to it wants; 1 by default.",
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_INSTANCES},
                _named(refer_to("name"), {"type": "integer", "minimum": 0, "maximum": MAX_INSTANCES}),
            ]
        },
        kinds=_INSTANCES,
    ),
    "strategy": KeyRule(
        "How instances go to another version: rolling (the default), recreate, blue-green, or a canary with"
        " the number of instances that it begins with.",
        refer_to("strategy"),
        kinds=_INSTANCES,
    ),
    "max_surge": KeyRule(
        "How many instances more than `replicas` may be up, or what percentage of them, rounded up;"
        " 1 by default.",
        refer_to("amount"),
        kinds=_INSTANCES,
    ),
    "max_unavailable": KeyRule(
        "How many instances fewer than `replicas` may be up, or what percentage of them, rounded"
        " down; 0 by default.",
        refer_to("amount"),
        kinds=_INSTANCES,
    ),
    "drain": KeyRule(
        "graceful: an instance with requests on it is retired when they have left; abrupt: they are cut off.",
        {"enum": [str(drain) for drain in Drain]},
        kinds=_INSTANCES,
    ),
    "readiness": KeyRule(
        "A spawned instance takes calls after an event of its own: `event`, or a predicate that must hold"
        " then, or one for each version.",
        refer_to("readiness"),
        kinds=_INSTANCES,
    ),
    "machine": KeyRule(
        "The component's life as a Python object, `package.module:object` (made with `own_rollout`); it is"
        " loaded only with --allow-code.",
        {"type": "string", "pattern": MACHINE},
        kinds=_INSTANCES,
    ),
    "route": KeyRule(
        "What ties the calls of a request to one version: none (the default), session (its first call),"
        " carried (what it carries).",
        {"enum": [str(route) for route in Route]},
        kinds=_INSTANCES,
    ),
    "image": KeyRule("The component whose code this one runs.", refer_to("name"), kinds=_INSTANCES),
    "stays": KeyRule(
        "A client whose users stay at their version for ever, or update when they like.",
        {"type": "boolean"},
        kinds=frozenset({Kind.CLIENT}),
    ),
    "pulls": KeyRule(
        "`ready`: it takes jobs from its queue only when it is ready; else as soon as it runs.",
        {"enum": [PULLS_WHEN_READY]},
        kinds=frozenset({Kind.WORKER}),
    ),
    "terminates": KeyRule(
        "`later`: a retired instance still writes, and finishes its requests, until an event of its own; else"
        " it is gone at once.",
        {"enum": [TERMINATES_LATER]},
        kinds=_INSTANCES,
    ),
    "redelivers": KeyRule(
        "Messages that were taken and not acknowledged come back to the queue when an instance of a consumer"
        " goes.",
        {"type": "boolean"},
        kinds=frozenset({Kind.BROKER}),
    ),
    "migrates": KeyRule(
        "The databases whose schema an instance brings to its version while it starts.",
        _list(refer_to("name"), minItems=1, uniqueItems=True),
        kinds=_INSTANCES,
    ),
    "versions": KeyRule(
        "What this component calls its versions, where it has names of its own: {V1: 3.1.4, V2: 3.2.0}. They"
        " are told; everything in the file names versions as `versions` of the file does.",
        _named(refer_to("name"), refer_to("name"), minProperties=1),
    ),
    "restarts": KeyRule(
        "true, or how many at a time: instances can go down and start again at their version.",
        {"anyOf": [{"type": "boolean"}, {"type": "integer", "minimum": 1, "maximum": MAX_INSTANCES}]},
        kinds=_INSTANCES,
    ),
    "min_available": KeyRule(
        "How many instances must serve at any time, or what percentage of `replicas`, rounded up; none by"
        " default.",
        refer_to("amount"),
        kinds=_INSTANCES,
    ),
}

CHANGE_KEYS: Table = {
    "breaks": KeyRule(
        "The pairs `consumer -> provider` that break: both, none, a pair, a list of pairs, or any of"
        " these for each aspect; none by default.",
        refer_to("breaks"),
    ),
    "skew": KeyRule(
        "In place of `breaks`: by how many versions a consumer may be older or newer than the provider;"
        " of all aspects, or said for some of them.",
        refer_to("skew"),
    ),
    "severity": KeyRule(
        "How bad a broken pair is, or how bad in each aspect; error by default.", refer_to("severity")
    ),
    "expires": KeyRule("What lies there can vanish at any time.", {"type": "boolean"}),
    "from": KeyRule("The contract whose data a sync copies here.", refer_to("contract")),
    "exists": KeyRule(
        "The versions of the schema or configuration in which the contract is there at all; of a cache,"
        " whether something lies there at the start.",
        _list(refer_to("name"), minItems=1, uniqueItems=True),
    ),
    "starts": KeyRule(
        "What lies there at the start: the versions of the data, or `empty`; by default what follows from the"
        " rest of the file.",
        {"anyOf": [{"const": EMPTY}, _list(refer_to("name"), minItems=1, uniqueItems=True)]},
    ),
    "rows": KeyRule("`kept`: rows stay in the form in which they were written.", {"enum": ["kept"]}),
    "note": KeyRule("A word for the reader of the report.", refer_to("text")),
    "evidence": KeyRule(
        "Why pairs break, for each a list of reasons; as `skewproof derive` writes it.",
        _named(refer_to("pair"), _list(refer_to("reason"))),
    ),
}

REASON_KEYS: Table = {
    "says": KeyRule("What is wrong, in words.", refer_to("text"), required=True),
    "tool": KeyRule("Who says so.", refer_to("text"), required=True),
    "rule": KeyRule("By which rule.", refer_to("text"), required=True),
    "file": KeyRule("In which file.", refer_to("text"), required=True),
    "line": KeyRule("In which line.", {"type": "integer", "minimum": 0, "maximum": MAX_LINE}),
    "base": KeyRule("The revision of the older version.", refer_to("text")),
    "head": KeyRule("The revision of the newer version.", refer_to("text")),
    "grade": KeyRule("How the evidence grades it.", refer_to("text")),
}

_FORMATS = {
    ContractFormat.OPENAPI: "OpenAPI 3: a file, and behind `#` an operation (`#/paths/~1cart/post`).",
    ContractFormat.PROTO: "Protocol buffers: a file or folder, and behind `#` a service, call or message.",
    ContractFormat.AVRO: "An Avro schema.",
    ContractFormat.JSON_SCHEMA: "A JSON Schema, and behind `#` a part of it.",
    ContractFormat.ASYNCAPI: "AsyncAPI 2 or 3, and behind `#` a channel.",
    ContractFormat.GRAPHQL: "A GraphQL schema: a file or folder.",
    ContractFormat.SQL: "Migrations in SQL: a file or folder, and behind `#` a table.",
    ContractFormat.PYTHON: "Python: a file, and behind `#` a function or class.",
    ContractFormat.ASSETS: "The manifest of built assets, of Vite or webpack.",
}
_RESULTS = {
    ResultTool.OASDIFF: "What `oasdiff breaking --format json` printed.",
    ResultTool.BUF: "What `buf breaking --error-format json` printed.",
    ResultTool.SQUAWK: "What `squawk --reporter json` printed.",
    ResultTool.MIGCHECK: "What `migcheck --markdown` wrote.",
    ResultTool.PACT: "The matrix of a Pact Broker, in JSON; versions are numbered by revision.",
}

SOURCE_KEYS: Table = {
    **{str(word): KeyRule(about, refer_to("text")) for word, about in _FORMATS.items()},
    **{str(word): KeyRule(about, refer_to("text")) for word, about in _RESULTS.items()},
    "queries": KeyRule(
        "The statements or operations that consumers run: files, or patterns of files.",
        {"anyOf": [refer_to("text"), _list(refer_to("text"))]},
    ),
    "dialect": KeyRule("The dialect of the SQL; postgres by default.", refer_to("text")),
    "repo": KeyRule("Another folder or repository in which the source lies.", refer_to("text")),
    "registry": KeyRule(
        "What a schema registry enforces of its messages.", {"enum": [str(level) for level in RegistryLevel]}
    ),
    "override": KeyRule("Why what is declared holds although it is not what is derived.", refer_to("text")),
}

FLAG_KEYS: Table = {
    "guards": KeyRule(
        "The contracts on which new code behaves in the old form while the flag is off; a flag without any is"
        " a fact that predicates read.",
        _list({"type": "string", "pattern": CONTRACT}, minItems=1, uniqueItems=True),
    ),
    "since": KeyRule("The version that knows the flag first.", refer_to("name")),
    "understands": KeyRule(
        "Which forms code understands that knows the flag: both (the default), or only its own.",
        {"enum": [*UNDERSTANDS]},
    ),
}

SKEW_KEYS: Table = {
    "older": KeyRule("By how many versions a consumer may be older.", {"type": "integer", "minimum": 0}),
    "newer": KeyRule("By how many versions a consumer may be newer.", {"type": "integer", "minimum": 0}),
}

ASSUME_KEYS: Table = {
    "max_span": KeyRule(
        "Requests that are in flight while more steps than this begin are left out.",
        {"type": "integer", "minimum": 0, "maximum": MAX_SPAN},
    ),
    "never": KeyRule(
        "Cells that can never be met, for a reason that the file cannot say: `db/order schema V1 -> V2`, or"
        " without an aspect for each.",
        _list(refer_to("cell")),
    ),
}

PRICE_KEYS: Table = {
    str(kind): KeyRule(
        f"What a remedy of this kind costs, or `{NEVER}`; {price} by default.",
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_PRICE}, {"const": NEVER}]},
    )
    for kind, price in DEFAULT_PRICES.items()
}

ACCEPT_KEYS: Table = {
    "hazard": KeyRule(
        "The id of one hazard, as the JSON answer has it.",
        {"type": _TEXT_OR_NUMBER, "pattern": "^[0-9a-f]{12}$"},
    ),
    "kind": KeyRule("What kind of hazard it is.", {"enum": [str(word) for word in HazardWord]}),
    "component": KeyRule(
        "Whose it is: the provider of the hop, the component whose instance goes, or that of the"
        " `min_available`.",
        refer_to("name"),
    ),
    "contract": KeyRule(
        "The contract of the hop: provider/subject, or provider/* for all.",
        {"type": "string", "pattern": CONTRACT},
    ),
    "request": KeyRule("The request that meets it.", refer_to("title")),
    "property": KeyRule("The property that is violated.", refer_to("title")),
    "aspect": KeyRule("The aspect in which the pair breaks.", {"enum": [str(aspect) for aspect in Aspect]}),
    "versions": KeyRule("The pair that meets, consumer first: V1 -> V2.", refer_to("pair")),
    "in": KeyRule(
        "The steps in which it is accepted; anywhere by default.",
        {"anyOf": [refer_to("title"), _list(refer_to("title"), minItems=1)]},
    ),
    "reason": KeyRule("Why it is accepted.", refer_to("text"), required=True),
    "until": KeyRule(
        "The last day on which it is accepted, as 2026-12-31.",
        {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    ),
}
