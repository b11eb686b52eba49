"""How Sphinx builds the documentation: `make docs`. Warnings are errors."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "skewproof"
author = "the skewproof authors"
copyright = author  # noqa: A001 - Sphinx calls it so
release = version = installed("skewproof")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build", "ci"]

html_theme = "furo"
html_title = f"skewproof {release}"
html_copy_source = False
html_show_sourcelink = False

myst_heading_anchors = 3
default_role = "code"  # docstrings write `code` as Markdown does
autodoc_member_order = "bysource"
autodoc_typehints = "description"
nitpicky = False
