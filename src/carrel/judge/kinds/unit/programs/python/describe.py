"""What the student's side tells of objects that stay there: classes, functions, errors."""

from __future__ import annotations

import inspect
import sys
import traceback
import types
from collections.abc import Iterator
from typing import Any

from .values import TYPES

MAX_FRAMES = 30
MAX_TEXT = 4000
_DATA = (bool, int, float, complex, str, bytes, tuple, frozenset, list, dict, set, bytearray)
place = "/app/"
"""The student's folder."""


def clip(text: str, limit: int = MAX_TEXT) -> str:
    """Return a text of a bounded length."""
    return text if len(text) <= limit else text[:limit] + "…"


def is_students(kind: type) -> bool:
    """Whether a class was made by the student's program and not by a library."""
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.startswith(place)


def data_base(kind: type) -> type | None:
    """Return the type of plain data that a class derives from."""
    return next((base for base in _DATA if issubclass(kind, base)), None)


def path_of(value: Any) -> list[str] | None:
    """Return where something can be found again in another run: module and qualified name."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
        if isinstance(found, staticmethod | classmethod):
            found = found.__func__
    return [module, name] if found is value else None


def describe_class(kind: type) -> dict[str, Any]:
    """Return what the other side needs to make a class that stands for this one."""
    methods: dict[str, str] = {}
    dunders = set()
    for base in kind.__mro__:
        if base.__module__ in ("builtins", "typing", "abc", "enum") and base in _library():
            continue
        for name, member in vars(base).items():
            if name.startswith("__") and name.endswith("__"):
                if member is not None:
                    dunders.add(name)
            elif base is kind and (how := _method(member)):
                methods[name] = how
    data = data_base(kind)
    return {
        "name": clip(kind.__name__, 200),
        "qualname": clip(kind.__qualname__, 400),
        "module": clip(str(kind.__module__), 200),
        "doc": clip(kind.__doc__) if isinstance(kind.__doc__, str) else None,
        "data": data.__name__ if data else None,
        "error": error_bases(kind) if issubclass(kind, BaseException) else None,
        "methods": methods,
        "dunders": sorted(dunders),
    }


def _library() -> set[type]:
    import abc  # noqa: PLC0415 - loaded anyway
    import typing  # noqa: PLC0415 - only where classes are

    enums = [
        value for value in vars(sys.modules.get("enum", abc)).values() if isinstance(value, type)
    ]
    kept = {object, abc.ABC, *TYPES.values(), *enums}
    return kept | {getattr(typing, name) for name in ("Generic", "Protocol", "NamedTuple") if isinstance(getattr(typing, name), type)}  # fmt: skip  # noqa: E501


def _method(member: Any) -> str | None:
    if isinstance(member, staticmethod | classmethod):
        inner = member.__func__
        return "a" if inspect.iscoroutinefunction(inner) else "s"
    if isinstance(member, types.FunctionType):
        if inspect.iscoroutinefunction(member):
            return "ma"
        return "m"
    return None


def error_bases(kind: type) -> list[str]:
    """Return the names of an error's classes, nearest first."""
    return [f"{base.__module__}.{base.__qualname__}"[:200] for base in kind.__mro__][:50]


def frames_of(error: BaseException) -> list[list[Any]]:
    """Return the student's own frames of a traceback: file, line, function, source."""
    return list(_frames(error))[-MAX_FRAMES:]


def _frames(error: BaseException) -> Iterator[list[Any]]:
    for frame in traceback.extract_tb(error.__traceback__, limit=-200):
        if frame.filename.startswith(place) and "/.carrel/" not in frame.filename:
            name = frame.filename.removeprefix(place)
            yield [
                clip(name, 200),
                frame.lineno,
                clip(frame.name, 200),
                clip(frame.line or "", 200),
            ]


def error_text(error: BaseException) -> str:
    """Return the traceback as the student knows it, without this program's frames."""
    if isinstance(error, SyntaxError):
        return clip("".join(traceback.format_exception_only(error)).replace(place, ""))
    frames = frames_of(error)
    lines = ["Traceback (most recent call last):\n"] if frames else []
    for file, line, function, source in frames:
        lines.append(f'  File "{file}", line {line}, in {function}\n    {source}\n')
    try:
        lines += traceback.format_exception_only(error)
    except Exception:  # noqa: BLE001  # the student's own __str__
        lines.append(type(error).__name__)
    return clip("".join(lines).replace(place, ""))
