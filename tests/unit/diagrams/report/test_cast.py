"""Who is drawn: everybody, of a wide deployment the request's, of a long way its start and its end."""

from __future__ import annotations

from skewproof.diagrams.report.cast import MOST_BESIDE, MOST_DRAWN, MOST_ON_THE_WAY, gather
from skewproof.model.language import loads
from support.picture_samples import chain, star


def test_a_small_deployment_is_drawn_whole() -> None:
    deployment = loads(star(MOST_BESIDE - 1))
    cast = gather(deployment, deployment.requests[0])
    assert len(cast.names) == MOST_BESIDE + 1
    assert (cast.left_out, cast.fold) == (0, None)


def test_of_a_wide_one_the_request_is_drawn() -> None:
    deployment = loads(star(20))
    cast = gather(deployment, deployment.requests[3], 2)
    assert cast.names == ("client", "service_3", "db")
    assert cast.arrows == (("client", "service_3"), ("service_3", "db"))
    assert (cast.left_out, cast.fold) == (19, None)


def test_a_long_way_is_folded_where_it_ends_in_a_hop() -> None:
    deployment = loads(chain(100))
    request = deployment.requests[0]
    whole = gather(deployment, request)
    assert (len(whole.names), whole.fold) == (101, None)
    cast = gather(deployment, request, 51)
    assert len(cast.names) == MOST_ON_THE_WAY + 1
    assert cast.names == ("client", "s0", "s48", "s49", "s50", "47 more")
    assert cast.fold == "47 more"
    assert cast.arrows == (
        ("client", "s0"), ("s0", "47 more"), ("47 more", "s48"), ("s48", "s49"), ("s49", "s50")
    )  # fmt: skip
    assert len(cast.names) - 1 + len(cast.folded) + cast.left_out == 101
    assert [cast.arrow_of(hop) for hop in request.hops[:4]] == [0, 1, None, None]
    assert cast.number_of("s20", deployment) == 5
    assert cast.number_of("s70", deployment) is None


def test_a_way_that_ends_soon_is_not_folded() -> None:
    deployment = loads(chain(MOST_DRAWN + 1))
    cast = gather(deployment, deployment.requests[0], 3)
    assert cast.names == ("client", "s0", "s1", "s2")
    assert (cast.fold, cast.left_out) == (None, MOST_DRAWN - 2)
