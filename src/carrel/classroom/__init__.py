"""A class at work: how it is doing, and who needs help."""
