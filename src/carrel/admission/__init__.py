"""What may run on this machine now: one queue of places for all kinds of work."""
