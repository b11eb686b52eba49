"""What people look at: drawings of deployments and stories, and the words that hazards are told in."""

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
