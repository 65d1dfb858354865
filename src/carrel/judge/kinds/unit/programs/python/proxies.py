"""What stands in the tests for the student's objects: they look the same and hold nothing.

Whether something is right is never left to the student's code:

- Compared with plain data, an object is not equal, whatever its `__eq__` would say; it is
  not asked, and so does not learn the expected value.
- Objects of classes that derive from plain data (a named tuple, an IntEnum) are that data
  when they are compared, hashed, iterated or counted.
- `in`, `<` and arithmetic are asked of classes that the tests name themselves, as in
  `solution.Fraction(1, 2) + 1`. An object that a student made up to take a string's or a
  number's place has none of them. The difference of an object and a number is no number,
  and so never near 0.
- `__exit__` swallows no error of the test's.
"""

from __future__ import annotations

import keyword
import numbers
from collections.abc import Callable, Generator, Iterator
from typing import Any, NoReturn

from .references import (
    Reference,
    RemoteMethod,
    coroutine_mark,
    later_await,
    later_call,
    reference,
)

_ALWAYS = frozenset(
    "__iter__ __next__ __len__ __getitem__ __setitem__ __delitem__ __enter__ __exit__ __call__ "
    "__str__ __repr__ __hash__ __bool__ __format__ __reversed__ __aenter__ __aexit__ __aiter__ "
    "__anext__ __await__".split()
)
_ORDER = frozenset("__lt__ __le__ __gt__ __ge__".split())
_ARITHMETIC = frozenset(
    f"__{prefix}{name}__"
    for prefix in ("", "r", "i")
    for name in (
        "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift divmod".split()
    )
) | frozenset(
    "__neg__ __pos__ __abs__ __invert__ __round__ __int__ __float__ __complex__ __index__ "
    "__floor__ __ceil__ __trunc__ __contains__".split()
)
_OF_DATA = _ARITHMETIC - {"__contains__", "__int__", "__float__", "__complex__", "__index__"} | {
    "__str__", "__repr__", "__format__", "__call__", "__enter__", "__exit__",
}  # fmt: skip
_PREDICATES = frozenset(
    name
    for kind in (str, bytes, set, float, int)
    for name in dir(kind)
    if name.startswith("is") or name in {"startswith", "endswith"}
)
_READABLE = frozenset({"__annotations__", "__defaults__", "__kwdefaults__", "__wrapped__", "__all__", "__version__", "__author__", "__abstractmethods__", "__dataclass_fields__", "__members__", "__match_args__", "__slots__", "__eq__", "__ne__"}) | _ALWAYS | _ORDER | _ARITHMETIC  # fmt: skip  # noqa: E501
_NEAR_ZERO = frozenset(
    f"__{prefix}{name}__"
    for prefix in ("", "r", "i")
    for name in ("sub", "truediv", "floordiv", "mod", "divmod", "xor")
)
"""What makes 0 of a right result and the expected number."""
_TYPE_OF_RESULT = {"__len__": int, "__hash__": int, "__bool__": bool, "__str__": str, "__repr__": str, "__format__": str, "__contains__": bool}  # fmt: skip  # noqa: E501
_MAX_CLASSES = 2000
_MAX_NUMBER = 10_000_000


def _refuse(name: str) -> None:
    """Names that only a framework looks for are never asked over there."""
    hidden = name.startswith("__") and name.endswith("__") and name not in _READABLE
    if hidden or name.startswith(("_carrel", "_pytest", "pytest", "_is_coroutine", "_mock")):
        raise AttributeError(name)


class Remote:
    """Any stand-in: its attributes are the object's."""

    __test__ = False

    def __getattr__(self, name: str) -> Any:
        _refuse(name)
        where = reference(self)
        kind = type(self)
        if name in _PREDICATES and not where.line.objects.is_named(kind):
            raise _no_data(self, f".{name}()")
        methods = getattr(kind, "_carrel_methods", {}) if isinstance(kind, RemoteMeta) else {}
        how = methods.get(name)
        if how is not None:
            return RemoteMethod(self, name, is_async=how in ("a", "ma"))
        return where.ask("get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse(name)
        reference(self).ask("set", name, value)

    def __delattr__(self, name: str) -> None:
        _refuse(name)
        reference(self).ask("del", name)

    def __dir__(self) -> list[str]:
        return [str(name) for name in reference(self).ask("dir")]

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError("an object of the program stays in the program; copy what is in it instead")


def _no_data(value: Any, what: str) -> TypeError:
    return TypeError(
        f"the program gave an object of its own class {type(value).__name__} where the test "
        f"expects plain data ({what})"
    )


class RemoteObject(Remote):
    """An object of one of the student's classes."""

    def __eq__(self, other: object) -> Any:
        if self is other:
            return True
        if not isinstance(other, RemoteObject):
            return NotImplemented  # never asked: see the module
        return _checked(bool, reference(self).ask("method", "__eq__", other), "__eq__")

    def __ne__(self, other: object) -> Any:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    def __hash__(self) -> int:
        return int(_checked(int, reference(self).ask("method", "__hash__"), "__hash__"))

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} object>"


