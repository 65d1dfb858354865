"""The programs of the unit tests in Python: what runs beside the tests, and beside the student."""
