"""The names that users import from `carrel`: thin, synchronous where they expect it."""
