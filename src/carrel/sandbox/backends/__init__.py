"""What isolates a sandbox: one module per technology."""
