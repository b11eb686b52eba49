"""Text that has to fit."""

from __future__ import annotations

import pytest

from skewproof.diagrams.lettering import break_text, fit_name, fit_version, measure


@pytest.mark.parametrize("version", ["V1", "2024.10.1-rc1", "2024.11.0", "a" * 200])
@pytest.mark.parametrize("width", [20, 47, 400])
def test_a_version_fits_and_keeps_its_end(version: str, width: float) -> None:
    (told,) = fit_version(version, width, 11)
    assert measure(told, 11, bold=True) <= width
    assert told[-1] == version[-1]
    assert told == version or "…" in told


def test_two_long_versions_are_told_apart() -> None:
    assert fit_version("2024.10.1-rc1", 47, 11) != fit_version("2024.10.1-rc2", 47, 11)


def test_a_name_without_joints_is_broken_into_parts_of_about_the_same_width() -> None:
    lines = break_text("internationalization", 104, 12, bold=True)
    assert "".join(lines) == "internationalization"
    assert min(map(len, lines)) > 8


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("currencyservice", ("currency", "service")),
        ("checkoutservice", ("checkout", "service")),
        ("shippingDatabase", ("shipping", "Database")),
        ("ProductCatalogItems", ("Product", "CatalogItems")),
        ("productcatalogservice", ("productcata", "logservice")),  # a word is too wide: two halves
        ("service", ("service",)),
    ],
)
def test_a_name_of_several_words_is_broken_between_them(name: str, lines: tuple[str, ...]) -> None:
    assert break_text(name, 112, 13.5, bold=True, most=2) == lines


def test_a_name_with_joints_is_broken_there() -> None:
    assert break_text("Deploy_Spryker_services", 100, 11) == ("Deploy_Spryker_", "services")


@pytest.mark.parametrize(
    ("name", "lines", "size"),
    [
        ("glue", ("glue",), 12),
        ("recommendationservice", ("recommendation", "service"), 11),  # no word is cut at the smaller size
        ("internationalization", ("international", "ization"), 12),  # one is cut at either
    ],
)
def test_a_name_is_smaller_where_a_word_would_be_cut(name: str, lines: tuple[str, ...], size: float) -> None:
    told, found = fit_name(name, 106, (12, 11))
    assert found == size
    assert "".join(told) == name
    assert max(measure(line, size, bold=True) for line in told) <= 106
    if size == 11 or len(lines) == 1:
        assert told == lines
