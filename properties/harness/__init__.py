"""Drives the real code of two versions through the interleavings of the model: see docs/harness.md."""

from __future__ import annotations

from .blanks import blank
from .code import Code
from .comparison import Comparison, NeverSeen, Seen, Unpredicted
from .errors import HarnessError, UndeclaredHop
from .exploring import find_failures, runs_of
from .http import HttpRequest, HttpResponse
from .learning import Finding, Learned, changes_text, learn
from .mixed import MixedVersions, Outcome, Wrong
from .parts import Asgi, Cache, Command, Part, Plain, Queue, Sqlite, Worker, Wsgi
from .runs import Result, Run
from .services.brokers import RabbitMQ
from .services.image import Image
from .services.postgres import Postgres
from .services.process import JobError, Process, Running
from .services.redis import Redis
from .testcase import as_test_case
from .trial import Trial
from .wires import Wires
from .world import RemoteError

__all__ = [
    "Asgi",
    "Cache",
    "Code",
    "Command",
    "Comparison",
    "Finding",
    "HarnessError",
    "HttpRequest",
    "HttpResponse",
    "Image",
    "JobError",
    "Learned",
    "MixedVersions",
    "NeverSeen",
    "Outcome",
    "Part",
    "Plain",
    "Postgres",
    "Process",
    "Queue",
    "RabbitMQ",
    "Redis",
    "RemoteError",
    "Result",
    "Run",
    "Running",
    "Seen",
    "Sqlite",
    "Trial",
    "UndeclaredHop",
    "Unpredicted",
    "Wires",
    "Worker",
    "Wrong",
    "Wsgi",
    "as_test_case",
    "blank",
    "changes_text",
    "find_failures",
    "learn",
    "runs_of",
]
