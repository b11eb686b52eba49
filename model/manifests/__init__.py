"""Manifests that teams already have, read as a deployment file: `skewproof import` (docs/import.md)."""
