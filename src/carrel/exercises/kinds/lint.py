"""`kind = "lint"`: a linter's opinion of the program."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from carrel.exercises.kinds.types import Context, TestTable
from carrel.judge.kinds.lint import LintTest
from carrel.judge.kinds.lint_tools import LINTERS, Linter, LintRules, LintTool
from carrel.judge.kinds.types import JudgeTest


def _tool(value: Any) -> LintTool:
    try:
        return LintTool(value)
    except ValueError:
        raise ValueError("give one of " + ", ".join(LintTool)) from None


Names = Annotated[list[str], Field(max_length=200)]


class LintTable(TestTable):
    """A linter's run; with `points = 0` what it finds is advice."""

    kind: Literal["lint"]
    tool: Annotated[LintTool, BeforeValidator(_tool)]
    select: Names = Field(default_factory=list)
    ignore: Names = Field(default_factory=list)
    config: str | None = None
    penalty: Annotated[float, Field(gt=0, le=1, strict=False)] = 0.1
    max_findings: Annotated[int, Field(ge=0, le=1000)] = 0

    @property
    def own_name(self) -> str | None:
        """The tool's name."""
        return LINTERS[self.tool].title

    def load(self, context: Context) -> JudgeTest:
        """Return the test; a tool that does not fit the exercise's languages is a problem."""
        linter = LINTERS[self.tool]
        others = [lang.value for lang in context.languages if lang not in linter.languages]
        if others:
            known = ", ".join(sorted(language.value for language in linter.languages))
            context.files.problem(
                f"{context.field}.tool",
                f"= {self.tool.value!r} reads programs in {known}, not in {', '.join(others)}",
            )
        self._check_names(context, linter)
        config = None
        if self.config is not None:
            if not linter.configurable:
                context.files.problem(
                    f"{context.field}.config", f"is not for {linter.title}; use `select`, `ignore`"
                )
            config = context.files.bytes(f"{context.field}.config", self.config)
        return LintTest(
            tool=self.tool,
            rules=LintRules(tuple(self.select), tuple(self.ignore), config),
            penalty=self.penalty,
            allowed=self.max_findings,
            advice=self.points == 0,
        )

    def _check_names(self, context: Context, linter: Linter) -> None:
        """Note names that are no rules of the tool, as far as their form tells."""
        for field, names, known in (
            ("select", self.select, linter.select),
            ("ignore", self.ignore, linter.ignore),
        ):
            for name in names:
                if known is None:
                    context.files.problem(
                        f"{context.field}.{field}", f"is not for {linter.title}; use `select`"
                    )
                    break
                if not known.fullmatch(name):
                    context.files.problem(
                        f"{context.field}.{field}", f"= {name!r} is no rule of {linter.title}"
                    )
        if self.config is not None and (self.select or self.ignore) and not linter.combines:
            context.files.problem(
                f"{context.field}.config",
                "already says which rules; leave `select` and `ignore` out",
            )
        if len(self.select) > 1 and any(name in linter.alone for name in self.select):
            context.files.problem(
                f"{context.field}.select", "has a set of rules that stands for itself, and others"
            )
