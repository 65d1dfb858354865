"""Results as they are stored: a view as values that JSON knows, and back exactly.

Theory of operation. A result is stored once and shown for years, in the language of
whoever looks. So no sentence is stored as a sentence: a `Message` is stored as its id and
its values (which may be messages again), beside the English text for the day on which
the catalogues have no such message any more. What comes back is equal to what was
stored, and says the same in every language.

What is stored has a version. A reader refuses a version that it does not know instead of
guessing; a field that was added since takes its default.

`bounded` cuts a view to a size before it is stored, the longest texts first: a thousand
tests with 64 KiB of output each must not become a row of 250 MB.

The texts come from programs that nobody trusts. Stored as JSON in ASCII (`json.dumps` as
it is) they hold no NUL and no lone surrogate, which PostgreSQL refuses in text; `jsonb`
refuses the escaped NUL as well, so keep them in a column of type `json` or `text`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from carrel.core.errors import PlatformFaultError
from carrel.core.sizes import KIB, MIB
from carrel.grading.staff import StaffView
from carrel.grading.student import StudentView, TestDetails
from carrel.texts.message import Message, Value

VERSION = 1
MAX_BYTES = MIB
"""How large a stored view may be, as JSON."""

View = TypeVar("View", StudentView, StaffView)
T = TypeVar("T")

_KINDS: Mapping[type, str] = {StudentView: "student", StaffView: "staff"}


class StoredResultError(PlatformFaultError):
    """A stored result cannot be read, or one is too large to be stored."""


def to_plain(view: StudentView | StaffView) -> dict[str, Any]:
    """Return a view as values that JSON knows, complete; see `bounded` for its size."""
    return {"version": VERSION, "kind": _KINDS[type(view)], "view": _plain(view)}


def student_view_from(stored: object) -> StudentView:
    """Return the student's view that `to_plain` was given; StoredResultError if it is none."""
    return _view_from(stored, StudentView)


def staff_view_from(stored: object) -> StaffView:
    """Return the staff's view that `to_plain` was given; StoredResultError if it is none."""
    return _view_from(stored, StaffView)


