"""One PostgreSQL and one RabbitMQ for all tests that need one, started when the first does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest

from skewproof.properties.harness import Postgres, RabbitMQ
from skewproof.properties.harness.site import Site
from support.services import list_marked


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[str, str]]:
    """The URLs, by the kind of part: `database`, `queue`.

    SKEWPROOF_POSTGRES and SKEWPROOF_RABBITMQ, if both are set, name servers that run already.
    """
    given = {"database": os.environ.get("SKEWPROOF_POSTGRES"), "queue": os.environ.get("SKEWPROOF_RABBITMQ")}
    if all(given.values()):
        yield {name: url for name, url in given.items() if url}
        return
    site = Site({"database": Postgres(schema="", tables={}), "queue": RabbitMQ({})})
    site.open()
    yield {name: server.url for name, server in site.servers.items()}
    site.close()
    assert list_marked(site.ward.token) == []
    assert not site.ward.folder.exists()
