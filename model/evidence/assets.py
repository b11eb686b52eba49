"""Manifests of built assets (Vite, webpack): pages of one version ask for files that another does not serve.

A page names the files of its own build; a server, or a bucket that is overwritten, has those of one build.
"""

from __future__ import annotations

from collections.abc import Iterator

from .documents import Node, open_side
from .judgement import Grade, Mismatch
from .sides import Options, Side, UnjudgedError

_LISTS = ("css", "assets")
"""Beside `file`, in an entry of Vite's manifest; `imports` names other entries."""


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """The files that a consumer's pages name and a provider's build does not have. Raises `UnjudgedError`."""
    wanted, served = (dict(_list_files(open_side(side))) for side in (consumer, provider))
    if not wanted and not served:
        raise UnjudgedError("no manifest of Vite or webpack: it names no file", consumer.path, 1)
    gone = "is not there yet" if consumer.rank > provider.rank else "is gone"
    return [
        Mismatch(Grade.BREAKS, "asset", f"`{file}` {gone} at the provider", node.spot)
        for file, node in wanted.items()
        if file not in served
    ]


def _list_files(manifest: Node) -> Iterator[tuple[str, Node]]:
    """The files of a build: each value of webpack's manifest, and what stands in the entries of Vite's."""
    for name, value in manifest.value.items() if isinstance(manifest.value, dict) else ():
        entry = Node(manifest.library, manifest.path, (*manifest.pointer, str(name)), value)
        if isinstance(value, str):
            yield value, entry
        elif isinstance(entry.read("file"), str):
            yield entry.read("file"), entry
        for word in _LISTS:
            yield from ((one.value, one) for one in entry.members(word) if isinstance(one.value, str))
