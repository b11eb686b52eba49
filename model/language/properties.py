"""The section `properties`: a user's own formulas, by name."""

from __future__ import annotations

from ..deployment.formula import Formula, Modality, Property
from .atoms import KnownNames
from .document import Scalar, Sequence, YamlNode
from .grammar import FORMULA
from .predicates import Predicates, parse_tree
from .reader import Reader, join_words, quote, take_word

_FORMS = ("always P", "never P", "eventually P", "A leads to B", "A before B", "A until B")
_MODALITIES = {modality.replace(" ", "_"): modality for modality in Modality} | {"precedes": Modality.BEFORE}


def read_properties(reader: Reader, node: YamlNode, names: KnownNames) -> tuple[Property, ...]:
    """All properties of the section, in its order."""
    section = reader.mapping(node, "`properties`", "write `NAME: always glue.up`, one a line")
    if section is None:
        return ()
    found: list[Property] = []
    for key, value in section.entries:
        reader.title(key, "the name of a property")
        for scalar in _formulas(reader, key, value):
            formula = _formula(reader, scalar, names)
            if formula is not None:
                found.append(Property(key.text, formula, scalar.place))
    return tuple(found)


def _formulas(reader: Reader, key: Scalar, node: YamlNode) -> list[Scalar]:
    """The texts of one property: one, or a list of them."""
    what = f"property {quote(key.text)}"
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items:
        reader.report("empty", f"{what} must say something", node)
    read = [reader.scalar(item, what, f"a formula such as `{_FORMS[0]}`") for item in items]
    return [scalar for scalar in read if scalar is not None]


def _formula(reader: Reader, scalar: Scalar, names: KnownNames) -> Formula | None:
    word = take_word(scalar)
    tree = parse_tree(reader, word, FORMULA)
    if tree is None:
        return None
    read = Predicates(reader, word, names)
    rule, parts = str(getattr(tree, "data", "")), getattr(tree, "children", [])
    operands = [read.predicate(part) for part in parts]
    if rule == "bare":
        fix = f"write {join_words((f'`{form}`' for form in _FORMS), 'or')}"
        reader.report("bad-property", "a property must say when its predicate holds", word, fix)
        return None
    left, right = (*operands, None)[:2]
    if left is None or (right is None and len(parts) > 1):
        return None
    return Formula(_MODALITIES[rule], left, right)
