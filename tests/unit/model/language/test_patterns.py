"""The patterns of hops and actions, held against the reader: what it takes they take."""

from __future__ import annotations

import re

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.language.patterns import match_action, match_hop_head, match_hop_rest

TEXT = """\
components: {{web: {{kind: service}}, to: {{kind: service, strategy: {{canary: 1}}}}, w: {{kind: worker}}, \
db: {{kind: database}}, q: {{kind: broker}}, c: {{kind: cache}}}}
requests:
  a: [client calls web: p, client calls web: "GET /x"]
  b: [client calls to: p, to reads db: r, to writes c: e]
  c: [w leader consumes q: m, w reads db: r, {hop}]
pipeline: [A: ['{action}']]
flags: {{f: {{guards: [web/p]}}}}
"""
ACTIONS = [
    *("deploy web", "deploy web to", "deploy to to V2", "irreversible start deploy web to V2 when web.up"),
    *(
        "start irreversible migrate db/r",
        'expire web/"GET /x" to V2',
        "promote to when web.up",
        "drain q to V2",
    ),
    *("scale web to 3", "scale to to 3 when db.version == V2", "enable f per instance when web.up"),
    *("await web f", "suspend w", "resume w", "rollback web", "sync c", "backfill db", "purge c to V2"),
]
HOPS = [
    *("'w calls web: p'", "w leader calls web leader: p", "w writes db: two words using r since V2 until V2"),
    *(
        "w calls web: p until V2 since V2",
        """'w calls web: "since x" using m q/m'""",
        "w forwards q: m using m",
    ),
]
WRONG_ACTIONS = [
    *("deploy", "dploy web", "start await web", "irreversible suspend w", "scale web", "scale web to many"),
    *(
        "promote to to V2",
        "deploy web per instance",
        "enable f to V2",
        "deploy web when",
        "start start deploy web",
        "start scale web to 3",
    ),
    *('deploy web "', "irreversible", "scale to 3"),
]
WRONG_HOPS = [
    *(
        "w asks web: p",
        "w calls: p",
        "w calls web: page using",
        "w calls web: p since",
        "w calls web: p using since V2",
    ),
    *('w calls web: "p', "w calls web: p since V2 V2", "w relays q: m"),
]


def is_read(hop: str = "w reads db: r", action: str = "deploy web") -> bool:
    try:
        loads(TEXT.format(hop=hop, action=action))
    except InvalidDeploymentError:
        return False
    return True


def fits_hop(text: str) -> bool:
    return re.search(f"^{match_hop_head()}:\\s{match_hop_rest()}$", text.strip("'")) is not None


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_that_is_read_fits(action: str) -> None:
    assert (is_read(action=action), bool(re.search(match_action(), action))) == (True, True)


@pytest.mark.parametrize("action", WRONG_ACTIONS)
def test_an_action_that_is_refused_for_its_form_does_not_fit(action: str) -> None:
    assert (is_read(action=action), bool(re.search(match_action(), action))) == (False, False)


@pytest.mark.parametrize("hop", HOPS)
def test_a_hop_that_is_read_fits(hop: str) -> None:
    assert (is_read(hop), fits_hop(hop)) == (True, True)


@pytest.mark.parametrize("hop", WRONG_HOPS)
def test_a_hop_that_is_refused_for_its_form_does_not_fit(hop: str) -> None:
    assert (is_read(f"'{hop}'"), fits_hop(hop)) == (False, False)
