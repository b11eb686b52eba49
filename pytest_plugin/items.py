"""A deployment file as a collection of tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ..diagrams.statements import list_beside_statements
from ..diagrams.wording import tell_failure, tell_sides
from ..model.deployment import Deployment
from ..model.errors import InvalidDeploymentError
from ..model.escapes import make_harmless, make_line_harmless, make_printable
from ..model.names import Place
from ..model.resources.alarm import alarm
from ..model.resources.limits import LimitError, as_limit
from ..properties.checker import check
from ..properties.engines.protocol import EngineRefusesError
from ..properties.engines.registry import UnknownEngineError, engine
from ..properties.temporal.questions import list_properties
from ..properties.verdict import (
    Answer,
    Beside,
    Hazard,
    PropertyHazard,
    Unknown,
    list_hop_hazards,
    list_property_hazards,
)
from .drawings import draw_hazards
from .files import limits_of, read

ELSE = "everything else"
"""The test of what belongs to no request and to no property that the file names."""


def collect_deployment(parent: pytest.Collector, path: Path) -> DeploymentFile:
    """The file as a collection of tests; in its id nothing of its name acts on a terminal or in a log."""
    root = parent.config.rootpath
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    shown = make_line_harmless(name)
    if shown == name:
        return DeploymentFile.from_parent(parent, path=path)
    return DeploymentFile.from_parent(parent, path=path, name=shown, nodeid=shown)


class DeploymentFile(pytest.File):
    """A deployment file; it is judged once in each process, when the first of its tests runs."""

    deployment: Deployment

    def collect(self) -> Iterator[pytest.Item]:
        try:
            engine(self.config.getoption("skewproof_engine"))
        except UnknownEngineError as unknown:
            raise self.CollectError(f"--skewproof-engine: {unknown}") from None
        limits = limits_of(self.config)
        try:
            with alarm(limits):
                self.deployment = read(self.config, self.path)
        except InvalidDeploymentError as error:
            raise self.CollectError(make_harmless(str(error))) from None
        except (LimitError, MemoryError) as ended:
            raise self.CollectError(_no_verdict(as_limit(ended, limits))) from None
        for request in self.deployment.requests:
            yield RequestItem.from_parent(self, name=make_line_harmless(request.name), about=request.name)
        for name in dict.fromkeys(stated.name for stated in list_properties(self.deployment)):
            yield PropertyItem.from_parent(self, name=make_line_harmless(f"property {name}"), about=name)
        yield ElseItem.from_parent(self, name=ELSE, about=None)

    @cached_property
    def answer(self) -> Answer:
        """The verdict. Raises `EngineRefusesError`."""
        named = self.config.getoption("skewproof_engine")
        return check(self.deployment, engine=named, limits=limits_of(self.config))


class FailedCheckError(Exception):
    """What a test has to tell; it is told without our stack."""


class DeploymentItem(pytest.Item):
    """A part of a deployment's verdict as a test."""

    parent: DeploymentFile
    marks: tuple[str, ...] = ()

    def __init__(self, *, about: str | None, **rest: Any) -> None:
        super().__init__(**rest)
        self.about = about
        for mark in self.marks:
            self.add_marker(mark)

    def runtest(self) -> None:
        try:
            answer = self.parent.answer
        except EngineRefusesError as refused:
            raise FailedCheckError(str(refused)) from None
        self.tell_beside(answer)
        if isinstance(answer.verdict, Unknown):
            raise FailedCheckError(f"no verdict: {answer.verdict.reason}\n{_advice(answer)}")
        if hazards := self.concerned(answer):
            raise FailedCheckError(f"{self._in_short(hazards)}\n\n{self._told_in_time(hazards)}")
        for one in answer.left_open:
            if one.what is Beside.PROPERTIES and any(map(self.is_asked, one.names)):
                raise FailedCheckError(f"no verdict: {one.reason}\nraise --skewproof{one.limit[1:]}")

    def _told_in_time(self, hazards: list[Hazard]) -> str:
        """The stories and where they are drawn, as far as the limits let them be told."""
        limits, told = limits_of(self.config), []
        try:
            with alarm(limits):
                told.append(self.told(hazards))
                told.append(draw_hazards(self, self.parent.deployment, hazards))
        except (LimitError, MemoryError) as ended:
            limit = as_limit(ended, limits)
            told.append(f"not told to the end: {limit}; raise --skewproof{limit.option[1:]}")
        return "\n".join(told)

    def _in_short(self, hazards: list[Hazard]) -> str:
        """One line, for the summary of the run."""
        first = hazards[0]
        if isinstance(first, PropertyHazard):
            return make_printable(first.explanation).splitlines()[0]
        left, right = tell_sides(first, self.parent.deployment)
        more = f", and {len(hazards) - 1} more" if len(hazards) > 1 else ""
        return make_printable(f"{left} → {right} ({tell_failure(first)}){more}")

    def tell_beside(self, answer: Answer) -> None:
        """What is told of the whole file is told by one of its tests."""

    def concerned(self, answer: Answer) -> list[Hazard]:
        """The hazards of which this test tells."""
        raise NotImplementedError

    def is_asked(self, name: str) -> bool:  # noqa: ARG002 - for those that are
        """Whether the test is about the property of that name."""
        return False

    def told(self, hazards: list[Hazard]) -> str:
        """The hazards with their stories."""
        raise NotImplementedError

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, FailedCheckError):
            return make_harmless(str(excinfo.value))
        return super().repr_failure(excinfo, style)

    def place(self) -> Place | None:
        return None

    def reportinfo(self) -> tuple[Path, int | None, str]:
        place = self.place()
        path = Path(make_line_harmless(str(self.path)))
        return path, place.line - 1 if place else None, f"{path.name}: {self.name}"


