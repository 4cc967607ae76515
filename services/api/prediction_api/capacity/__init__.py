"""How many requests are computed at once, and for how long."""
