"""The protocol between host and guest, without I/O."""
