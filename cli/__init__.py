"""The command line: arguments in, exit status out."""

from .main import main

__all__ = ["main"]
