"""What people look at: drawings of deployments and stories, and the words that hazards are told in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .architecture import draw_architecture
    from .errors import DiagramError
    from .graphviz import file_stem, render
    from .machines import draw_machine, draw_machines
    from .story import draw_story
    from .timeline import draw_timeline

__all__ = [
    "DiagramError",
    "draw_architecture",
    "draw_machine",
    "draw_machines",
    "draw_story",
    "draw_timeline",
    "file_stem",
    "render",
]

_HOMES = {
    ".architecture": ["draw_architecture"],
    ".errors": ["DiagramError"],
    ".graphviz": ["file_stem", "render"],
    ".machines": ["draw_machine", "draw_machines"],
    ".story": ["draw_story"],
    ".timeline": ["draw_timeline"],
}
"""The public names of each module, imported when one of them is first used."""
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
