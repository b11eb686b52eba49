"""Files as other tools want them named: from the working folder on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


def write_relative(file: str) -> str:
    """The path from the working folder, with slashes; the absolute path of what lies elsewhere."""
    path = Path(file).absolute()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()


def write_uri(file: str) -> str:
    """The same as a reference of RFC 3986: relative, or a `file` URI."""
    relative = write_relative(file)
    return f"file://{quote(relative)}" if relative.startswith("/") else quote(relative)
