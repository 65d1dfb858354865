"""Where the program's objects are, and what it takes to ask something of them."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from typing import Any


class Reference:
    """Where an object is: its number in one run of the program, or its path in any."""

    def __init__(self, line: Any, number: int, path: Any = None, label: str = "") -> None:
        self.line = line
        self.number = number
        self.run = line.run
        self.path = path
        self.label = label
        self.is_difference = False  # of an object and plain data: see proxies.py

    def __del__(self) -> None:
        if self.run == self.line.run:
            self.line.objects.release(self.number)

    def ask(self, operation: str, name: str = "", *args: Any, **kwargs: Any) -> Any:
        """Do something with the object, over there."""
        return self.line.request(operation, self, name, args, kwargs)


def reference(value: Any) -> Reference:
    """Return the reference of a stand-in."""
    return object.__getattribute__(value, "_carrel")  # type: ignore[no-any-return]


class RemoteMethod:
    """A method of a student's object, not yet called."""

    __test__ = False

    def __init__(self, owner: Any, name: str, *, is_async: bool) -> None:
        self.__self__ = owner
        self.__name__ = name
        self.is_async = is_async
        if is_async:
            self._is_coroutine = coroutine_mark()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        where = reference(self.__self__)
        if self.is_async:
            return later_call(where, "method", self.__name__, args, kwargs)
        return where.line.request("method", where, self.__name__, args, kwargs)

    def __repr__(self) -> str:
        return f"<{type(self.__self__).__name__}.{self.__name__} of the program>"

    @property
    def there(self) -> Any:
        """The method itself, to hand it back to the program."""
        return reference(self.__self__).ask("get", self.__name__)

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return getattr(self.there, "__doc__", None)


def coroutine_mark() -> Any:
    """Return what asyncio knows a coroutine function by."""
    import asyncio.coroutines  # noqa: PLC0415 - most tests do without

    return asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]


async def later_call(where: Reference, operation: str, name: str, args: Any, kwargs: Any) -> Any:
    """Call something asynchronous of the program's."""
    return where.line.request(operation, where, name, args, kwargs, wait=True)


async def later_await(where: Reference) -> Any:
    """Wait for something awaitable of the program's."""
    return where.ask("await")


def generate(where: Reference) -> Generator[Any, Any, Any]:
    """Return a real generator that goes on over there."""
    sent: Any = None
    for _ in itertools.count():
        try:
            item = where.ask("method", "send", sent)
        except StopIteration as stop:
            return stop.value
        try:
            sent = yield item
        except GeneratorExit:
            where.ask("method", "close")
            raise
        except Exception as error:  # noqa: BLE001  # handed on
            try:
                sent = yield where.ask("method", "throw", error)
            except StopIteration as stop:
                return stop.value
    return None
