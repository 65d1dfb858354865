"""Programming languages: how each one is compiled, started and limited."""