class RemoteData(Remote):
    """Plain data of one of the student's classes: the data is here, the rest over there."""


class RemoteContainer(Remote):
    """A list, dict or set of one of the student's classes, read anew each time."""


def _checked(kind: type, value: Any, name: str) -> Any:
    if value is NotImplemented or isinstance(value, kind):
        return value
    raise TypeError(f"{name} of the program returned {type(value).__name__}, not {kind.__name__}")


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(_is_number(item) for item in value)
    return isinstance(value, numbers.Number) or type(value).__module__ == "numpy"


def _no_number(value: Any, what: str) -> TypeError:
    return TypeError(
        f"{what} is a number, and an object of the program's class {type(value).__name__} "
        f"is none; to test the operator, call it by its name"
    )


def _difference(value: Any, name: str, result: Any) -> Any:
    """Return what came of an object and plain data, if it is none that a test takes for 0."""
    own = isinstance(result, RemoteData) and reference(result).line.objects.is_named(type(result))
    if _is_number(result) and not own:
        raise _no_number(value, f"{name} with plain data")
    for one in result if isinstance(result, tuple) else (result,):
        if isinstance(one, RemoteObject) and "sub" in name:
            reference(one).is_difference = True
    return result


def _special(name: str) -> Callable[..., Any]:
    kind = _TYPE_OF_RESULT.get(name)

    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        where = reference(self)
        if name not in _ALWAYS and not where.line.objects.is_named(type(self)):
            raise _no_data(self, name)
        if name in _ORDER and not all(isinstance(value, Remote) for value in args):
            return NotImplemented  # as with ==
        result = where.ask("method", name, *args, **kwargs)
        if name in _NEAR_ZERO and not any(isinstance(value, Remote) for value in args):
            return _difference(self, name, result)
        if where.is_difference and name in {"__abs__", "__round__"} and _is_number(result):
            raise _no_number(self, f"{name} of its difference from plain data")
        return result if kind is None else _checked(kind, result, name)

    def leave(self: Any, *args: Any) -> bool:
        result = reference(self).ask("method", name, args[0], args[1], None)
        called_by_hand = args[2] is None and args[0] is not None
        return bool(result) and called_by_hand

    async def later(self: Any, *args: Any) -> Any:
        values = (args[0], args[1], None) if name == "__aexit__" else args
        result = reference(self).line.request(
            "method", reference(self), name, values, {}, wait=True
        )
        return False if name == "__aexit__" else result

    def awaited(self: Any) -> Generator[Any, Any, Any]:
        return later_await(reference(self)).__await__()

    if name == "__exit__":
        return leave
    if name == "__await__":
        return awaited
    return later if name in ("__aenter__", "__aexit__", "__anext__") else ask


def _of_container(name: str, *, theirs: bool) -> Callable[..., Any]:
    """Return a method of a list, dict or set whose content is over there."""
    reads = name in {
        "__len__", "__iter__", "__getitem__", "__contains__", "__eq__", "__ne__", "__lt__",
        "__le__", "__gt__", "__ge__", "__reversed__", "__or__", "__and__", "__sub__", "__xor__",
        "__add__", "__mul__", "__ror__", "__rand__", "__rsub__", "__rxor__", "__rmul__",
    }  # fmt: skip
    compares = name in {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}

    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        where = reference(self)
        if theirs and not compares and where.line.objects.is_named(type(self)):
            result = where.ask("method", name, *args, **kwargs)
            plain = not any(isinstance(value, Remote) for value in args)
            return _difference(self, name, result) if name in _NEAR_ZERO and plain else result
        if not reads and name != "__repr__":
            return where.ask("method", name, *args, **kwargs)
        content = where.ask("plain")
        if name in {"__iter__", "__reversed__", "__len__", "__contains__", "__getitem__"} or reads:
            return getattr(content, name)(*(_content(value) for value in args))
        return repr(content)

    return ask


def _content(value: Any) -> Any:
    return reference(value).ask("plain") if isinstance(value, RemoteContainer) else value


