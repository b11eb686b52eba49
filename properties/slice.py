"""The engine `slice`, under the name by which `engines` finds it; see `slicing`."""

from .slicing.engine import judge

__all__ = ["judge"]
