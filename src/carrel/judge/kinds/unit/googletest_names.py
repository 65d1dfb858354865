"""The tests in a file of GoogleTest's, found by reading it: it is the teacher's, not hostile."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"//[^\n]*|/\*.*?\*/"
    rb'|R"([^()\\\s]{0,16})\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    rb"|\b(?P<macro>TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P)\s*"
    rb"\(\s*(?P<suite>\w+)\s*,\s*(?P<name>\w+)\s*\)",
    re.DOTALL,
)


@dataclass(frozen=True)
class FoundTest:
    """A test: `suite` and `test` as written."""

    suite: str
    test: str
    macro: str

    @property
    def name(self) -> str:
        """What it is called in reports and weights."""
        return f"{self.suite}.{self.test}"

    @property
    def filter(self) -> str:
        """What selects it, with all its values and types."""
        plain = f"{self.suite}.{self.test}"
        if self.macro in ("TEST", "TEST_F"):
            return plain
        if self.macro == "TEST_P":
            return f"*{self.suite}.{self.test}/*"
        return f"*{self.suite}/*.{self.test}"

    @property
    def is_template(self) -> bool:
        """Whether it is one for each of several types."""
        return self.macro.startswith("TYPED")

    @property
    def is_enabled(self) -> bool:
        """Whether its author wants it to run."""
        return not self.suite.startswith("DISABLED_") and not self.test.startswith("DISABLED_")


def find_tests(source: bytes) -> tuple[FoundTest, ...]:
    """Return the tests in a file, in its order."""
    return tuple(
        FoundTest(found["suite"].decode(), found["name"].decode(), found["macro"].decode())
        for found in _TOKEN.finditer(source)
        if found["macro"]
    )
