"""Call a student's function in its language: signatures, and what each language needs for it."""
