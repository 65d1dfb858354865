"""Exercise folders: model, loading, validation."""
