"""Verdicts to points and feedback: pure functions."""
