"""Exit statuses; classes never mix."""

EXIT_SAFE, EXIT_UNSAFE, EXIT_INPUT, EXIT_UNKNOWN, EXIT_FAULT = 0, 1, 2, 3, 4

EXIT_UNREAD = 141
"""Nobody read the output to its end: what a shell says of a program that a closed pipe ends."""
