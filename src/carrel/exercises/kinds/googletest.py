"""`kind = "googletest"`: tests in C++ with GoogleTest, for programs in C++ and C."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from carrel.exercises.kinds.suites import SuiteTable
from carrel.exercises.kinds.types import Context
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.kinds.unit.googletest import GoogletestTest
from carrel.judge.kinds.unit.googletest_names import find_tests
from carrel.languages.registry import Language

_HEADER = r"^[A-Za-z_][\w-]*\.(h|hh|hpp|hxx)$"


class GoogletestTable(SuiteTable):
    """A suite of GoogleTest's tests; each is a unit test named `Suite.Name`.

    `header` is what the tests call the student's file if that is a header; `support` are
    headers that students may include too; `sanitize` finds undefined behaviour.
    """

    kind: Literal["googletest"]
    header: Annotated[str, Field(pattern=_HEADER)] | None = None
    support: Annotated[list[str], Field(max_length=20)] = Field(default_factory=list)
    sanitize: bool = False

    def load(self, context: Context) -> JudgeTest:
        """Return the suite with its files' content."""
        fit = (Language.CPP,) if self.header else (Language.CPP, Language.C)
        self.check_language(context, *fit)
        tests = self.test_files(context)
        units = [unit for test in tests for unit in find_tests(test.data)]
        for number, test in enumerate(tests, 1):
            if test.data and not find_tests(test.data):
                context.files.problem(
                    f"{context.field}.files[{number}]",
                    f"= {test.name!r} has no TEST(Suite, Name), TEST_F or TEST_P",
                )
        self.check_weights(context, [unit.name for unit in units])
        support = self.read_files(context, "support", self.support, tests)
        for number, one in enumerate(support, 1):
            if not re.fullmatch(_HEADER, one.name) or one.name == self.header:
                context.files.problem(
                    f"{context.field}.support[{number}]",
                    f"= {one.name!r} must be another header, such as a.h",
                )
        return GoogletestTest(
            tests,
            self.given_weights,
            self.time_ms,
            self.header or "",
            support,
            sanitize=self.sanitize,
        )
