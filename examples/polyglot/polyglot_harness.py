"""How the polyglot shop is started and used: programs of two languages, and real stores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from skewproof.properties.harness import (
    Command,
    MixedVersions,
    Outcome,
    Part,
    Postgres,
    Process,
    RabbitMQ,
    Redis,
)

HERE = Path(__file__).parent
STEPS = HERE / "expand_contract"
RIGHT = {
    "show product": {"name": "Teapot", "price": "19.99 EUR"},
    "show basket": {"total": "39.98 EUR"},
}
"""What a customer must see, in every version."""

SERVERS: dict[str, str] = {}
"""Servers that run already, by part; the others are started for the test."""


class Polyglot(MixedVersions):
    """The release as it was planned: V1, then V2."""

    deployment: ClassVar[Path] = HERE / "skewproof.yaml"
    folders: ClassVar[Mapping[str, Path]] = {"V1": HERE / "v1", "V2": HERE / "v2"}
    environments: ClassVar[Mapping[str, str]] = {"V1": "v1", "V2": "v2"}

    revisions: ClassVar[Mapping[str, str]] = {"V2": "0002"}

    def parts(self) -> Mapping[str, Part]:
        env = {
            "PORT": "{port}",
            "DATABASE_URL": "postgresql://shop@{database}/shop",
            "AMQP_URL": "amqp://guest:guest@{queue}/",
        }
        return {
            "storefront": Process(
                "node storefront.js",
                {
                    "GET /products/*": "product.page",
                    "GET /basket": "basket.page",
                    "POST /checkout": "checkout",
                },
                env={"PORT": "{port}", "BACKEND_URL": "http://{backend}", "REDIS_URL": "redis://{cache}"},
                folder=self.folders,
            ),
            "backend": Process(
                {version: [self.python(version), "backend.py"] for version in self.folders},
                {"GET /quote": "quote", "POST /orders": "order"},
                env=env,
                folder=self.folders,
            ),
            "worker": Process(
                {version: [self.python(version), "worker.py"] for version in self.folders},
                port=None,
                ready="waiting for orders",
                env={**env, "PORT": "", "REDIS_ADDRESS": "{cache}"},
                folder=self.folders,
            ),
            "database": Postgres(
                schema=self.alembic("V1", "0001"),
                migrations={v: {"order": self.alembic(v, to)} for v, to in self.revisions.items()},
                tables={"products": "product", "orders": "order", "shipments": "shipment"},
                server=SERVERS.get("database", ""),
            ),
            "cache": Redis({"product:*": "product"}),
            "queue": RabbitMQ({"orders": "order.placed"}, server=SERVERS.get("queue", "")),
        }

    def python(self, version: str) -> str:
        return str(HERE / ".environments" / self.environments[version] / "bin" / "python")

    def alembic(self, version: str, revision: str) -> Command:
        words = [self.python(version), "-m", "alembic", "-c", str(HERE / "migrations" / "alembic.ini")]
        return Command([*words, "upgrade", revision], env={"DATABASE_URL": "{url}"})

    def perform(self, request: str, root: Any) -> Any:
        match request:
            case "show product":
                return root.http("storefront").request("GET", "/products/1")
            case "show basket":
                return root.http("storefront").request("GET", "/basket?product=1&quantity=2")
            case "check out":
                return root.http("storefront").request(
                    "POST", "/checkout", json={"product": 1, "quantity": 2}
                )
            case "ship order":
                return root.take_message()
            case _:
                return root.run("refresh")

    def check(self, outcome: Outcome) -> str | None:
        right = RIGHT.get(outcome.request)
        if right is not None and outcome.response.json() != right:
            return f"the customer sees {outcome.response.json()}, not {right}"
        return None


class PolyglotInSteps(Polyglot):
    """The same release in three: V4 is what the one release wanted to be."""

    deployment = STEPS / "skewproof.yaml"
    folders: ClassVar[Mapping[str, Path]] = {
        "V1": HERE / "v1",
        "V2": STEPS / "v2",
        "V3": STEPS / "v3",
        "V4": HERE / "v2",
    }
    environments: ClassVar[Mapping[str, str]] = {"V1": "v1", "V2": "v1", "V3": "v2", "V4": "v2"}
    revisions: ClassVar[Mapping[str, str]] = {"V2": "0002_both", "V4": "0003_contract"}
