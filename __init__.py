"""Skewproof: a model checker for deployments.

Start with `skewproof.model` (what a deployment can do), then `skewproof.properties` (what must
hold); `docs/architecture.md` has the whole map.
"""
