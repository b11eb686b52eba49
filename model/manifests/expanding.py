"""Variables in commands of pipelines, put in as far as a file tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from .views import View

MAX_VALUES = 50
"""Of one variable of a matrix."""
MAX_LENGTH = 200
"""Of a value; nothing is called by a longer one."""
MAX_VARIABLES = 100
"""Of one text; more of them stand as they are."""

_VARIABLE = re.compile(r"\$(?:\{(\w{1,100})\}|(\w{1,100}))")
_EXPRESSION = re.compile(r"\$\{\{\s{0,5}(\w{1,20}\.[\w-]{1,100})\s{0,5}\}\}")

Values = Mapping[str, Sequence[str]]
"""Each variable with all values that it has, in one run after the other or at once."""


def expand(text: str, values: Values, most: int) -> str:
    """The text with variables of a shell (`$NAME`) and expressions of GitHub (`matrix.app`) put in; where one
    has several values, the text once for each. Longer than `most` it does not become."""
    texts = [text]
    names = [found[1] or found[2] for found in _VARIABLE.finditer(text)]
    names += [found[1] for found in _EXPRESSION.finditer(text)]
    known = [name for name in dict.fromkeys(names) if values.get(name)]
    for name in known[:MAX_VARIABLES]:
        room = max(1, most // max(1, len(text) * len(texts)))
        several = [value for value in values[name] if len(value) <= MAX_LENGTH][: min(MAX_VALUES, room)]
        texts = [_put_in(one, name, value)[:most] for value in several for one in texts] or texts
    return "\n".join(texts)[:most]


def _put_in(text: str, name: str, value: str) -> str:
    if "." in name:
        return _EXPRESSION.sub(lambda found: value if found[1] == name else found[0], text)
    return _VARIABLE.sub(lambda found: value if name in (found[1], found[2]) else found[0], text)


def read_values(view: View, prefix: str = "") -> dict[str, tuple[str, ...]]:
    """The variables of a mapping, with lists as several values."""
    found = {}
    for key, value in view.entries():
        texts = tuple(text for text, _ in value.texts())
        if value.at("value").text is not None:  # GitLab: with a description beside
            texts = (value.at("value").text or "",)
        if texts:
            found[prefix + key.text] = texts
    return found


def read_combinations(views: Iterable[View], prefix: str = "") -> dict[str, tuple[str, ...]]:
    """The same of several mappings: what any of them says."""
    found: dict[str, tuple[str, ...]] = {}
    for view in views:
        for name, values in read_values(view, prefix).items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *values)))
    return found
