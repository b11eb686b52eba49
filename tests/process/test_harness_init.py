"""What `skewproof harness init` proposes for the polyglot example finds the same, filled as it asks."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from polyglot_harness import HERE, Polyglot

from skewproof.properties.harness import Comparison, Finding, Learned, MixedVersions, Trial, learn
from skewproof.properties.harness.exploring import read_own_settings
from skewproof.properties.harness.playing import build_machine
from support.command import invoke

ANSWERS = {
    "programs that V1 runs with": ".environments/v1/bin",
    "programs that V2 runs with": ".environments/v2/bin",
    "method and path of `quote`": "GET /quote",
    "method and path of `order`": "POST /orders",
    "writes into its log": "waiting for orders",
    "a table of `product`": "products",
    "a table of `order`": "orders",
    "a table of `shipment`": "shipments",
    "do `refresh cache` once": "refresh",
    "the answer of `show product`": {"name": "Teapot", "price": "19.99 EUR"},
    "the answer of `show basket`": {"total": "39.98 EUR"},
    "the answer of `check out`": None,
}
"""What a person writes, by what the blank asks for."""

FEW = ("show basket", "check out")


class Filling(ast.NodeTransformer):
    """Writes the answer in the place of each blank."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not (isinstance(node.func, ast.Name) and node.func.id == "blank"):
            return node
        words = ast.literal_eval(node.args[0])
        (answer,) = [answer for asked, answer in ANSWERS.items() if asked in words]
        return (
            ast.Constant(answer)
            if not isinstance(answer, dict)
            else ast.parse(repr(answer), mode="eval").body
        )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example's versions, with the packages that `setup.sh` installs."""
    assert (HERE / "node_modules").exists(), "run examples/polyglot/setup.sh first"
    for name in ("v1", "v2", "migrations"):
        shutil.copytree(HERE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".environments", "node_modules"):
        (tmp_path / name).symlink_to(HERE / name)
    shutil.copy(HERE / "skewproof.yaml", tmp_path)
    return tmp_path


def write_filled(project: Path, servers: Mapping[str, str]) -> type[MixedVersions]:
    """The harness that the command proposes, filled; PostgreSQL and RabbitMQ are those that run already."""
    done = invoke("harness", "init", "v2/compose.yaml", "--old", "v1/compose.yaml", cwd=project)
    assert done.returncode == 0, done.stderr
    file = project / "test_rollout.py"
    text = ast.unparse(ast.fix_missing_locations(Filling().visit(ast.parse(file.read_text()))))
    text = text.replace("Postgres(", f"Postgres(server={servers['database']!r}, ")
    text = text.replace("RabbitMQ({", f"RabbitMQ(server={servers['queue']!r}, topics={{")
    file.write_text(text)
    spec = importlib.util.spec_from_file_location("filled_rollout", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found: type[MixedVersions] = module.PolyglotShop
    return found


@pytest.fixture
def filled(project: Path, servers: Mapping[str, str]) -> Iterator[type[MixedVersions]]:
    yield write_filled(project, servers)
    del sys.modules["filled_rollout"]


def keep_few(project: Path) -> None:
    file = project / "skewproof.yaml"
    described = yaml.safe_load(file.read_text())
    for section, names in (("requests", FEW), ("changes", ("database/order", "backend/quote"))):
        described[section] = {name: described[section][name] for name in names}
    file.write_text(yaml.safe_dump(described, sort_keys=False))


def find_broken(learned: tuple[Learned, ...]) -> set[tuple[str, int, str, str, Finding]]:
    return {
        (one.trait.request, one.trait.hop, one.trait.consumer, one.trait.provider, one.finding)
        for one in learned
        if one.finding is not Finding.WORKS
    }


def test_filled_as_it_asks_it_finds_what_the_example_finds(
    project: Path, filled: type[MixedVersions]
) -> None:
    keep_few(project)
    with Trial(filled()) as trial:
        assert trial.alone == ()
        pairs = (("V1", "V2"), ("V2", "V1"))
        assert find_broken(learn(trial)) == {
            *(("show basket", 2, *pair, Finding.CORRUPTS) for pair in pairs),
            *(("check out", 3, *pair, Finding.BREAKS) for pair in pairs),
        }
        machine = build_machine(Comparison(trial))
        few = settings(read_own_settings(1), stateful_step_count=10, derandomize=True, database=None)
        run_state_machine_as_test(machine, settings=few)


@pytest.mark.exhaustive
def test_everything_is_found_as_by_hand(filled: type[MixedVersions], servers: Mapping[str, str]) -> None:
    import polyglot_harness

    polyglot_harness.SERVERS.update(servers)
    with Trial(filled()) as trial:
        proposed = find_broken(learn(trial))
    with Trial(Polyglot()) as trial:
        by_hand = find_broken(learn(trial))
    polyglot_harness.SERVERS.clear()
    assert proposed == by_hand
    assert len(proposed) == 10
