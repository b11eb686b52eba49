"""The search for paths that could break, beyond the requests that a file names."""
