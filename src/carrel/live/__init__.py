"""A sandbox that a person or a client talks to for a while: files, commands, streams."""
