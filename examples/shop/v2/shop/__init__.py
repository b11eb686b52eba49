"""The shop, release V2."""
