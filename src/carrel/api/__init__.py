"""HTTP: requests into calls of the core, its errors into problem details."""
