"""Seeded bugs in the shop's V1: the harness tells each from the original."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from shop_harness import HERE, Shop

from skewproof.properties.harness import Code, Comparison, Trial


@dataclass(frozen=True)
class Mutant:
    """A patch of V1: in a file, what stands there and what stands there then; and what is told of it.

    `alone`: V1 fails by itself; otherwise only a mix shows it.
    """

    patches: tuple[tuple[str, str, str], ...]
    told: str
    alone: bool = False


MUTANTS = {
    "the total is one cent too high": Mutant(
        (("backend", 'int(request.args["quantity"])}', 'int(request.args["quantity"]) + 1}'),),
        "the customer sees {'total': '39.99 EUR'}",
        alone=True,
    ),
    "the cache is filled without prices": Mutant(
        (("worker", '{"name": name, "price_cents": cents}', '{"name": name}'),),
        "KeyError: 'price_cents'",
        alone=True,
    ),
    "orders need a currency, which only V1 sends": Mutant(
        (
            (
                "storefront",
                '"quantity": basket["quantity"]}',
                '"quantity": basket["quantity"], "currency": "EUR"}',
            ),
            (
                "backend",
                "ordered = request.get_json()\n",
                'ordered = request.get_json()\n        ordered["currency"]\n',
            ),
        ),
        "KeyError: 'currency'",
    ),
    "the storefront takes an answer for an error unless it has the status that V1 gives": Mutant(
        (
            (
                "storefront",
                'return {"order": answer["order"]}, 201',
                'return {"order": answer["receipt"]}, 201',
            ),
            ("backend", 'return {"order": made.lastrowid}, 201', 'return {"receipt": made.lastrowid}, 201'),
        ),
        "KeyError: 'receipt'",
    ),
    "shipping looks the product up": Mutant(
        (
            (
                "worker",
                "        with self._database:\n",
                '        self._database.execute("SELECT name FROM products")\n        with self._database:\n',
            ),
        ),
        "the code takes the hop `worker reads database: product`",
        alone=True,
    ),
    "rows are read by their place": Mutant(
        (
            (
                "backend",
                '"SELECT price_cents FROM products WHERE id = ?", (request.args["product"],))\n'
                "        (price,) = found.fetchone()",
                '"SELECT * FROM products WHERE id = ?", (request.args["product"],))\n'
                "        _, _, price = found.fetchone()",
            ),
        ),
        "ValueError: too many values to unpack",
    ),
}


def shop_of(folder: Path) -> type[Shop]:
    class Mutated(Shop):
        code: ClassVar[Mapping[str, Code]] = {"V1": Code(folder, "shop"), "V2": Shop.code["V2"]}

        # What no mutant is about: V2 adds a column, at the end, that nobody needs.
        migrations: ClassVar[Mapping[str, Mapping[str, Path | str]]] = {
            "V2": {**Shop.migrations["V2"], "product": "ALTER TABLE products ADD COLUMN colour TEXT"}
        }

    return Mutated


def told_of(shop: type[Shop]) -> tuple[list[str], list[str]]:
    """What fails alone, and what is seen that the file does not predict."""
    with Trial(shop()) as trial:
        alone = [str(failure) for failure in trial.alone]
        if alone:
            return alone, []
        comparison = Comparison(trial)
        comparison.tour()
        return alone, [str(wrong) for wrong in comparison.unpredicted]


def test_nothing_is_told_of_the_original(tmp_path: Path) -> None:
    shutil.copytree(HERE / "v1", tmp_path / "v1")
    assert told_of(shop_of(tmp_path / "v1")) == ([], [])


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_is_told_from_the_original(name: str, tmp_path: Path) -> None:
    mutant = MUTANTS[name]
    shutil.copytree(HERE / "v1", tmp_path / "v1")
    for module, before, after in mutant.patches:
        file = tmp_path / "v1" / "shop" / f"{module}.py"
        source = file.read_text("utf-8")
        assert source.count(before) == 1, "the patch fits"
        file.write_text(source.replace(before, after), "utf-8")
    alone, mixed = told_of(shop_of(tmp_path / "v1"))
    assert any(mutant.told in text for text in (alone if mutant.alone else mixed))
    assert mixed if not mutant.alone else alone
