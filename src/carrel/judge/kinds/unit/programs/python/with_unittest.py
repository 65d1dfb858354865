"""unittest, with a result that reports."""

from __future__ import annotations

import importlib
import unittest
from typing import Any

from .runner import Runner, plain


class Result(unittest.TestResult):
    """Tells the host of each unit test."""

    def __init__(self, runner: Runner, names: dict[str, str]) -> None:
        super().__init__()
        self._runner = runner
        self._names = names
        self._outcome: tuple[str, str, BaseException | None] = ("passed", "", None)

    def startTest(self, test: Any) -> None:  # noqa: N802 - unittest's name
        """Tell that a unit test begins."""
        super().startTest(test)
        self._outcome = ("passed", "", None)
        self._runner.begin(self._names[test.id()])

    def stopTest(self, test: Any) -> None:  # noqa: N802
        """Tell how it ended."""
        super().stopTest(test)
        self._runner.end(self._names[test.id()], *self._outcome)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        """Note an error; one of a whole class stands for all its unit tests."""
        super().addError(test, err)
        self._fail(err)
        if test.id() not in self._names:  # setUpClass, setUpModule
            kind = test.id().partition("(")[2].rstrip(")")
            for number, name in self._names.items():
                if number.startswith(kind):
                    self._runner.begin(name)
                    self._runner.end(name, *self._outcome)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        """Note a failed check."""
        super().addFailure(test, err)
        self._fail(err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        """Note a failed part of a unit test, with the values that tell it from others."""
        super().addSubTest(test, subtest, err)
        if err is not None and self._outcome[0] == "passed":
            self._fail(err, f"{subtest._subDescription()}: ")

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        """Note that a unit test was left out."""
        super().addSkip(test, reason)
        self._outcome = ("skipped", reason, None)

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        """Note a failure that was expected: it counts for nothing."""
        super().addExpectedFailure(test, err)
        self._outcome = ("skipped", "", None)

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        """Note a success that was not expected."""
        super().addUnexpectedSuccess(test)
        self._outcome = ("failed", "it passed, and the test expects it to fail", None)

    def _fail(self, err: Any, prefix: str = "") -> None:
        if self._outcome[0] != "failed":
            self._outcome = ("failed", prefix + plain(err[1]), err[1])


def _cases(suite: Any) -> list[Any]:
    if isinstance(suite, unittest.TestSuite):
        return [case for part in suite for case in _cases(part)]
    return [suite]


def run(runner: Runner) -> None:
    """Run the tests."""
    loader = unittest.TestLoader()
    suite = unittest.TestSuite()
    for file in runner.files:
        try:
            module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
            suite.addTests(loader.loadTestsFromModule(module))
        except BaseException as error:  # noqa: BLE001  # whoever is to blame
            runner.stop(error, file)
            return
        if loader.errors:
            last = str(loader.errors[0]).strip().splitlines()[-1]  # above it: lines of the tests
            runner.stop(ImportError(last), file)
            return
    names = {}
    for case in _cases(suite):
        module, _, rest = case.id().partition(".")
        names[case.id()] = rest if len(runner.files) == 1 else f"{module}.{rest}"
    runner.plan(list(names.values()))
    suite.run(Result(runner, names))
