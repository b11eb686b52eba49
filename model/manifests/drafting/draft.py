"""The draft of a deployment file, put together of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...deployment import Kind
from ..drafted import Draft, DraftComponent, tell_origin
from ..naming import make_title, with_good_names
from ..seen import SeenParts
from .known import KnownParts
from .questions import list_questions, list_remarks
from .requests import RequestsDrafting
from .steps import StepsDrafting


def make_draft(seen: SeenParts, kinds: Mapping[str, Kind] | None = None) -> Draft:
    """The draft of a deployment file; what it cannot know becomes a question, and stands in it as such.

    `kinds` are those of components that somebody has settled.
    """
    known = KnownParts(with_good_names(seen), kinds or {})
    requests, steps = RequestsDrafting(known), StepsDrafting(known)
    drafted = tuple(requests.draft()), tuple(steps.draft())
    title = known.seen.title
    return Draft(
        make_title(title) if title and title.strip() else None,
        tuple(_list_components(known)),
        *drafted,
        (*requests.questions, *steps.questions, *list_questions(known)),
        (*known.seen.remarks, *list_remarks(known)),
    )


def _list_components(known: KnownParts) -> Iterator[DraftComponent]:
    first_of_image: dict[str, str] = {}
    for unit in sorted(known.seen.units.values(), key=lambda unit: unit.is_store):
        kind = known.kinds[unit.name]
        keys = [("kind", str(kind)), *unit.settings]
        if unit.image and kind.has_instances:
            shared = first_of_image.setdefault(unit.image, unit.name)
            keys += [("image", shared)] if shared != unit.name else []
        yield DraftComponent(unit.name, tuple(keys), tell_origin(unit.origin), unit.notes)
