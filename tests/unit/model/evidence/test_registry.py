"""Formats, and what is said when a library is missing."""

from __future__ import annotations

import pytest

from skewproof.model.deployment import ContractFormat
from skewproof.model.evidence.programs import MissingToolError, find_tool, load_library
from skewproof.model.evidence.registry import FORMATS


def test_every_word_of_the_language_has_a_differ() -> None:
    assert FORMATS.keys() == {*ContractFormat}
    assert all(callable(one.differ) for one in FORMATS.values())


def test_a_missing_library_says_what_to_install() -> None:
    with pytest.raises(MissingToolError, match=r"pip install 'skewproof\[evidence\]'"):
        load_library("no_such_library", "no-such-library")
    with pytest.raises(MissingToolError, match="no-such-tool"):
        find_tool("no_such_tool", "no-such-tool")
