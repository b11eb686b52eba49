"""Predicates for tests: a deployment to speak of, reading them, drawing them, and a naive meaning."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from skewproof.model.compiler.variables import Vocabulary
from skewproof.model.deployment import Deployment
from skewproof.model.deployment.predicate import (
    AllAt,
    And,
    ComparisonOperator,
    Constant,
    Count,
    Done,
    Empty,
    FlagIs,
    Gone,
    Holds,
    Implies,
    Leads,
    Not,
    Or,
    Predicate,
    Serving,
    Stands,
    StepSide,
    Suspended,
    Version,
)
from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.language.atoms import KnownNames
from skewproof.model.language.components import read_components
from skewproof.model.language.document import Mapping as Section
from skewproof.model.language.document import Scalar, parse_document
from skewproof.model.language.predicates import parse_predicate
from skewproof.model.language.reader import Reader, Word
from skewproof.model.language.requests import read_requests
from skewproof.model.names import Target

TEXT = """\
system: S
components:
  glue: {kind: service}
  zed: {kind: service, replicas: 2}
  cron: {kind: worker, replicas: 2, max_surge: 0, max_unavailable: 2}
  db: {kind: database}
  log: {kind: database}
  redis: {kind: cache}
  mq: {kind: broker}
requests:
  buy:
    - client calls glue: cart
    - glue reads redis: product
    - glue reads redis: price
    - glue calls zed: add
    - zed writes db: item
    - zed writes db: row
    - zed writes log: line
    - zed publishes mq: m
  job:
    - cron consumes mq: m
pipeline:
  - First: [suspend cron, migrate db]
  - all: [deploy glue zed]
  - Last one: [reconfigure mq, deploy cron]
flags: {new-cart: {guards: [zed/add]}}
changes:
  redis/product: {breaks: both}
  db/item: {breaks: both}
  db/row: {breaks: both, rows: kept}
  mq/m: {breaks: both}
"""
"""`redis/price` and `log/line` are not changed; the rows of `db/item` follow the schema, those of `db/row`
do not."""

STEPS = ("First", "all", "Last one")
CONTRACTS = ("db/item", "db/row", "log/line", "mq/m", "redis/price", "redis/product")
VERSIONS = ("V1", "V2")


def deployment() -> Deployment:
    return loads(TEXT)


def read(text: str) -> Predicate:
    """The predicate, its names held against the deployment. Raises InvalidDeploymentError."""
    document = parse_document(TEXT, "deployment.yaml")
    written = parse_document("|\n", "predicate")  # for its lines alone
    reader = Reader([document])
    reader._lines["predicate"] = (*text.split("\n"), *written.lines)
    assert isinstance(document.root, Section)
    sections = {key.text: node for key, node in document.root.entries}
    components = read_components(reader, sections["components"])
    _, contracts = read_requests(reader, sections["requests"], components)
    names = KnownNames(components, contracts, ("new-cart",), VERSIONS, STEPS)
    place = Scalar(text, sections["system"].place._replace(file="predicate", line=1, column=1))
    predicate = parse_predicate(reader, Word(text, place.place, len(text), True), names)
    if reader.problems or predicate is None:
        raise InvalidDeploymentError(reader.problems)
    return predicate


# --- a naive meaning ----------------------------------------------------------------------------


def means(predicate: Predicate, vocabulary: Vocabulary, values: Mapping[str, str]) -> bool:
    """Whether the predicate holds where each variable's machine is in that state; `done` never does."""
    match predicate:
        case Constant(value):
            return value
        case Not(operand):
            return not means(operand, vocabulary, values)
        case And(operands):
            return all(means(operand, vocabulary, values) for operand in operands)
        case Or(operands):
            return any(means(operand, vocabulary, values) for operand in operands)
        case Implies(condition, consequence):
            return not means(condition, vocabulary, values) or means(consequence, vocabulary, values)
        case Suspended(worker):
            return values[f"jobs {worker}"] == "suspended"
        case Gone(component, version):  # nothing starts, restarts or terminates here
            return version not in vocabulary.rollouts[component].present[values[f"up {component}"]]
        case Leads(component, version, equal):
            leader = values[f"leader {component}"]
            return leader == "no leader" if version is None else (leader == version) == equal
        case FlagIs(flag, on):
            return values[f"flag {flag}"] == ("on" if on else "off")
        case Stands(side, step):
            return _stands(side, step, values["pipeline"])
        case Done():
            return False
        case Count(terms, comparison, number):
            serving = (_serving(term, vocabulary, values) for term in terms if isinstance(term, Serving))
            return _compared(sum(serving), comparison, number)
        case AllAt(component, version) if f"up {component}" in values:
            up = _up(component, vocabulary, values)
            replicas = vocabulary.deployment.components[component].replicas
            return all(v == version for v in up) and up.count(version) >= replicas
        case AllAt(component, version):
            return means(Version(Target(component), ComparisonOperator.EQUAL, version), vocabulary, values)
        case Version(target, comparison, version):
            found = _versions(target, vocabulary, values)
            some = bool(found) or f"up {target.name}" not in values
            rank = VERSIONS.index(version)
            return some and all(_compared(VERSIONS.index(v), comparison, rank) for v in found)
        case Holds(form, target):
            forms = _forms(target, values)
            return bool(forms - {"V2"}) if form is None else form in forms
        case Empty(target):
            return not _forms(target, values)


