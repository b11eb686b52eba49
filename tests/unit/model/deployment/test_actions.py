"""Actions as text, as a file would write them."""

from __future__ import annotations

import pytest

from support.tiny import deployment

TEXT = """
components: {{a: {{kind: service}}, db: {{kind: database}}, w: {{kind: worker}}}}
requests: {{ask: [client calls a: x, a reads db: t]}}
flags: {{f: {{guards: [a/x]}}}}
pipeline: [One: [{action}]]
rollback: [R: [disable f]]
changes: {{db/t: {{breaks: none}}}}
"""


@pytest.mark.parametrize(
    "action",
    [
        "deploy a",
        "deploy a to V2",
        "start deploy a w",
        "migrate db/t",
        "irreversible migrate db",
        "irreversible start migrate db to V2 when w.suspended",
        "enable f per instance",
        "start enable f per instance when a.up",
    ],
)
def test_the_text_of_an_action_is_what_was_written(action: str) -> None:
    (found, _) = deployment(TEXT.format(action=action)).actions
    assert str(found) == action
