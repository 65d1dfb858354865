"""The worker: runs programs for others, in sandboxes of a pool of its own."""
