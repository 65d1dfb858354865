"""What answers in a Python session, inside the sandbox."""
