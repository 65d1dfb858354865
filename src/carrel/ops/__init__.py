"""Settings, logging and health."""
