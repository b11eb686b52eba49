"""The shop, release V3: understands the old and the new, speaks the new."""