def _view_from(stored: object, kind: type[T]) -> T:
    if not isinstance(stored, dict) or "version" not in stored:
        raise StoredResultError("this is no stored result: it has no version")
    version = stored["version"]
    if version != VERSION or isinstance(version, bool):
        raise StoredResultError(
            f"the stored result is of version {version!r:.40} and this carrel reads version "
            f"{VERSION}: read it with the release of carrel that stored it, or a newer one"
        )
    if stored.get("kind") != _KINDS[kind]:
        raise StoredResultError(
            f"the stored result is of kind {stored.get('kind')!r:.40}, not {_KINDS[kind]!r}"
        )
    found: T = _Reader("view").read(stored.get("view"), kind)
    return found


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it, its messages by their ids."""
    if isinstance(value, Message):
        values = {name: _plain(one) for name, one in value.values.items()}
        return {"message": value.id, "values": values, "text": str(value)}
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    raise TypeError(f"a view holds a {type(value).__name__}, which cannot be stored")


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


class _Reader:
    """Reads plain values as the types that the fields of the views have."""

    def __init__(self, place: str) -> None:
        self._place = place

    def read(self, value: Any, kind: Any) -> Any:
        origin, inner = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            others = [one for one in inner if one is not NoneType]
            if value is None and len(others) < len(inner):
                return None
            return self.read(value, others[0])
        if origin is tuple:
            if not isinstance(value, list):
                raise self._wrong(value, "a list")
            return tuple(
                _Reader(f"{self._place}[{number}]").read(one, inner[0])
                for number, one in enumerate(value)
            )
        if origin is Literal:
            if value not in inner:
                raise self._wrong(value, " or ".join(map(repr, inner)))
            return value
        if is_dataclass(kind):
            return self._dataclass(value, kind)
        return self._scalar(value, kind)

    def _scalar(self, value: Any, kind: type) -> Any:
        if issubclass(kind, Enum):
            try:
                return kind(value)
            except ValueError:
                raise self._wrong(value, f"a {kind.__name__}") from None
        if issubclass(kind, str):  # a message may stand wherever a text may
            return self._text(value)
        allowed = int | float if kind is float else kind
        if not isinstance(value, allowed) or (kind is not bool and isinstance(value, bool)):
            raise self._wrong(value, f"a {kind.__name__}")
        return value

    def _dataclass(self, value: Any, kind: Any) -> Any:
        if not isinstance(value, dict):
            raise self._wrong(value, "an object")
        known = {one.name: one for one in fields(kind)}
        if unknown := value.keys() - known.keys():
            raise self._wrong(min(unknown), "a field that is known")
        for name, one in known.items():
            if name not in value and one.default is MISSING:
                raise self._wrong(name, "a field that must be there")
        types = _types(kind)
        return kind(
            **{
                name: _Reader(f"{self._place}.{name}").read(one, types[name])
                for name, one in value.items()
            }
        )

    def _text(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if not isinstance(value, dict) or value.keys() != {"message", "values", "text"}:
            raise self._wrong(value, "a text or a message")
        name, values, text = value["message"], value["values"], value["text"]
        if not (isinstance(name, str) and isinstance(values, dict) and isinstance(text, str)):
            raise self._wrong(value, "a message")
        try:
            return Message(name, **{key: self._value(one) for key, one in values.items()})
        except LookupError:  # the catalogues have changed since
            return text

    def _value(self, value: Any) -> Value:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        return self._text(value)

    def _wrong(self, value: object, wanted: str) -> StoredResultError:
        return StoredResultError(
            f"the stored result is damaged: {self._place}={value!r:.60} is not {wanted}"
        )


@dataclass(frozen=True)
class _Level:
    """How much of a view is kept: characters of a text, parts of a test, differences."""

    characters: int
    parts: int
    pictures: bool = True
    texts: bool = True


_LEVELS = (
    _Level(64 * KIB, 2000),
    _Level(16 * KIB, 1000),
    _Level(4 * KIB, 500),
    _Level(KIB, 200),
    _Level(256, 50, pictures=False),
    _Level(64, 10, pictures=False),
    _Level(64, 0, pictures=False, texts=False),
    _Level(24, 0, pictures=False, texts=False),
)


def bounded(view: View, max_bytes: int = MAX_BYTES) -> View:
    """Return a view whose JSON is no longer than `max_bytes`, cut where it must be.

    Verdicts, points and measures always stay. All texts are cut to the same length,
    from 64 KiB of characters downwards until the whole fits, and a text that was cut
    says so at its end; then differences and traces go, and last the texts of tests.
    StoredResultError where even that is too large.
    """
    if _fits(view, max_bytes):
        return view
    for level in _LEVELS:
        shorter: View = _Cutter(level).cut(view)
        if _fits(shorter, max_bytes):
            return shorter
    raise StoredResultError(f"the result does not fit into {max_bytes:,} bytes")


def _fits(view: StudentView | StaffView, max_bytes: int) -> bool:
    weight = 0
    for text in _texts(view):  # cheaper than JSON of hundreds of megabytes
        weight += len(text)
        if weight > max_bytes:
            return False
    return len(json.dumps(to_plain(view))) <= max_bytes


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


class _Cutter:
    def __init__(self, level: _Level) -> None:
        self._level = level

    def cut(self, value: Any) -> Any:
        """Return a value with its texts cut; `value` has the same type."""
        if isinstance(value, Enum):
            return value
        if isinstance(value, Message):
            return Message(value.id, **{k: self.cut(v) for k, v in value.values.items()})
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, tuple):
            return tuple(self.cut(one) for one in value)
        if isinstance(value, TestDetails):
            value = self._details(value)
        if is_dataclass(value) and not isinstance(value, type):
            parts = {one.name: self.cut(getattr(value, one.name)) for one in fields(value)}
            return replace(value, **parts)
        return value

    def _details(self, details: TestDetails) -> TestDetails:
        level = self._level
        shorter = replace(details, parts=details.parts[: level.parts])
        if not level.pictures:
            shorter = replace(shorter, difference=None, trace=None)
        if not level.texts:
            shorter = replace(shorter, input="", expected="", actual="", stderr="")
        return shorter

    def _text(self, text: str) -> str:
        kept = self._level.characters
        if len(text) <= kept:
            return text
        note = f"\n[cut: {kept:,} of {len(text):,} characters]" if self._level.texts else "…"
        return text[:kept] + note
