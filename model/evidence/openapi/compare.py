"""OpenAPI 3.0 and 3.1: two versions of a document, as they are and as who wrote them meant them."""

from __future__ import annotations

from ..documents import Node, open_side
from ..judgement import Mismatch
from ..schemas.idle import compare_as_meant
from ..sides import Options, Side, UnjudgedError
from .judged import JudgedOperations

_IDLE = "`nullable` since 3.1, or what stands beside a `$ref` in 3.0"


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What a consumer of one version and a provider of another do not understand. Raises `UnjudgedError`."""
    return compare_as_meant(lambda strictly: _compare(consumer, provider, strictly=strictly), _IDLE)


def _compare(consumer: Side, provider: Side, *, strictly: bool) -> tuple[list[Mismatch], bool]:
    """What is found, and whether words stand where their version of OpenAPI gives them no meaning: beside a
    `$ref` in 3.0, `nullable` since 3.1. They are passed over (`strictly`), and who wrote them meant them."""
    wanted, offered = (_open(side, strictly=strictly) for side in (consumer, provider))
    judged = JudgedOperations(wanted, offered, consumer.rank > provider.rank)
    found = [*judged.compare_operations("paths", consumer.pointer, provider.pointer)]
    found = list(dict.fromkeys([*found, *judged.compare_webhooks()]))
    return found, any(_has_idle_words(side) for side in (wanted, offered))


def _has_idle_words(document: Node) -> bool:
    library = document.library
    return library.has_siblings if _is_30(document) else library.has_nullable


def _is_30(document: Node) -> bool:
    return str(document.read("openapi", "")).startswith("3.0")


def _open(side: Side, *, strictly: bool) -> Node:
    document = open_side(Side(side.tree, side.path))
    version = str(document.read("openapi", ""))
    if not version.startswith(("3.0", "3.1", "3.2")):
        said = f"it says `openapi: {version}`" if version else "it has no `openapi`"
        raise UnjudgedError(f"no OpenAPI 3.0 or 3.1: {said}", side.path, 1)
    document.library.heeds_siblings = not (strictly and _is_30(document))
    document.library.heeds_nullable = not strictly or _is_30(document)
    return document
