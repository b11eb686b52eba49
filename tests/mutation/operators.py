"""The changes that a mutant can be: each node of a syntax tree with what could stand in its place."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

Change = tuple[str, ast.AST | None]
"""What kind of change it is, and what stands in the node's place (None: nothing)."""

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


def changes(node: ast.AST) -> Iterator[Change]:
    """Every change of this one node."""
    match node:
        case ast.Compare(ops=ops):
            yield from _comparisons(node, ops)
        case ast.BoolOp(op=op, values=values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield "and, or", ast.BoolOp(other, values)
            for rest in _but_one(values):
                yield "dropped operand", ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "dropped not", operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            yield "arithmetic", ast.BinOp(left, ARITHMETIC[type(op)](), right)
        case ast.Constant(value=bool(value)):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield "constant", ast.Constant(value + 1)
        case ast.Name(id=name) if name in NAMES:
            yield "min, max, any, all", ast.Name(NAMES[name], ast.Load())
        case ast.Dict(keys=keys, values=values) if None in keys or len(keys) > 1:
            for number in range(len(keys)):
                kept = [n for n in range(len(keys)) if n != number]
                fewer = ast.Dict([keys[n] for n in kept], [values[n] for n in kept])
                yield "dropped conjunct", fewer
        case ast.Set(elts=items) | ast.List(elts=items) if len(items) > 1:
            is_set = isinstance(node, ast.Set)
            for rest in _but_one(items):
                yield "dropped element", ast.Set(rest) if is_set else ast.List(rest, ast.Load())
        case ast.Call(func=ast.Name(id="conjoin"), args=items, keywords=keywords) if len(items) > 1:
            for rest in _but_one(items):
                yield "dropped conjunct", ast.Call(node.func, rest, keywords)
        case ast.comprehension(ifs=conditions) if conditions:
            for rest in _but_one(conditions):
                yield "dropped condition", ast.comprehension(node.target, node.iter, rest, node.is_async)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if _is_plain(test):
            other_node = copy.copy(node)
            other_node.test = ast.UnaryOp(ast.Not(), test)
            yield "negated condition", other_node
        case ast.stmt():
            yield from _removed(node)


def _comparisons(node: ast.Compare, ops: list[ast.cmpop]) -> Iterator[Change]:
    for number, op in enumerate(ops):
        for other in COMPARISONS[type(op)]:
            yield (
                "comparison",
                ast.Compare(node.left, [*ops[:number], other(), *ops[number + 1 :]], node.comparators),
            )


def _but_one(items: list[ast.expr]) -> Iterator[list[ast.expr]]:
    return ([*items[:n], *items[n + 1 :]] for n in range(len(items)))


def _is_plain(test: ast.expr) -> bool:
    """A condition that no other change turns round."""
    is_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    return not (isinstance(test, ast.Compare | ast.BoolOp) or is_not)


def _removed(node: ast.stmt) -> Iterator[Change]:
    """The statement left out, where what follows can go on without it."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return  # a docstring
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield "dropped statement", ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "dropped statement", ast.Pass()
        case ast.If(body=[ast.Return() | ast.Continue() | ast.Expr(ast.Yield()), *_], orelse=[]):
            yield "dropped early return", ast.Pass()
