"""What a search may use of the machine: limits, the alarm that ends it, worker processes, files."""