def _no_verdict(limit: LimitError) -> str:
    return f"no verdict: {limit}; raise --skewproof{limit.option[1:]}"


def _advice(answer: Answer) -> str:
    verdict = answer.verdict
    assert isinstance(verdict, Unknown)
    if answer.idle:
        return verdict.advice
    if verdict.covered is not None:
        return verdict.advice.replace(" --", " --skewproof-")
    return (
        "say what the release changes: `changes:` in the file, a file of changes beside it "
        "(skewproof.changes.yaml, NAME.changes.yaml), or --skewproof-changes FILE"
    )


def _told_beside(answer: Answer) -> list[str]:
    """What is said of the declarations that nothing could meet, and of the end; nothing where all is as it
    should be."""
    return [f"{label}: {text}".removeprefix(": ") for label, text, _ in list_beside_statements(answer)]


class RequestItem(DeploymentItem):
    """A request: it meets no hazard."""

    marks = ("skewproof_request",)

    def concerned(self, answer: Answer) -> list[Hazard]:
        return [hazard for hazard in list_hop_hazards(answer.hazards) if hazard.request == self.about]

    def told(self, hazards: list[Hazard]) -> str:
        from ..cli.hazard_text import render_causes
        from ..cli.render_text import STORIES
        from ..properties.verdict import group_by_cause

        page, text = _page()
        render_causes(page, self.parent.deployment, group_by_cause(hazards), STORIES)
        return text.getvalue().rstrip()

    def place(self) -> Place | None:
        requests = self.parent.deployment.requests
        return next(request.place for request in requests if request.name == self.about)


class PropertyItem(DeploymentItem):
    """A property that the file states: no run violates it."""

    marks: tuple[str, ...] = ("skewproof_property",)

    def concerned(self, answer: Answer) -> list[Hazard]:
        return [hazard for hazard in list_property_hazards(answer.hazards) if hazard.property == self.about]

    def is_asked(self, name: str) -> bool:
        return name == self.about

    def told(self, hazards: list[Hazard]) -> str:
        from ..cli.hazard_text import render_causes
        from ..properties.verdict import group_by_cause

        page, text = _page()
        render_causes(page, self.parent.deployment, group_by_cause(hazards), None)
        return text.getvalue().rstrip()

    def place(self) -> Place | None:
        stated = list_properties(self.parent.deployment)
        return next(one.place for one in stated if one.name == self.about)


class ElseItem(PropertyItem):
    """Whatever is wrong that no other test of the file tells of: that the pipeline can stall."""

    marks = ()

    def tell_beside(self, answer: Answer) -> None:
        """Adds what pytest shows with `-rP`, or where the test fails."""
        if told := _told_beside(answer):
            self.add_report_section("call", "skewproof", make_harmless("\n".join(told)))

    def concerned(self, answer: Answer) -> list[Hazard]:
        return [hazard for hazard in list_property_hazards(answer.hazards) if self.is_asked(hazard.property)]

    def is_asked(self, name: str) -> bool:
        return name not in {one.name for one in list_properties(self.parent.deployment)}

    def place(self) -> Place | None:
        return None


def _page() -> tuple[Any, StringIO]:
    """A page that is written to a text, as wide as one that is piped."""
    from ..cli.page import Page, PlainScreen

    text = StringIO()
    return Page(PlainScreen(text, "utf-8")), text
