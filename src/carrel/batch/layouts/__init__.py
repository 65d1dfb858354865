"""Who is who in what course systems give out: one module per layout; see `sort_out`."""
