"""docker-compose: files as the Compose Specification has them, read without Docker."""
