"""Fakes and contract suites that others may use too."""