def _stands(side: StepSide, step: str, position: str) -> bool:
    order = ["(before)", *STEPS, "(after)"]
    here = order.index(position.partition(" ")[2].partition(":")[0])
    there = order.index(step)
    return {StepSide.IN: here == there, StepSide.BEFORE: here < there, StepSide.AFTER: here > there}[side]


def _compared(left: int, comparison: ComparisonOperator, right: int) -> bool:
    match comparison:
        case ComparisonOperator.EQUAL:
            return left == right
        case ComparisonOperator.UNEQUAL:
            return left != right
        case ComparisonOperator.LESS:
            return left < right
        case ComparisonOperator.AT_MOST:
            return left <= right
        case ComparisonOperator.MORE:
            return left > right
        case ComparisonOperator.AT_LEAST:
            return left >= right


def _up(component: str, vocabulary: Vocabulary, values: Mapping[str, str]) -> list[str]:
    """The version of each instance that serves."""
    counts = vocabulary.rollouts[component].counts[values[f"up {component}"]]
    return [version for version, number in counts.items() for _ in range(number)]


def _serving(term: Serving, vocabulary: Vocabulary, values: Mapping[str, str]) -> int:
    up = _up(term.component, vocabulary, values)
    return len(up) if term.version is None else up.count(term.version)


def _versions(target: Target, vocabulary: Vocabulary, values: Mapping[str, str]) -> list[str]:
    if f"up {target.name}" in values:
        return _up(target.name, vocabulary, values)
    return [values[f"schema {name}"] for name in _named(target) if f"schema {name}" in values]


def _named(target: Target) -> list[str]:
    whole = target.subject is None
    return [n for n in CONTRACTS if (n.startswith(f"{target.name}/") if whole else n == str(target))]


def _forms(target: Target, values: Mapping[str, str]) -> set[str]:
    """The forms of all that lies there; of rows that follow their schema its version."""
    found: set[str] = set()
    for name in _named(target):
        if f"content {name}" in values:
            found |= {form for form in values[f"content {name}"].split(" + ") if form != "empty"}
        elif f"schema {name}" in values:
            found.add(values[f"schema {name}"])
    return found


# --- any predicate ------------------------------------------------------------------------------

_VERSION = st.sampled_from(VERSIONS)
_COMPARISON = st.sampled_from(list(ComparisonOperator))
_STORED = st.sampled_from(
    [Target("db"), Target("mq"), Target("redis"), Target("log")] + [Target(*c.split("/")) for c in CONTRACTS]
)
_WITH_SCHEMA = _STORED.filter(lambda target: target.name != "redis")
_INSTANCES = st.sampled_from(("glue", "zed", "cron"))
_SERVING = st.builds(Serving, _INSTANCES, st.none() | _VERSION)

ATOMS: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(Constant, st.booleans()),
    st.just(Suspended("cron")),
    st.builds(Gone, _INSTANCES, _VERSION),
    st.builds(FlagIs, st.just("new-cart"), st.booleans()),
    st.builds(Stands, st.sampled_from(list(StepSide)), st.sampled_from((*STEPS, "(before)", "(after)"))),
    st.builds(Count, st.lists(_SERVING, min_size=1, max_size=3).map(tuple), _COMPARISON, st.integers(0, 4)),
    st.builds(AllAt, _INSTANCES | st.sampled_from(("db", "mq", "log")), _VERSION),
    st.builds(Version, _WITH_SCHEMA | st.builds(Target, _INSTANCES), _COMPARISON, _VERSION),
    st.builds(Holds, st.none() | _VERSION, _STORED),
    st.builds(Empty, _STORED),
)


def _deeper(inner: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, inner),
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Implies, inner, inner),
    )


PREDICATES: st.SearchStrategy[Predicate] = st.recursive(ATOMS, _deeper, max_leaves=6)
