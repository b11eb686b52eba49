"""A roll-out played at random, with several requests in flight."""
