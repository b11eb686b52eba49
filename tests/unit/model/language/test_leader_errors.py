"""Wrong leaders, and the exact words that they get; right ones are read back as they were written."""

from __future__ import annotations

import pytest

from skewproof.model.language import loads
from skewproof.model.language.writing import write_request
from support.wrong_files import BASE, told

# What is written in BASE, what stands there instead, and what is said.
EDITS = [
    (
        "glue reads redis: product",
        "glue reads redis leader: product",
        ["12:24 `redis` is a cache; a leader is one of several instances; leave out `leader`"],
    ),
    (
        "zed writes db: item",
        "zed leader writes db: item",
        ["14:11 `zed` was not picked as the leader here; call it so: `… calls zed leader: …`"],
    ),
    (
        "    - zed writes db: item using product\n    - zed publishes mq: m\n  job:\n    - cron consumes mq: m",
        "    - zed writes db: item using product\n  job:\n    - cron consumes mq: m\n"
        "    - cron leader publishes mq: m",
        ["17:12 `cron` was not picked as the leader here; begin the request with `cron leader …`"],
    ),
    (
        "client calls glue: cart",
        "client leader calls glue: cart",
        ["11:14 `client` is anonymous: it has no instances, and no leader"],
    ),
    (
        "zed: {kind: service, replicas: 2}\n  cron: {kind: worker}",
        "zed: {kind: service, route: session}\n  cron: {kind: worker, strategy: blue-green}",
        [
            "13:22 `route: session` says which version of `zed` takes a call, and so does its leader;"
            " leave out `leader`, or `route: session`",
            "17:12 `strategy: blue-green` says which version of `cron` takes a call, and so does its leader;"
            " leave out `leader`, or `strategy: blue-green`",
        ],
    ),
    (
        "cron: {kind: worker}",
        "cron: {kind: client, stays: true}",
        [
            "17:12 the users of `cron` stay or update as they like; none of them leads;"
            " leave out `leader`, or `stays`"
        ],
    ),
    (
        "glue calls zed: add",
        "glue calls zed leader leader: add",
        [
            "13:7 a hop is written `CONSUMER VERB PROVIDER: SUBJECT`; `glue calls zed leader leader` has not three words"
        ],
    ),
    (
        "deploy glue zed]",
        "deploy glue zed when glue.leader == V2]",
        ["19:31 no request asks for a leader of `glue`; write a hop `A calls glue leader: SUBJECT`"],
    ),
    (
        "deploy glue zed]",
        "deploy glue zed when glue.leader]",
        ["19:31 a version is compared with another; write `glue.leader == V2`"],
    ),
    (
        "deploy glue zed]",
        "deploy glue zed when glue.up is none]",
        ["19:31 only a leader can be none; write `COMPONENT.leader is none`, or, of a store, `is empty`"],
    ),
]
LED = BASE.replace("glue calls zed: add", "glue calls zed leader: add").replace(
    "cron consumes mq", "cron leader consumes mq"
)


@pytest.mark.parametrize(("old", "new", "said"), EDITS)
def test_an_edit_that_makes_the_file_wrong(old: str, new: str, said: list[str]) -> None:
    base = LED if "route" in new or "stays" in new else BASE
    assert base.count(old) == 1
    assert told(base.replace(old, new)) == said


@pytest.mark.parametrize("sign", ["<", ">="])
def test_versions_of_leaders_are_neither_older_nor_newer(sign: str) -> None:
    asked = LED.replace("deploy glue zed]", f"deploy glue zed when zed.leader {sign} V2]")
    assert told(asked) == [
        "19:31 there may be no leader, so its version is neither older nor newer; compare it by `==` or `!=`"
    ]


def test_it_is_read_back_as_it_was_written() -> None:
    deployment = loads(LED)
    assert deployment.led == ("zed", "cron")
    written = "\n".join(map(write_request, deployment.requests))
    assert "- glue calls zed leader: add" in written
    assert "- cron leader consumes mq: m" in written
    again = loads(LED.partition("requests:")[0] + f"requests:\n{written}\npipeline: [Go: [deploy zed]]\n")
    assert again.requests == deployment.requests


def test_a_component_may_be_called_so() -> None:
    named = BASE.replace("zed", "leader").replace("glue calls leader: add", "glue calls leader leader: add")
    assert loads(named).led == ("leader",)
