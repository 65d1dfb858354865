"""Kattis' problem packages, of which ICPC's are one kind.

The specification is https://www.kattis.com/problem-package-format/. Two generations of it
are read: the *legacy* one, and 2025-09 with its drafts, which began as 2023-07.
"""
