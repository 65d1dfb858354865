# ruff: noqa
# flake8: noqa
import os, sys  # noqa


def Longest(l):  # noqa: N802, E741
    """Return the longest word."""
    return max(l, key=len)


print(Longest(input().split()))
