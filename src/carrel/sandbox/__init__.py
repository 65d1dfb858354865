"""Sandboxes: their limits, templates, pool, and the client of the guest agent."""
