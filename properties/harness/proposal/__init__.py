"""A first harness, proposed from what a team has: see `skewproof harness init`."""
