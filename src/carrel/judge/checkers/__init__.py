"""Decide whether an output is right."""
