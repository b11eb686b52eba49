"""The engines: each finds the hazards of a deployment's hops, in its own way."""
