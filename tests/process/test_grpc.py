"""Calls of gRPC, by a real client and real servers: each is a hop, and stops."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from msgspec.structs import replace

from skewproof.properties.harness import (
    Comparison,
    Finding,
    HarnessError,
    MixedVersions,
    Part,
    Process,
    Trial,
    learn,
)
from skewproof.properties.harness.tour import find_tour
from skewproof.properties.lookups.lookup import HazardKind
from support.services import PROGRAMS, list_marked

DEPLOYMENT = """
components:
  front: {kind: service}
  back:  {kind: service, strategy: recreate}
requests:
  total:
    - client calls front: total
    - front calls back: quote
    - front calls back: list
pipeline:
  - Deploy: [deploy back front]
changes: {}
"""


@dataclass
class Grpc(MixedVersions):
    """Two services of gRPC, and a client; a test says what is different."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    product: int = 7

    def __post_init__(self) -> None:
        file = self.folder / "grpc.yaml"
        file.write_text(DEPLOYMENT, "utf-8")
        self.deployment = file  # type: ignore[misc]  # a sample has a file of its own

    def parts(self) -> Mapping[str, Part]:
        program = [sys.executable, str(PROGRAMS / "grpc_shop.py")]
        return {
            "front": Process(
                [*program, "front", "{version}", "{port}", "{back}"],
                {"POST /shop.Front/Total": "total"},
                env=self.env,
            ),
            "back": Process(
                [*program, "back", "{version}", "{port}"],
                {"POST /shop.Prices/Quote": "quote", "POST /shop.Prices/*": "list"},
                env=self.env,
            ),
        }

    def perform(self, request: str, root: Any) -> Any:
        with grpc.insecure_channel(root.address("front")) as channel:
            call: Any = channel.unary_unary(
                "/shop.Front/Total", lambda value: json.dumps(value).encode(), json.loads
            )
            try:
                return call({"id": self.product}, timeout=60)
            except grpc.RpcError as error:
                return error.code()


def test_what_breaks_is_learned_with_its_evidence(tmp_path: Path) -> None:
    with Trial(Grpc(tmp_path)) as trial:
        assert trial.alone == ()
        found = {(one.trait.hop, one.trait.consumer, one.trait.provider): one for one in learn(trial)}
        token = trial.site.ward.token
    assert list_marked(token) == []
    broken = {key for key, lesson in found.items() if lesson.finding is Finding.BREAKS}
    assert broken == {(2, "V1", "V2"), (2, "V2", "V1")}
    assert found[2, "V1", "V2"].evidence == "gRPC UNKNOWN: Exception calling application: 'cents'"
    assert found[3, "V1", "V2"].finding is Finding.WORKS


@pytest.mark.parametrize(
    ("size", "product"), [(1, 7), (300_000, 7), (1, 0)], ids=["small", "large", "a status"]
)
def test_messages_trailers_and_statuses_come_through(tmp_path: Path, size: int, product: int) -> None:
    with Trial(Grpc(tmp_path, {"SIZE": str(size)}, product)) as trial, trial.world() as world:
        assert trial.alone == ()
        request = trial.deployment.requests[0]
        session = trial.run(world, request, trial.alone_at("V1", request))
        assert session.is_served
        assert len(session.crossed) == (3 if product else 1)


def test_where_nobody_is_up_the_client_hears_unavailable(tmp_path: Path) -> None:
    with Trial(Grpc(tmp_path)) as trial:
        comparison = Comparison(trial)
        course = comparison.courses["total"]
        stops = [s for s in find_tour(course).stops if s.encounter.kind is HazardKind.UNAVAILABLE]
        stop = next(stop for stop in stops if stop.encounter.hop == 2)
        result = comparison.run(stop.run)
        assert comparison.judge(result) is None
        assert result.failure is not None
        assert result.failure.evidence.startswith("gRPC UNKNOWN: ")
        assert "status = StatusCode.UNAVAILABLE" in result.failure.evidence


def test_a_deadline_that_a_stop_outlasts_is_told(tmp_path: Path) -> None:
    """The client cancels its call, and keeps its connection."""

    class Slow:
        def begin(self) -> str | None:
            return None

        def resume(self, component: str) -> None:
            pass

        def meet(self, number: int) -> Any:
            if number == 2:
                time.sleep(6)
            return trial.alone_at("V1", request).meet(number)

    with Trial(Grpc(tmp_path, {"DEADLINE_S": "4"})) as trial, trial.world() as world:
        request = trial.deployment.requests[0]
        with pytest.raises(
            HarnessError, match=r"`front` hung up on `back`.*give its client a longer timeout"
        ):
            trial.run(world, request, Slow())


# --- what is not carried ------------------------------------------------------------------------


@pytest.mark.parametrize("deadline", ["4", "60"], ids=["gives up", "waits"])
def test_a_stream_in_which_both_sides_wait_is_refused_by_name(tmp_path: Path, deadline: str) -> None:
    class Impatient(Grpc):
        def parts(self) -> Mapping[str, Part]:
            found = super().parts()
            front = found["front"]
            assert isinstance(front, Process)
            return {**found, "front": replace(front, timeout_s=8.0)}

    told = (
        "`front` keeps a stream to `back` open and waits for an answer: streams of gRPC in which both sides"
    )
    with pytest.raises(HarnessError, match=told):
        Trial(Impatient(tmp_path, {"TALK": "in turns", "TALK_S": deadline}))


def test_a_stream_that_says_all_before_it_is_answered_is_carried(tmp_path: Path) -> None:
    with Trial(Grpc(tmp_path, {"TALK": "all at once"})) as trial:
        assert trial.alone == ()


def test_tls_is_refused_by_name(tmp_path: Path) -> None:
    told = r"`front` speaks TLS to `back`, which the harness cannot read: let it use no TLS here \(http://"
    with pytest.raises(HarnessError, match=told):
        Trial(Grpc(tmp_path, {"TLS": "1", "DEADLINE_S": "3"}))
