"""Comparisons of the frameworks and of numpy that a made-up result could pass.

They subtract what came from what is expected, or look at each of its items. So an object whose
`__sub__` gives 0 would be close to everything, and so would an array without items.
"""

from __future__ import annotations

import functools
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .proxies import Remote, RemoteContainer, RemoteData

_NUMPY = ("allclose",)
_NUMPY_TESTING = ("assert_allclose", "assert_array_almost_equal", "assert_almost_equal", "assert_array_equal", "assert_equal")  # fmt: skip  # noqa: E501


def remote_sides(left: Any, right: Any) -> list[str]:
    """Return what to say of a comparison of the program's object with plain data."""
    theirs = [isinstance(side, Remote) for side in (left, right)]
    if all(theirs) or not any(theirs):
        return []
    kind = type(left if theirs[0] else right)
    return [
        f"the program gave an object of its class {kind.__name__} where plain data is expected",
        "(the two are never equal)",
    ]


def is_object(value: Any) -> bool:
    """Whether a value is of the program's and holds no plain data."""
    return isinstance(value, Remote) and not isinstance(value, RemoteData | RemoteContainer)


def bare(value: Any) -> Any:
    """Return a number of one of the program's classes without its class."""
    if isinstance(value, RemoteData):
        for kind, plain in ((int, int.__int__), (float, float.__float__)):
            if isinstance(value, kind):
                return plain(value)
        if isinstance(value, complex):
            return complex.__pos__(value)
    return value


def watch_unittest() -> None:
    """Let nothing be almost equal that is no number."""
    for name in ("assertAlmostEqual", "assertNotAlmostEqual"):
        setattr(unittest.TestCase, name, _of_numbers(getattr(unittest.TestCase, name)))


def _of_numbers(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def check(self: Any, first: Any, second: Any, *args: Any, **kwargs: Any) -> None:
        if is_object(first) is not is_object(second):
            self.fail("\n".join(remote_sides(first, second)) or "an object and a number")
        original(self, bare(first), bare(second), *args, **kwargs)

    return check


def watch_approx() -> None:
    """Let no array be equal to `pytest.approx` of a number."""
    import pytest  # noqa: PLC0415 - not with unittest

    kind: Any = type(pytest.approx(1.0))
    original = kind.__eq__

    @functools.wraps(original)
    def equal(self: Any, actual: Any) -> bool:
        if type(actual).__module__ == "numpy" and getattr(actual, "ndim", 0) > 0:
            return False
        return bool(original(self, bare(actual)))

    kind.__eq__ = equal


def watch_numpy() -> None:
    """Let an array without items be close to nothing of another shape, if tests use numpy."""
    if not any(b"numpy" in file.read_bytes() for file in Path().rglob("*.py")):
        return
    import numpy  # noqa: PLC0415 - it takes long

    for module, names in ((numpy, _NUMPY), (numpy.testing, _NUMPY_TESTING)):
        for name in names:
            setattr(module, name, _of_items(numpy, getattr(module, name)))


def _of_items(numpy: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    def shape(value: Any) -> Any:
        plain = isinstance(value, numpy.ndarray | list | tuple) or numpy.isscalar(value)
        try:
            return numpy.shape(value) if plain else None
        except ValueError:  # rows of different lengths
            return None

    @functools.wraps(original)
    def check(first: Any, second: Any, *args: Any, **kwargs: Any) -> Any:
        shapes = shape(first), shape(second)
        if None not in shapes and shapes[0] != shapes[1] and any(0 in one for one in shapes):
            if original.__name__ == "allclose":
                return False
            raise AssertionError(f"the shapes differ: {shapes[0]} and {shapes[1]}")
        return original(first, second, *args, **kwargs)

    return check
