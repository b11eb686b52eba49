"""The storefront: what customers see."""

from __future__ import annotations

import json
from typing import Any, Protocol

import httpx
from flask import Flask, abort, request


class Cache(Protocol):
    """As Redis has it."""

    def get(self, key: str) -> bytes | None: ...


def create_app(cache: Cache, backend: httpx.Client) -> Flask:
    app = Flask("storefront")

    @app.get("/products/<int:product>")
    def product_page(product: int) -> dict[str, Any]:
        entry = cache.get(f"product:{product}")
        if entry is None:
            abort(404)
        found = json.loads(entry)
        return {"name": found["title"], "price": f"{found['price']} EUR"}

    @app.get("/basket")
    def basket_page() -> dict[str, Any]:
        quote = backend.get("/quote", params=dict(request.args)).raise_for_status().json()
        return {"total": f"{quote['total']:.2f} EUR"}

    @app.post("/checkout")
    def checkout() -> tuple[dict[str, Any], int]:
        basket = request.get_json()
        ordered = {"product": basket["product"], "quantity": basket["quantity"]}
        answer = backend.post("/orders", json=ordered).raise_for_status().json()
        return {"order": answer["order"]}, 201

    return app
