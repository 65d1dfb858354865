"""Checkers: whether what a program printed is the expected answer."""
