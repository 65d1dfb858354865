"""Who does the work that is queued: workers, which know nothing of what it is."""
