"""One module per language: how to compile it, run it and limit it."""
