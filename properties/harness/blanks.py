"""What no file tells, and a person has to write: marked in a harness, and told before anything runs."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...model.escapes import make_line_harmless
from ...model.language.text import UnreadableFileError, decode
from ...model.names import Place
from .errors import HarnessError

if TYPE_CHECKING:
    from .mixed import MixedVersions


def blank(words: str) -> Any:
    """A place in a harness that is still blank; `words` say what belongs there. Raises `HarnessError`.

    A harness is read for its blanks before it is run, so that all of them are told at once.
    """
    raise HarnessError(f"this is still blank: {words}")


def refuse_blanks(harness: MixedVersions) -> None:
    """Raises `HarnessError` that tells each blank in the modules of the harness, with its place."""
    told = [f"{place}: still blank: {make_line_harmless(words)}" for place, words in _list_blanks(harness)]
    if told:
        raise HarnessError("\n".join(told))


def _list_blanks(harness: MixedVersions) -> Iterator[tuple[Place, str]]:
    modules = dict.fromkeys(sys.modules.get(kind.__module__) for kind in reversed(type(harness).__mro__))
    for module in modules:
        names = [name for name, found in vars(module).items() if found is blank] if module else []
        if module is not None and names and module.__name__ != __package__:
            yield from _in_module(module, frozenset(names))


def _in_module(module: ModuleType, names: frozenset[str]) -> Iterator[tuple[Place, str]]:
    """The blanks in the source of a module, in their order; none where it has no source."""
    try:
        file = inspect.getsourcefile(module)
        tree = ast.parse(decode(Path(file).read_bytes(), file)) if file else ast.Module([], [])
    except (OSError, TypeError, SyntaxError, UnreadableFileError):
        return
    shown = _shorten(file or "")
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_blank(node, names)]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        words = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else "…"
        yield Place(shown, node.lineno, node.col_offset + 1), str(words)


def _is_blank(node: ast.Call, names: frozenset[str]) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in names


def _shorten(file: str) -> str:
    """The path from the working folder, where it lies below that."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
