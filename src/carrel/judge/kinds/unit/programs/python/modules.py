"""`import solution` in a test: the module that comes stands for the program's."""

from __future__ import annotations

import ast
import builtins
import dis
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

from .proxies import RemoteMeta, _refuse
from .references import Reference

_IMPORT_FROM, _IMPORT_STAR = dis.opmap["IMPORT_FROM"], dis.opmap["IMPORT_STAR"]
_OF_FRAMEWORKS = (
    "test",
    "Test",
    "pytest",
    "setup_",
    "teardown_",
    "setUp",
    "tearDown",
    "load_tests",
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class MissingNameError(AttributeError):
    """A test uses a name that the program does not define."""


class MissingName:
    """What `from solution import name` gives for a name that is not there.

    So only the unit tests that use it fail, and not all that stand in the same file.
    """

    __test__ = False

    def __init__(self, module: str, name: str) -> None:
        self.__dict__["_carrel_missing"] = f"the program's module {module} has no {name!r}"

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("__", "_pytest", "pytest")):
            raise AttributeError(name)
        raise MissingNameError(self.__dict__["_carrel_missing"])

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise MissingNameError(self.__dict__["_carrel_missing"])

    def __mro_entries__(self, _: Any) -> Any:
        """Refuse to be a base class."""
        raise MissingNameError(self.__dict__["_carrel_missing"])


class RemoteModule(types.ModuleType):
    """Stands for a module of the program's that the tests import."""

    def __init__(self, line: Any, name: str) -> None:
        super().__init__(name)
        own = self.__dict__
        own["_carrel"] = Reference(line, 0, [name, ""])
        own["_carrel_used"] = None
        own["__test__"] = False

    def __getattr__(self, name: str) -> Any:
        where: Reference = self.__dict__["_carrel"]
        caller = sys._getframe(1)
        code = caller.f_code.co_code
        operation = code[caller.f_lasti] if 0 <= caller.f_lasti < len(code) else 0
        if name == "__all__" and operation == _IMPORT_STAR:
            return self._exported(where, caller.f_code.co_filename)
        _refuse(name)
        where.run = -1  # a module is always found by its name
        try:
            found = where.ask("get", name)
        except AttributeError:
            if operation == _IMPORT_FROM:
                where.line.used = where.line.used or not where.line.testing
                return MissingName(self.__name__, name)
            raise MissingNameError(
                f"the program's module {self.__name__} has no {name!r}"
            ) from None
        if isinstance(found, RemoteMeta):
            where.line.objects.name(found)
        return found

    def _exported(self, where: Reference, file: str) -> list[str]:
        """Return what `from solution import *` brings: what the file uses and has not itself.

        A program that defines `pytest` or `len` must not put them in the place of the real ones,
        and a framework must not find tests of its making.
        """
        self.__dict__["_carrel_used"] = _used_names(file)
        where.run = -1
        names = dict.fromkeys(name for name in where.ask("dir") if isinstance(name, str))
        try:
            chosen = where.ask("get", "__all__")
        except AttributeError:
            chosen = [name for name in names if not name.startswith("_")]
        if not isinstance(chosen, list | tuple):
            raise TypeError("__all__ of the program is no list")
        used = self.__dict__["_carrel_used"]
        kept = dict.fromkeys(name for name in chosen if isinstance(name, str) and name in used)
        return [name for name in kept if name in names]

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__") and name.endswith("__"):
            super().__setattr__(name, value)  # the import system's
            return
        where: Reference = self.__dict__["_carrel"]
        where.run = -1
        where.ask("set", name, value)

    def __delattr__(self, name: str) -> None:
        where: Reference = self.__dict__["_carrel"]
        where.run = -1
        where.ask("del", name)

    def __dir__(self) -> list[str]:
        where: Reference = self.__dict__["_carrel"]
        where.run = -1
        return [str(name) for name in where.ask("dir")]


def _used_names(file: str) -> frozenset[str]:
    """Return the names that a test file uses and does not define."""
    with open(file, encoding="utf-8") as source:  # noqa: PTH123
        nodes = list(ast.walk(ast.parse(source.read())))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    bound = {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, _SCOPES)}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(name.asname or name.name).partition(".")[0] for name in node.names}
    left = used - bound - set(dir(builtins))
    return frozenset(name for name in left if not name.startswith(_OF_FRAMEWORKS))


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the program's modules before anything else of the same name."""

    def __init__(self, line: Any, modules: Sequence[str]) -> None:
        self._line = line
        self._modules = frozenset(modules)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        """Return the spec of one of the program's modules."""
        if fullname.partition(".")[0] not in self._modules:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=False)

    def create_module(self, spec: Any) -> types.ModuleType:
        """Return the module that stands for it."""
        return RemoteModule(self._line, spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Import it over there, anew."""
        self._line.load(module.__name__)
