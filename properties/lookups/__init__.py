"""Which pairs a hop is judged by, when, and by what they break."""
