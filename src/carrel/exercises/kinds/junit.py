"""`kind = "junit"`: tests in Java with JUnit 5."""

from __future__ import annotations

import re
from typing import Literal

from carrel.exercises.kinds.suites import SuiteTable
from carrel.exercises.kinds.types import Context
from carrel.judge.kinds.types import JudgeTest
from carrel.judge.kinds.unit.java import JunitTest
from carrel.languages.registry import Language

_FILE = re.compile(r"[A-Za-z_$][\w$]*\.java")


class JunitTable(SuiteTable):
    """A suite of JUnit's tests; each test method is a unit test named `Class.method`."""

    kind: Literal["junit"]

    def load(self, context: Context) -> JudgeTest:
        """Return the suite with its files' content."""
        self.check_language(context, Language.JAVA)
        tests = self.test_files(context)
        for number, test in enumerate(tests, 1):
            if not _FILE.fullmatch(test.name):
                context.files.problem(
                    f"{context.field}.files[{number}]",
                    f"= {test.name!r} must be a class's name and .java",
                )
        text = b"\n".join(test.data for test in tests).decode("utf-8", "replace")
        for name in self.weights:
            last = re.escape(name.rsplit(".", 1)[-1])
            is_class = re.search(rf"\b(?:class|record|interface)\s+{last}\b", text)
            is_method = "." in name and re.search(rf"\b{last}\s*\(", text)
            if not is_class and not is_method:
                context.files.problem(
                    f"{context.field}.weights",
                    f"has {name!r}; give a class, or a class and its method, such as "
                    "`StackTest.pushes`",
                )
        return JunitTest(tests, self.given_weights, self.time_ms)
