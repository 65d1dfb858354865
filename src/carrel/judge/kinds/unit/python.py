"""pytest and unittest, against a student's module in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carrel.judge.kinds.unit.remote import OURS, TESTS, programs_in
from carrel.languages.spec import APP

_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from carrel_unit.{} import main; main()"


@dataclass(frozen=True)
class PythonSide:
    """The programs in programs/python, as the package `carrel_unit`."""

    template: str = "code-interpreter"
    extension: str = ".py"

    def programs(self) -> Mapping[str, bytes]:
        """Return carrel's programs by their names."""
        return programs_in("python", "carrel_unit/")

    def examiner_argv(self, _framework: str, config: str) -> tuple[str, ...]:
        """Return what runs the tests."""
        return ("python", "-c", _BOOT.format("runner"), OURS, TESTS, config)

    def student_argv(self, _memory_bytes: int) -> tuple[str, ...]:
        """Return what serves the student's program."""
        return ("python", "-c", _BOOT.format("server"), OURS, APP)


PYTHON_SIDE = PythonSide()
