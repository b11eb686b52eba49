"""The shop, release V2: understands the old and the new, speaks the old."""
