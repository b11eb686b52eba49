"""Processes that take a flag up, each at its own moment."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skewproof.properties.harness import Comparison, Part, Process, Trial, Wires
from skewproof.properties.harness.tour import find_tour
from support.gradual_flags import GRADUAL, Gradual, form_of
from support.services import PROGRAMS

WITHOUT_ROWS = GRADUAL.replace("    - back reads db: row\n", "")


@dataclass
class AsProcesses(Gradual):
    """The back is a process that reads its file of flags."""

    text: str = WITHOUT_ROWS

    def parts(self) -> Mapping[str, Part]:
        words = [sys.executable, str(PROGRAMS / "flagged.py"), "{version}", "{port}", "{flags}"]
        return {**super().parts(), "back": Process(words, {"GET /*": "value"})}

    def ask_in_form(self, _: str, wires: Wires) -> Any:
        answer = wires.http("back").request("GET", f"/{form_of(wires)}")
        return answer.status


def test_a_process_that_sees_the_flag_otherwise_than_its_caller_breaks(tmp_path: Path) -> None:
    with Trial(AsProcesses(tmp_path)) as trial:
        assert trial.alone == ()
        comparison = Comparison(trial)
        stops = [s for s in find_tour(comparison.courses["ask"]).stops if s.encounter.hop == 2]
        chosen = {s.encounter.views: s for s in stops if s.encounter.caller == s.encounter.callee == "V2"}
        failures = {views: comparison.run(stop.run).failure for views, stop in chosen.items()}
    told = {views: failure.evidence for views, failure in failures.items() if failure is not None}
    assert set(failures) == {(own, other) for own in ("off", "on") for other in ("off", "on")}
    assert told == {
        ("on", "off"): "HTTP 500: FormError: /old was wanted, and /new came",
        ("off", "on"): "HTTP 500: FormError: /new was wanted, and /old came",
    }
