"""One PostgreSQL and one RabbitMQ for all tests that need one, started when the first does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from skewproof.properties.harness import Postgres, RabbitMQ
from skewproof.properties.harness.site import Site
from support.services import list_marked


@pytest.fixture(scope="session")
def servers() -> Iterator[Mapping[str, str]]:
    """The URLs, by the kind of part: `database`, `queue`."""
    site = Site({"database": Postgres(schema="", tables={}), "queue": RabbitMQ({})})
    site.open()
    yield {name: server.url for name, server in site.servers.items()}
    site.close()
    assert list_marked(site.ward.token) == []
    assert not site.ward.folder.exists()
