"""What a course forbids in a program: one table per language over parsed programs."""
