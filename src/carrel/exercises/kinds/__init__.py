"""How each kind of test is written in exercise.toml: one table per kind."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from carrel.exercises.kinds.call import CallTable
from carrel.exercises.kinds.googletest import GoogletestTable
from carrel.exercises.kinds.interactive import InteractiveTable
from carrel.exercises.kinds.junit import JunitTable
from carrel.exercises.kinds.lint import LintTable
from carrel.exercises.kinds.remote_suites import (
    JestTable,
    NodeTestTable,
    PytestTable,
    UnittestTable,
    VitestTable,
)
from carrel.exercises.kinds.rules import RulesTable
from carrel.exercises.kinds.stdio import StdioTable
from carrel.exercises.kinds.types import TestTable

KINDS: dict[str, type[TestTable]] = {
    "stdio": StdioTable,
    "call": CallTable,
    "interactive": InteractiveTable,
    "rules": RulesTable,
    "lint": LintTable,
    "junit": JunitTable,
    "pytest": PytestTable,
    "unittest": UnittestTable,
    "node-test": NodeTestTable,
    "jest": JestTable,
    "vitest": VitestTable,
    "googletest": GoogletestTable,
}
"""Every kind's name and its table."""

_DEFAULT = "stdio"


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        kind = value.get("kind", _DEFAULT)
        return kind if isinstance(kind, str) else None
    return getattr(value, "kind", None)


AnyTestTable = Annotated[
    Annotated[StdioTable, Tag("stdio")]
    | Annotated[CallTable, Tag("call")]
    | Annotated[InteractiveTable, Tag("interactive")]
    | Annotated[RulesTable, Tag("rules")]
    | Annotated[LintTable, Tag("lint")]
    | Annotated[JunitTable, Tag("junit")]
    | Annotated[PytestTable, Tag("pytest")]
    | Annotated[UnittestTable, Tag("unittest")]
    | Annotated[NodeTestTable, Tag("node-test")]
    | Annotated[JestTable, Tag("jest")]
    | Annotated[VitestTable, Tag("vitest")]
    | Annotated[GoogletestTable, Tag("googletest")],
    Discriminator(
        _kind,
        custom_error_type="unknown_kind",
        custom_error_message="give as `kind` one of " + ", ".join(KINDS),
    ),
]
"""A `[[tests]]` of any kind; without a `kind` it is one by standard input and output."""
