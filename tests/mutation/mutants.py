"""The mutants of a module: its functions, each changed in one place."""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .operators import changes


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a module, or a method of one of its classes."""

    file: Path
    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Mutant:
    """A function with a change: `number` is the place of the changed node in the tree, `change` counts the
    changes of that node."""

    function: Function
    line: int
    kind: str
    before: str
    after: str
    number: int
    change: int

    def __str__(self) -> str:
        return f"{self.function.file}:{self.line} {self.kind}: {self.before} => {self.after}"


def functions(file: Path, tree: ast.Module) -> Iterator[tuple[Function, ast.FunctionDef]]:
    """The functions of a module and the methods of its classes; what is within them belongs to them."""
    scopes: list[tuple[str, list[ast.stmt]]] = [("", tree.body)]
    for prefix, body in scopes:  # grows while it is walked
        for node in body:
            if isinstance(node, ast.ClassDef):
                scopes.append((f"{prefix}{node.name}.", node.body))
            elif isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                yield Function(file, f"{prefix}{node.name}", first, node.end_lineno or first), node


def mutants(file: Path, root: Path) -> Iterator[Mutant]:
    """Every mutant of the module, in the order of its lines."""
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    for function, body in functions(file, tree):
        for node in _changeable(body):
            for number, (kind, other) in enumerate(changes(node)):
                line = getattr(node, "lineno", function.first)
                told = _told(node), _told(other)
                yield Mutant(function, line, kind, *told, numbers[id(node)], number)


def _changeable(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body but for annotations, assertions and the words of errors."""
    todo: list[ast.AST] = list(reversed(function.body))
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr):
            continue
        left_out = {id(getattr(node, name, None)) for name in ("annotation", "returns", "args")}
        children = [child for child in ast.iter_child_nodes(node) if id(child) not in left_out]
        todo += reversed(children)


def _told(node: ast.AST | None) -> str:
    if node is None or isinstance(node, ast.Pass):
        return "nothing"
    if isinstance(node, ast.If | ast.While):
        return f"if {ast.unparse(node.test)}"
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0][:90]


def code_of(mutant: Mutant, root: Path, filename: str) -> types.CodeType:
    """The code of the mutant's function."""
    tree = ast.parse((root / mutant.function.file).read_text(encoding="utf-8"))
    node = next(one for number, one in enumerate(ast.walk(tree)) if number == mutant.number)
    _, other = list(changes(node))[mutant.change]
    _Replaced(node, other).visit(tree)
    module = compile(ast.fix_missing_locations(tree), filename, "exec")
    todo = [module]
    for code in todo:  # grows while it is walked
        if (code.co_qualname, code.co_firstlineno) == (mutant.function.name, mutant.function.first):
            return code
        todo += [inner for inner in code.co_consts if isinstance(inner, types.CodeType)]
    raise LookupError(f"the code of {mutant.function.name} is not there")


class _Replaced(ast.NodeTransformer):
    """A tree with one node in another's place."""

    def __init__(self, node: ast.AST, other: ast.AST | None) -> None:
        self._node, self._other = node, other

    def visit(self, node: ast.AST) -> ast.AST | None:
        if node is not self._node:
            found: ast.AST = super().generic_visit(node)
            return found
        return None if self._other is None else ast.copy_location(self._other, node)
