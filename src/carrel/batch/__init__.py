"""Batches: who handed in what, graded once each, resumable, with reports."""
