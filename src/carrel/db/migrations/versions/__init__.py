"""One module per change of the tables; a released one never changes."""
