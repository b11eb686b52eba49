"""The pytest plugin: deployment files are collected, each request and each property a test.

This module is imported whenever pytest starts; it imports nothing of skewproof before pytest comes
upon a deployment file.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..model.deployment import Deployment
    from ..model.resources.jobs import Workers
    from .items import DeploymentFile

NAME = "skewproof.yaml"
NAMES, ENDINGS = (NAME, "skewproof.yml"), (".skew.yaml", ".skew.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("skewproof", "deployment files (skewproof.yaml, *.skew.yaml)")
    group.addoption(
        "--skewproof-engine", default="auto", metavar="NAME", help="what judges the deployments (auto)"
    )
    group.addoption(
        "--skewproof-drawings",
        type=Path,
        metavar="DIR",
        help="where the stories of failures are drawn (.skewproof)",
    )
    about = (
        "give up, without a verdict, when a file is read or judged, or a failure told, for so long (never)"
    )
    group.addoption("--skewproof-timeout", type=float, metavar="SECONDS", help=about)
    about = "give up where this process holds more memory than this (half of what the machine has)"
    group.addoption("--skewproof-max-memory", type=int, metavar="MIB", help=about)
    about = "the release's changes, for every deployment file, in place of the file of changes beside it"
    group.addoption("--skewproof-changes", type=Path, metavar="FILE", help=about)
    group.addoption(
        "--skewproof-deployment", type=Path, metavar="FILE", help="what the fixture `deployment` reads"
    )
    about = (
        "so long each harness begins other runs; what it has not tried then is told, and not passed (no end)"
    )
    group.addoption("--skewproof-budget", type=float, metavar="SECONDS", help=about)
    about = "so many processes share the runs of each harness, each with services and servers of its own (1)"
    group.addoption("--skewproof-jobs", type=int, default=1, metavar="N", help=about)
    parser.addini("skewproof_changes", about, default="")
    parser.addini("skewproof_deployment", "what the fixture `deployment` reads", default="")


def pytest_configure(config: pytest.Config) -> None:
    marker = "skewproof(file, changes=None): the deployment file that the fixture `deployment` reads"
    config.addinivalue_line("markers", marker)
    marker = "skewproof_budget(seconds): so long a harness of `as_test_case` begins other runs"
    config.addinivalue_line("markers", marker)
    config.addinivalue_line("markers", "skewproof_request: a request of a deployment file")
    config.addinivalue_line("markers", "skewproof_property: a property of a deployment file")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DeploymentFile | None:
    name = file_path.name.lower()
    if name not in NAMES and not name.endswith(ENDINGS):
        return None
    from .items import collect_deployment

    return collect_deployment(parent, file_path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gives harness tests their seconds: by their marker, else what they say themselves, else the option."""
    harness = sys.modules.get("skewproof.properties.harness.testcase")  # not imported: there are none
    for item in items if harness else ():
        case = getattr(item, "cls", None)
        if harness and case is not None and issubclass(case, harness.MixedVersionsTest):
            given = [case.budget_s, config.getoption("skewproof_budget")]
            marker = item.get_closest_marker("skewproof_budget")
            given[:0] = [_read_seconds(item, marker)] if marker is not None else []
            case.workers = _open_workers(config.getoption("skewproof_jobs"))
            case.budget_s = next((seconds for seconds in given if seconds is not None), None)


def _open_workers(jobs: int) -> Workers:
    from ..cli.workers import MOST_JOBS, open_workers_beside
    from ..model.resources.jobs import ALONE

    if not 1 <= jobs <= MOST_JOBS:
        raise pytest.UsageError(f"--skewproof-jobs takes 1 to {MOST_JOBS}")
    return ALONE if jobs == 1 else open_workers_beside(jobs - 1)


def _read_seconds(item: pytest.Item, marker: pytest.Mark) -> float:
    found = (*marker.args, *marker.kwargs.values())
    if len(found) != 1 or isinstance(found[0], bool) or not isinstance(found[0], int | float):
        raise pytest.UsageError(
            f"{item.nodeid}: the marker skewproof_budget takes seconds: skewproof_budget(60)"
        )
    return float(found[0])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells, without being asked to, what harness tests had no time for."""
    harness = sys.modules.get("skewproof.properties.harness.testcase")
    skipped = terminalreporter.stats.get("skipped", ()) if harness else ()
    told = [
        f"{report.nodeid}: {report.longrepr[2].removeprefix('Skipped: ')}"
        for report in skipped
        if harness and isinstance(report.longrepr, tuple) and harness.OUT_OF_TIME in report.longrepr[2]
    ]
    if told:
        terminalreporter.section("skewproof: not tried")
        for line in told:
            terminalreporter.line(line)


@pytest.fixture
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """The deployment in the file that the marker `skewproof` names, or else --skewproof-deployment, the
    ini option `skewproof_deployment`, or skewproof.yaml in the root directory; with its changes."""
    from .files import read

    marker = request.node.get_closest_marker("skewproof")
    arguments: tuple[Any, ...] = marker.args if marker else ()
    changes = (marker.kwargs.get("changes") or "") if marker else ""
    beside = request.path.parent
    if arguments:
        return read(request.config, beside / arguments[0], beside / changes if changes else None)
    given = request.config.getoption("skewproof_deployment")
    if given is not None:
        return read(request.config, request.config.invocation_params.dir / given)
    named = request.config.getini("skewproof_deployment") or NAME
    return read(request.config, request.config.rootpath / named)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Draws what a hunt in a test of the user's own has found."""
    report = yield
    hunting = sys.modules.get("skewproof.properties.hunting.hunter")  # not imported: then it raised nothing
    if hunting and call.excinfo and isinstance(call.excinfo.value, hunting.HazardousPathError):
        from .drawings import draw_finds

        report.sections.append(("skewproof", draw_finds(item, call.excinfo.value.finds)))
    return report
