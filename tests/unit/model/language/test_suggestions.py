"""Words that there are not: what was meant is guessed in each place, by one function."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.language.suggestions import find_likely
from skewproof.model.language.writing import write_request

FILE = """
components:
  {web: {kind: service, readiness: event}, api: {kind: service}, db: {kind: database}, q: {kind: broker}}
requests:
  get: [client calls web: get, web calls api: look, web reads db: row, web publishes q: m]
flags: {new: {guards: [api/look]}}
pipeline:
  - One: [migrate db, deploy web api]
changes: {db/row: {breaks: {schema: [V1 -> V2]}}}
properties:
  p: always web.up >= 1
"""


def problems(old: str, new: str) -> list[str]:
    assert old in FILE
    with pytest.raises(InvalidDeploymentError) as raised:
        loads(FILE.replace(old, new, 1))
    return [f"{problem.message}; {problem.fix}" for problem in raised.value.problems]


P, A, H = "always web.up >= 1", "migrate db", "web reads db: row"
ONLY = "; only `client` may stay undeclared"
FORM = "a hop is written `CONSUMER VERB PROVIDER: SUBJECT`"
PAIR = "what breaks must be a pair `V1 -> V2` (consumer -> provider)"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (P, "allways web.up >= 1", "`allways` cannot stand here; did you mean `always`?"),
        (P, "Never web.up >= 1", "`Never` cannot stand here; did you mean `never`?"),
        (P, "globally web.up", "`globally` cannot stand here; did you mean `always`?"),
        (P, "F web.up(V2)", "`F` cannot stand here; did you mean `eventually`?"),
        (P, "always (al web at V2)", "`al` cannot stand here; did you mean `all`?"),
        (P, "always not web.up or nto api.up", "`nto` cannot stand here; did you mean `not`?"),
        (P, "always odl in q/m", "unknown version `odl`; did you mean `old`?"),
        (P, "always weeb", "`weeb` says nothing by itself; did you mean `web`?"),
        (P, "eventually doen", "`doen` says nothing by itself; did you mean `done`?"),
        (P, "web.up leeds to api.up", "`leeds` cannot stand here; did you mean `leads`?"),
        ("client calls web", "cleint calls web", "unknown component `cleint`; did you mean `client`?"),
        (
            "client calls web",
            "browser calls web",
            "unknown component `browser`; declare `browser: {kind: client}`" + ONLY,
        ),
        (
            "web calls api",
            "gateway calls api",
            "unknown component `gateway`; declare `gateway: {kind: service}`" + ONLY,
        ),
        ("web calls", "web invokes", "unknown verb `invokes`; did you mean `calls`?"),
        ("web publishes", "web sends", "unknown verb `sends`; did you mean `publishes`?"),
        ("web publishes", "web relays", "unknown verb `relays`; did you mean `forwards`?"),
        (
            "web publishes",
            "web xxxxxxx",
            "unknown verb `xxxxxxx`; the verbs are calls, forwards, reads, writes, publishes and consumes",
        ),
        (
            "web publishes",
            "web calls",
            "`q` is a broker; `calls` fits services, workers and clients; "
            "for a broker write `publishes`, `consumes` or `forwards`",
        ),
        (H, f"{H} usign look", f"{FORM}; `usign` stands in the subject; did you mean `using`?"),
        (H, f"{H} sinse V2", f"{FORM}; `sinse` stands in the subject; did you mean `since`?"),
        (A, "irreversibel migrate db", "unknown instruction `irreversibel`; did you mean `irreversible`?"),
        (A, "migrate db too V2", "`too` cannot stand here; did you mean `to`?"),
        (A, "migrate db wehn web.up", "`wehn` cannot stand here; did you mean `when`?"),
        (A, "enable new per instanse", "`instanse` cannot stand here; did you mean `instance`?"),
        ("readiness: event", "readiness: evnet", "unknown readiness `evnet`; did you mean `event`?"),
        ("[V1 -> V2]", "bothh", f"{PAIR}, `both` or `none`, not `bothh`; did you mean `both`?"),
    ],
)  # fmt: skip
def test_what_was_meant_is_guessed(old: str, new: str, told: str) -> None:
    assert told in problems(old, new)


def test_a_subject_may_have_words_that_look_alike() -> None:
    """Only with what could follow the word is it one of ours."""
    loads(FILE.replace("web publishes q: m", "web publishes q: usin g, web publishes q: a untl b"))


def test_a_name_is_no_word_of_the_language() -> None:
    """A component may be called like a misspelt word."""
    loads(
        FILE.replace("api:", "whem:")
        .replace("calls api", "calls whem")
        .replace("api/", "whem/")
        .replace("deploy web api", "deploy web whem")
    )


def test_the_word_of_the_file_is_told() -> None:
    deployment = loads(
        FILE.replace("web publishes q: m", "web forwards q: m using look").replace(H, "web writes db: row")
    )
    [request] = deployment.requests
    assert str(request.hops[-1]) == "web forwards q: m using look"
    assert "relays" not in write_request(request)


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("Calls", ["reads", "calls"], "calls"),
        ("cals", ["reads", "calls"], "calls"),
        ("xyz", ["reads", "calls"], None),
        ("", [], None),
        ("c" * 201, ["c" * 201], None),
    ],
)
def test_likely_names(text: str, names: list[str], found: str | None) -> None:
    assert find_likely(text, names) == found
