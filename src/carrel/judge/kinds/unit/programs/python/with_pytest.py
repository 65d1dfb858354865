"""pytest, with a plugin that reports."""

from __future__ import annotations

from typing import Any

import pytest

from .comparing import remote_sides, watch_approx
from .proxies import RemoteContainer, RemoteData
from .runner import Runner, chain, is_programs, plain

_OPTIONS = [
    "-q", "-p", "no:cacheprovider", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise",
    "--tb=short", "-c", "/dev/null", "--rootdir", ".", "--import-mode=prepend",
]  # fmt: skip


class Plugin:
    """Tells the host of each unit test."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._outcome: dict[str, tuple[str, str, BaseException | None]] = {}
        self._broken = False

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Any:
        """See why a file cannot be collected."""
        result = yield
        call = getattr(result.get_result(), "call", None)
        if call is not None and call.excinfo is not None and not result.get_result().skipped:
            self._stop(call.excinfo.value, collector.nodeid)

    def _stop(self, error: BaseException, file: str) -> None:
        if not self._broken:
            self._broken = True
            causes = list(chain(error))
            found = next((one for one in causes if is_programs(one)), causes[-1])
            self._runner.stop(found, file)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Tell which unit tests there are."""
        if not self._broken:
            self._runner.plan([self._name(item) for item in items])

    def _name(self, item: Any) -> str:
        file, _, name = item.nodeid.partition("::")
        return name if len(self._runner.files) == 1 else f"{file}::{name}"

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        """Tell that a unit test begins, and how it ended."""
        name = self._name(item)
        self._outcome[name] = ("failed", "it did not run", None)
        self._runner.begin(name)
        yield
        self._runner.end(name, *self._outcome[name])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        """Note what came of one of the three phases of a unit test."""
        result = yield
        report = result.get_result()
        error = None if call.excinfo is None else call.excinfo.value
        name = self._name(item)
        before = self._outcome[name]
        if report.skipped:  # an expected failure is one too
            self._outcome[name] = ("skipped", str(getattr(report, "wasxfail", "")), None)
        elif report.failed:
            if type(error).__name__ == "FixtureLookupError":
                self._stop(error or KeyError("fixture"), item.nodeid)
            if before[1] == "it did not run" or before[0] == "passed":
                self._outcome[name] = ("failed", _message(report, error), error)
        elif report.when == "call" and before[0] == "failed":
            self._outcome[name] = ("passed", "", None)

    def pytest_assertrepr_compare(self, op: str, left: Any, right: Any) -> list[str] | None:
        """Explain why an object is not equal to plain data."""
        if op != "==" or isinstance(left, RemoteData | RemoteContainer):
            return None
        said = remote_sides(left, right)
        return [f"{_short(left)} == {_short(right)}", *said] if said else None


def _short(value: Any) -> str:
    try:
        return repr(value)[:200]
    except Exception:  # noqa: BLE001  # the program's own __repr__
        return f"<{type(value).__name__}>"


def _message(report: Any, error: BaseException | None) -> str:
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    message = str(crash.message) if crash is not None else ""
    if error is None or not message:
        return message or (plain(error) if error else "")
    if isinstance(error, AssertionError):
        message = message.removeprefix("AssertionError: ")
        checked = message.removeprefix("assert ")
        return checked if " " in checked else message
    return plain(error)


def run(runner: Runner) -> None:
    """Run the tests."""
    plugin = Plugin(runner)
    watch_approx()
    code = pytest.main([*_OPTIONS, *runner.files], plugins=[plugin])
    if code == pytest.ExitCode.USAGE_ERROR:
        plugin._stop(RuntimeError("pytest cannot use these files"), runner.files[0])
    if code == pytest.ExitCode.INTERNAL_ERROR:
        plugin._stop(RuntimeError("pytest failed"), runner.files[0])
