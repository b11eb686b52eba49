"""The shop, release V1."""
