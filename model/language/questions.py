"""What can be asked of a component or a flag: `glue.up(V1)`, in its parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from ..deployment import Component, Kind
from .reader import Word, join_words

if TYPE_CHECKING:
    from lark import Token, Tree

    Node = Tree[Token] | Token | None

QUESTIONS = ("suspended", "version", "up", "restarting", "gone", "leader", "on", "off")


class ComponentQuestion(Struct, frozen=True):
    """`glue.up(V1)`: who is asked, what, and of which version."""

    subject: Word
    question: Word | None
    version: Word | None
    whole: Word


def split(whole: Word, token: Node, *, asks: bool) -> tuple[Word, Word | None]:
    """Who is named, and what is asked: `up` behind the last point, or behind the quotes."""
    text, start = str(token), getattr(token, "start_pos", 0)
    if text.startswith('"'):
        end = text.rindex('"')
        inside = whole.part(start + 1, start + end)
        name = inside._replace(text=_unescaped(inside.text))
        return name, whole.part(start + end + 2, start + len(text)) if text[end + 1 :] else None
    if '"' in text:  # front/"GET /cart/{id}"
        begin, end = text.index('"'), text.rindex('"')
        name = whole.part(start, start + end)._replace(text=text[:begin] + _unescaped(text[begin + 1 : end]))
        return name, whole.part(start + end + 2, start + len(text)) if text[end + 1 :] else None
    before, _, after = text.rpartition(".")
    if not (asks and before and after):
        return whole.part(start, start + len(text)), None
    middle = start + len(before)
    return whole.part(start, middle), whole.part(middle + 1, start + len(text))


def list_questions(component: Component) -> str:
    """What can be asked of a component, by examples."""
    return join_words((f"`{question}`" for question in _examples(component)), "or")


def _examples(component: Component) -> Iterator[str]:
    name, kind = component.name, component.kind
    if kind is Kind.WORKER:
        yield f"{name}.suspended"
    if kind.has_instances:
        yield f"{name}.up"
    if kind.has_instances or kind.has_schema:
        yield f"{name}.version == …"
    if kind in (Kind.CACHE, Kind.BROKER):
        yield f"old in {name}"


def _unescaped(text: str) -> str:
    r"""`a\"b` as `a"b`."""
    parts = text.split("\\\\")
    return "\\".join(part.replace('\\"', '"') for part in parts)
