"""Courses: who is in them, which exercises were published in them, what is assigned."""
