"""Errors that a function may be expected to raise: families with a name in each language.

A harness reports the names of an error's class and of all that it derives from, the own
one first. A family is the classes that a language's people use for that purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

ANY = "any"

_JAVA = "java.lang."
FAMILIES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "invalid-argument": {
            "python": ("ValueError",),
            "javascript": ("RangeError", "=Error"),
            "java": (_JAVA + "IllegalArgumentException",),
            "cpp": ("std::invalid_argument", "std::domain_error"),
            "typescript": ("RangeError", "=Error"),
            "go": ("error", "panic"),
            "rust": ("Err", "panic"),
        },
        "out-of-range": {
            "python": ("IndexError",),
            "javascript": ("RangeError", "=Error"),
            "java": (_JAVA + "IndexOutOfBoundsException",),
            "cpp": ("std::out_of_range",),
            "typescript": ("RangeError", "=Error"),
            "go": ("error", "panic", "runtime.boundsError"),
            "rust": ("Err", "panic", "index panic"),
        },
        "missing-key": {
            "python": ("KeyError",),
            "javascript": ("RangeError", "=Error"),
            "java": ("java.util.NoSuchElementException",),
            "cpp": ("std::out_of_range",),
            "typescript": ("RangeError", "=Error"),
            "go": ("error", "panic"),
            "rust": ("Err", "panic"),
        },
        "division-by-zero": {
            "python": ("ZeroDivisionError",),
            "javascript": ("RangeError", "=Error"),
            "java": (_JAVA + "ArithmeticException",),
            "cpp": ("std::domain_error", "std::overflow_error", "std::invalid_argument"),
            "typescript": ("RangeError", "=Error"),
            "go": ("error", "panic", "runtime.runtimeError"),
            "rust": ("Err", "panic", "division panic"),
        },
        "invalid-state": {
            "python": ("RuntimeError",),
            "javascript": ("=Error",),
            "java": (_JAVA + "IllegalStateException",),
            "cpp": ("std::logic_error", "std::runtime_error"),
            "typescript": ("=Error",),
            "go": ("error", "panic"),
            "rust": ("Err", "panic"),
        },
    }
)
"""A name with `=` is meant itself or a class of the program's own that derives from it,
not the language's other classes below it: in JavaScript everything is an `Error`. Go's
harness says `error` of what is returned as one and `panic` of what the program panics
with, Rust's says `Err` and `panic`; a panic of the language itself has another name."""

_BUILT_IN = ("EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError")

OUT_OF_MEMORY = frozenset({"MemoryError", _JAVA + "OutOfMemoryError", "std::bad_alloc"})
"""Errors with which a runtime says that there is no memory left."""


def accepted(wanted: Sequence[str], raised: Sequence[str]) -> bool:
    """Whether an error of these classes is one of those wanted.

    `wanted` are names as FAMILIES has them; a class of Java may be named without its
    package.
    """
    for name in wanted:
        if name == ANY:
            return True
        if name.startswith("="):
            if name[1:] in raised and not any(other in raised for other in _BUILT_IN):
                return True
        elif any(name == one or ("." not in name and one.endswith("." + name)) for one in raised):
            return True
    return False
