"""A right deployment file to make wrong, and the words that a wrong one gets."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError, render_problem
from skewproof.model.language import loads

BASE = """\
system: S
components:
  glue: {kind: service}
  zed: {kind: service, replicas: 2}
  cron: {kind: worker}
  db: {kind: database}
  redis: {kind: cache}
  mq: {kind: broker}
requests:
  buy:
    - client calls glue: cart
    - glue reads redis: product
    - glue calls zed: add
    - zed writes db: item using product
    - zed publishes mq: m
  job:
    - cron consumes mq: m
pipeline:
  - Go: [deploy glue zed]
"""


def told(text: str) -> list[str]:
    """`line:column what is wrong; what to write instead`, for each problem."""
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(text, "d.yaml")
    problems = caught.value.problems
    assert all(render_problem(problem) in str(caught.value) for problem in problems)
    return [
        (f"{p.place.line}:{p.place.column} " if p.place else "") + p.message + (f"; {p.fix}" if p.fix else "")
        for p in problems
    ]
