"""What the oracle and the engine `reference` both say of a deployment."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from skewproof.model.language import loads
from skewproof.properties import check
from support.oracle import Judgement, judge
from support.oracle_accept import TODAY
from support.told import told_by_the_checker, told_by_the_oracle


def judged_by_both(data: dict[str, Any], *, failures: bool = False) -> Judgement:
    """The oracle's judgement, which is also the engine's: of formulas too. Raises AssertionError where they
    differ."""
    judgement = judge(data, failures=failures)
    deployment = loads(yaml.safe_dump(data, sort_keys=False))
    answer = check(deployment, failures=failures, engine="reference", today=date.fromisoformat(TODAY))
    told = told_by_the_oracle(judgement)
    formulas = [
        (text.partition(": ")[0], sorted(found.window), found.inevitable, found.length)
        for text, found in judgement.formulas.items()
    ]
    told["properties"] = sorted(told["properties"] + formulas)
    assert told_by_the_checker(answer) == told
    return judgement
