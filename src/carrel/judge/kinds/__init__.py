"""Kinds of test: each is a value that knows how to run itself on a stage."""
