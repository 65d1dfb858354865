"""The `carrel` command, one module per command group."""
