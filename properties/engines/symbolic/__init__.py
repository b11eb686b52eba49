"""An engine on binary decision diagrams, for deployments too large to list."""
