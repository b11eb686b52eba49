"""The same shop as processes over PostgreSQL, Redis and RabbitMQ: only the parts are others."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from shop_harness import HERE, MIGRATIONS, Shop

from skewproof.properties.harness import Part, Postgres, Process, RabbitMQ, Redis


class ShopAsProcesses(Shop):
    """The release as it was planned: V1, then V2."""

    folders: ClassVar[Mapping[str, Path]] = {"V1": HERE / "v1", "V2": HERE / "v2"}
    servers: ClassVar[Mapping[str, str]] = {}
    """Servers that run already, by part; the others are started for the test."""

    def parts(self) -> Mapping[str, Part]:
        return {
            "storefront": self.process(
                "storefront",
                {
                    "GET /products/*": "product.page",
                    "GET /basket": "basket.page",
                    "POST /checkout": "checkout",
                },
                {"BACKEND_URL": "http://{backend}", "REDIS_URL": "redis://{cache}"},
            ),
            "backend": self.process(
                "backend",
                {"GET /quote": "quote", "POST /orders": "order"},
                {"DATABASE_URL": "postgresql://shop@{database}/shop", "AMQP_URL": "amqp://{queue}/%2F"},
            ),
            "worker": self.process(
                "worker",
                {},
                {
                    "DATABASE_URL": "postgresql://shop@{database}/shop",
                    "AMQP_URL": "amqp://{queue}/%2F",
                    "REDIS_URL": "redis://{cache}",
                },
            ),
            "database": Postgres(
                schema=MIGRATIONS / "v1-postgres.sql",
                seed=MIGRATIONS / "products.sql",
                migrations=self.migrations,
                tables={"products": "product", "orders": "order", "shipments": "shipment"},
                server=self.servers.get("database", ""),
            ),
            "cache": Redis({"product:*": "product"}),
            "queue": RabbitMQ({"orders": "order.placed"}, server=self.servers.get("queue", "")),
        }

    def process(self, name: str, subjects: Mapping[str, str], env: Mapping[str, str]) -> Process:
        command = {v: [sys.executable, str(HERE / "serve.py"), str(f), name] for v, f in self.folders.items()}
        return Process(command, subjects, env={"PORT": "{port}", **env})

    def perform(self, request: str, root: Any) -> Any:
        match request:
            case "ship order":
                return root.request("POST", "/ship_order")
            case "refresh cache":
                return root.request("POST", "/refresh_cache")
            case _:
                return super().perform(request, root)
