"""What people look at: drawings of deployments and stories, and the words that hazards are told in."""

from .architecture import draw_architecture
from .errors import DiagramError
from .graphviz import file_stem, render
from .story import draw_story

__all__ = ["DiagramError", "draw_architecture", "draw_story", "file_stem", "render"]
