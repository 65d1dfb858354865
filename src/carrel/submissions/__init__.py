"""What students hand in, on its way from the queue to one result."""
