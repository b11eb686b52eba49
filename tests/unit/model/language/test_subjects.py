"""Subjects as people have them: `GET /cart/{id}`, `cart.v1.CartService/GetCart`."""

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from skewproof.model.language.predicates import parse_predicate_for
from skewproof.model.language.writing import write_request
from skewproof.model.names import Contract
from skewproof.properties import check
from skewproof.properties.verdict import HopHazard

TEXT = """
components: {web: {kind: service}, api: {kind: service}, redis: {kind: cache}}
requests:
  r:
    - client calls web: GET /
    - web calls api: GET /cart/{id}
    - 'web reads redis: "as since V2" using "GET /cart/{id}" since V2'
    - "web calls api: POST /cart using api/\\"GET /cart/{id}\\""
    - web calls api: cart.v1.CartService/GetCart
pipeline:
  - A: [deploy web]
  - B:
      - expire api/"GET /cart/{id}"
      - start deploy api when not old in redis/"as since V2"
changes:
  api/GET /cart/{id}: {breaks: [V1 -> V2]}
  api/"POST /cart": {breaks: {token: both}}
  redis/as since V2: {starts: empty, breaks: both}
flags:
  f: {guards: [api/"cart.v1.CartService/GetCart"]}
properties:
  p: never old in redis/"as since V2" and done
assume: {never: [api/"POST /cart" token V2 -> V1]}
"""


def test_hops_carry_on_from_each_other() -> None:
    hops = loads(TEXT).requests[0].hops
    assert [hop.subject for hop in hops] == [
        "GET /",
        "GET /cart/{id}",
        "as since V2",
        "POST /cart",
        "cart.v1.CartService/GetCart",
    ]
    assert (hops[2].since, hops[2].using[0].provider, hops[3].using[0].provider) == ("V2", None, "api")


def test_contracts_are_found_under_their_names() -> None:
    deployment = loads(TEXT)
    assert deployment.changes is not None
    assert list(deployment.changes) == [
        Contract("api", "GET /cart/{id}"),
        Contract("api", "POST /cart"),
        Contract("redis", "as since V2"),
    ]
    assert deployment.flags[0].guards == {Contract("api", "cart.v1.CartService/GetCart")}
    assert deployment.never[0].contracts == (Contract("api", "POST /cart"),)


def test_what_is_written_is_read_again() -> None:
    deployment = loads(TEXT)
    request = deployment.requests[0]
    again = f"""
components: {{web: {{kind: service}}, api: {{kind: service}}, redis: {{kind: cache}}}}
requests:
{write_request(request)}
pipeline: [A]
"""
    assert loads(again).requests == (request,)
    _, expire, start = deployment.actions
    assert str(expire) == 'expire api/"GET /cart/{id}"'
    assert start.when is not None
    assert parse_predicate_for(deployment, str(start.when)) == start.when


def test_they_are_judged() -> None:
    hazards = [hazard for hazard in check(loads(TEXT)).hazards if isinstance(hazard, HopHazard)]
    assert {(hazard.hop, str(hazard.aspect)) for hazard in hazards} == {(4, "token")}


@pytest.mark.parametrize(
    ("hop", "wrong"),
    [
        ("web calls api: a*b", "must not contain `*`"),
        ('web calls api: GET "/cart', "does not end"),
        ('web calls api: x using "GET /other"', "nothing earlier in this request obtains `GET /other`"),
        ("web calls api: GET /x using", "then perhaps `using SOURCE …`"),
        ('"web calls api:x"', "put a space behind the colon"),
    ],
)
def test_what_cannot_be_meant(hop: str, wrong: str) -> None:
    with pytest.raises(InvalidDeploymentError) as raised:
        loads(TEXT.replace("web calls api: cart.v1.CartService/GetCart", hop))
    assert wrong in str(raised.value)
