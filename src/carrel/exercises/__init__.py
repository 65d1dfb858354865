"""Exercise folders: their model, and how they are read and checked."""