class RemoteMeta(type):
    """The class of the stand-ins' classes: what is done to them is done over there."""

    _carrel_methods: dict[str, str]

    def __new__(cls, name: str, *_: Any, **__: Any) -> Any:
        raise TypeError(f"a class of the tests ({name}) cannot derive from one of the program")

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return reference_of_class(cls).ask("call", "", *args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        _refuse(name)
        return reference_of_class(cls).ask("get", name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith(("__abstractmethods__", "_abc")):
            return
        _refuse(name)
        reference_of_class(cls).ask("set", name, value)

    def __delattr__(cls, name: str) -> None:
        _refuse(name)
        reference_of_class(cls).ask("del", name)

    def __iter__(cls) -> Any:
        return reference_of_class(cls).ask("method", "__iter__")

    def __len__(cls) -> int:
        return int(_checked(int, reference_of_class(cls).ask("method", "__len__"), "__len__"))

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, key: Any) -> Any:
        return reference_of_class(cls).ask("method", "__getitem__", key)

    def __contains__(cls, value: Any) -> bool:
        return bool(reference_of_class(cls).ask("method", "__contains__", value))

    def __dir__(cls) -> list[str]:
        return [str(name) for name in reference_of_class(cls).ask("dir")]


def reference_of_class(kind: type) -> Reference:
    """Return the reference of a class."""
    return kind.__dict__["_carrel_class"]  # type: ignore[no-any-return]


def make_class(
    where: Reference, told: dict[str, Any], bases: list[type], error: type | None
) -> type:
    """Return a class that stands for one of the student's; `error` is its nearest known one."""
    if where.number > _MAX_NUMBER or len(told["methods"]) > _MAX_CLASSES:
        raise ValueError("a class that is none")
    name = _identifier(told["name"])
    data = {
        "int": int, "float": float, "complex": complex, "str": str, "bytes": bytes, "tuple": tuple,
        "frozenset": frozenset, "list": list, "dict": dict, "set": set, "bytearray": bytearray,
    }.get(told["data"] or "")  # fmt: skip
    dunders = frozenset(told["dunders"])
    members: dict[str, Any] = {
        "__module__": str(told["module"]),
        "__qualname__": str(told["qualname"]),
        "__doc__": told["doc"] if isinstance(told["doc"], str) else None,
        "_carrel_class": where,
    }
    if error is not None:
        root: tuple[type, ...] = (RemoteError, error)
        members["__str__"] = RemoteError.__str__
    elif data in (list, dict, set, bytearray):
        root = (RemoteContainer, data)
        members |= _container_members(data, dunders)
    elif data is not None:
        root = (RemoteData, data)
        members |= {name: _special(name) for name in dunders & _OF_DATA}
    else:
        root = (RemoteObject,)
        members |= {name: _special(name) for name in dunders & (_ALWAYS | _ORDER | _ARITHMETIC)}
    parents = [base for base in bases if isinstance(base, RemoteMeta)]
    methods: dict[str, str] = {}
    for base in reversed(parents):
        methods |= base._carrel_methods
    methods |= {str(key): str(how) for key, how in told["methods"].items()}
    members["_carrel_methods"] = methods
    try:
        return type.__new__(RemoteMeta, name, (*parents, *root), members)
    except TypeError:  # bases that do not go together here
        return type.__new__(RemoteMeta, name, root, members)


def _container_members(base: type, dunders: frozenset[str]) -> dict[str, Any]:
    left = {"__class__", "__new__", "__init__", "__getattribute__", "__setattr__", "__delattr__", "__init_subclass__", "__subclasshook__", "__class_getitem__", "__hash__", "__dir__", "__doc__", "__reduce__", "__reduce_ex__", "__getstate__", "__sizeof__", "__format__", "__str__"}  # fmt: skip  # noqa: E501
    names = [name for name in dir(base) if callable(getattr(base, name)) and name not in left]
    members = {name: _of_container(name, theirs=name in dunders) for name in names}
    members |= {
        name: _special(name) for name in dunders & {"__str__", "__call__", "__enter__", "__exit__"}
    }
    return members | {"__hash__": None}


def _identifier(name: Any) -> str:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        return "Anonymous"
    return name


class RemoteError(Remote):
    """An error of one of the student's classes."""

    __setattr__ = object.__setattr__  # type: ignore[assignment]

    def __str__(self) -> str:
        return str(self.__dict__.get("_carrel_text", ""))


class RemoteFunction(Remote):
    """A function of the student's."""

    def __init__(self, where: Reference, name: str, doc: str | None, *, is_async: bool) -> None:
        own = self.__dict__
        own["_carrel"] = where
        own["__name__"] = name.rsplit(".", 1)[-1]
        own["__qualname__"] = name
        own["__doc__"] = doc
        own["_carrel_async"] = is_async
        if is_async:
            own["_is_coroutine"] = coroutine_mark()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.__dict__["_carrel_async"]:
            return later_call(reference(self), "call", "", args, kwargs)
        return reference(self).line.request("call", reference(self), "", args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self.__dict__['__qualname__']} of the program>"


class RemoteAwaitable(Remote):
    """A coroutine of the program's that has not begun."""

    def __await__(self) -> Generator[Any, Any, Any]:
        return later_await(reference(self)).__await__()


class RemoteIterator(Remote):
    """An iterator of the program's; each item is fetched when it is asked for."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        found = reference(self).ask("next")
        if not isinstance(found, list) or len(found) > 1:
            raise TypeError("an iterator of the program that is none")
        if not found:
            raise StopIteration
        return found[0]
