"""How the shop is started and used, version by version, for the harness."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import httpx

from skewproof.properties.harness import (
    Cache,
    Code,
    MixedVersions,
    Outcome,
    Part,
    Queue,
    Sqlite,
    Wires,
    Worker,
    Wsgi,
)

HERE = Path(__file__).parent
MIGRATIONS = HERE / "migrations"
STEPS = HERE / "expand_contract"

RIGHT = {
    "show product": {"name": "Teapot", "price": "19.99 EUR"},
    "show basket": {"total": "39.98 EUR"},
}
"""What a customer must see, in every version."""


class Shop(MixedVersions):
    """The release as it was planned: V1, then V2."""

    deployment: ClassVar[Path] = HERE / "skewproof.yaml"
    code: ClassVar[Mapping[str, Code]] = {"V1": Code(HERE / "v1", "shop"), "V2": Code(HERE / "v2", "shop")}
    migrations: ClassVar[Mapping[str, Mapping[str, Path | str]]] = {
        "V2": {"order": MIGRATIONS / "v2-order.sql"}
    }

    def parts(self) -> Mapping[str, Part]:
        return {
            "storefront": Wsgi(
                self.start_storefront,
                {
                    "GET /products/*": "product.page",
                    "GET /basket": "basket.page",
                    "POST /checkout": "checkout",
                },
            ),
            "backend": Wsgi(self.start_backend, {"GET /quote": "quote", "POST /orders": "order"}),
            "worker": Worker(self.start_worker),
            "database": Sqlite(
                schema=MIGRATIONS / "v1.sql",
                seed=MIGRATIONS / "products.sql",
                migrations=self.migrations,
                tables={"products": "product", "orders": "order", "shipments": "shipment"},
            ),
            "cache": Cache({"product:*": "product"}),
            "queue": Queue({"orders": "order.placed"}),
        }

    def start_storefront(self, version: str, wires: Wires) -> Any:
        backend = httpx.Client(
            transport=wires.http("backend").transport(), base_url="http://backend", trust_env=False
        )
        app = self.code[version].module("shop.storefront").create_app(wires.cache("cache"), backend)
        app.config["PROPAGATE_EXCEPTIONS"] = True  # so that the evidence is the exception, not "HTTP 500"
        return app

    def start_backend(self, version: str, wires: Wires) -> Any:
        module = self.code[version].module("shop.backend")
        app = module.create_app(wires.connect("database"), wires.queue("queue"))
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return app

    def start_worker(self, version: str, wires: Wires) -> Any:
        module = self.code[version].module("shop.worker")
        return module.Worker(wires.connect("database"), wires.cache("cache"), wires.queue("queue"))

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
                return root.ship_order()
            case _:
                return root.refresh_cache()

    def check(self, outcome: Outcome) -> str | None:
        right = RIGHT.get(outcome.request)
        if right is not None and outcome.response.json() != right:
            return f"the customer sees {outcome.response.json()}, not {right}"
        return None


class ExpandContract(Shop):
    """The same release in three: V4 is what the one release wanted to be."""

    deployment = STEPS / "skewproof.yaml"
    code: ClassVar[Mapping[str, Code]] = {
        "V1": Code(HERE / "v1", "shop"),
        "V2": Code(STEPS / "v2", "shop"),
        "V3": Code(STEPS / "v3", "shop"),
        "V4": Code(HERE / "v2", "shop"),
    }
    migrations: ClassVar[Mapping[str, Mapping[str, Path | str]]] = {
        "V2": {"order": STEPS / "migrations" / "v2-order.sql"},
        "V4": {"order": STEPS / "migrations" / "v4-order.sql"},
    }
